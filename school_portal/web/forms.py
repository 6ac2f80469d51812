"""The base of every form: clean text, messages in the portal's words, rule errors on their field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm as WTFormsBaseForm
from wtforms.widgets import ListWidget

from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import gettext, lazy_gettext

# Old Vietnamese keyboards give the Icelandic eth, which looks the same and is never found by a search.
_LOOKALIKES = str.maketrans(
    {"\u00d0": "\u0110", "\u00f0": "\u0111", "\u00a0": " ", "\ufeff": None, "\u200b": None}
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Buttons that only change what the form looks like; nothing is checked and nothing is lost.
LANGUAGE_BUTTON = "lang"
GROW_BUTTON = "add"
SHRINK_BUTTON = "remove"
MOST_CARDS = 30

_CSRF_MESSAGE = lazy_gettext(
    "This page was open for too long. Everything you typed is still here: send it again."
)
_UNKNOWN_RULE = lazy_gettext("This cannot be saved as it stands. Check the answers and try again.")


def tidy(text: str | None) -> str:
    """Text as it is kept: NFC, the Vietnamese D, one kind of line end, no blanks around it."""
    if text is None:
        return ""
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", clean.translate(_LOOKALIKES)).strip()


class _Catalogue:
    """Gives WTForms its messages from the portal's own catalogue (it has no Vietnamese)."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # The placeholders stay: WTForms fills them. A language without plural forms has one text, kept under
        # the singular.
        text = gettext(singular)
        return text if n == 1 or text != singular else plural


class _PortalMeta:
    """What the top form and the parts of a list have in common."""

    def get_translations(self, form: WTFormsBaseForm) -> _Catalogue:
        return _Catalogue()

    def bind_field(
        self, form: WTFormsBaseForm, unbound_field: UnboundField, options: dict[str, Any]
    ) -> Field:
        field = unbound_field.bind(form=form, **options)
        # A blank in a password is a character like any other; number and date fields are no StringField.
        if isinstance(field, StringField) and not isinstance(field, PasswordField):
            field.filters = (*field.filters, tidy)
        return field


class CardList(FieldList):
    """A list of cards; numbers that no page of ours makes are not cards."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        start = f"{prefix}{self._field_separator}"
        for name in formdata:
            index = name.removeprefix(start).partition(self._field_separator)[0]
            if name.startswith(start) and is_index(index):
                yield int(index)


def is_index(text: str) -> bool:
    """A card's number in a field's name: up to four of the digits 0 to 9."""
    return len(text) <= 4 and text.isascii() and text.isdecimal()


class PartForm(Form):
    """One card of a FieldList(FormField(...)): cleans as the big form does, carries no token."""

    class Meta(_PortalMeta, Form.Meta):
        """Shared behaviour."""


class BaseForm(FlaskForm):
    """A form of the portal. `rule_messages` gives words to the codes of RuleBroken."""

    rule_messages: ClassVar[Mapping[str, Any]] = {}

    class Meta(_PortalMeta, FlaskForm.Meta):
        """Shared behaviour."""

    def is_submitted(self) -> bool:
        """Sent to be checked: not by the language switch and not by «one more»."""
        return bool(super().is_submitted()) and not self.only_redraws()

    def only_redraws(self) -> bool:
        """The person pressed a button that changes the page, not the data."""
        return any(name in request.form for name in (LANGUAGE_BUTTON, GROW_BUTTON, SHRINK_BUTTON))

    def grow(self, name: str, at_least: int = 0) -> None:
        """One card more or less in the list `name` when its button was pressed; never fewer than `at_least`."""
        cards = self[name]
        if request.form.get(GROW_BUTTON) == name and len(cards) < (cards.max_entries or MOST_CARDS):
            cards.append_entry()
        listed, _, index = request.form.get(SHRINK_BUTTON, "").rpartition("-")
        if listed == name and is_index(index) and int(index) < len(cards):
            cards.pop_entry(int(index))
        while len(cards) < at_least:
            cards.append_entry()

    def blank_entry(self, name: str) -> Field:
        """An empty card with `__index__` for its number, from which a script makes further ones."""
        cards = self[name]
        options = {"name": f"{cards.name}-__index__", "id": f"{cards.id}-__index__", "_meta": self.meta}
        entry = self.meta.bind_field(self, cards.unbound_field, options)
        entry.process(None)
        return entry

    def apply(self, error: RuleBroken) -> None:
        """Puts a broken rule on its field, or on top of the form when the rule belongs to none."""
        message = self.rule_messages.get(error.code, _UNKNOWN_RULE)
        text = str(message) % error.values if error.values else str(message)
        field = next(
            (field for field in _leaves(self) if error.field in (field.short_name, field.name)), None
        )
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 422 when something has to be put right."""
        return 422 if self.errors else 200


@dataclass(frozen=True)
class Problem:
    """A line of the error summary; `target` is the id of the control, empty when there is none."""

    target: str
    label: str
    text: str


def problems(form: WTFormsBaseForm) -> list[Problem]:
    """Everything that has to be put right, in the order of the page."""
    found = [Problem("", "", str(text)) for text in getattr(form, "form_errors", ())]
    return found + [problem for field in form for problem in _problems_of(field)]


def _leaves(form: Iterable[Field]) -> Iterator[Field]:
    """All controls, the ones on cards included."""
    for field in form:
        if isinstance(field, FormField | FieldList):
            yield from _leaves(field)
        else:
            yield field


def _problems_of(field: Field) -> Iterator[Problem]:
    if isinstance(field, FormField):
        yield from problems(field.form)
    elif isinstance(field, FieldList):
        own = [text for text in field.errors if isinstance(text, str)]
        yield from (Problem(field.id, str(field.label.text), text) for text in own)
        for entry in field.entries:
            yield from _problems_of(entry)
    elif field.name.endswith("csrf_token"):
        yield from (Problem("", "", str(_CSRF_MESSAGE)) for _ in field.errors[:1])
    else:
        # One line a field: the first message says what to do, further ones only repeat it.
        label = str(field.label.text)
        yield from (Problem(first_control(field), label, str(text)) for text in field.errors[:1])


def first_control(field: Field) -> str:
    """The id that a link to this field leads to; in a group, its first answer."""
    return f"{field.id}-0" if kind_of(field) in ("radios", "checkboxes") else str(field.id)


def kind_of(field: Field) -> str:
    """How the field is drawn: radios, checkboxes, checkbox, select, textarea, password, file, hidden or input."""
    if isinstance(field, RadioField):
        return "radios"
    if isinstance(field, SelectMultipleField) and isinstance(field.widget, ListWidget):
        return "checkboxes"
    widget = type(field.widget).__name__
    if widget in ("Select", "TextArea"):
        return widget.lower()
    input_type = getattr(field.widget, "input_type", "text")
    return input_type if input_type in ("checkbox", "password", "file", "hidden") else "input"


def options(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """The choices of a select or of radios from a feature's labels (value or enum member -> text)."""
    return [SelectChoice(str(value), text) for value, text in labels.items()]


def longest(field: Field) -> int | None:
    """How many characters the field takes, when a Length validator says so."""
    limits = [getattr(validator, "max", -1) for validator in field.validators]
    found = [limit for limit in limits if isinstance(limit, int) and limit > 0]
    return min(found) if found else None
