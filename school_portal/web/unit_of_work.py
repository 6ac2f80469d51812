"""One transaction and one authorisation decision per request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from school_portal.core import authz
from school_portal.core.db import commit, set_read_only, waiting
from school_portal.web.door import EXTENSION_ENDPOINTS, SAFE_METHODS, DoorKeeper, is_public, open_door


class UndecidedView(Exception):
    """A view answered without having scoped a read or required a permission; a fault of ours, so a 500."""


def current_session() -> Session:
    """The session of this request."""
    session: Session = g.session
    return session


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """What a use case did before it refused is taken back, so that the page with the form can say why."""
    with current_session().begin_nested():
        yield


class Portal(Flask):
    """Flask whose requests pass the door first and are one transaction each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before_request(lambda: open_door(self))
        self.teardown_request(_leave)

    def dispatch_request(self) -> Response:
        """Run the view, check that it decided, store the transaction; any error rolls it back."""
        session: Session | None = g.get("session")
        if session is None:
            return self.make_response(super().dispatch_request())
        try:
            response = self.make_response(super().dispatch_request())
            _check_decision()
            _store(session)
        except BaseException:
            session.rollback()
            raise
        return response


def _check_decision() -> None:
    endpoint = request.endpoint or ""
    own = EXTENSION_ENDPOINTS.get(endpoint) == "own"
    if not authz.is_decided() and not own and not is_public(current_app, endpoint):
        raise UndecidedView(endpoint)


def _store(session: Session) -> None:
    """Commit. After a GET the read ends first; what it has to tell the audit is written in a second, short one."""
    signed_in = g.get("signed_in")
    keeper: DoorKeeper = current_app.extensions["portal_door"]
    touch = signed_in is not None and keeper.needs_touch(signed_in)
    if request.method in SAFE_METHODS:
        events = waiting(session, "audit")
        held, events[:] = list(events), []
        session.commit()
        if not held and not touch:
            return
        set_read_only(False)
        events.extend(held)
    if touch:
        keeper.touch(session, signed_in)
    commit(session)


def _leave(error: BaseException | None = None) -> None:
    session: Session | None = g.pop("session", None)
    if session is not None:
        session.close()
    set_read_only(False)
    authz.begin_request()
