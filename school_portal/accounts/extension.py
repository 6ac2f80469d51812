"""Flask-Security wired to our sessions, rules and pages: settings, signals, and what the door asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    make_response,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask_security import Security
from flask_security.core import AnonymousUser
from flask_security.signals import tf_disabled, tf_profile_changed, user_authenticated
from sqlalchemy.orm import Session

from school_portal.accounts import queries, security_forms, service, sessions
from school_portal.accounts.datastore import HashedRecoveryCodes, OnceTotp, PortalUserDatastore
from school_portal.accounts.domain import DEVICE_LIFETIME, EndReason
from school_portal.accounts.labels import role_words
from school_portal.accounts.mail import NoMail
from school_portal.accounts.messages import MESSAGES, PortalDomain
from school_portal.accounts.models import SecondFactor, User
from school_portal.accounts.sessions import SignedIn
from school_portal.core.actor import Role
from school_portal.core.clock import now
from school_portal.core.i18n import current_language
from school_portal.core.keys import decode_keys
from school_portal.organisations import queries as organisations
from school_portal.web.door import EXTENSION_ENDPOINTS, DoorKeeper
from school_portal.web.templating import Identity
from school_portal.web.unit_of_work import current_session

KEY = "key"
"""Where the session's key stands in the signed cookie."""

ENDPOINTS = {
    "security.login": "public",
    "security.logout": "public",
    "security.two_factor_token_validation": "public",
    "security.two_factor_setup": "public",
    "security.two_factor_rescue": "public",
    "security.tf_select": "public",
    "security.mf_recovery": "public",
    "security.verify": "own",
    "security.change_password": "own",
    "security.two_factor_setup_validate": "own",
    "security.mf_recovery_codes": "own",
}
"""Flask-Security's addresses, for the door. `two_factor_setup` is public because a person of whom a second factor
is demanded sets it up before she is signed in; it asks for the half-finished sign-in itself."""


