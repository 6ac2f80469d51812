"""Use cases: ask for a document, make it step by step, hand it out, sweep up after lost workers."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
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
from school_portal.reports import policy, queries
from school_portal.reports.domain import (
    ENDED,
    KEEP,
    LEASE,
    MAX_OPEN,
    MAX_TRIES,
    RESEND_AFTER,
    SEAL_LABEL,
    WORD_SEAL_LABEL,
    Claim,
    Failure,
    MadeFile,
    Order,
    ReportStatus,
    Scope,
    Step,
    after_lost_lease,
    expires_at,
    file_keys,
    file_name,
    most_beats,
    write_options,
)
from school_portal.reports.kinds import ReportKind, kinds
from school_portal.reports.models import ReportRequest
from school_portal.reports.rendering import Document, fill, fingerprint, lay_out, write_word

JOB = "reports.render"


@dataclass(frozen=True)
class Download:
    """An opened file and the name it is saved under."""

    name: str
    data: bytes


def _resolve(session: Session, actor: Actor, order: Order) -> tuple[ReportKind, Scope]:
    """The kind, and the unit that it is made for, if the person may have this document at this moment."""
    kind = kinds.get(order.kind)
    if kind.subjects is None and order.subject_id is not None:
        raise RuleBroken("subject-unknown")
    if kind.subjects is not None and order.subject_id is None:
        raise RuleBroken("subject-missing")
    if not order.options <= kind.options:
        raise RuleBroken("option-unknown")
    target = kind.find_scope(session, actor, order)
    require(policy.may_request(actor, kind, target.org_path))
    return kind, target


def request_report(session: Session, actor: Actor, order: Order) -> ReportRequest:
    """Ask for a document; it is made in the background with the rights that the person has then.

    The same document asked for twice before it is made is one request. Raises RuleBroken for a period or language
    that is none, NotFound for a unit or kind the person can't choose, NotPermitted where the kind says no.
    """
    kind, target = _resolve(session, actor, order)
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
        subject_id=order.subject_id,
        options=write_options(order.options),
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
    return request_report(session, actor, report.order)


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
        lease_until=now() + LEASE,
    )
    if not taken:
        return None
    report = queries.get_report(session, actor, report_id)
    kind = kinds.find(report.kind)
    return Claim(
        report_id=report.id,
        tries=report.tries,
        requested_by=report.requested_by,
        org_path=report.org_path,
        order=report.order,
        keep=kind.keep(report.order) if kind else KEEP,
        beats=most_beats(kind.limits_at(report.org_path).seconds if kind else 0),
    )


def renew_lease(session: Session, actor: Actor, claim: Claim, step: Step | None = None) -> bool:
    """Say that the work goes on, and how far it is; False when the request is no longer this worker's."""
    values: dict[str, Any] = {"lease_until": now() + LEASE}
    return _change(session, actor, *_held(claim), **values, **({"step": step} if step else {}))


def read_document(session: Session, actor: Actor, order: Order) -> Document:
    """Read what the document says, with the person's rights of this moment; drawn later, outside a transaction."""
    with use_language(order.language):
        kind, target = _resolve(session, actor, order)
        kind.check_period(session, actor, order.period)
        values = kind.build(session, actor, order, target)
    limits = kind.limits_at(target.org_path)
    return Document(values, kind.template, order.language, limits, kind.word)


def build_document(
    session: Session,
    actor: Actor,
    kind: str,
    organisation_id: UUID,
    period: str,
    language: str,
    subject_id: UUID | None = None,
    *,
    word: bool = False,
) -> bytes:
    """Make a document here and now, as the operators' command does; the same text and figures as the download."""
    order = Order(kind, organisation_id, period, language, subject_id)
    document = read_document(session, actor, order)
    made = write_word(document) if word else lay_out(document, fill(document))
    if made is None:
        raise RuleBroken("word-not-offered")
    return made


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
        expires_at=expires_at(moment, claim.keep),
        file_key=made.key,
        size=made.size,
        sha256=made.sha256,
        content_hash=made.content_hash,
        word_key=made.word_key,
        word_size=made.word_size,
        word_sha256=made.word_sha256,
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


