"""Background jobs: make one document; sweep. Nothing is locked while a document is drawn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from uuid import UUID

from school_portal.core.actor import SYSTEM
from school_portal.core.crypto import seal_bytes
from school_portal.core.errors import NotFound, NotPermitted, PortalError, Unavailable
from school_portal.core.files import files
from school_portal.core.jobs import JobContext
from school_portal.reports import service
from school_portal.reports.domain import (
    BEAT,
    SEAL_LABEL,
    WORD_SEAL_LABEL,
    Claim,
    MadeFile,
    Step,
    failure_of,
)
from school_portal.reports.rendering import fill, fingerprint, hash_content, lay_out, write_word


class ClaimLost(Exception):
    """Another worker holds the request now."""


def render(run: JobContext, /, report_request_id: str) -> None:
    """Claim, read with the asker's rights of this moment, draw, store, finish. Harmless when it runs twice.

    What the person can be told becomes the request's reason. Anything else ends the job: the lease runs out and
    the sweep tries again. The lease is short and renewed while the worker lives, so that a killed one is replaced
    within two minutes.
    """
    with run.transaction(write=True) as session:
        claim = service.claim_report(session, SYSTEM, UUID(report_request_id))
    if claim is None:
        return
    try:
        with _alive(run, claim):
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
        _discard(claim)


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
    html, word = fill(document), write_word(document)
    content_hash = hash_content(html)
    _tell_step(run, claim, Step.LAY_OUT)
    pdf = _same_pdf(run, content_hash) or lay_out(document, html)
    _tell_step(run, claim, Step.STORE)
    _store(claim, pdf, word)
    made = MadeFile(claim.file_key, len(pdf), fingerprint(pdf), content_hash)
    if word is None:
        return made
    return replace(made, word_key=claim.word_key, word_size=len(word), word_sha256=fingerprint(word))


def _same_pdf(run: JobContext, content_hash: str) -> bytes | None:
    with run.transaction(write=False) as session:
        return service.find_same_pdf(session, SYSTEM, content_hash)


def _store(claim: Claim, pdf: bytes, word: bytes | None) -> None:
    """Both files or none."""
    try:
        files.store(claim.file_key, seal_bytes(SEAL_LABEL, claim.report_id, pdf))
        if word is not None:
            files.store(claim.word_key, seal_bytes(WORD_SEAL_LABEL, claim.report_id, word))
    except OSError:
        _discard(claim)
        raise Unavailable("not-stored") from None


def _discard(claim: Claim) -> None:
    for key in (claim.file_key, claim.word_key):
        with suppress(OSError):
            files.delete(key)


@contextmanager
def _alive(run: JobContext, claim: Claim) -> Iterator[None]:
    """Renew the lease every few seconds beside the work; a worker that hangs for good loses it in the end."""
    done = threading.Event()

    def beat() -> None:
        for _ in range(claim.beats):
            if done.wait(BEAT.total_seconds()):
                return
            with run.transaction(write=True) as session:
                if not service.renew_lease(session, SYSTEM, claim):
                    return

    thread = threading.Thread(target=beat, name=f"lease-{claim.report_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tell_step(run: JobContext, claim: Claim, step: Step) -> None:
    with run.transaction(write=True) as session:
        if not service.renew_lease(session, SYSTEM, claim, step):
            raise ClaimLost
