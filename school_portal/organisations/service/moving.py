"""Moving units to another place in the tree: whoever is responsible from now on sees all their records."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from school_portal.core.actor import Actor
from school_portal.core.authz import scope, within
from school_portal.organisations import policy, queries
from school_portal.organisations.domain import moved_path, path_of
from school_portal.organisations.models import Organisation

Moved = Callable[[Session, UUID, str, str], None]
"""Called with the session, a unit's id, its old path and its new one."""

_listeners: list[Moved] = []


def on_moved(listener: Moved) -> Moved:
    """Have a function called for each unit that moves, in the same transaction.

    For features above that keep copies of a path which the database's cascade does not reach, such as the level
    columns of long lists. A listener registered twice is called once.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def put_below(session: Session, actor: Actor, unit: Organisation, parent: Organisation) -> None:
    """Make `parent` the unit's manager; its path and those of all below change, with every record of theirs."""
    old = unit.org_path
    new = path_of(parent.org_path, unit.number)
    unit.parent_id = parent.id
    if new == old:
        return
    session.flush()
    below = [(row.id, row.org_path) for row in queries.load_below(session, actor, old)]
    statement = update(Organisation).where(within(Organisation.org_path, old))
    session.execute(
        scope(statement, policy.all_for_rules(Organisation)).values(
            org_path=new + func.substr(Organisation.org_path, len(old) + 1)
        ),
        execution_options={"synchronize_session": False},
    )
    _refresh_paths(session, old, new)
    for organisation_id, path in below:
        for listener in _listeners:
            listener(session, organisation_id, path, moved_path(path, old, new))


def _refresh_paths(session: Session, old: str, new: str) -> None:
    """The database has rewritten the paths; tell the objects that are already loaded, of whatever feature."""
    for thing in session.identity_map.values():
        for name in ("org_path", "successor_path"):
            path = thing.__dict__.get(name)
            if isinstance(path, str) and path.startswith(old):
                set_committed_value(thing, name, moved_path(path, old, new))
