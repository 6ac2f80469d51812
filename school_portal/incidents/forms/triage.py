"""The shape of a triage decision: type, severity, who leads; of setting aside, of links, of the manager's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SearchField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import lazy_gettext as _
from school_portal.core.paging import is_number
from school_portal.incidents import labels
from school_portal.incidents.domain import (
    REASON_LIMIT,
    IncidentState,
    SameAnswer,
    TriageIncident,
)
from school_portal.web.forms import BaseForm, options, tidy

BY_RULE = "rule"
NO_TYPE = "CR00"
"""The type «Chưa rõ», always among those offered first."""
CHOOSE = _("Choose one of the answers.")
SAY_WHY = labels.RULES["reason-missing"]


class VersionedForm(BaseForm):
    """A form of a record that others may change meanwhile: it knows which version its page showed."""

    rule_messages = labels.RULES

    version = HiddenField()

    def begin_from(self, version: int) -> None:
        """The page shows this version; what is sent holds the one that its page showed, or counts as outdated."""
        if not self.is_submitted() and not is_number(self.version.data or ""):
            self.version.data = str(version)

    def begin_again(self, version: int) -> None:
        """Somebody changed it meanwhile: what was typed stays, and may be sent over what stands now."""
        self.version.data = str(version)

    @property
    def seen(self) -> int:
        """The version that the person saw."""
        return int(self.version.data) if is_number(self.version.data or "") else 0


class TriageForm(VersionedForm):
    """What it is, how serious it is, who leads. A further type is optional."""

    main_type = RadioField(_("What is it above all?"), [InputRequired(CHOOSE)])
    more_types = SelectMultipleField(
        _("Did more than this happen?"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    severity = RadioField(_("How serious is it?"), [InputRequired(CHOOSE)])
    reason = TextAreaField(_("Why another level"), [Optional(), Length(max=REASON_LIMIT)])
    lead = SelectField(_("Who looks after this case?"))

    def offer_types(self, near: Sequence[Any], others: Sequence[Any], coded: Sequence[str]) -> None:
        """The group's types first, «not clear yet» last among them; what is coded already stands chosen."""
        choices = [(entry.code, labels.entry_name(entry)) for entry in (*near, *others)]
        self.main_type.choices = choices
        self.more_types.choices = choices
        if not self.is_sent and coded:
            self.main_type.data, self.more_types.data = coded[0], list(coded[1:])

    def offer_levels(self, in_force: int, by_rule: int) -> None:
        """What the rule says, what stands by somebody's decision, higher levels, and lower ones to propose."""
        kept = [in_force] if in_force != by_rule else []
        higher = [level for level in (3, 4) if level > in_force]
        lower = [level for level in (3, 2, 1) if level < in_force]
        self.severity.choices = [
            (BY_RULE, _("By the rule")),
            *((str(level), _("Stay at level %(level)s", level=level)) for level in kept),
            *((str(level), _("Raise to level %(level)s", level=level)) for level in higher),
            *((str(level), _("Propose level %(level)s", level=level)) for level in lower),
        ]
        if not self.is_sent:
            self.severity.data = str(in_force) if kept and in_force < by_rule else BY_RULE

    def offer_leads(self, people: Sequence[Any], first: UUID | None, me: UUID | None) -> None:
        """The school's people, whoever leads now first; nobody to choose in a case that is handled above."""
        if not people:
            del self.lead
            return
        ordered = sorted(people, key=lambda person: person.user_id != first)
        self.lead.choices = [
            (
                str(person.user_id),
                _("%(name)s (me)", name=person.name) if person.user_id == me else person.name,
            )
            for person in ordered
        ]
        if not self.is_sent:
            self.lead.data = self.lead.choices[0][0]

    @property
    def is_sent(self) -> bool:
        """Whether somebody has chosen already, be it before a switch of the language."""
        return bool(self.main_type.raw_data or self.severity.raw_data)

    def to_command(self, incident_id: UUID) -> TriageIncident:
        """As the service takes it."""
        chosen = self.severity.data
        return TriageIncident(
            incident_id,
            self.seen,
            IncidentState.ACCEPTED,
            types=(self.main_type.data, *(self.more_types.data or ())),
            severity=None if chosen == BY_RULE else int(chosen),
            reason=self.reason.data or "",
            lead_id=UUID(self.lead.data) if self.lead else None,
        )


class SetAsideForm(VersionedForm):
    """«Chưa đủ căn cứ», with the reason."""

    reason = TextAreaField(
        _("Why there are not enough grounds"), [InputRequired(SAY_WHY), Length(max=REASON_LIMIT)]
    )

    def to_command(self, incident_id: UUID) -> TriageIncident:
        """As the service takes it."""
        return TriageIncident(
            incident_id, self.seen, IncidentState.NOT_SUBSTANTIATED, reason=self.reason.data or ""
        )


class FindCaseForm(FlaskForm):
    """Looking for another case by its number; sent by GET, so without a token."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    q = SearchField(_("Case number"), filters=[tidy])


class OtherCaseForm(VersionedForm):
    """Another case, one of those offered."""

    other = RadioField(_("Which case?"), [InputRequired(CHOOSE)], validate_choice=False)

    def offer(self, rows: Sequence[Any]) -> None:
        """The cases that may be meant."""
        self.other.choices = [(row.number, row.number) for row in rows]

    def apply(self, error: RuleBroken) -> None:
        """Whatever is wrong with the other case is said where it is chosen."""
        super().apply(RuleBroken(error.code, "other") if error.code.startswith("other-") else error)

    def to_command(self, incident_id: UUID) -> TriageIncident:
        """That it is the same as that case, as the service takes it."""
        return TriageIncident(
            incident_id, self.seen, IncidentState.DUPLICATE, other_number=self.other.data or ""
        )


class CountersignForm(VersionedForm):
    """What the officer above says of a lower severity: a page of two buttons."""

    answer = RadioField(
        _("What do you decide?"),
        [InputRequired(CHOOSE)],
        choices=options({"agree": _("Agree to the lower severity"), "refuse": _("Keep the higher severity")}),
    )


class SameForm(BaseForm):
    """Whether somebody of a report is a person of an earlier one: a button each."""

    other = HiddenField()
    answer = RadioField(choices=options(labels.SAME_ANSWERS), validate_choice=False)

    def to_answer(self) -> tuple[UUID, SameAnswer]:
        """As the service takes it; what no page of ours sends names nobody."""
        try:
            return UUID(self.other.data or ""), SameAnswer(self.answer.data or "")
        except ValueError:
            return UUID(int=0), SameAnswer.NOT_SAME


def nearest_types(near: Sequence[Any], others: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The types to show first and the rest; «not clear yet» is always among the first."""
    unclear = [entry for entry in others if entry.code == NO_TYPE]
    return [*near, *unclear], [entry for entry in others if entry not in unclear]
