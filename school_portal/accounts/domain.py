"""Rules about people and posts: names to sign in with, who gives which role, how long links and sessions live."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from school_portal.core.actor import Actor, Role
from school_portal.organisations.domain import ancestors_of

SESSION_LIFETIME = timedelta(hours=8)
DEVICE_LIFETIME = timedelta(days=180)
INVITATION_LIFETIME = timedelta(days=14)
RESET_LIFETIME = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=1)

ATTEMPT_WINDOW = timedelta(minutes=10)
ATTEMPTS_OF_AN_ACCOUNT = 10
ATTEMPTS_FROM_AN_ADDRESS = 200
"""A school signs in from one address on Monday morning: only failures count, and 200 in ten minutes are no school."""

SECOND_FACTOR_ROLES = frozenset({Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR})


CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O, U, which are misread."""
LOOKALIKES = str.maketrans("ILO", "110")


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    RESET = "reset"

    @property
    def lifetime(self) -> timedelta:
        """An invitation is carried on paper for two weeks; a reset is used at once."""
        return INVITATION_LIFETIME if self is LinkPurpose.INVITATION else RESET_LIFETIME


class EndReason(StrEnum):
    """Why a session or a device was ended before its time."""

    SIGN_OUT = "sign_out"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    REVOKED = "revoked"
    REPLACED = "replaced"
    PASSWORD_CHANGED = "password_changed"
    ROLES_CHANGED = "roles_changed"
    DISABLED = "disabled"


# --- names to sign in with -------------------------------------------------------------------------------------

_PHONE_FILLING = re.compile(r"[\s.\-()/]+")
_PHONE = re.compile(r"^(?:\+84|0084|84|0)(\d{9,10})$")
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+$")
_STAFF_CODE = re.compile(r"^[A-Z0-9][A-Z0-9./_-]{2,39}$")


@dataclass(frozen=True)
class SignInName:
    """What was typed as a name, in each form in which it could be kept."""

    email: str | None = None
    phone: str | None = None
    staff_code: str | None = None

    @property
    def key(self) -> str:
        """One text for the same name however it was typed, to count attempts by."""
        return self.email or self.phone or self.staff_code or ""


def normal_email(text: str) -> str | None:
    """The address as it is kept: composed, without blanks, lower case; None when it is none."""
    email = unicodedata.normalize("NFC", text).strip().lower()
    return email if len(email) <= 254 and _EMAIL.match(email) else None


def normal_phone(text: str) -> str | None:
    """A Vietnamese number as +84 and its digits, however it was typed; None when it is none.

    0912 345 678, 0912.345.678, 84912345678 and +84 912 345 678 are one number. Mobiles have nine digits after
    the zero, fixed lines ten.
    """
    found = _PHONE.match(_PHONE_FILLING.sub("", unicodedata.normalize("NFKC", text)))
    return f"+84{found.group(1)}" if found else None


def shown_phone(phone: str | None) -> str:
    """A kept number as people write it: 0912 345 678."""
    if not phone:
        return ""
    national = "0" + phone.removeprefix("+84")
    return f"{national[:4]} {national[4:7]} {national[7:]}"


def shown_sign_in_name(email: str | None, phone: str | None, staff_code: str | None) -> str:
    """What somebody is told to sign in with: the number first, people know it by heart."""
    return shown_phone(phone) or email or staff_code or ""


def normal_staff_code(text: str) -> str | None:
    """A staff code in capitals; None when it is none or could be taken for a telephone number."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    return code if _STAFF_CODE.match(code) and normal_phone(code) is None else None


def new_staff_code() -> str:
    """A name to sign in with, for somebody of whom no number, address or code is known; not guessable, not secret."""
    return "CB-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def read_sign_in_name(text: str) -> SignInName:
    """What the one field of the sign-in page may mean; a name that is nothing finds nobody."""
    if "@" in text:
        return SignInName(email=normal_email(text) or text.strip().lower()[:254])
    phone = normal_phone(text)
    if phone:
        return SignInName(phone=phone)
    return SignInName(staff_code=normal_staff_code(text) or text.strip().upper()[:254])


# --- roles at units --------------------------------------------------------------------------------------------

SCHOOL_ROLES = (Role.TEACHER, Role.FOCAL_POINT, Role.COUNSELLOR, Role.HEAD)
DEPARTMENT_ROLES = (Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)

ROLES_BY_KIND: dict[str, tuple[Role, ...]] = {
    "school": SCHOOL_ROLES,
    "commune": (Role.COMMUNE_OFFICER, Role.AUDITOR),
    "department": DEPARTMENT_ROLES,
}
"""Which roles exist at which kind of unit. Administrators only at the department."""

READING_ROLES = frozenset({Role.FOCAL_POINT, Role.COUNSELLOR, Role.HEAD})
"""Roles at a school that read cases; a teacher sees her own reports only."""

OFFICER_ROLES = frozenset({Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER})
"""Roles above the schools, which read the cases that concern a school's leads."""

