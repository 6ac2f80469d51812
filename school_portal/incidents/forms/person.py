"""A card for one person, in a report and on the page of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from wtforms import IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from school_portal.core.clock import today
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import labels
from school_portal.incidents.domain import (
    CLASS_LIMIT,
    NAME_LIMIT,
    Known,
    Part,
    PersonInvolved,
    PersonKind,
    SelfHarm,
    Sex,
    birth_year_or_age,
    problem_with_person,
)
from school_portal.web.forms import PartForm, options

NO_STAFF = "none"
KEEP_STAFF = "keep"
UNKNOWN = "unknown"
Choices = Sequence[tuple[str, str]]


def entries(found: Sequence[Any], first: Any = None) -> list[SelectChoice]:
    """The choices of a list of the taxonomy; `first` invites to choose and is none of them."""
    asked = {"": first} if first else {}
    return options(asked | {entry.code: labels.entry_name(entry) for entry in found})


def radios(label: Any, choices: Mapping[Any, Any] | None = None, default: str | None = None) -> RadioField:
    """A question that may be left unanswered."""
    return RadioField(
        label, [Optional()], choices=options(choices) if choices else None, default=default or UNKNOWN
    )


class Checkboxes(SelectMultipleField):
    """Several answers, each a checkbox."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(PartForm):
    """A card for one person; left empty it is no person."""

    on: date | None = None
    """The day of the event, as far as it was told."""

    parts = Checkboxes(_("What was the person's part?"), choices=options(labels.PARTS))
    kind = RadioField(_("Who is it?"), choices=options(labels.PERSON_KINDS), default=PersonKind.PUPIL.value)
    staff = SelectField(_("When it is somebody of the staff"), default=NO_STAFF, validate_choice=False)
    sex = radios(_("Sex"), labels.SEXES)
    class_name = StringField(_("Class"), [Optional(), Length(max=CLASS_LIMIT)])
    age = IntegerField(_("Age or year of birth"), [Optional()])
    injury = radios(_("Was the person hurt?"))
    relation = SelectField(_("What are they to the child?"), [Optional()], default=UNKNOWN)
    can_tell = radios(_("Can the person tell of it?"), labels.KNOWN)
    self_harm = radios(_("Does the person want to hurt herself or himself?"), labels.SELF_HARM)
    name = StringField(_("Full name"), [Optional(), Length(max=NAME_LIMIT)])

    def offer(self, lists: Any, staff: Choices) -> None:
        """Injuries, relations, the school's people."""
        self.staff.choices = options({NO_STAFF: _("Choose nobody"), **dict(staff)})
        self.injury.choices = entries(lists.injuries)
        self.relation.choices = entries(lists.relations)

    def validate_staff(self, field: SelectField) -> None:
        """An account's uuid; whether it is one of the school's is the service's to say."""
        try:
            if field.data not in (None, "", NO_STAFF, KEEP_STAFF):
                UUID(field.data)
        except ValueError:
            raise ValidationError(field.gettext("Not a valid choice.")) from None

    def validate_age(self, field: IntegerField) -> None:
        """Nobody is involved before being born, nor at an age that nobody reaches."""
        year, age = birth_year_or_age(field.data)
        found = problem_with_person(PersonInvolved(birth_year=year, age=age), self.on or today())
        if found:
            raise ValidationError(str(labels.RULES[found[0]]))

    def finished(self) -> PersonInvolved | None:
        """Who stands on the card, when a line can say it: something was told and nothing is wrong."""
        try:
            person = self.to_person()
        except ValueError:  # made-up values, before anybody checks them
            return None
        return None if person.is_blank or self.errors else person

    def to_person(self) -> PersonInvolved:
        """As the service takes it; the picked member of staff counts only when the kind is staff."""
        is_staff = self.kind.data == PersonKind.STAFF.value
        picked = self.staff.data if is_staff and self.staff.data not in (NO_STAFF, KEEP_STAFF) else ""
        year, age = birth_year_or_age(self.age.data)
        return PersonInvolved(
            kind=PersonKind(self.kind.data),
            parts=frozenset(Part(part) for part in self.parts.data or ()),
            sex=Sex(self.sex.data or UNKNOWN),
            class_name=self.class_name.data or "",
            name=self.name.data or "",
            user_id=UUID(picked) if picked else None,
            age=age,
            birth_year=year,
            relation=self.relation.data or UNKNOWN,
            injury=self.injury.data or UNKNOWN,
            can_tell=Known(self.can_tell.data or UNKNOWN),
            self_harm=SelfHarm(self.self_harm.data or UNKNOWN),
        )
