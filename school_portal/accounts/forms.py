"""Forms of the accounts' own pages; those of signing in are in security_forms.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from school_portal.accounts import labels
from school_portal.accounts.domain import InvitePerson
from school_portal.accounts.security_forms import CountedForm
from school_portal.core.actor import Role
from school_portal.core.i18n import LANGUAGES, current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.forms import BaseForm


class InviteForm(BaseForm):
    """Somebody new: who she is, how she signs in, what she does where."""

    rule_messages = labels.RULES

    name = StringField(_("Full name"), [DataRequired(_("Type the full name.")), Length(max=200)])
    phone = StringField(
        _("Phone number"),
        [Length(max=40)],
        description=_("She signs in with her phone number, e-mail or staff code; one is enough."),
    )
    email = StringField(_("E-mail"), [Length(max=254)])
    staff_code = StringField(_("Staff code"), [Length(max=40)])
    organisation_id = SelectField(_("Unit"), coerce=UUID)
    role = RadioField(_("Role"), coerce=Role)
    is_deputy = BooleanField(_("Deputy of the person in charge"))

    def offer(self, units: list[tuple[str, str]], roles: list[tuple[Role, str]]) -> None:
        """Only units and roles that the person who asks may give."""
        self.organisation_id.choices = units
        self.role.choices = roles

    def to_command(self) -> InvitePerson:
        """What the service wants."""
        return InvitePerson(
            name=self.name.data or "",
            organisation_id=self.organisation_id.data,
            role=self.role.data,
            email=self.email.data or "",
            phone=self.phone.data or "",
            staff_code=self.staff_code.data or "",
            is_deputy=bool(self.is_deputy.data),
            language=current_language(),
        )


class PostForm(BaseForm):
    """One more post for somebody who has an account."""

    rule_messages = labels.RULES

    organisation_id = SelectField(_("Unit"), coerce=UUID)
    role = RadioField(_("Role"), coerce=Role)
    is_deputy = BooleanField(_("Deputy of the person in charge"))

    def offer(self, units: list[tuple[str, str]], roles: list[tuple[Role, str]]) -> None:
        """Only units and roles that the person who asks may give."""
        self.organisation_id.choices = units
        self.role.choices = roles


class LinkPasswordForm(BaseForm):
    """The first password, or a new one, behind a one-time link."""

    password = PasswordField(_("New password"), [DataRequired(_("Type the new password."))])
    remember_device = BooleanField(
        _("My own device: remember it for 180 days for quick reports"), default=True
    )


class CodeOfSlipForm(CountedForm):
    """The short code that stands on the slip."""

    rule_messages = labels.RULES

    code = StringField(_("Code on the slip"), [DataRequired(_("Type the code on the slip.")), Length(max=40)])


class ForgotForm(CountedForm):
    """Whose password is forgotten."""

    name = StringField(
        _("E-mail, phone number or staff code"),
        [DataRequired(_("Type your e-mail, phone number or staff code.")), Length(max=254)],
    )


class LanguageForm(BaseForm):
    """The language of the person's pages and papers."""

    language = RadioField(_("Language"), choices=list(LANGUAGES.items()))


class PeopleFilter(BaseForm):
    """A part of a name, e-mail or staff code."""

    class Meta(BaseForm.Meta):
        """A search changes nothing."""

        csrf = False

    text = StringField(_("Name, e-mail or staff code"))


def choices(members: Any) -> list[tuple[Role, str]]:
    """Roles with their words."""
    return [(role, str(labels.ROLES[role])) for role in members]