OVERSEEING_ROLES = (Role.HEAD, Role.COMMUNE_OFFICER, *DEPARTMENT_ROLES)
"""Roles that see the people of their unit and of the units below it."""


class Unit(Protocol):
    """What the rules need to know of a unit."""

    @property
    def kind(self) -> str:
        """department, commune or school."""
        ...

    @property
    def org_path(self) -> str:
        """Its path of responsibility."""
        ...


def _manager_of(unit: Unit) -> str:
    """The path of the unit above, its manager; empty at the top."""
    return next(iter(reversed(ancestors_of(unit.org_path))), "")


def _officer_above(actor: Actor, unit: Unit, *roles: Role) -> bool:
    above = _manager_of(unit)
    return bool(above) and actor.holds_over(above, *roles)


def manages(actor: Actor, unit: Unit) -> bool:
    """An officer of a unit above it: the commune's for its schools, the department's for all."""
    return _officer_above(actor, unit, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)


def may_give(actor: Actor, role: Role, unit: Unit, to_self: bool = False) -> bool:
    """Who may give (and take) which role at which unit.

    Heads name their own staff: teachers, focal points, counsellors. Officers of the commune and the department
    name the heads of the schools they manage, the department also the commune's officers. The administrator gives
    every role, but none to herself. Nobody gives a role above her own, and no role stands at the wrong kind of unit.
    """
    if role not in ROLES_BY_KIND.get(unit.kind, ()):
        return False
    if actor.is_system:
        return True
    if actor.holds_over(unit.org_path, Role.ADMINISTRATOR):
        return not to_self
    if unit.kind == "school" and role != Role.HEAD:
        return actor.holds_at(unit.org_path, Role.HEAD)
    if role == Role.HEAD:
        return manages(actor, unit) and not to_self
    if role == Role.COMMUNE_OFFICER:
        return _officer_above(actor, unit, Role.DEPARTMENT_OFFICER) and not to_self
    return False


def needs_second_person(actor: Actor, role: Role, unit: Unit) -> bool:
    """What the administrator gives of the roles that read cases waits for somebody who answers for the unit.

    At a school that is its head or its manager, for an officer's post an officer of the department. So that nobody who
    keeps the machine can make herself, or a friend, a reader of a school's cases.
    """
    if actor.is_system:
        return False
    if role in OFFICER_ROLES:
        return not actor.holds_over(unit.org_path, Role.DEPARTMENT_OFFICER)
    if unit.kind != "school" or role not in READING_ROLES:
        return False
    if role == Role.HEAD:
        return not manages(actor, unit)
    return not actor.holds_at(unit.org_path, Role.HEAD)


def may_confirm(actor: Actor, unit: Unit, given_by: UUID | None, given_to: UUID) -> bool:
    """The second person: the school's head or an officer above, the department's own officer at the department.

    Neither the giver nor the receiver. Where a school has no head yet, the manager above decides: the rule of two
    never locks a school out; the first officer of the department is made by an operator's command.
    """
    if actor.is_system:
        return True
    if actor.user_id in (given_by, given_to):
        return False
    return actor.holds_at(unit.org_path, Role.HEAD, Role.DEPARTMENT_OFFICER) or manages(actor, unit)


@dataclass(frozen=True)
class InvitePerson:
    """Somebody new at a unit: her name, at least one name to sign in with, and her post."""

    name: str
    organisation_id: UUID
    role: Role
    email: str = ""
    phone: str = ""
    staff_code: str = ""
    is_deputy: bool = False
    language: str = "vi"


# --- time ------------------------------------------------------------------------------------------------------


def is_in_effect(valid_from: date, valid_to: date | None, awaiting: bool, on: date) -> bool:
    """A post counts from its first day to the day before its end, once nobody has to confirm it any more."""
    return not awaiting and valid_from <= on and (valid_to is None or on < valid_to)


def is_session_alive(created_at: datetime, seen_at: datetime, idle: timedelta, moment: datetime) -> bool:
    """A session ends after `idle` without use and after eight hours in any case."""
    return moment < created_at + SESSION_LIFETIME and moment < seen_at + idle
