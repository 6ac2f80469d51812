"""The list's filters, finding a case, opening names, adding facts, a person of a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, RadioField, SearchField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import labels
from school_portal.incidents.domain import (
    FACTS_LIMIT,
    NAME_LIMIT,
    CorrectPerson,
    NamesReason,
    PersonInvolved,
)
from school_portal.incidents.forms.person import KEEP_STAFF, NO_STAFF, PersonForm
from school_portal.incidents.forms.triage import VersionedForm
from school_portal.web.forms import BaseForm, options, tidy


class IncidentFilterForm(FlaskForm):
    """Filters of the list and a case's number; sent by GET, so without a token."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    group = SelectField(_("Group"), default="")
    state = SelectField(_("State"), default="")
    severity = SelectField(_("Severity"), default="")
    q = SearchField(_("Case number"), filters=[tidy])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.group.choices = [("", _("All groups")), *options(labels.PLAIN_GROUPS)]
        self.state.choices = [("", _("All states")), *options(labels.STATES)]
        self.severity.choices = [
            ("", _("All levels")),
            *((str(level), _("Level %(level)s", level=level)) for level in range(1, 5)),
        ]

    def chosen(self) -> dict[str, str]:
        """What was chosen, by name; a value that is no choice counts as all."""
        self.validate()
        for field in (self.group, self.state, self.severity):
            field.data, field.errors = "" if field.errors else field.data or "", []
        return {field.name: field.data for field in (self.group, self.state, self.severity)}


class NameSearchForm(BaseForm):
    """Looking for a case by the name of somebody involved: sent in the body, so that no address holds a name."""

    name = StringField(_("Name of a person involved"), [InputRequired(), Length(max=NAME_LIMIT)])


class NamesForm(BaseForm):
    """Asking for the names in a case."""

    reason = RadioField(
        _("What do you need the names for?"),
        [InputRequired(_("Choose one of the answers."))],
        choices=options(labels.NAMES_REASONS),
    )
    witnesses = BooleanField(_("Also the names of witnesses"), [Optional()])
    reporter = BooleanField(_("Also who reported it"), [Optional()])

    def to_reason(self) -> NamesReason:
        """As the service takes it."""
        return NamesReason(self.reason.data)


class FactsForm(BaseForm):
    """Adding what became known later."""

    rule_messages = labels.RULES

    facts = TextAreaField(
        _("What else became known"),
        [InputRequired(labels.RULES["facts-missing"]), Length(max=FACTS_LIMIT)],
    )


class InvolvedForm(VersionedForm):
    """Somebody of a case, on a card of the same fields as in the report."""

    person = FormField(PersonForm)

    def offer(self, lists: Any, staff: Sequence[Any]) -> None:
        """Fill in what can be chosen: relations, injuries, the school's people."""
        card = self.person.form
        card.offer(lists, [(str(each.user_id), each.name) for each in staff])

    def keep_account(self) -> None:
        """Offer to leave the member of the staff as she stands, without saying who she is."""
        self.person.form.staff.choices = [
            *options({KEEP_STAFF: _("As it stands")}),
            *self.person.form.staff.choices,
        ]

    def begin_with(self, standing: Any) -> None:
        """What stands, unless something was sent; the name is never shown, only written anew."""
        self.begin_from(standing.version)
        card = self.person.form
        if card.kind.raw_data:
            return
        card.parts.data = [part.value for part in standing.parts]
        card.staff.data = KEEP_STAFF if standing.user_id else NO_STAFF
        for name in ("kind", "sex", "class_name", "age", "relation", "injury", "can_tell", "self_harm"):
            value = getattr(standing, name)
            card[name].data = getattr(value, "value", value)

    def to_person(self) -> PersonInvolved:
        """As the service takes it."""
        return self.person.form.to_person()

    def to_correction(self, incident_id: UUID, involvement_id: UUID) -> CorrectPerson:
        """As the service takes it, for somebody who was written down before."""
        keeps = self.person.form.staff.data == KEEP_STAFF
        return CorrectPerson(incident_id, involvement_id, self.seen, self.to_person(), keeps_account=keeps)
