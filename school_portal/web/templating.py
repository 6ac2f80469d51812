"""What every template may use: filters for dates and numbers, icons, the frame of a signed-in page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from school_portal.core import i18n
from school_portal.core.authz import deciding_nothing
from school_portal.web import door, forms


@dataclass(frozen=True)
class Identity:
    """Who is signed in, as the header says it: unit over person and role; `account_url` leads to her own page.

    Phones show `short` and the given name, which stands last.
    """

    organisation: str
    person: str
    role: str
    account_url: str | None = None
    short: str = ""


@dataclass(frozen=True)
class NavigationItem:
    """A line of the menu; `count` is what waits there, None when nothing is counted."""

    url: str
    label: str
    is_current: bool
    count: int | None = None


def init_app(app: Flask) -> None:
    """Strict templates, filters, globals. A name that a template misspells is an error, never an empty space."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        date=i18n.format_date,
        datetime=i18n.format_datetime,
        time=i18n.format_time,
        month=format_month,
        number=i18n.format_number,
        percent=format_percent,
        filesize=format_filesize,
    )
    environment.globals.update(
        _=text,
        gettext=text,
        ngettext=plural_text,
        icon=icon,
        asset=asset,
        navigation=navigation,
        identity=identity,
        signed_in=door.is_signed_in,
        language=i18n.current_language,
        language_url=language_url,
        problems=forms.problems,
        kind_of=forms.kind_of,
        first_control=forms.first_control,
        longest=forms.longest,
    )


def text(message: str, **values: object) -> str:
    """A text of the catalogue; a value may be markup (a link), everything else in it is escaped."""
    return _filled(i18n.gettext, values, message)


def plural_text(singular: str, plural: str, n: int, **values: object) -> str:
    """A text for a number of things; `%(num)s` is the number as the language writes it."""
    return _filled(i18n.ngettext, values, singular, plural, n)


def _filled(look_up: Callable[..., str], values: dict[str, object], *message: Any) -> str:
    if not any(hasattr(value, "__html__") for value in values.values()):
        return look_up(*message, **values)
    # The placeholders are put back as they are, so that escaping comes before the markup goes in.
    holes = {name: f"%({name})s" for name in values}
    return Markup(escape(look_up(*message, **holes))) % values  # noqa: S704 (escaped one step before)


@deciding_nothing()
def identity() -> Identity | None:
    """Who is signed in; a feature tells it by `app.extensions["portal_identity"]`, else only the name is known."""
    if not door.is_signed_in():
        return None
    told: Callable[[], Identity | None] | None = current_app.extensions.get("portal_identity")
    return told() if told else Identity(organisation="", person=door.current_actor().name, role="")


@deciding_nothing()
def navigation() -> list[NavigationItem]:
    """The pages that the person's roles open, in the order in which the app lists its features.

    `app.extensions["portal_counts"]` may hold, by endpoint, a function that counts what waits there.
    """
    if not door.is_signed_in():
        return []
    actor = door.current_actor()
    counts: dict[str, Callable[[], int]] = current_app.extensions.get("portal_counts", {})
    items = [item for feature in current_app.extensions["portal_features"] for item in feature.nav]
    return [
        NavigationItem(
            url=url_for(item.endpoint),
            label=str(item.label),
            is_current=(request.blueprint or request.endpoint) == item.endpoint.split(".")[0],
            count=counts[item.endpoint]() if item.endpoint in counts else None,
        )
        for item in items
        if item.roles is None or actor.holds(*item.roles)
    ]


def language_url(language: str) -> str:
    """This very page in another language, with its filters."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.script_root}{request.path}?{urlencode([*query, ('lang', language)])}"


def icon(name: str, css: str = "") -> Markup:
    """A picture beside a word; it says nothing by itself and is silent for a screen reader."""
    classes = f"icon {css}".strip()
    return Markup(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    ).format(classes, asset("icons.svg"), name)


def asset(filename: str) -> str:
    """Address of a file in static/ that changes with its content, so that browsers may keep it for a year."""
    path = Path(current_app.static_folder or "") / filename
    return url_for(
        "static", filename=filename, v=(fingerprint if current_app.debug else _kept_fingerprint)(path)
    )


def fingerprint(path: Path) -> str:
    """Eight letters that change with the content. Scripts fetch one another, so they change together."""
    paths = sorted(path.parent.glob("*.js")) if path.suffix == ".js" else [path]
    return hashlib.sha256(b"".join(part.read_bytes() for part in paths)).hexdigest()[:8]


_kept_fingerprint = cache(fingerprint)


def format_month(day: date | None) -> str:
    """tháng 11/2026; November 2026."""
    if day is None:
        return ""
    return f"tháng {day.month}/{day.year}" if i18n.current_language() == "vi" else f"{day:%B %Y}"


def fixed_number(value: float, decimals: int) -> str:
    """84,0 in Vietnamese, 84.0 in English: a column of figures keeps its decimals."""
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if i18n.current_language() == "vi" else text


def format_percent(share: float | None, decimals: int = 1) -> str:
    """83,7 % of a share 0.8378: rounded down, so that 79,96 never reads as the 80 that is demanded."""
    if share is None:
        return ""
    scale = 10**decimals
    # The small addition keeps 0.29 * 100 = 28.999999999999996 a 29.
    floored = int(share * 100 * scale + 1e-9) / scale
    text = fixed_number(floored, 0 if floored.is_integer() else decimals)
    return f"{text}\u00a0%" if i18n.current_language() == "vi" else f"{text}%"


def format_filesize(size: int | None) -> str:
    """412 KB, 1,2 MB (1 MB = 1.000 KB, as file managers show it)."""
    if size is None:
        return ""
    if size < 1_000_000:
        return f"{i18n.format_number(max(1, round(size / 1000)))}\u00a0KB"
    return f"{fixed_number(size / 1_000_000, 1)}\u00a0MB"
