"""Background jobs: make one document; sweep. Nothing is locked while a document is drawn."""

from __future__ import annotations

from uuid import UUID

from school_portal.core.actor import SYSTEM
from school_portal.core.crypto import seal_bytes
from school_portal.core.errors import NotFound, NotPermitted, PortalError
from school_portal.core.files import files
from school_portal.core.jobs import JobContext
from school_portal.reports import service
from school_portal.reports.domain import SEAL_LABEL, Claim, MadeFile, Step, failure_of
from school_portal.reports.rendering import fill, fingerprint, lay_out


class ClaimLost(Exception):
    """Another worker holds the request now."""


def render(run: JobContext, /, report_request_id: str) -> None:
    """Claim, read with the asker's rights of this moment, draw, store, finish. Harmless when it runs twice.

    What the person can be told becomes the request's reason. Anything else ends the job: the lease runs out and
    the sweep tries again.
    """
    with run.transaction(write=True) as session:
        claim = service.claim_report(session, SYSTEM, UUID(report_request_id))
    if claim is None:
        return
    try:
        made = _make(run, claim)
    except ClaimLost:
        return
    except PortalError as error:
        failure = failure_of(error.code, is_refusal=isinstance(error, (NotFound, NotPermitted)))
        with run.transaction(write=True) as session:
            service.fail_report(session, SYSTEM, claim, failure)
        return
    with run.transaction(write=True) as session:
        ours = service.finish_report(session, SYSTEM, claim, made)
    if not ours:
        files.delete(made.key)


def sweep(run: JobContext, /) -> None:
    """Each minute and at the worker's start."""
    with run.transaction(write=True) as session:
        service.sweep_reports(session, SYSTEM)


def _make(run: JobContext, claim: Claim) -> MadeFile:
    with run.transaction(write=False) as session:
        actor = run.actor_of(session, claim.requested_by)
        if actor is None:
            raise NotPermitted
        document = service.read_document(session, actor, claim.order)
    _tell_step(run, claim, Step.FILL)
    html = fill(document)
    _tell_step(run, claim, Step.LAY_OUT)
    pdf = lay_out(document, html)
    _tell_step(run, claim, Step.STORE)
    files.store(claim.file_key, seal_bytes(SEAL_LABEL, claim.report_id, pdf))
    return MadeFile(claim.file_key, len(pdf), fingerprint(pdf), fingerprint(html.encode()))


def _tell_step(run: JobContext, claim: Claim, step: Step) -> None:
    with run.transaction(write=True) as session:
        if not service.renew_lease(session, SYSTEM, claim, step):
            raise ClaimLost
