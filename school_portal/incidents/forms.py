"""The shape of a report, of the list's filters and of asking for names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import labels
from school_portal.incidents.domain import (
    CLASS_LIMIT,
    FACTS_LIMIT,
    MOST_PEOPLE,
    NAME_LIMIT,
    NamesReason,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    ReportIncident,
    Safety,
    Sex,
)
from school_portal.web.forms import BaseForm, CardList, PartForm, options

NO_STAFF = "none"
CHOOSE = _("Choose one of the answers.")


class Checkboxes(SelectMultipleField):
    """Several answers, each a checkbox."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(PartForm):
    """A card for one person; left empty it is no person."""

    parts = Checkboxes(_("What was the person's part?"), choices=options(labels.PARTS))
    kind = RadioField(_("Who is it?"), choices=options(labels.PERSON_KINDS), default=PersonKind.PUPIL.value)
    sex = RadioField(_("Sex"), choices=options(labels.SEXES), default=Sex.UNKNOWN.value)
    class_name = StringField(_("Class"), [Optional(), Length(max=CLASS_LIMIT)])
    staff = SelectField(_("When it is somebody of the staff"), default=NO_STAFF, validate_choice=False)
    name = StringField(_("Full name"), [Optional(), Length(max=NAME_LIMIT)])

    def validate_staff(self, field: SelectField) -> None:
        """An account's uuid; whether it is one of the school's is the service's to say."""
        try:
            if field.data and field.data != NO_STAFF:
                UUID(field.data)
        except ValueError:
            raise ValidationError(field.gettext("Not a valid choice.")) from None

    def to_person(self) -> PersonInvolved:
        """As the service takes it; the picked member of staff counts only when the kind is staff."""
        is_staff = self.kind.data == PersonKind.STAFF.value
        picked = self.staff.data if is_staff and self.staff.data != NO_STAFF else ""
        return PersonInvolved(
            kind=PersonKind(self.kind.data),
            parts=frozenset(Part(part) for part in self.parts.data or ()),
            sex=Sex(self.sex.data),
            class_name=self.class_name.data or "",
            name=self.name.data or "",
            user_id=UUID(picked) if picked else None,
        )


class ReportForm(BaseForm):
    """A report: only safety, group, date, place and facts are required."""

    rule_messages = labels.RULES

    key = HiddenField(validators=[InputRequired()])
    organisation = RadioField(_("For which school?"), validators=[InputRequired()])
    safety = RadioField(_("Is the child safe now?"), [InputRequired(CHOOSE)], choices=options(labels.SAFETY))
    group = RadioField(
        _("What does it come nearest to?"), [InputRequired(CHOOSE)], choices=options(labels.PLAIN_GROUPS)
    )
    occurred_on = DateField(
        _("On which day did it happen?"), [InputRequired(_("Choose the day, as near as you know it."))]
    )
    day_part = RadioField(_("When in the day?"), [InputRequired(CHOOSE)])
    occurred_time = TimeField(_("At what time?"), [Optional()])
    place = SelectField(_("Where?"), [InputRequired()])
    facts = TextAreaField(
        _("What the child said by itself, or what you saw"),
        [InputRequired(labels.RULES["facts-missing"]), Length(max=FACTS_LIMIT)],
    )
    people = CardList(FormField(PersonForm), max_entries=MOST_PEOPLE)
    concerns_lead = RadioField(
        _("Does it concern the head or the person in charge of protecting children?"),
        [InputRequired(CHOOSE)],
        choices=[("no", _("No")), ("yes", _("Yes")), ("unknown", _("Not known yet"))],
    )

    def offer(self, units: Sequence[tuple[str, str]], lists: Any, staff: Sequence[tuple[str, str]]) -> None:
        """Fill in what can be chosen: the person's schools, places, parts of the day, the school's staff."""
        self.organisation.choices = list(units)
        self.place.choices = [(entry.code, labels.entry_name(entry)) for entry in lists.places]
        self.day_part.choices = [(entry.code, labels.entry_name(entry)) for entry in lists.day_parts]
        self.key.data = self.key.data or str(uuid4())
        self.organisation.data = self.organisation.data or (units[0][0] if units else None)
        self.grow("people", at_least=1)
        choices = [(NO_STAFF, str(_("Choose nobody"))), *staff]
        for entry in self.people:
            entry.form.staff.choices = choices

    def blank_entry(self, name: str) -> Any:
        """The empty card for scripts, with the same staff to choose from."""
        entry = super().blank_entry(name)
        entry.form.staff.choices = self.people[0].form.staff.choices
        return entry

    def validate_key(self, field: HiddenField) -> None:
        """A uuid, made with the form."""
        try:
            UUID(field.data or "")
        except ValueError:
            raise ValidationError(str(_("Open the form again."))) from None

    def to_command(self) -> ReportIncident:
        """As the service takes it. «Not known yet» at the conflict question goes to the manager above as «yes» does."""
        return ReportIncident(
            id=UUID(self.key.data),
            organisation_id=UUID(self.organisation.data),
            safety=Safety(self.safety.data),
            group=PlainGroup(self.group.data),
            occurred_on=self.occurred_on.data,
            occurred_time=self.occurred_time.data,
            day_part=self.day_part.data,
            place=self.place.data,
            facts=self.facts.data,
            people=tuple(entry.form.to_person() for entry in self.people),
            concerns_lead=self.concerns_lead.data != "no",
        )


class IncidentFilterForm(FlaskForm):
    """Filters of the list; sent by GET, so without a token."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    group = SelectField(_("Group"))
    state = SelectField(_("State"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.group.choices = [("", _("All groups")), *options(labels.PLAIN_GROUPS)]
        self.state.choices = [("", _("All states")), *options(labels.STATES)]


class NameSearchForm(BaseForm):
    """Looking for a case by the name of somebody involved: sent in the body, so that no address holds a name."""

    name = StringField(_("Name of a person involved"), [InputRequired(), Length(max=NAME_LIMIT)])


class NamesForm(BaseForm):
    """Asking for the names in a case."""

    reason = RadioField(
        _("What do you need the names for?"), [InputRequired()], choices=options(labels.NAMES_REASONS)
    )

    def to_reason(self) -> NamesReason:
        """As the service takes it."""
        return NamesReason(self.reason.data)
