"""The files of a document: Word beside PDF, laid out once, both or none, gone with the claim that stored them."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy.orm import Session

from school_portal.core import db, pdf
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.clock import now
from school_portal.core.crypto import seal_bytes
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.files import files
from school_portal.core.jobs import JobContext
from school_portal.core.pdf import render_pdf
from school_portal.reports import queries, service, tasks
from school_portal.reports.domain import LEASE, SEAL_LABEL, Failure, Order, ReportStatus
from school_portal.reports.kinds import ReportKind, kinds
from school_portal.reports.models import ReportRequest
from school_portal.reports.rendering import Document, hash_content
from tests.reports.conftest import PDF, Sent
from tests.world import World

Ordering = Callable[..., Order]
WORD = b"PK stand-in of a Word file"


@pytest.fixture
def offer() -> Iterator[Callable[..., ReportKind]]:
    """Offer the term report with something changed, until the test ends."""
    offered = kinds.all()

    def change(**changes: Any) -> ReportKind:
        kind = replace(kinds.get("term-report"), **changes)
        kinds.offer((kind,))
        return kind

    yield change
    kinds.offer(offered)


def ask(session: Session, actor: Actor, order: Order) -> UUID:
    report_id = service.request_report(session, actor, order).id
    db.commit(session)
    return report_id


def state(session: Session, report_id: UUID) -> ReportRequest:
    session.expire_all()
    return queries.get_report(session, SYSTEM, report_id)


@pytest.fixture
def officer(world: World) -> Actor:
    return world.people["department_officer"]


# --- Word --------------------------------------------------------------------------------------------------------


def test_a_word_file_is_made_from_the_same_values_sealed_handed_out_and_deleted_with_the_pdf(
    session: Session, run: JobContext, drawn: list[Document], officer: Actor, order: Ordering, offer: Any
) -> None:
    written: list[object] = []
    offer(word=lambda values: written.append(values) or WORD)
    report_id = ask(session, officer, order())
    tasks.render(run, report_request_id=str(report_id))
    report = state(session, report_id)
    assert written == [drawn[0].values], "one reading of the records, so the figures are the same"
    assert (report.status, report.word_size) == (ReportStatus.READY, len(WORD))
    assert report.word_key is not None
    assert WORD not in files.read(report.word_key)
    word = service.open_report_file(session, officer, report_id, word=True)
    assert (word.name, word.data) == ("term-report-2026-2027-1-vi.docx", WORD)
    assert service.open_report_file(session, officer, report_id).data == PDF
    with time_machine.travel(now() + timedelta(days=31)):
        with pytest.raises(NotFound):
            service.open_report_file(session, officer, report_id, word=True)
        tasks.sweep(run)
        assert files.keys(f"reports/{report_id}") == []


def test_a_document_without_a_word_file_has_none_to_hand_out(
    session: Session, run: JobContext, drawn: list[Document], officer: Actor, order: Ordering, offer: Any
) -> None:
    offer(word=None)
    report_id = ask(session, officer, order())
    tasks.render(run, report_request_id=str(report_id))
    with pytest.raises(NotFound):
        service.open_report_file(session, officer, report_id, word=True)


def test_a_kind_says_how_long_its_documents_are_kept(
    session: Session, run: JobContext, drawn: list[Document], officer: Actor, order: Ordering, offer: Any
) -> None:
    offer(keep=lambda order: timedelta(hours=24))
    report_id = ask(session, officer, order())
    tasks.render(run, report_request_id=str(report_id))
    expires = state(session, report_id).expires_at
    assert expires is not None
    assert timedelta(hours=23) < expires - now() <= timedelta(hours=24)


def test_what_a_kind_does_not_know_can_not_be_ordered(
    session: Session, officer: Actor, order: Ordering
) -> None:
    for wrong in ({"subject_id": officer.user_id}, {"options": frozenset({"names"})}):
        with pytest.raises(RuleBroken):
            service.request_report(session, officer, replace(order(), **wrong))


# --- laid out once -----------------------------------------------------------------------------------------------


def test_the_same_page_is_laid_out_once_and_sealed_for_each_request(
    session: Session,
    run: JobContext,
    drawn: list[Document],
    officer: Actor,
    colleague: Actor,
    order: Ordering,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[str] = []
    monkeypatch.setattr(tasks, "lay_out", lambda document, html: laid_out.append(html) or PDF)
    mine, hers = ask(session, officer, order()), ask(session, colleague, order())
    for report_id in (mine, hers):
        tasks.render(run, report_request_id=str(report_id))
    assert len(laid_out) == 1
    assert len(drawn) == 2, "each was read with her own rights"
    assert service.open_report_file(session, colleague, hers).data == PDF
    keys = [state(session, report_id).file_key for report_id in (mine, hers)]
    assert files.read(str(keys[0])) != files.read(str(keys[1]))


@pytest.mark.parametrize("fate", ["expired", "deleted", "damaged"])
def test_what_lies_there_no_more_is_laid_out_anew(
    session: Session,
    run: JobContext,
    drawn: list[Document],
    officer: Actor,
    order: Ordering,
    monkeypatch: pytest.MonkeyPatch,
    fate: str,
) -> None:
    laid_out: list[str] = []
    monkeypatch.setattr(tasks, "lay_out", lambda document, html: laid_out.append(html) or PDF)
    first = ask(session, officer, order())
    tasks.render(run, report_request_id=str(first))
    key = str(state(session, first).file_key)
    if fate == "deleted":
        files.delete(key)
    if fate == "damaged":
        files.store(key, seal_bytes(SEAL_LABEL, first, b"%PDF of somebody else"))
    with time_machine.travel(now() + timedelta(days=31 if fate == "expired" else 0)):
        tasks.render(run, report_request_id=str(ask(session, officer, order())))
    assert len(laid_out) == 2


def test_the_page_alone_decides_about_the_content_hash_and_each_letter_counts() -> None:
    assert hash_content("<p>1</p>") == hash_content("<p>1</p>")
    assert hash_content("<p>1</p>") != hash_content("<p>2</p>")


# --- a full disk -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full_at", [1, 2])
def test_on_a_full_disk_nothing_is_half_stored_the_reason_is_told_and_asking_again_works(
    session: Session,
    run: JobContext,
    drawn: list[Document],
    officer: Actor,
    order: Ordering,
    offer: Any,
    monkeypatch: pytest.MonkeyPatch,
    full_at: int,
) -> None:
    offer(word=lambda values: WORD)
    report_id = ask(session, officer, order())
    real, stored = files.store, []

    def store(key: str, data: bytes) -> None:
        stored.append(key)
        if len(stored) == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(key, data)

    with monkeypatch.context() as full:
        full.setattr(files, "store", store)
        tasks.render(run, report_request_id=str(report_id))
    report = state(session, report_id)
    assert (report.status, report.failure) == (ReportStatus.FAILED, Failure.NOT_STORED)
    assert (report.file_key, report.word_key) == (None, None)
    assert files.keys(f"reports/{report_id}") == []
    again = service.request_again(session, officer, report_id)
    db.commit(session)
    tasks.render(run, report_request_id=str(again.id))
    assert state(session, again.id).status == ReportStatus.READY


# --- a renderer that is killed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_renderer_killed_while_it_draws_is_replaced_and_the_document_is_made_all_the_same(
    session: Session,
    run: JobContext,
    officer: Actor,
    order: Ordering,
    monkeypatch: pytest.MonkeyPatch,
    deaths: int,
) -> None:
    page = "<html lang='vi'><title>x</title>" + "<p>một đoạn văn dài để vẽ lâu</p>" * 4000
    monkeypatch.setattr(tasks, "fill", lambda document: page)
    killed: list[int] = []
    done = threading.Event()

    def kill() -> None:
        while len(killed) < deaths and not done.wait(0.1):
            pid = pdf._process.pid
            if pid and pid not in killed and pdf._process._lock.locked():
                time.sleep(0.3)
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    render_pdf(page[:60])  # the process is warm
    killer = threading.Thread(target=kill)
    killer.start()
    report_id = ask(session, officer, order())
    tasks.render(run, report_request_id=str(report_id))
    done.set()
    killer.join()
    report = state(session, report_id)
    assert len(killed) == deaths
    if deaths == 1:
        assert report.status == ReportStatus.READY
        assert service.open_report_file(session, officer, report_id).data.startswith(b"%PDF")
    else:
        assert (report.status, report.failure) == (ReportStatus.FAILED, Failure.NOT_DRAWABLE)


# --- a worker that dies or hangs ---------------------------------------------------------------------------------


def test_what_a_worker_stored_before_it_was_killed_goes_and_the_document_is_made_once(
    session: Session,
    run: JobContext,
    drawn: list[Document],
    officer: Actor,
    order: Ordering,
    sent: Sent,
) -> None:
    report_id = ask(session, officer, order())
    claim = service.claim_report(session, SYSTEM, report_id)
    db.commit(session)
    assert claim is not None
    files.store(claim.file_key, b"sealed, and then the worker was killed")
    files.store(claim.word_key, b"this one too")
    sent.clear()
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        tasks.sweep(run)
        assert files.keys(f"reports/{report_id}") == []
        while sent:
            tasks.render(run, **sent.pop(0)[1])
        tasks.render(run, report_request_id=str(report_id))
    assert len(drawn) == 1
    made = state(session, report_id)
    assert sorted(files.keys(f"reports/{report_id}")) == sorted(filter(None, (made.file_key, made.word_key)))
