"""What is chosen on the pages of figures, and what a head signs."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import DataRequired

from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations.domain import Period, Unit
from school_portal.organisations.labels import period_label
from school_portal.statistics.domain import SignNil
from school_portal.statistics.labels import RULES
from school_portal.web.forms import BaseForm

_PERIOD = _("Period")


def _units(units: Iterable[Unit], language: str) -> list[tuple[str, str]]:
    return [(str(unit.id), unit.name(language)) for unit in units]


def _periods(periods: Iterable[Period]) -> list[tuple[str, str]]:
    labels = [(period.code, period_label(period)) for period in periods]
    return [(code, label[:1].upper() + label[1:]) for code, label in labels]


class ChoiceForm(FlaskForm):
    """Whose figures, of which time; sent by GET, so without a token. What isn't offered becomes the first answer."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    organisation = SelectField(_("Covers"))
    period = SelectField(_PERIOD)

    def offer(self, units: list[Unit], periods: Iterable[Period], language: str) -> None:
        """Fill the lists with what this person may choose."""
        self.organisation.choices = _units(units, language)
        self.period.choices = _periods(periods)
        for field in (self.organisation, self.period):
            if field.data not in dict(field.choices) and field.choices:
                field.data = field.choices[0][0]

    def chosen(self, units: list[Unit]) -> Unit:
        """The unit that is chosen."""
        return next(unit for unit in units if str(unit.id) == self.organisation.data)


class NilForm(BaseForm):
    """A head signs that nothing happened in a term."""

    rule_messages = RULES

    organisation = SelectField(_("School"))
    period = SelectField(_("Term"))
    confirmed = BooleanField(
        _("I confirm that, to my knowledge, no case happened at the school in this term"),
        validators=[DataRequired(_("Tick the box to sign."))],
    )

    def offer(self, units: list[Unit], periods: Iterable[Period], language: str) -> None:
        """Fill the lists with what this person may choose."""
        self.organisation.choices = _units(units, language)
        self.period.choices = _periods(periods)

    def to_command(self) -> SignNil:
        """What the head signs."""
        return SignNil(UUID(self.organisation.data), self.period.data)
