"""Reports that are being written: each its owner's alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.core.clock import now
from school_portal.core.errors import NotFound
from school_portal.incidents import policy
from school_portal.incidents.domain import STEPS, Answers, DraftBody, first_line, read_body
from school_portal.incidents.models import Draft

MOST_SHOWN = 20


@dataclass(frozen=True)
class OwnDraft:
    """A draft as its owner sees it: what was typed in each step, when it was kept, when it vanishes."""

    id: UUID
    body: DraftBody
    saved_at: datetime
    expires_at: datetime

    def answers(self, step: str) -> Answers:
        """What was typed in a step, as it was sent; nothing when the step was not opened yet."""
        return self.body.get(step, [])

    @property
    def last_step(self) -> str:
        """Where its owner goes on writing."""
        return next((step for step in reversed(STEPS) if step in self.body), STEPS[0])

    @property
    def is_stub(self) -> bool:
        """Kept for later in twenty seconds, not yet gone on with."""
        return self.last_step == STEPS[0] and "occurred_on" not in dict(self.answers(STEPS[0]))

    def told(self, name: str) -> str:
        """One answer of the first step; empty when it was not given yet."""
        return dict(self.answers(STEPS[0])).get(name, "")

    @property
    def line(self) -> str:
        """What its owner recognises it by."""
        return first_line(self.body)


def get_draft(session: Session, actor: Actor, draft_id: UUID) -> OwnDraft:
    """One of her own drafts; raises NotFound also when it has expired."""
    found = find_draft(session, actor, draft_id)
    if found is None:
        raise NotFound("draft-not-found")
    return found


def find_draft(session: Session, actor: Actor, draft_id: UUID) -> OwnDraft | None:
    """The same, or None."""
    statement = scope(select(Draft).options(undefer(Draft.body)), policy.own_drafts(actor))
    row = session.scalars(statement.where(Draft.id == draft_id, Draft.expires_at > now())).one_or_none()
    return _own(row) if row else None


def list_drafts(session: Session, actor: Actor) -> list[OwnDraft]:
    """Her newest drafts."""
    statement = scope(select(Draft).options(undefer(Draft.body)), policy.own_drafts(actor))
    rows = session.scalars(
        statement.where(Draft.expires_at > now()).order_by(Draft.saved_at.desc(), Draft.id).limit(MOST_SHOWN)
    )
    return [_own(row) for row in rows]


def _own(row: Draft) -> OwnDraft:
    return OwnDraft(row.id, read_body(row.body or "{}"), row.saved_at, row.expires_at)
