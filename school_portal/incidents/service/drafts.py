"""Keeping a report while it is being written; not told to the audit, for nothing has been told to anybody yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope
from school_portal.core.clock import now
from school_portal.core.db import insert_into
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.incidents import policy, queries
from school_portal.incidents.domain import (
    DRAFT_LIFETIME,
    MOST_DRAFT_CHARACTERS,
    STEPS,
    Answers,
    read_body,
    write_body,
)
from school_portal.incidents.models import Draft
from school_portal.incidents.queries import OwnDraft

MOST_DRAFTS = 100


def save_draft(session: Session, actor: Actor, draft_id: UUID, step: str, answers: Answers) -> OwnDraft:
    """Keep what was typed in a step, as it was sent; the other steps stay as they are.

    Made when there is none yet. Raises NotFound for another person's draft and for a report that was sent already,
    RuleBroken for more than a draft can hold.
    """
    require(queries.may_report(actor) and step in STEPS)
    moment = now()
    draft = _own_draft(session, actor, draft_id)
    body = read_body(draft.body or "{}") if draft and draft.expires_at > moment else {}
    body[step] = answers
    text = write_body(body)
    if len(text) > MOST_DRAFT_CHARACTERS:
        raise RuleBroken("draft-too-long")
    draft = draft or _begin(session, actor, draft_id, moment)
    draft.body = text
    draft.saved_at, draft.expires_at = moment, moment + DRAFT_LIFETIME
    session.flush()
    return queries.get_draft(session, actor, draft_id)


def _own_draft(session: Session, actor: Actor, draft_id: UUID) -> Draft | None:
    statement = scope(select(Draft).options(undefer(Draft.body)), policy.own_drafts(actor))
    return session.scalars(statement.where(Draft.id == draft_id).with_for_update()).one_or_none()


def _begin(session: Session, actor: Actor, draft_id: UUID, moment: datetime) -> Draft:
    """A draft with nothing in it. A button pressed twice begins one, whichever comes first.

    A uuid that is somebody else's draft or a report that was sent is nobody's to begin; nor are endless drafts.
    """
    if queries.was_sent(session, actor, draft_id):
        raise NotFound("draft-not-found")
    count = scope(select(func.count()).select_from(Draft), policy.own_drafts(actor))
    if (session.scalar(count) or 0) >= MOST_DRAFTS:
        raise RuleBroken("too-many-drafts")
    row = {
        "id": draft_id,
        "user_id": actor.user_id,
        "begun_at": moment,
        "saved_at": moment,
        "expires_at": moment + DRAFT_LIFETIME,
    }
    session.execute(insert_into(session, Draft).values(row).on_conflict_do_nothing(index_elements=["id"]))
    draft = _own_draft(session, actor, draft_id)
    if draft is None:
        raise NotFound("draft-not-found")
    return draft


def discard_draft(session: Session, actor: Actor, draft_id: UUID) -> None:
    """Throw one's own draft away; raises NotFound."""
    queries.get_draft(session, actor, draft_id)
    statement = scope(delete(Draft), policy.own_drafts(actor)).where(Draft.id == draft_id)
    session.execute(statement, execution_options={"synchronize_session": False})


def forget_drafts(session: Session, actor: Actor) -> int:
    """Remove what has expired; returns how many. Operators only."""
    require(actor.is_system)
    statement = scope(delete(Draft), policy.all_drafts()).where(Draft.expires_at <= now())
    return session.execute(statement, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined,no-any-return]