def open_report_file(session: Session, actor: Actor, report_id: UUID, *, word: bool = False) -> Download:
    """Hand out a ready document to who asked for it, while she still may have it; each time is audited.

    With `word` the Word file beside the PDF; NotFound for a document that has none.
    """
    report = queries.get_ready_report(session, actor, report_id, now())
    kind, target = _resolve(session, actor, report.order)
    ending = "docx" if word else "pdf"
    data = _open(report, word=word)
    _tell(session, actor, "report-downloaded", report, file=ending)
    if kind.on_download:
        kind.on_download(session, actor, report.order, target)
    return Download(file_name(report.order, ending), data)


def _open(report: ReportRequest, *, word: bool) -> bytes:
    label = WORD_SEAL_LABEL if word else SEAL_LABEL
    key, sha256 = (report.word_key, report.word_sha256) if word else (report.file_key, report.sha256)
    if key is None or sha256 is None:
        raise NotFound
    try:
        data = open_bytes(label, report.id, files.read(key))
    except SealBroken:
        raise Unavailable("file-damaged") from None
    if not hmac.compare_digest(fingerprint(data), sha256):
        raise Unavailable("file-damaged")
    return data


def find_same_pdf(session: Session, actor: Actor, content_hash: str) -> bytes | None:
    """The PDF that was laid out from the very same page before, for the worker; None when there is none, or no more."""
    made = queries.find_made_before(session, actor, content_hash, now())
    if made is None:
        return None
    try:
        pdf = open_bytes(SEAL_LABEL, made.report_id, files.read(made.key))
    except (NotFound, SealBroken):
        return None
    return pdf if hmac.compare_digest(fingerprint(pdf), made.sha256) else None


def sweep_reports(session: Session, actor: Actor) -> None:
    """Each minute: send again what the queue lost, take back what a dead worker held, drop what is outdated.

    What a dead worker may have stored goes with its claim.
    """
    moment = now()
    for report in queries.list_lost_reports(session, actor, moment):
        held = (ReportRequest.id == report.id, ReportRequest.tries == report.tries)
        silent = (ReportRequest.status == ReportStatus.RENDERING, ReportRequest.lease_until < moment)
        if after_lost_lease(report.tries) == ReportStatus.FAILED:
            if _fail(session, actor, (*held, *silent), Failure.GAVE_UP):
                _delete_later(session, file_keys(report.id, report.tries))
                _tell(session, actor, "report-failed", report, reason=Failure.GAVE_UP.value)
        elif _change(session, actor, *held, *silent, status=ReportStatus.REQUESTED, step=0, lease_until=None):
            _delete_later(session, file_keys(report.id, report.tries))
            enqueue(session, JOB, report_request_id=str(report.id))
    for report in queries.list_waiting_reports(session, actor, moment - RESEND_AFTER):
        enqueue(session, JOB, report_request_id=str(report.id))
    for report in queries.list_outdated_reports(session, actor, moment):
        _expire(session, actor, report)


def _expire(session: Session, actor: Actor, report: ReportRequest) -> None:
    """The files go once the row says that they are gone, never before."""
    keys = [key for key in (report.file_key, report.word_key) if key]
    still_ready = (ReportRequest.id == report.id, ReportRequest.status == ReportStatus.READY)
    gone = {"file_key": None, "word_key": None, "content_hash": None}
    if not _change(session, actor, *still_ready, status=ReportStatus.EXPIRED, **gone):
        return
    _tell(session, actor, "report-expired", report)
    _delete_later(session, keys)


def _delete_later(session: Session, keys: Iterable[str]) -> None:
    held = tuple(keys)
    after_commit(session, lambda: [files.delete(key) for key in held])


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


def _tell(session: Session, actor: Actor, action: str, report: ReportRequest, **details: str) -> None:
    details = {"kind": report.kind, "period": report.period, "language": report.language, **details}
    if report.subject_id is not None:
        details |= {"subject": str(report.subject_id), "options": report.options}
    record(session, actor, action, "report", report.id, report.org_path, **details)
