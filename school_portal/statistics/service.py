"""Use cases: a head signs that nothing happened in a term, and takes it back while the term is open."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.core.clock import now, today
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.organisations import queries as organisations
from school_portal.statistics import policy, queries
from school_portal.statistics.domain import SignNil, is_asked_for, may_be_withdrawn
from school_portal.statistics.models import NilReturn


def sign_nil(session: Session, actor: Actor, command: SignNil) -> NilReturn:
    """Sign «không phát sinh» for a term that has begun; signed twice it is one.

    Refused only by what the head may know herself: a case that is hidden from her must not betray itself, so the
    return is taken without contradiction and the mismatch is shown above the school only.
    """
    unit = organisations.get_unit(session, actor, command.organisation_id)
    require(policy.may_sign(actor, unit.org_path))
    if actor.user_id is None:
        raise NotFound
    term = organisations.get_period(session, actor, command.period)
    if not is_asked_for(term, today()):
        raise RuleBroken("term-not-asked-for", "period")
    if queries.knows_of_cases(session, actor, unit.org_path, term):
        raise RuleBroken("cases-known", "period")
    standing = queries.find_nil(session, actor, unit.id, term.code)
    if standing is not None:
        return standing
    signed = NilReturn(
        organisation_id=unit.id,
        org_path=unit.org_path,
        period=term.code,
        signed_by=actor.user_id,
        signed_at=now(),
    )
    session.add(signed)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict from None  # the deputy signed the same term at this moment
    record(session, actor, "nil-return-signed", "nil_return", signed.id, unit.org_path, period=term.code)
    return signed


def withdraw_nil(session: Session, actor: Actor, return_id: UUID) -> None:
    """Take a nil return back while its term is open; taken back twice it is once."""
    signed = queries.get_nil(session, actor, return_id)
    require(policy.may_sign(actor, signed.org_path))
    if signed.withdrawn_at is not None:
        return
    term = organisations.get_period(session, actor, signed.period)
    if not may_be_withdrawn(term, organisations.get_calendar(session, actor), today()):
        raise RuleBroken("term-closed")
    signed.withdrawn_at, signed.withdrawn_by = now(), actor.user_id
    session.flush()
    record(session, actor, "nil-return-withdrawn", "nil_return", signed.id, signed.org_path, period=term.code)
