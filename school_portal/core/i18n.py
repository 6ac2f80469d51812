"""Translation, eager and lazy, and dates and numbers as the language writes them; no other file imports Babel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from babel.support import LazyProxy, NullTranslations, Translations

from school_portal.core.clock import VIET_NAM

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE = "vi"
FOLDER = Path(__file__).parent.parent / "translations"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def current_language() -> str:
    """The language of this request or job: `vi` or `en`."""
    return _language.get()


def set_language(language: str) -> None:
    """Choose the language for what follows in this context; unknown ones become Vietnamese."""
    _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """The language for one block."""
    token = _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(str(FOLDER), [language], domain="messages")


def gettext(message: str, **values: object) -> str:
    """The text in the current language; English is the message itself."""
    text = _catalogue(_language.get()).ugettext(message)
    return text % values if values else text


def pgettext(context: str, message: str, **values: object) -> str:
    """As gettext, for a word that means different things in different places."""
    text = str(_catalogue(_language.get()).upgettext(context, message))
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """The text for a number of things; `%(num)s` is the number as the language writes it."""
    text = _catalogue(_language.get()).ungettext(singular, plural, n)
    return text % {"num": format_number(n), **values}


def lazy_gettext(message: str, **values: object) -> Any:
    """As gettext, looked up each time it is shown."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def lazy_pgettext(context: str, message: str, **values: object) -> Any:
    """As pgettext, looked up each time it is shown."""
    return LazyProxy(pgettext, context, message, enable_cache=False, **values)


def _locale() -> Locale:
    return Locale.parse("vi_VN" if _language.get() == "vi" else "en_GB")


def format_date(day: date | datetime | None) -> str:
    """12/11/2026."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = day.astimezone(VIET_NAM).date()
    return day.strftime("%d/%m/%Y")


def format_long_date(day: date) -> str:
    """Thursday 12 November 2026, in the language's own order."""
    return str(dates.format_date(day, "full", locale=_locale()))


def format_time(moment: datetime | time | None) -> str:
    """09:10, on a clock in Viet Nam."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = moment.astimezone(VIET_NAM).time()
    return moment.strftime("%H:%M")


def format_datetime(moment: datetime | None) -> str:
    """09:10 12/11/2026, in Viet Nam."""
    return "" if moment is None else f"{format_time(moment)} {format_date(moment)}"


def format_number(value: int | float | Decimal | None) -> str:
    """1.957 and 83,7 in Vietnamese; 1,957 and 83.7 in English."""
    return "" if value is None else str(numbers.format_decimal(value, locale=_locale()))
