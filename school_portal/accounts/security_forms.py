"""Flask-Security's forms with our rules: one field for the name, one answer for every failure, tries counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import g, request
from flask import session as cookie
from flask_login import current_user
from flask_security import forms as flask_security_forms
from flask_security.recovery_codes import MfRecoveryCodesForm, MfRecoveryForm
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired

from school_portal.accounts import passwords, queries, service, throttle
from school_portal.accounts.datastore import find_person, is_right
from school_portal.accounts.domain import read_sign_in_name
from school_portal.accounts.models import RememberedDevice, User
from school_portal.accounts.sessions import SignedIn, by_sign_in_name
from school_portal.accounts.throttle import Counter
from school_portal.core.clock import now
from school_portal.core.db import read_first
from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.forms import BaseForm
from school_portal.web.unit_of_work import current_session

REFUSED = _("The name or the password is not right.")
THROTTLED = _("Too many tries. Wait 10 minutes, then try again, or ask your school for a new link.")
CODE_REFUSED = _("This code is not right, or it was used already. Wait for the next one.")
PASSWORD_REFUSED = _("The password is not right.")

REMEMBER = "remember_device"
"""Carries the tick of the sign-in form over the second step."""

PASSWORD_MESSAGES = {
    "password-too-short": _("Use at least %(least)s characters: a sentence that you remember is best."),
    "password-too-long": _("This password is too long."),
    "password-common": _("This password is among the first that are tried. Take a sentence of your own."),
    "password-about-you": _(
        "Your name, school or number is easily guessed. Take a sentence about something else."
    ),
    "password-same": _("The new password is the old one."),
}


class CountedForm(BaseForm):
    """A form that checks a secret: each try is counted before its answer is given."""

    is_throttled = False

    def try_secret(self, counters: Sequence[Counter], is_right_secret: bool) -> bool:
        """The answer to a try whose secret was looked at already; False as well when it was one too many."""
        session = current_session()
        if not throttle.count(session, counters, now()):
            self.refuse_for_now()
            return False
        if is_right_secret:
            throttle.take_back(session, counters)
        return is_right_secret

    def may_ask(self, counters: Sequence[Counter]) -> bool:
        """For an act without a secret that costs something: counted, and refused when it was too often."""
        if throttle.count(current_session(), counters, now()):
            return True
        self.refuse_for_now()
        return False

    def is_shut(self, session: Session, counters: Sequence[Counter]) -> bool:
        """Whether no more tries are taken; asked before the secret is looked at."""
        if throttle.is_exhausted(session, counters, now()):
            self.refuse_for_now()
            return True
        return False

    def refuse_for_now(self) -> None:
        """The answer of a counter that is used up, the same for every name."""
        self.is_throttled = True
        self.form_errors.append(str(THROTTLED))

    @property
    def status(self) -> int:
        """429 when no more tries are taken."""
        return 429 if self.is_throttled else super().status


class SignInForm(CountedForm, flask_security_forms.LoginForm):
    """Name, password, and whether to remember the device. Unknown, wrong and disabled are answered alike."""

    email = StringField(
        _("E-mail, phone number or staff code"),
        [DataRequired(_("Type your e-mail, phone number or staff code."))],
    )
    password = PasswordField(_("Password"), [DataRequired(_("Type your password."))])
    remember_device = BooleanField(_("My own device: remember it for 180 days for quick reports"))
    remember: ClassVar[None] = None
    submit: ClassVar[None] = None

    def validate_next(self, field: HiddenField) -> None:
        """An address elsewhere is dropped; the person lands on her home."""
        if field.data and not flask_security_forms.validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **kwargs: Any) -> bool:
        """Look at the password outside any write transaction, then count, then answer."""
        if not FlaskForm.validate(self, **kwargs):
            return False
        session = current_session()
        name = read_sign_in_name(self.email.data or "")
        with read_first(session):
            user = find_person(session, by_sign_in_name(name))
            counters = [
                throttle.of_account(_account_key(user, name.key)),
                throttle.of_address(request.remote_addr),
            ]
            if self.is_shut(session, counters):
                return False
        right = is_right(self.password.data or "", user.password if user else None)
        right = right and user is not None and user.active
        if self.try_secret(counters, right):
            self.user = user
            cookie[REMEMBER] = bool(self.remember_device.data)
            return True
        service.note_refused_sign_in(session, user)
        if not self.is_throttled:
            self.form_errors.append(str(REFUSED))
        return False


def _account_key(user: User | None, typed: str) -> str:
    """One counter for all names of a person. A device she had remembered has its own, so that strangers who try
    her name can't shut her out of it."""
    if user is None:
        return f"name|{typed}"
    known: SignedIn | None = g.get("signed_in")
    if known and known.user.id == user.id and isinstance(known.row, RememberedDevice):
        return f"user|{user.id}|{known.row.id}"
    return f"user|{user.id}"


