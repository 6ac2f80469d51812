"""Flask-Security's view of our tables: finds people by the key they present, never commits, hashes recovery codes."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from flask_security.datastore import UserDatastore
from flask_security.recovery_codes import MfRecoveryCodesUtil
from flask_security.totp import Totp
from flask_security.utils import hash_password, verify_password
from markupsafe import Markup
from passlib.exc import TokenError
from passlib.totp import TotpMatch
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from school_portal.accounts import passwords
from school_portal.accounts.models import Membership, RecoveryCode, User
from school_portal.accounts.qr import qr_svg
from school_portal.accounts.sessions import actor_from, hash_key, in_effect
from school_portal.core.authz import lookup
from school_portal.core.clock import now, today
from school_portal.core.crypto import blind_index
from school_portal.core.errors import Unavailable
from school_portal.web.unit_of_work import current_session

RECOVERY_CODES = 8
HASHES_AT_ONCE = 2
"""argon2 takes 19 MiB and 40 ms each; more at once would only starve the rest of the process."""
_PATIENCE = 10.0
_hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)
_nobodys_hash: dict[str, str] = {}


class NoRole(RoleMixin):
    """Flask-Security wants a class for roles; ours are posts."""


class PortalUserDatastore(UserDatastore):
    """Reads with `lookup()`: the guard stays on, and the person has no rights yet."""

    def __init__(self) -> None:
        super().__init__(User, NoRole)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:
        """The person with this value of a unique column; Flask-Security asks by `fs_uniquifier` only."""
        ((name, value),) = kwargs.items()
        if name not in ("fs_uniquifier", "email", "phone", "staff_code") or value is None:
            return None
        return find_person(current_session(), getattr(User, name) == value)

    def put(self, model: Any) -> Any:
        """Keep the row with the request's session."""
        current_session().add(model)
        return model

    def delete(self, model: Any) -> None:
        """Remove the row with the request's session."""
        current_session().delete(model)

    def commit(self) -> None:
        """Only a flush: the request is one transaction, and the unit of work ends it."""
        current_session().flush()

    def tf_set(self, user: UserMixin, *args: Any, **kwargs: Any) -> None:
        """Set the second factor; sign-ins that stopped before their second step end, else they could set another."""
        super().tf_set(user, *args, **kwargs)
        self.set_uniquifier(user)

    def mf_get_recovery_codes(self, user: UserMixin) -> list[str]:
        """As many blanks as codes are left: the codes themselves are kept as hashes."""
        statement = select(RecoveryCode.code_hash)
        return ["" for _ in current_session().scalars(lookup(statement, RecoveryCode.user_id == user.id))]


def find_person(session: Session, given: ColumnElement[bool]) -> User | None:
    """The person who presents a key, with the duty of a second factor noted on her."""
    statement = lookup(
        select(User, Membership).outerjoin(
            Membership, and_(Membership.user_id == User.id, in_effect(today()))
        ),
        and_(given, or_(Membership.id.is_(None), Membership.user_id == User.id)),
    )
    rows = session.execute(statement).all()
    users = {user.id: user for user, _ in rows}
    if len(users) != 1:
        return None
    (user,) = users.values()
    actor_from(user, [post for _, post in rows if post])
    return user


# --- passwords -------------------------------------------------------------------------------------------------


def _take_turn() -> None:
    if not _hashing.acquire(timeout=_PATIENCE):
        raise Unavailable("busy")


def make_hash(password: str) -> str:
    """Hash a new password, when it is this one's turn."""
    _take_turn()
    try:
        return hash_password(passwords.compose(password))
    finally:
        _hashing.release()


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password is the one behind the hash; takes as long when there is none."""
    if not passwords.fits(password):
        return False
    if "hash" not in _nobodys_hash:
        _nobodys_hash["hash"] = make_hash(secrets.token_urlsafe(16))
    _take_turn()
    try:
        right = verify_password(passwords.compose(password), kept or _nobodys_hash["hash"])
    finally:
        _hashing.release()
    return right and kept is not None


# --- second factor ---------------------------------------------------------------------------------------------


class OnceTotp(Totp):
    """Codes of an authenticator app, each good for one sign-in, and a QR code without a data: address."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The step of the last code taken."""
        return user.tf_last_counter  # type: ignore[no-any-return]

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Take the step in one statement: of requests that race with the same code one wins."""
        not_taken = or_(User.tf_last_counter.is_(None), User.tf_last_counter < tmatch.counter)
        taken = current_session().execute(
            lookup(update(User), User.id == user.id)
            .where(not_taken)
            .values(tf_last_counter=tmatch.counter)
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise TokenError("used already")

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """The picture for the app's camera, as SVG in the page."""
        return qr_svg(self.get_totp_uri(username, totp))


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes are shown once, kept as hashes, and gone with their use."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        """New codes in place of all older ones."""
        session = current_session()
        codes = ["-".join(secrets.token_hex(2) for _ in range(3)) for _ in range(RECOVERY_CODES)]
        session.execute(lookup(delete(RecoveryCode), RecoveryCode.user_id == user.id))
        session.add_all(
            RecoveryCode(user_id=user.id, code_hash=_code_hash(user, code), created_at=now())
            for code in codes
        )
        return codes

    def get_recovery_codes(self, user: UserMixin) -> list[str]:
        """Never again: the page says how many are left."""
        return []

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Right, and used up by being right: taken out in one statement, so that it works once."""
        gone = current_session().execute(
            lookup(
                delete(RecoveryCode),
                and_(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _code_hash(user, code)),
            ).execution_options(synchronize_session=False)
        )
        return bool(gone.rowcount == 1)  # type: ignore[attr-defined]

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Done by the check already."""
        return True


def _code_hash(user: UserMixin, code: str) -> bytes:
    plain = "".join(char for char in code.lower() if char.isalnum())
    return hash_key(blind_index(f"{user.id}|{plain}", "accounts.recovery-code").hex())
