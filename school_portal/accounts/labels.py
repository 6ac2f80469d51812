"""Words for roles, reasons, states and broken rules."""

from __future__ import annotations

from typing import Any

from school_portal.accounts.domain import EndReason, LinkPurpose
from school_portal.core.actor import Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations.domain import Unit
from school_portal.organisations.labels import HEAD_WORDS

ROLES: dict[Role, Any] = {
    Role.TEACHER: _("Teacher or staff"),
    Role.FOCAL_POINT: _("Person in charge of child protection"),
    Role.COUNSELLOR: _("School counsellor"),
    Role.HEAD: _("Head of the school"),
    Role.COMMUNE_OFFICER: _("Commune officer"),
    Role.DEPARTMENT_OFFICER: _("Department officer"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.AUDITOR: _("Auditor"),
}


def role_words(role: Role, unit: Unit) -> Any:
    """The role as it is called there: hiệu trưởng, giám đốc, chủ cơ sở."""
    return HEAD_WORDS[unit.head_word] if role == Role.HEAD else ROLES[role]


ROLE_HINTS: dict[Role, Any] = {
    Role.TEACHER: _("Reports and sees the state of her own reports."),
    Role.FOCAL_POINT: _("Receives the reports of the school and follows the cases."),
    Role.COUNSELLOR: _("Works on the cases she is asked to help with."),
    Role.HEAD: _("Answers for the cases, checklists and reports of the school."),
    Role.COMMUNE_OFFICER: _("Follows the schools of the commune."),
    Role.DEPARTMENT_OFFICER: _("Follows all schools and makes the reports of the province."),
    Role.ADMINISTRATOR: _("Keeps units and accounts; reads no cases."),
    Role.AUDITOR: _("Reads the audit log."),
}

END_REASONS: dict[EndReason, Any] = {
    EndReason.SIGN_OUT: _("signed out"),
    EndReason.SIGN_OUT_EVERYWHERE: _("signed out everywhere"),
    EndReason.REVOKED: _("ended by hand"),
    EndReason.REPLACED: _("replaced"),
    EndReason.PASSWORD_CHANGED: _("password changed"),
    EndReason.ROLES_CHANGED: _("roles changed"),
    EndReason.DISABLED: _("account locked"),
}

LINK_PURPOSES: dict[LinkPurpose, Any] = {
    LinkPurpose.INVITATION: _("Invitation"),
    LinkPurpose.RESET: _("New password"),
}

STATES: dict[str, tuple[Any, str]] = {
    "active": (_("In use"), "done"),
    "invited": (_("Invited"), "wait"),
    "lapsed": (_("Invitation ran out"), "danger"),
    "disabled": (_("Locked"), "neutral"),
}

RULES: dict[str, Any] = {
    "name-missing": _("Type the full name."),
    "email-unreadable": _("This is no e-mail address, e.g. ha.nguyen@truong.edu.vn."),
    "phone-unreadable": _("This is no Vietnamese phone number, e.g. 0912 345 678."),
    "staff-code-unreadable": _("A staff code has 3 to 40 letters and digits and is no phone number."),
    "sign-in-name-missing": _("Type a phone number, an e-mail or a staff code: one is enough."),
    "names-of-two-people": _("These names belong to two different accounts."),
    "names-of-another": _("One of these names belongs to an account with other names."),
    "post-held-already": _("She holds this role at this unit already."),
    "unit-closed": _("This unit is closed."),
    "account-disabled": _("The account is locked: open it first."),
    "nothing-to-confirm": _("This was confirmed already."),
    "code-unknown": _(
        "This code is not known, or it was used or has run out. Ask your school for a new slip."
    ),
    "language-unknown": _("This language is not offered."),
}
