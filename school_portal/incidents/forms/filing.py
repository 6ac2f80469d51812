"""The shape of a report, a form for each of its four steps, and of the stub that is written in twenty seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, ClassVar
from uuid import UUID

from wtforms import (
    BooleanField,
    DateField,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, StopValidation

from school_portal.core.clock import VIET_NAM, local, now, today
from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import labels
from school_portal.incidents.domain import (
    FACTS_LIMIT,
    MOST_PEOPLE,
    REASON_LIMIT,
    SHORT_LIMIT,
    Answers,
    Known,
    PlainGroup,
    Receiver,
    ReportIncident,
    Safety,
    Told,
    Weapon,
    problem_with,
    problem_with_what_was_done,
)
from school_portal.incidents.forms.person import NO_STAFF, UNKNOWN, Choices, PersonForm, entries, radios
from school_portal.web.forms import BaseForm, CardList, PartForm, options

CHOOSE = _("Choose one of the answers.")
NO_REPORT = UUID(int=0)


@dataclass(frozen=True)
class Offered:
    """What can be chosen: her schools, the lists, the school's people; `for_others` when she may file for one.

    `school` is the one that it is told to, `day` the day of the event, as far as it was told.
    """

    units: Choices
    school: UUID
    lists: Any
    staff: Choices = ()
    for_others: bool = False
    day: date | None = None


class HourBeside:
    """Optional; but of an earlier day the hour is asked, for a made-up one would stand in the record."""

    def __call__(self, form: Any, field: TimeField) -> None:
        """Stops here when the field is empty."""
        if field.raw_data and field.raw_data[0].strip():
            return
        field.errors = []
        if form.day.data and form.day.data != today():
            raise StopValidation(str(_("Give the time too, as near as you know it.")))
        raise StopValidation


class MomentForm(PartForm):
    """A day and an hour."""

    day = DateField(_("Day"), [Optional()])
    hour = TimeField(_("Time of day"), [HourBeside()])

    def to_moment(self) -> datetime | None:
        """On a clock in Viet Nam; today without an hour is now, an hour without a day is today's."""
        day: date | None = self.day.data
        hour: time | None = self.hour.data
        if hour is None:
            return local(now()) if day else None
        return datetime.combine(day or today(), hour, VIET_NAM)


