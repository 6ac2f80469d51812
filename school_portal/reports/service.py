"""Use cases: ask for a document, make it step by step, hand it out, sweep up after lost workers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from school_portal.audit.service import record
from school_portal.core.actor import Actor
from school_portal.core.authz import require, scope
from school_portal.core.clock import now
from school_portal.core.crypto import SealBroken, open_bytes
from school_portal.core.db import after_commit
from school_portal.core.errors import NotFound, RuleBroken, Unavailable
from school_portal.core.files import files
from school_portal.core.i18n import LANGUAGES, use_language
from school_portal.core.jobs import enqueue
from school_portal.core.pdf import ORDINARY
from school_portal.reports import policy, queries
from school_portal.reports.domain import (
    ENDED,
    MAX_OPEN,
    MAX_TRIES,
    RESEND_AFTER,
    SEAL_LABEL,
    Claim,
    Failure,
    MadeFile,
    Order,
    ReportStatus,
    Step,
    after_lost_lease,
    expires_at,
    file_name,
    lease_for,
)
from school_portal.reports.kinds import kinds
from school_portal.reports.models import ReportRequest
from school_portal.reports.rendering import Document, fill, fingerprint, lay_out

JOB = "reports.render"


@dataclass(frozen=True)
class Download:
    """An opened file and the name it is saved under."""

    name: str
    data: bytes


def request_report(session: Session, actor: Actor, order: Order) -> ReportRequest:
    """Ask for a document; it is made in the background with the rights that the person has then.

    The same document asked for twice before it is made is one request. Raises RuleBroken for a period or language
    that is none, NotFound for a unit or kind the person can't choose, NotPermitted where the kind says no.
    """
    kind = kinds.get(order.kind)
    target = kind.find_scope(session, actor, order)
    require(policy.may_request(actor, kind, target.org_path))
    kind.check_period(session, actor, order.period)
    if order.language not in LANGUAGES:
        raise RuleBroken("language-unknown", "language")
    if actor.user_id is None:
        raise NotFound
    waiting = queries.find_open_report(session, actor, order)
    if waiting is not None:
        return waiting
    if queries.count_open_reports(session, actor) >= MAX_OPEN:
        raise RuleBroken("too-many-open", most=MAX_OPEN)
    report = ReportRequest(
        organisation_id=target.organisation_id,
        org_path=target.org_path,
        scope_name=target.name,
        kind=order.kind,
        period=order.period,
        language=order.language,
        requested_by=actor.user_id,
        requested_at=now(),
        status=ReportStatus.REQUESTED,
        step=0,
        tries=0,
    )
    session.add(report)
    session.flush()
    _tell(session, actor, "report-requested", report)
    enqueue(session, JOB, report_request_id=str(report.id))
    return report


def request_again(session: Session, actor: Actor, report_id: UUID) -> ReportRequest:
    """Ask once more for a document that failed or is no longer kept: a new request, the old one stays as it is."""
    report = queries.get_report(session, actor, report_id)
    if report.status not in ENDED:
        return report
    return request_report(session, actor, _order_of(report))


def claim_report(session: Session, actor: Actor, report_id: UUID) -> Claim | None:
    """Take a request that nobody holds; None when somebody does, or it is made, or was tried three times."""
    taken = _change(
        session,
        actor,
        ReportRequest.id == report_id,
        ReportRequest.status == ReportStatus.REQUESTED,
        ReportRequest.tries < MAX_TRIES,
        status=ReportStatus.RENDERING,
        tries=ReportRequest.tries + 1,
        step=Step.READ,
        lease_until=now() + lease_for(max((kind.limits.seconds for kind in kinds.all()), default=0)),
    )
    if not taken:
        return None
    report = queries.get_report(session, actor, report_id)
    limits = next((kind.limits for kind in kinds.all() if kind.name == report.kind), ORDINARY)
    return Claim(
        report_id=report.id,
        tries=report.tries,
        requested_by=report.requested_by,
        org_path=report.org_path,
        order=_order_of(report),
        lease=lease_for(limits.seconds),
    )


def renew_lease(session: Session, actor: Actor, claim: Claim, step: Step) -> bool:
    """Tell how far the work is; False when the request is no longer this worker's."""
    return _change(session, actor, *_held(claim), step=step, lease_until=now() + claim.lease)


def read_document(session: Session, actor: Actor, order: Order) -> Document:
    """Read what the document says, with the person's rights of this moment; drawn later, outside a transaction."""
    kind = kinds.get(order.kind)
    with use_language(order.language):
        target = kind.find_scope(session, actor, order)
        require(policy.may_request(actor, kind, target.org_path))
        kind.check_period(session, actor, order.period)
        values = kind.build(session, actor, order, target)
    return Document(values, kind.template, order.language, kind.limits)


