"""Asking for the case file, and for the form to fill in by hand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import Optional

from school_portal.core.i18n import LANGUAGES
from school_portal.core.i18n import lazy_gettext as _
from school_portal.incidents import labels
from school_portal.incidents.domain import NamesReason
from school_portal.incidents.domain.documents import FilePrint
from school_portal.web.forms import BaseForm, options

WITHOUT, WITH = "without", "with"


class CaseFileForm(BaseForm):
    """What of the people is printed: nothing by name unless a reason is given."""

    names = RadioField(
        _("Names of the people concerned"),
        choices=[(WITHOUT, _("Without names, by code")), (WITH, _("With names"))],
        default=WITHOUT,
    )
    reason = RadioField(
        _("What do you need the names for?"), [Optional()], choices=options(labels.NAMES_REASONS)
    )
    witnesses = BooleanField(_("Also the witnesses, on a sheet of its own"), [Optional()])
    reporter = BooleanField(_("Also who reported it, on a sheet of its own"), [Optional()])
    language = SelectField(_("Language"), choices=list(LANGUAGES.items()))

    def validate(self, extra_validators: object = None) -> bool:
        """Names need a reason; without names the annex has nothing to print."""
        valid = super().validate(extra_validators)
        if self.names.data == WITH and not self.reason.data:
            self.reason.errors = [_("Choose one of the answers.")]
            return False
        return valid

    def to_print(self) -> FilePrint:
        """As the service takes it."""
        if self.names.data != WITH:
            return FilePrint()
        return FilePrint(NamesReason(self.reason.data), bool(self.witnesses.data), bool(self.reporter.data))


class PaperFormForm(BaseForm):
    """For which school, in which language."""

    organisation = SelectField(_("School"))
    language = SelectField(_("Language"), choices=list(LANGUAGES.items()))

    def offer(self, schools: Sequence[tuple[str, str]]) -> None:
        """Fill in her schools."""
        self.organisation.choices = list(schools)

    def to_school(self) -> UUID:
        """As the service takes it."""
        return UUID(self.organisation.data)
