"""The form that asks for a document."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from wtforms import SelectField

from school_portal.core.i18n import LANGUAGES
from school_portal.core.i18n import lazy_gettext as _
from school_portal.reports.domain import Order
from school_portal.reports.kinds import Offer
from school_portal.reports.labels import RULES
from school_portal.web.forms import BaseForm


class OrderForm(BaseForm):
    """Kind, unit, period, language; the first answer of each can be built."""

    rule_messages = RULES

    kind = SelectField(_("Kind of document"))
    organisation = SelectField(_("Covers"))
    period = SelectField(_("Period"))
    language = SelectField(_("Language"), choices=list(LANGUAGES.items()))

    def offer(self, offers: Sequence[Offer]) -> None:
        """Fill the lists with what this person may choose; the service checks that the answers fit together."""
        scopes = {scope.organisation_id: scope.name for offer in offers for scope in offer.choices.scopes}
        periods = {code: label for offer in offers for code, label in offer.choices.periods}
        self.kind.choices = [(offer.kind.name, str(offer.kind.label)) for offer in offers]
        self.organisation.choices = [(str(key), name) for key, name in scopes.items()]
        self.period.choices = [(code, label[:1].upper() + label[1:]) for code, label in periods.items()]

    def to_order(self) -> Order:
        """The request in the engine's words."""
        return Order(
            kind=self.kind.data,
            organisation_id=UUID(self.organisation.data),
            period=self.period.data,
            language=self.language.data,
        )
