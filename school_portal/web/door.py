"""The door: who is asking, and whether this address may be opened at all. Default: signed in, afresh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import Flask, Response, g, redirect, request, url_for
from sqlalchemy.orm import Session

from school_portal.core import authz
from school_portal.core.actor import Actor
from school_portal.core.db import database, set_read_only
from school_portal.core.errors import FreshSignInNeeded, NotPermitted

V = TypeVar("V", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedIn(Protocol):
    """Somebody whom a session row or a remembered device vouches for."""

    actor: Actor
    language: str | None


@dataclass(frozen=True)
class DoorKeeper:
    """What the accounts feature gives the door: find who is asking; note that she was seen."""

    load: Callable[[Session], SignedIn | None]
    touch: Callable[[Session, SignedIn], None]
    """Called in a short write transaction after the view, when `needs_touch` says so."""
    needs_touch: Callable[[SignedIn], bool]


EXTENSION_ENDPOINTS: dict[str, str] = {"static": "public"}
"""Endpoints that extensions bring: `public`, or `own` (acts on the signed-in person's own account)."""


def public(reason: str) -> Callable[[V], V]:
    """Open a view to people who are not signed in; the reason is read by reviewers."""

    def mark(view: V) -> V:
        view.public_because = reason  # type: ignore[attr-defined]
        return view

    return mark


def remembered_ok(view: V) -> V:
    """Open a view to a person for whom only a remembered device vouches: filing and own states."""
    view.remembered_ok = True  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Who is asking. Raises NotPermitted when nobody is signed in."""
    signed_in: SignedIn | None = g.get("signed_in")
    if signed_in is None:
        raise NotPermitted("sign-in-needed")
    return signed_in.actor


def is_signed_in() -> bool:
    """Whether somebody is signed in, be it by a remembered device."""
    return g.get("signed_in") is not None


def is_public(app: Flask, endpoint: str | None) -> bool:
    """Whether the endpoint is open to people who are not signed in."""
    if endpoint is None:
        return True
    view = app.view_functions.get(endpoint)
    return hasattr(view, "public_because") or EXTENSION_ENDPOINTS.get(endpoint) == "public"


def open_door(app: Flask) -> Response | None:
    """Before every request, before every extension: find who is asking and let her in or not."""
    authz.begin_request()
    set_read_only(True)
    if request.endpoint in (None, "static"):
        return None
    g.session = database.session()
    keeper: DoorKeeper = app.extensions["portal_door"]
    g.signed_in = keeper.load(g.session)
    g.session.commit()  # the door's reads end before a write transaction begins
    if request.method not in SAFE_METHODS:
        set_read_only(False)
    if is_public(app, request.endpoint):
        return None
    if g.signed_in is None:
        return _to_sign_in()
    view = app.view_functions[request.endpoint]
    if not g.signed_in.actor.is_fresh and not hasattr(view, "remembered_ok"):
        if request.method in SAFE_METHODS:
            return _to_sign_in()
        raise FreshSignInNeeded
    return None


def _to_sign_in() -> Response:
    back = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("security.login", next=back if back != "/" else None))  # type: ignore[return-value]


def close_door(app: Flask, feature_names: frozenset[str]) -> None:
    """The last act of the factory: every endpoint is public, belongs to a feature, or is in the reviewed table.

    Raises RuntimeError for an endpoint that nobody decided about and for a stale entry of the table.
    """
    undecided = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if not hasattr(view, "public_because")
        and endpoint not in EXTENSION_ENDPOINTS
        and endpoint.partition(".")[0] not in feature_names
    ]
    stale = [endpoint for endpoint in EXTENSION_ENDPOINTS if endpoint not in app.view_functions]
    if undecided or stale:
        raise RuntimeError(f"The door is open: undecided endpoints {undecided}, stale entries {stale}")