def init_app(app: Flask) -> None:
    """Register Flask-Security and give the door its keeper."""
    app.config.update(_settings(app))
    config = app.extensions["portal_config"]
    SecondFactor.is_demanded = config.is_production
    security = Security(
        app,
        PortalUserDatastore(),
        login_form=security_forms.SignInForm,
        verify_form=security_forms.PasswordAgainForm,
        change_password_form=security_forms.ChangePasswordForm,
        two_factor_setup_form=security_forms.SecondFactorForm,
        mf_recovery_codes_form=security_forms.RecoveryCodesForm,
        two_factor_verify_code_form=security_forms.CodeForm,
        mf_recovery_form=security_forms.RecoveryForm,
        render_template=_render,
        totp_cls=OnceTotp,
        mail_util_cls=NoMail,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    security.i18n_domain = PortalDomain()
    security.want_json(lambda _request: False)
    # The door alone says who is signed in: Flask-Login's own ways in by cookie or token are walled up.
    security.login_manager.session_protection = None
    security.login_manager.user_loader(lambda _id: None)
    security.login_manager.request_loader(lambda _request: None)
    app.view_functions["security.logout"] = _ending(app.view_functions["security.logout"])
    EXTENSION_ENDPOINTS.update(ENDPOINTS)
    user_authenticated.connect(_signed_in, app)
    tf_profile_changed.connect(_second_factor_on, app)
    tf_disabled.connect(_second_factor_off, app)
    app.extensions["portal_door"] = DoorKeeper(_load, sessions.touch, sessions.needs_touch)
    app.extensions["portal_actor_of"] = queries.actor_of
    app.extensions["portal_identity"] = _identity


def _settings(app: Flask) -> dict[str, Any]:
    config = app.extensions["portal_config"]
    return {
        "SECURITY_PASSWORD_SALT": config.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__time_cost": 2,
            "argon2__memory_cost": 19 * 1024,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFC",
        "SECURITY_DATETIME_FACTORY": now,
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [
            {name: {"mapper": lambda text: text}} for name in ("email", "phone", "staff_code")
        ],
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_FRESHNESS": timedelta(minutes=10),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=5),
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/accounts/me/password",
        "SECURITY_POST_CHANGE_VIEW": "/accounts/me",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/accounts/me/second-factor",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/accounts/me",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/help",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/choose",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/accounts/me/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "SECURITY_TOTP_SECRETS": _totp_secrets(decode_keys(config).encryption),
        "SECURITY_TOTP_ISSUER": "An toàn trường học Phú Thọ",
        **MESSAGES,
    }


def _totp_secrets(keys: tuple[bytes, ...]) -> dict[int, str]:
    """Keys that seal the apps' secrets, made from ENCRYPTION_KEYS; numbered from the oldest, so numbers stay."""
    return {
        number: HKDF(SHA256(), 32, None, b"accounts.totp.v1").derive(key).hex()
        for number, key in enumerate(reversed(keys), start=1)
    }


def device_cookie() -> str:
    """The name of the remembered device's cookie."""
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _load(session: Session) -> SignedIn | None:
    """Who asks, and what Flask-Login and Flask-Security see of her: a remembered device signs in nobody there."""
    idle = timedelta(minutes=current_app.extensions["portal_config"].session_idle_minutes)
    found = sessions.load(session, cookie.get(KEY), request.cookies.get(device_cookie()), idle, now())
    g._login_user = found.user if found and found.is_full else AnonymousUser()
    if found and found.is_full:
        g.fs_authn_via = "session"
        g.fs_paa = cookie.get("fs_paa", 0)
    return found


def _identity() -> Identity | None:
    """The header's words: her widest unit, her name, her role there."""
    found: SignedIn | None = g.get("signed_in")
    if found is None:
        return None
    if "header_words" not in g:
        g.header_words = _identity_of(found)
    return g.header_words  # type: ignore[no-any-return]


def _identity_of(found: SignedIn) -> Identity:
    account_url = url_for("accounts.me") if found.is_full else None
    if not found.actor.posts:
        return Identity("", found.actor.name, "", account_url)
    post = min(found.actor.posts, key=lambda post: (post.org_path.count("/"), -list(Role).index(post.role)))
    unit = organisations.get_unit(current_session(), found.actor, post.organisation_id)
    words = str(role_words(post.role, unit))
    return Identity(
        unit.name(current_language()), found.actor.name, words, account_url, unit.details.short_name
    )


def _render(template: str, **values: Any) -> Response:
    """A page of Flask-Security with the status of its form."""
    statuses = [getattr(value, "status", 200) for name, value in values.items() if name.endswith("_form")]
    return make_response(render_template(template, **values), max(statuses, default=200))


def _signed_in(app: Flask, user: User, authn_via: list[str] | None = None, **extra: Any) -> None:
    """After every sign-in and own change of password: a session row with a new key, and nothing of the old cookie."""
    session, moment = current_session(), now()
    _leave_what_was_before(session, user)
    kept = {name: cookie[name] for name in ("fs_paa", "_flashes") if name in cookie}
    remember = cookie.get(security_forms.REMEMBER, False)
    cookie.clear()
    g.pop("csrf_token", None)
    if authn_via == ["change"]:
        service.password_was_changed(session, user, keep_device=request.cookies.get(device_cookie()))
    agent = request.user_agent.string
    cookie.update(kept, **{KEY: sessions.open_session(session, user, agent, moment)})
    service.note_sign_in(session, user)
    if remember:
        remember_this_device(session, user)


def _leave_what_was_before(session: Session, user: User) -> None:
    """End the browser's earlier session, and forget a device that another person had remembered here: else what
    this person files after her session has ended would stand in the other's name."""
    if cookie.get(KEY):
        sessions.end_session_of_key(session, cookie[KEY], EndReason.REPLACED, now())
    before: SignedIn | None = g.get("signed_in")
    device = request.cookies.get(device_cookie())
    if device and before and before.user.id != user.id:
        sessions.end_device_of_key(session, device, EndReason.REPLACED, now())
        after_this_request(_drop_device_cookie)


def remember_this_device(session: Session, user: User) -> None:
    """Write the device's row and its cookie; an older row of the same browser ends."""
    old = request.cookies.get(device_cookie())
    if old:
        sessions.end_device_of_key(session, old, EndReason.REPLACED, now())
    key = sessions.remember_device(session, user, request.user_agent.string, now())
    after_this_request(lambda response: _set_device_cookie(response, key))


def _set_device_cookie(response: Response, key: str) -> Response:
    response.set_cookie(
        device_cookie(),
        key,
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def _drop_device_cookie(response: Response) -> Response:
    if not any(name.startswith(f"{device_cookie()}=") for name in response.headers.getlist("Set-Cookie")):
        response.delete_cookie(
            device_cookie(),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return response


def _ending(sign_out: Any) -> Any:
    """Flask-Security's sign-out, after our row was ended. On a merely remembered device it forgets the device."""

    def logout() -> Any:
        found: SignedIn | None = g.get("signed_in")
        if found:
            service.sign_out(current_session(), found)
        response = make_response(sign_out())
        cookie.clear()
        response.headers["Clear-Site-Data"] = '"cache"'
        if found and not found.is_full:
            _drop_device_cookie(response)
        return response

    return logout


def _second_factor_on(app: Flask, user: User, **extra: Any) -> None:
    service.note_own_act(current_session(), user, "second-factor-set")


def _second_factor_off(app: Flask, user: User, **extra: Any) -> None:
    service.second_factor_was_removed(current_session(), user)