def build_document(
    session: Session, actor: Actor, kind: str, organisation_id: UUID, period: str, language: str
) -> bytes:
    """Make a document here and now, as the operators' command does; the same text and figures as the download."""
    document = read_document(session, actor, Order(kind, organisation_id, period, language))
    return lay_out(document, fill(document))


def finish_report(session: Session, actor: Actor, claim: Claim, made: MadeFile) -> bool:
    """The document is stored; False when the request is no longer this worker's, who then deletes the file."""
    moment = now()
    ours = _change(
        session,
        actor,
        *_held(claim),
        status=ReportStatus.READY,
        lease_until=None,
        finished_at=moment,
        expires_at=expires_at(moment),
        file_key=made.key,
        size=made.size,
        sha256=made.sha256,
        content_hash=made.content_hash,
        failure=None,
    )
    if ours:
        details = {"kind": claim.order.kind, "period": claim.order.period, "sha256": made.sha256}
        record(session, actor, "report-made", "report", claim.report_id, claim.org_path, **details)
    return ours


def fail_report(session: Session, actor: Actor, claim: Claim, failure: Failure) -> bool:
    """The document can't be made; the person is told why and may ask again."""
    ours = _fail(session, actor, _held(claim), failure)
    if ours:
        order = claim.order
        details = {"kind": order.kind, "period": order.period, "reason": failure.value}
        record(session, actor, "report-failed", "report", claim.report_id, claim.org_path, **details)
    return ours


def open_report_file(session: Session, actor: Actor, report_id: UUID) -> Download:
    """Hand out a ready document to who asked for it, while she still may have it; each time is audited."""
    report = queries.get_ready_report(session, actor, report_id, now())
    require(policy.may_request(actor, kinds.get(report.kind), report.org_path))
    assert report.file_key is not None
    assert report.sha256 is not None
    try:
        data = open_bytes(SEAL_LABEL, report.id, files.read(report.file_key))
    except SealBroken:
        raise Unavailable("file-damaged") from None
    if not hmac.compare_digest(fingerprint(data), report.sha256):
        raise Unavailable("file-damaged")
    _tell(session, actor, "report-downloaded", report)
    return Download(file_name(_order_of(report)), data)


def sweep_reports(session: Session, actor: Actor) -> None:
    """Each minute: send again what the queue lost, take back what a dead worker held, drop what is outdated."""
    moment = now()
    for report in queries.list_lost_reports(session, actor, moment):
        held = (ReportRequest.id == report.id, ReportRequest.tries == report.tries)
        silent = (ReportRequest.status == ReportStatus.RENDERING, ReportRequest.lease_until < moment)
        if after_lost_lease(report.tries) == ReportStatus.FAILED:
            if _fail(session, actor, (*held, *silent), Failure.GAVE_UP):
                _tell(session, actor, "report-failed", report, reason=Failure.GAVE_UP.value)
        elif _change(session, actor, *held, *silent, status=ReportStatus.REQUESTED, step=0, lease_until=None):
            enqueue(session, JOB, report_request_id=str(report.id))
    for report in queries.list_waiting_reports(session, actor, moment - RESEND_AFTER):
        enqueue(session, JOB, report_request_id=str(report.id))
    for report in queries.list_outdated_reports(session, actor, moment):
        _expire(session, actor, report)


def _expire(session: Session, actor: Actor, report: ReportRequest) -> None:
    """The file goes once the row says that it is gone, never before."""
    key = report.file_key
    still_ready = (ReportRequest.id == report.id, ReportRequest.status == ReportStatus.READY)
    if not _change(session, actor, *still_ready, status=ReportStatus.EXPIRED, file_key=None):
        return
    _tell(session, actor, "report-expired", report)
    if key is not None:
        after_commit(session, lambda: files.delete(key))


def _held(claim: Claim) -> tuple[Any, ...]:
    return (
        ReportRequest.id == claim.report_id,
        ReportRequest.status == ReportStatus.RENDERING,
        ReportRequest.tries == claim.tries,
    )


def _fail(session: Session, actor: Actor, which: tuple[Any, ...], failure: Failure) -> bool:
    values = {"status": ReportStatus.FAILED, "failure": failure, "lease_until": None, "finished_at": now()}
    return _change(session, actor, *which, **values)


def _change(session: Session, actor: Actor, *which: Any, **values: Any) -> bool:
    """One conditional UPDATE: of two workers that try the same change, one succeeds."""
    statement = scope(update(ReportRequest), policy.visible_to(actor)).where(*which).values(**values)
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _order_of(report: ReportRequest) -> Order:
    return Order(report.kind, report.organisation_id, report.period, report.language)


def _tell(session: Session, actor: Actor, action: str, report: ReportRequest, **details: str) -> None:
    details = {"kind": report.kind, "period": report.period, "language": report.language, **details}
    record(session, actor, action, "report", report.id, report.org_path, **details)
