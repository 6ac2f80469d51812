"""Reads: what is offered to a person, her requests, one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope
from school_portal.core.errors import NotFound
from school_portal.core.paging import PAGE_SIZE, Page, read_cursor, write_cursor
from school_portal.reports import policy
from school_portal.reports.domain import OPEN, Order, ReportStatus, write_options
from school_portal.reports.kinds import Offer, kinds
from school_portal.reports.models import ReportRequest


def list_offers(session: Session, actor: Actor) -> tuple[Offer, ...]:
    """The kinds that the person may ask for at one unit at least; NotPermitted when there is none."""
    offers = [Offer(kind, kind.choices(session, actor)) for kind in kinds.all()]
    usable = tuple(offer for offer in offers if offer.choices.scopes)
    require(bool(usable))
    return usable


def list_reports(session: Session, actor: Actor, cursor: str | None = None) -> Page[ReportRequest]:
    """The person's own requests, the newest first."""
    statement = scope(select(ReportRequest), policy.visible_to(actor))
    key = read_cursor(cursor, 2)
    if key is not None:
        try:
            moment, last = datetime.fromisoformat(key[0]), UUID(key[1])
        except ValueError:
            raise NotFound from None
        if moment.tzinfo is None:
            raise NotFound
        earlier = ReportRequest.requested_at < moment
        same = and_(ReportRequest.requested_at == moment, ReportRequest.id < last)
        statement = statement.where(or_(earlier, same))
    order = (ReportRequest.requested_at.desc(), ReportRequest.id.desc())
    rows = session.scalars(statement.order_by(*order).limit(PAGE_SIZE + 1)).all()
    items, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    after = write_cursor(items[-1].requested_at.isoformat(), str(items[-1].id)) if more else None
    return Page(_known(session, actor, items), after)


def _known(session: Session, actor: Actor, reports: Sequence[ReportRequest]) -> list[ReportRequest]:
    """Without those about a record that she may no longer read: she is not told that it exists."""
    if actor.is_system:
        return list(reports)
    about: dict[str, set[UUID]] = {}
    for report in reports:
        if report.subject_id is not None:
            about.setdefault(report.kind, set()).add(report.subject_id)
    seen = {subject for name, ids in about.items() for subject in _seen(session, actor, name, ids)}
    return [report for report in reports if report.subject_id is None or report.subject_id in seen]


def _seen(session: Session, actor: Actor, name: str, ids: set[UUID]) -> Iterable[UUID]:
    kind = kinds.find(name)
    return kind.subjects(session, actor, ids) if kind and kind.subjects else ()


def get_report(session: Session, actor: Actor, report_id: UUID) -> ReportRequest:
    """One request of the person's own; NotFound for anybody else's."""
    statement = scope(select(ReportRequest), policy.visible_to(actor)).where(ReportRequest.id == report_id)
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None or not _known(session, actor, [found]):
        raise NotFound
    return found


def get_ready_report(session: Session, actor: Actor, report_id: UUID, moment: datetime) -> ReportRequest:
    """A request whose file can be handed out at this moment; NotFound otherwise."""
    found = get_report(session, actor, report_id)
    if found.status != ReportStatus.READY or found.expires_at is None or found.expires_at <= moment:
        raise NotFound
    return found


def find_open_report(session: Session, actor: Actor, order: Order) -> ReportRequest | None:
    """The person's own request for the same document that isn't made yet."""
    statement = scope(select(ReportRequest), policy.visible_to(actor)).where(
        ReportRequest.status.in_(OPEN),
        ReportRequest.requested_by == actor.user_id,
        ReportRequest.kind == order.kind,
        ReportRequest.organisation_id == order.organisation_id,
        ReportRequest.period == order.period,
        ReportRequest.language == order.language,
        ReportRequest.subject_id.is_(None)
        if order.subject_id is None
        else ReportRequest.subject_id == order.subject_id,
        ReportRequest.options == write_options(order.options),
    )
    return session.scalars(statement.limit(1)).first()


def count_open_reports(session: Session, actor: Actor) -> int:
    """How many of the person's own requests aren't made yet."""
    statement = scope(select(func.count(ReportRequest.id)), policy.visible_to(actor)).where(
        ReportRequest.status.in_(OPEN), ReportRequest.requested_by == actor.user_id
    )
    return session.scalar(statement) or 0


@dataclass(frozen=True)
class MadeBefore:
    """A PDF that lies in the store."""

    report_id: UUID
    key: str
    sha256: str


def find_made_before(
    session: Session, actor: Actor, content_hash: str, moment: datetime
) -> MadeBefore | None:
    """A document laid out from the very same page, by whomever it was asked for: the worker's question."""
    require(actor.is_system)
    columns = (ReportRequest.id, ReportRequest.file_key, ReportRequest.sha256)
    statement = scope(select(*columns), policy.visible_to(actor)).where(
        ReportRequest.content_hash == content_hash,
        ReportRequest.status == ReportStatus.READY,
        ReportRequest.expires_at > moment,
    )
    row = session.execute(statement.limit(1)).first()
    return MadeBefore(*row) if row else None


def list_lost_reports(session: Session, actor: Actor, moment: datetime) -> Sequence[ReportRequest]:
    """Requests whose worker has been silent past its lease."""
    statement = scope(select(ReportRequest), policy.visible_to(actor)).where(
        ReportRequest.status == ReportStatus.RENDERING, ReportRequest.lease_until < moment
    )
    return session.scalars(statement).all()


def list_waiting_reports(session: Session, actor: Actor, before: datetime) -> Sequence[ReportRequest]:
    """Requests made before this moment that no worker has taken yet."""
    statement = scope(select(ReportRequest), policy.visible_to(actor)).where(
        ReportRequest.status == ReportStatus.REQUESTED, ReportRequest.requested_at < before
    )
    return session.scalars(statement).all()


def list_outdated_reports(session: Session, actor: Actor, moment: datetime) -> Sequence[ReportRequest]:
    """Ready documents whose time is over."""
    statement = scope(select(ReportRequest), policy.visible_to(actor)).where(
        ReportRequest.status == ReportStatus.READY, ReportRequest.expires_at <= moment
    )
    return session.scalars(statement).all()