class StepForm(BaseForm):
    """A step. Answers that are kept in a draft carry no token: it is checked before every unsafe view."""

    rule_messages = labels.RULES
    rule_fields: ClassVar[Mapping[str, str]] = {}
    """Where a rule names what the form asks for in another field."""

    class Meta(BaseForm.Meta):
        """Shared behaviour."""

        csrf = False

    def offer(self, offered: Offered) -> None:
        """Fill in what can be chosen."""

    def kept(self, answers: Answers) -> Answers:
        """What of the sent answers is kept: all, but what stood on a card that was just removed."""
        return answers

    def apply(self, error: RuleBroken) -> None:
        """Also for rules about what stands in a field of another name."""
        field = self.rule_fields.get(error.field or "", error.field)
        super().apply(RuleBroken(error.code, field, **error.values))

    def problem(self) -> tuple[str, str] | None:
        """The first rule that the answers break, as (code, field)."""
        return None

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape first, then the rules of this step, so that nobody learns of a mistake three pages later."""
        if not super().validate(extra_validators):
            return False
        found = self.problem()
        if found:
            self.apply(RuleBroken(*found))
        return found is None


def this_moment() -> dict[str, object]:
    """When the school learned of it, unless it is said: now."""
    moment = local(now())
    return {"day": moment.date(), "hour": moment.time().replace(second=0, microsecond=0)}


class StubForm(StepForm):
    """«Later»: when it was learned of, where, one line."""

    learned = FormField(MomentForm, _("When did you learn of it?"), default=this_moment)
    place = SelectField(_("Where?"), [Optional()])
    facts = StringField(
        _("One line, no names"),
        [InputRequired(_("Write one line, so that you know later what it was.")), Length(max=SHORT_LIMIT)],
    )

    def offer(self, offered: Offered) -> None:
        """The places."""
        self.place.choices = entries(offered.lists.places, _("Choose the place"))

    def problem(self) -> tuple[str, str] | None:
        """Blanks are no line."""
        return None if self.facts.data else ("facts-missing", "facts")


class WhatForm(StepForm):
    """Step 1. Only safety, group, day, place and facts are required."""

    rule_fields: ClassVar[Mapping[str, str]] = {"learned_at": "learned-day"}

    organisation = RadioField(_("For which school?"), [InputRequired(CHOOSE)])
    safety = RadioField(
        _("Is the child safe now?"),
        [InputRequired(_("Choose an answer, also when you do not know yet."))],
        choices=options(labels.SAFETY),
    )
    group = RadioField(
        _("What does it come nearest to?"),
        [InputRequired(_("Choose a group. When it is not clear, choose the last line."))],
        choices=options(labels.PLAIN_GROUPS),
    )
    occurred_on = DateField(
        _("On which day did it happen?"), [InputRequired(_("Choose the day, as near as you know it."))]
    )
    day_part = RadioField(_("When in the day?"), [Optional()])
    occurred_time = TimeField(_("At what time?"), [Optional()])
    learned = FormField(MomentForm, _("When did the school learn of it?"), default=this_moment)
    channel = RadioField(_("How did it come to light?"), [Optional()])
    told_by = SelectField(_("Who told you by mouth?"), [Optional()], default=NO_STAFF)
    place = SelectField(_("Where?"), [InputRequired(_("Choose where, or «Not known yet»."))])
    facts = TextAreaField(
        _("What the child said by itself, or what you saw"),
        [InputRequired(labels.RULES["facts-missing"]), Length(max=FACTS_LIMIT)],
    )

    def offer(self, offered: Offered) -> None:
        """Her schools, places, parts of the day, ways of coming to light; who told her, when she may file for them."""
        self.organisation.choices = options(dict(offered.units))
        self.organisation.data = self.organisation.data or offered.units[0][0]
        self.place.choices = entries(offered.lists.places, _("Choose the place"))
        self.day_part.choices = entries(offered.lists.day_parts)
        self.channel.choices = entries(offered.lists.channels)
        if offered.for_others:
            self.told_by.choices = options(
                {NO_STAFF: _("Nobody, I saw or heard it myself"), **dict(offered.staff)}
            )
        else:
            del self.told_by

    def problem(self) -> tuple[str, str] | None:
        """Of days, times and facts."""
        return problem_with(self.to_command(NO_REPORT), now(), today())

    def to_command(self, report_id: UUID) -> ReportIncident:
        """A report with the answers of this step alone."""
        told_by = self["told_by"].data if "told_by" in self else NO_STAFF
        return ReportIncident(
            id=report_id,
            organisation_id=UUID(self.organisation.data),
            safety=Safety(self.safety.data),
            group=PlainGroup(self.group.data),
            occurred_on=self.occurred_on.data,
            occurred_time=self.occurred_time.data,
            day_part=self.day_part.data or UNKNOWN,
            learned_at=self.learned.form.to_moment(),
            channel=self.channel.data or UNKNOWN,
            place=self.place.data,
            facts=self.facts.data,
            told_by=UUID(told_by) if told_by != NO_STAFF else None,
        )


class WhoForm(StepForm):
    """Step 2. Nothing in it is required."""

    people = CardList(FormField(PersonForm), _("People"), max_entries=MOST_PEOPLE)
    weapon = radios(_("Did somebody carry or use a weapon?"), labels.WEAPONS)
    repeated = radios(_("Has it happened before?"), labels.KNOWN)
    online = radios(_("Have pictures or words of it spread online?"), labels.KNOWN)

    def offer(self, offered: Offered) -> None:
        """One card at least, and what can be chosen on each."""
        names = {entry: entry.name for entry in self.people}
        self.grow("people", at_least=1)
        self._removed = tuple(f"{name}-" for entry, name in names.items() if entry not in self.people.entries)
        self._offered = offered
        for entry in self.people:
            entry.form.offer(offered.lists, offered.staff)
            entry.form.on = offered.day

    def blank_entry(self, name: str) -> Any:
        """The empty card for scripts, with the same things to choose from."""
        entry = super().blank_entry(name)
        entry.form.offer(self._offered.lists, self._offered.staff)
        return entry

    def kept(self, answers: Answers) -> Answers:
        """Without a card that was just removed."""
        return [(name, value) for name, value in answers if not name.startswith(self._removed)]

    def add_to(self, command: ReportIncident) -> ReportIncident:
        """The report with who is concerned."""
        return replace(
            command,
            people=tuple(entry.form.to_person() for entry in self.people),
            weapon=Weapon(self.weapon.data or UNKNOWN),
            repeated=Known(self.repeated.data or UNKNOWN),
            online=Known(self.online.data or UNKNOWN),
        )


class ToldForm(PartForm):
    """That one of the receiving places was told."""

    is_told = BooleanField(_("Told"))
    when = FormField(MomentForm, _("When?"))
    by = StringField(_("By whom?"), [Optional(), Length(max=SHORT_LIMIT)])
    reference = StringField(_("Reference, name of who answered"), [Optional(), Length(max=SHORT_LIMIT)])

    def to_told(self, receiver: Receiver) -> Told | None:
        """As the service takes it; None when the box is not ticked, whatever else stands there."""
        if not self.is_told.data:
            return None
        return Told(receiver, self.when.form.to_moment(), self.by.data or "", self.reference.data or "")


class DoneForm(StepForm):
    """Step 3. Nothing in it is required."""

    rule_fields: ClassVar[Mapping[str, str]] = {
        "family_told_at": "family_when-day",
        **{receiver.value: f"{receiver.value}-when-day" for receiver in Receiver},
    }

    first_aid = radios(_("Was first aid given?"), labels.KNOWN)
    family_danger = RadioField(
        _("Could telling the family put the child in more danger?"),
        [Optional()],
        choices=options(labels.FAMILY_DANGER),
    )
    family_told = radios(_("Has the family been told?"), labels.FAMILY_TOLD, default="no")
    family_when = FormField(MomentForm, _("When was the family told?"))
    family_reason = TextAreaField(_("What makes you unsure?"), [Optional(), Length(max=REASON_LIMIT)])
    hotline_111 = FormField(ToldForm)
    police = FormField(ToldForm)
    commune = FormField(ToldForm)
    health = FormField(ToldForm)

    def offer(self, offered: Offered) -> None:
        """The four places by their names."""
        for receiver in Receiver:
            self[receiver.value].form.is_told.label.text = labels.RECEIVERS[receiver]

    def family_told_at(self) -> datetime | None:
        """When the family was told; now when only that is said."""
        if self.family_told.data != "yes":
            return None
        return self.family_when.form.to_moment() or local(now())

    def told(self) -> tuple[Told, ...]:
        """The places that were told."""
        found = (self[receiver.value].form.to_told(receiver) for receiver in Receiver)
        return tuple(one for one in found if one)

    def problem(self) -> tuple[str, str] | None:
        """Of times, and of a family that was told though that may bring danger."""
        danger = Known(self.family_danger.data or UNKNOWN)
        return problem_with_what_was_done(danger, self.family_told_at(), self.told(), now())

    def add_to(self, command: ReportIncident) -> ReportIncident:
        """The report with what was done."""
        danger = Known(self.family_danger.data or UNKNOWN)
        return replace(
            command,
            first_aid=Known(self.first_aid.data or UNKNOWN),
            family_danger=danger,
            family_told_at=self.family_told_at(),
            family_reason=(self.family_reason.data or "") if danger is not Known.NO else "",
            told=self.told(),
        )


class CheckForm(StepForm):
    """Step 4: the one question before sending."""

    concerns_lead = RadioField(
        _("Does it concern the head or the person in charge of protecting children?"),
        [InputRequired(CHOOSE)],
        choices=options(labels.CONCERNS_LEAD),
    )

    def add_to(self, command: ReportIncident) -> ReportIncident:
        """«Not known yet» goes to the manager above as «yes» does."""
        return replace(command, concerns_lead=self.concerns_lead.data != "no")


class OwnFactsForm(BaseForm):
    """What the reporter adds to her own report."""

    rule_messages = labels.RULES

    facts = TextAreaField(
        _("What else did you learn or see?"),
        [InputRequired(labels.RULES["facts-missing"]), Length(max=FACTS_LIMIT)],
    )


FORMS: dict[str, type[StepForm]] = {"what": WhatForm, "who": WhoForm, "done": DoneForm, "check": CheckForm}
