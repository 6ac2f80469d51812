"""Forms of the accounts' own pages; those of signing in are in security_forms.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from school_portal.accounts import labels
from school_portal.accounts.domain import InvitePerson, new_staff_code
from school_portal.accounts.security_forms import CountedForm
from school_portal.core.actor import Role
from school_portal.core.i18n import LANGUAGES, current_language
from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.forms import BaseForm


class GivingForm(BaseForm):
    """A form that gives a role at a unit."""

    _givable: dict[UUID, list[Role]] = {}

    def offer(
        self, units: list[tuple[str, str]], roles: list[tuple[Role, str]], givable: dict[UUID, list[Role]]
    ) -> None:
        """Only units and roles that the person who asks may give."""
        self.organisation_id.choices = units
        self.role.choices = roles
        self._givable = givable

    def validate_role(self, field: RadioField) -> None:
        """Not each role stands at each of the units: said at the field, with all that was typed kept."""
        unit_id = self.organisation_id.data
        if unit_id in self._givable and field.data not in self._givable[unit_id]:
            raise ValidationError(
                str(_("You cannot give this role at the unit chosen above. Choose another one."))
            )


class InviteForm(GivingForm):
    """Somebody new: who she is, how she signs in, what she does where."""

    rule_messages = labels.RULES

    name = StringField(_("Full name"), [DataRequired(_("Type the full name.")), Length(max=200)])
    phone = StringField(
        _("Phone number"),
        [Length(max=40)],
        description=_(
            "She signs in with one of these three. With all three left empty the portal gives her a code."
        ),
    )
    email = StringField(_("E-mail"), [Length(max=254)])
    staff_code = StringField(_("Staff code"), [Length(max=40)])
    organisation_id = SelectField(_("Unit"), coerce=UUID)
    role = RadioField(_("Role"), coerce=Role)
    is_deputy = BooleanField(_("Deputy of the person in charge"))

    def to_command(self) -> InvitePerson:
        """What the service wants; who has neither number, address nor code gets a code."""
        has_name = self.email.data or self.phone.data or self.staff_code.data
        return InvitePerson(
            name=self.name.data or "",
            organisation_id=self.organisation_id.data,
            role=self.role.data,
            email=self.email.data or "",
            phone=self.phone.data or "",
            staff_code=(self.staff_code.data or "") if has_name else new_staff_code(),
            is_deputy=bool(self.is_deputy.data),
            language=current_language(),
        )


class PostForm(GivingForm):
    """One more post for somebody who has an account."""

    rule_messages = labels.RULES

    organisation_id = SelectField(_("Unit"), coerce=UUID)
    role = RadioField(_("Role"), coerce=Role)
    is_deputy = BooleanField(_("Deputy of the person in charge"))


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