class PasswordAgainForm(CountedForm, flask_security_forms.VerifyForm):
    """The password once more, before something that matters."""

    password = PasswordField(_("Password"), [DataRequired(_("Type your password."))])
    submit: ClassVar[None] = None

    def validate(self, **kwargs: Any) -> bool:
        """Counted as a sign-in is."""
        return FlaskForm.validate(self, **kwargs) and _is_own_password(self, self.password)


def _is_own_password(form: CountedForm, field: PasswordField) -> bool:
    session = current_session()
    counters = [throttle.of_account(f"user|{current_user.id}")]
    with read_first(session):
        if form.is_shut(session, counters):
            return False
    if form.try_secret(counters, is_right(field.data or "", current_user.password)):
        return True
    if not form.is_throttled:
        field.errors = [*field.errors, str(PASSWORD_REFUSED)]
    return False


def check_new_password(field: PasswordField, person: passwords.Person, has_second_factor: bool) -> bool:
    """Puts what is wrong with a new password on its field."""
    code = passwords.problem_with(field.data or "", person, has_second_factor=has_second_factor)
    if code is None:
        return True
    least = passwords.WITH_SECOND_FACTOR if has_second_factor else passwords.ALONE
    text = str(PASSWORD_MESSAGES[code])
    field.errors = [*field.errors, text % {"least": least} if "%(least)s" in text else text]
    return False


class ChangePasswordForm(CountedForm, flask_security_forms.ChangePasswordForm):
    """The present password and the new one, typed once: it can be shown."""

    password = PasswordField(_("Present password"), [DataRequired(_("Type your password."))])
    new_password = PasswordField(_("New password"), [DataRequired(_("Type the new password."))])
    new_password_confirm: ClassVar[None] = None
    submit: ClassVar[None] = None

    def validate(self, **kwargs: Any) -> bool:
        """The new one is looked at first, as that costs nothing and tells nothing."""
        if not FlaskForm.validate(self, **kwargs):
            return False
        with read_first(current_session()):
            person = queries.what_is_known_of(current_session(), current_user.id)
        if not check_new_password(self.new_password, person, bool(current_user.tf_primary_method)):
            return False
        self.new_password.data = passwords.compose(self.new_password.data or "")
        if self.new_password.data == passwords.compose(self.password.data or ""):
            self.new_password.errors = [str(PASSWORD_MESSAGES["password-same"])]
            return False
        return _is_own_password(self, self.password)


class SecondFactorForm(BaseForm, flask_security_forms.TwoFactorSetupForm):
    """Which second factor; there is one, so the page has a button only."""


class RecoveryCodesForm(BaseForm, MfRecoveryCodesForm):
    """New recovery codes."""


class CodeForm(CountedForm, flask_security_forms.TwoFactorVerifyCodeForm):
    """Six digits of the authenticator app."""

    code = StringField(_("Code of 6 digits"), [DataRequired(_("Type the 6 digits of your app."))])
    submit: ClassVar[None] = None

    def validate(self, **kwargs: Any) -> bool:
        """A million codes are few: tries are counted, and each code counts once."""
        if not FlaskForm.validate(self, **kwargs) or self.user is None:
            return False
        counters = [throttle.of_account(f"code|{self.user.id}")]
        if self.is_shut(current_session(), counters):
            return False
        self.code.data = "".join(char for char in self.code.data or "" if char.isdigit())
        if self.try_secret(counters, super().validate(**kwargs)):
            return True
        if not self.is_throttled:
            self.code.errors = [str(CODE_REFUSED)]
        return False


class RecoveryForm(CountedForm, MfRecoveryForm):
    """One of the recovery codes, in place of the app."""

    code = StringField(_("Recovery code"), [DataRequired(_("Type one of your recovery codes."))])
    submit: ClassVar[None] = None

    def validate(self, **kwargs: Any) -> bool:
        """Counted with the app's codes."""
        if not FlaskForm.validate(self, **kwargs) or self.user is None:
            return False
        counters = [throttle.of_account(f"code|{self.user.id}")]
        if self.is_shut(current_session(), counters):
            return False
        if self.try_secret(counters, super().validate(**kwargs)):
            return True
        if not self.is_throttled:
            self.code.errors = [str(CODE_REFUSED)]
        return False
