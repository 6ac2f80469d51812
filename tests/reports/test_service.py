"""Asking for a document, making it, handing it out: who may, and what happens when something breaks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts.models import User
from school_portal.audit.models import AuditEvent
from school_portal.core import db
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.core.drawing import DrawingRefused
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken, Unavailable
from school_portal.core.files import files
from school_portal.core.jobs import JobContext
from school_portal.reports import queries, service, tasks
from school_portal.reports.domain import LEASE, MAX_OPEN, Failure, MadeFile, Order, ReportStatus, Step
from school_portal.reports.kinds import kinds
from school_portal.reports.models import ReportRequest
from school_portal.reports.rendering import Document
from tests.reports.conftest import PDF, Sent, end_posts
from tests.world import World

Ordering = Callable[..., Order]


def actions(session: Session) -> list[str]:
    """What the audit holds, but for the scene's own events."""
    statement = scope(select(AuditEvent.action), everybody(AuditEvent.org_path)).order_by(AuditEvent.seq)
    return [action for action in session.scalars(statement) if action.startswith("report")]


def state(session: Session, report_id: UUID) -> ReportRequest:
    session.expire_all()
    return queries.get_report(session, SYSTEM, report_id)


@pytest.fixture
def asked(session: Session, world: World, order: Ordering, sent: Sent) -> UUID:
    """The officer's request for the province; beside it one of school Y's head as noise."""
    service.request_report(session, world.people["head_y"], order("y"))
    report = service.request_report(session, world.people["department_officer"], order())
    db.commit(session)
    sent.clear()
    return report.id


# --- asking ----------------------------------------------------------------------------------------------------


def test_the_department_officer_asks_for_the_province_and_the_worker_is_told_after_the_commit(
    session: Session, world: World, order: Ordering, sent: Sent
) -> None:
    report = service.request_report(session, world.people["department_officer"], order())
    assert report.status == ReportStatus.REQUESTED
    assert report.org_path == world.units["department"].org_path
    assert sent == []
    db.commit(session)
    assert sent == [("reports.render", {"report_request_id": str(report.id)})]
    assert actions(session) == ["report-requested"]


@pytest.mark.parametrize(
    ("who", "unit"),
    [("department_officer", "department"), ("commune_officer_p", "p"), ("head_x", "x"), ("head_z", "z")],
)
def test_an_officer_and_a_head_may_ask_for_the_own_unit(
    session: Session, world: World, order: Ordering, who: str, unit: str
) -> None:
    assert (
        service.request_report(session, world.people[who], order(unit)).org_path == world.units[unit].org_path
    )


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("department_officer", "x"),
        ("commune_officer_p", "department"),
        ("commune_officer_p", "x"),
        ("commune_officer_p", "q"),
        ("commune_officer_p", "z"),
        ("head_x", "p"),
        ("head_x", "y"),
        ("teacher_x", "x"),
        ("auditor", "department"),
    ],
)
def test_nobody_else_may(session: Session, world: World, order: Ordering, who: str, unit: str) -> None:
    with pytest.raises((NotPermitted, NotFound)):
        service.request_report(session, world.people[who], order(unit))
    assert queries.list_reports(session, SYSTEM).items == []


def test_a_remembered_device_may_not(session: Session, world: World, order: Ordering) -> None:
    with pytest.raises(NotPermitted):
        service.request_report(session, replace(world.people["department_officer"], is_fresh=False), order())


@pytest.mark.parametrize("period", ["2026-2027/3", "2026-13", "", "0000", "hôm nay"])
def test_a_period_that_is_none_is_refused(
    session: Session, world: World, order: Ordering, period: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        service.request_report(session, world.people["department_officer"], order(period=period))
    assert refused.value.field == "period"


def test_a_kind_that_nobody_offers_does_not_exist(session: Session, world: World) -> None:
    unknown = Order("diploma", world.units["department"].id, "2026", "vi")
    with pytest.raises(NotFound):
        service.request_report(session, world.people["department_officer"], unknown)


def test_asking_twice_before_it_is_made_is_one_request(
    session: Session, world: World, order: Ordering, sent: Sent, asked: UUID, colleague: Actor
) -> None:
    again = service.request_report(session, world.people["department_officer"], order())
    other = service.request_report(session, world.people["department_officer"], order(language="en"))
    hers = service.request_report(session, colleague, order())
    assert again.id == asked
    assert len({asked, other.id, hers.id}) == 3


def test_one_person_can_not_fill_the_queue(
    session: Session, world: World, order: Ordering, colleague: Actor
) -> None:
    officer = world.people["department_officer"]
    for year in range(2000, 2000 + MAX_OPEN):
        service.request_report(session, officer, order(period=str(year)))
    with pytest.raises(RuleBroken) as refused:
        service.request_report(session, officer, order(period="2020"))
    assert refused.value.code == "too-many-open"
    assert service.request_report(session, colleague, order(period="2020"))


# --- making ----------------------------------------------------------------------------------------------------


def test_a_request_is_made_stored_sealed_and_ready(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID
) -> None:
    tasks.render(run, report_request_id=str(asked))
    report = state(session, asked)
    assert report.status == ReportStatus.READY
    assert (report.size, report.tries, report.step, report.lease_until) == (len(PDF), 1, Step.STORE, None)
    assert report.file_key is not None
    assert PDF not in files.read(report.file_key)
    assert report.expires_at is not None
    assert timedelta(days=29) < report.expires_at - now() <= timedelta(days=30)
    assert actions(session) == ["report-requested", "report-requested", "report-made"]


def test_a_job_that_comes_twice_makes_one_document(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID
) -> None:
    tasks.render(run, report_request_id=str(asked))
    key = state(session, asked).file_key
    tasks.render(run, report_request_id=str(asked))
    assert len(drawn) == 1
    assert state(session, asked).file_key == key


def test_of_two_claims_of_a_request_one_succeeds(session: Session, asked: UUID) -> None:
    first = service.claim_report(session, SYSTEM, asked)
    assert first is not None
    assert service.claim_report(session, SYSTEM, asked) is None
    assert state(session, asked).tries == 1


def test_no_transaction_is_open_while_a_document_is_drawn(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_now: list[int] = []
    depth = 0
    real = type(run.database).transaction

    @contextmanager
    def counted(self: db.Database, *, write: bool = True):  # type: ignore[no-untyped-def]
        nonlocal depth
        depth += 1
        with real(self, write=write) as inner:
            yield inner
        depth -= 1

    monkeypatch.setattr(type(run.database), "transaction", counted)
    monkeypatch.setattr(tasks, "lay_out", lambda document, html: open_now.append(depth) or PDF)
    tasks.render(run, report_request_id=str(asked))
    assert open_now == [0]
    assert state(session, asked).status == ReportStatus.READY


def test_the_figures_are_read_with_the_rights_of_the_asker(
    session: Session, run: JobContext, world: World, asked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[UUID | None] = []
    real = service.read_document
    monkeypatch.setattr(
        service, "read_document", lambda s, actor, o: readers.append(actor.user_id) or real(s, actor, o)
    )
    monkeypatch.setattr(tasks, "fill", lambda document: "")
    monkeypatch.setattr(tasks, "lay_out", lambda document, html: PDF)
    tasks.render(run, report_request_id=str(asked))
    assert readers == [world.people["department_officer"].user_id]


def test_rights_lost_between_asking_and_making_are_refused(
    session: Session, run: JobContext, drawn: list[Document], world: World, asked: UUID
) -> None:
    end_posts(session, world.people["department_officer"])
    session.commit()
    tasks.render(run, report_request_id=str(asked))
    report = state(session, asked)
    assert (report.status, report.failure, report.file_key) == (
        ReportStatus.FAILED,
        Failure.RIGHTS_LOST,
        None,
    )
    assert drawn == []
    assert actions(session)[-1] == "report-failed"


def test_an_account_disabled_between_asking_and_making_is_refused(
    session: Session, run: JobContext, drawn: list[Document], world: World, asked: UUID
) -> None:
    user_id = world.people["department_officer"].user_id
    user = session.scalars(scope(select(User), User.id == user_id)).one()
    user.active = False
    session.commit()
    tasks.render(run, report_request_id=str(asked))
    assert state(session, asked).failure == Failure.RIGHTS_LOST


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("too-slow", Failure.TOO_SLOW),
        ("too-large", Failure.TOO_LARGE),
        ("drawing-died", Failure.NOT_DRAWABLE),
        ("address-refused", Failure.NOT_DRAWABLE),
    ],
)
def test_a_document_that_can_not_be_drawn_fails_with_its_reason(
    session: Session,
    run: JobContext,
    drawn: list[Document],
    asked: UUID,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    failure: Failure,
) -> None:
    def refuse(document: Document, html: str) -> bytes:
        raise DrawingRefused(code)

    monkeypatch.setattr(tasks, "lay_out", refuse)
    tasks.render(run, report_request_id=str(asked))
    assert (state(session, asked).status, state(session, asked).failure) == (ReportStatus.FAILED, failure)


def test_a_kind_withdrawn_between_asking_and_making_fails_with_its_reason(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID
) -> None:
    offered = kinds.all()
    kinds.offer(())
    try:
        tasks.render(run, report_request_id=str(asked))
    finally:
        kinds.offer(offered)
    assert state(session, asked).failure == Failure.NOT_OFFERED


def test_who_asked_may_ask_again_after_a_failure(
    session: Session, world: World, asked: UUID, sent: Sent, colleague: Actor
) -> None:
    claim = service.claim_report(session, SYSTEM, asked)
    assert claim is not None
    assert service.request_again(session, world.people["department_officer"], asked).id == asked
    service.fail_report(session, SYSTEM, claim, Failure.TOO_SLOW)
    again = service.request_again(session, world.people["department_officer"], asked)
    assert again.id != asked
    assert (again.status, state(session, asked).status) == (ReportStatus.REQUESTED, ReportStatus.FAILED)
    with pytest.raises(NotFound):
        service.request_again(session, colleague, asked)


# --- workers that die ------------------------------------------------------------------------------------------


def test_what_a_killed_worker_held_is_taken_back_when_its_lease_is_over(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID, sent: Sent
) -> None:
    claim = service.claim_report(session, SYSTEM, asked)
    db.commit(session)
    assert claim is not None
    tasks.sweep(run)
    assert state(session, asked).status == ReportStatus.RENDERING
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        tasks.sweep(run)
        assert state(session, asked).status == ReportStatus.REQUESTED
        assert ("reports.render", {"report_request_id": str(asked)}) in sent
        tasks.render(run, report_request_id=str(asked))
        assert state(session, asked).status == ReportStatus.READY


def test_a_claim_ends_with_its_lease_even_when_the_request_is_being_made_again(
    session: Session, run: JobContext, asked: UUID
) -> None:
    first = service.claim_report(session, SYSTEM, asked)
    db.commit(session)
    assert first is not None
    with time_machine.travel(now() + timedelta(hours=1)):
        tasks.sweep(run)
        second = service.claim_report(session, SYSTEM, asked)
        assert second is not None
        assert not service.renew_lease(session, SYSTEM, first, Step.STORE)
        assert not service.finish_report(session, SYSTEM, first, MadeFile(first.file_key, 1, "0", "0"))
        assert not service.fail_report(session, SYSTEM, first, Failure.TOO_SLOW)
        assert state(session, asked).status == ReportStatus.RENDERING
        assert service.renew_lease(session, SYSTEM, second, Step.STORE)


def test_a_worker_that_wakes_up_too_late_throws_its_file_away(
    session: Session, run: JobContext, asked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first worker draws, its lease ends, a second one makes the document; one file remains."""
    monkeypatch.setattr(tasks, "fill", lambda document: "")

    def slow(document: Document, html: str) -> bytes:
        monkeypatch.setattr(tasks, "lay_out", lambda document, html: PDF)
        with time_machine.travel(now() + timedelta(hours=1)):
            tasks.sweep(run)
            tasks.render(run, report_request_id=str(asked))
        return b"%PDF late"

    monkeypatch.setattr(tasks, "lay_out", slow)
    tasks.render(run, report_request_id=str(asked))
    report = state(session, asked)
    assert (report.status, report.tries, report.size) == (ReportStatus.READY, 2, len(PDF))
    assert sorted(files.keys(f"reports/{asked}")) == sorted(filter(None, (report.file_key, report.word_key)))


def test_a_file_whose_request_was_taken_while_it_was_stored_is_deleted(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.store

    def store_and_lose(key: str, data: bytes) -> None:
        real(key, data)
        with time_machine.travel(now() + timedelta(hours=1)):
            tasks.sweep(run)

    monkeypatch.setattr(files, "store", store_and_lose)
    tasks.render(run, report_request_id=str(asked))
    assert state(session, asked).status == ReportStatus.REQUESTED
    assert files.keys(f"reports/{asked}") == []


def test_after_three_lost_workers_the_request_fails(
    session: Session, run: JobContext, drawn: list[Document], asked: UUID
) -> None:
    moment = now()
    for _ in range(3):
        with time_machine.travel(moment):
            assert service.claim_report(session, SYSTEM, asked) is not None
            db.commit(session)
        moment += timedelta(hours=1)
        with time_machine.travel(moment):
            tasks.sweep(run)
    report = state(session, asked)
    assert (report.status, report.failure) == (ReportStatus.FAILED, Failure.GAVE_UP)
    assert service.claim_report(session, SYSTEM, asked) is None


def test_what_the_queue_lost_is_sent_again_after_a_minute(
    session: Session, run: JobContext, asked: UUID, sent: Sent
) -> None:
    tasks.sweep(run)
    assert sent == []
    with time_machine.travel(now() + timedelta(seconds=61)):
        tasks.sweep(run)
    assert ("reports.render", {"report_request_id": str(asked)}) in sent


# --- handing out -----------------------------------------------------------------------------------------------


@pytest.fixture
def ready(session: Session, run: JobContext, drawn: list[Document], asked: UUID) -> UUID:
    tasks.render(run, report_request_id=str(asked))
    session.expire_all()
    return asked


def test_who_asked_downloads_it_and_each_time_is_audited(session: Session, world: World, ready: UUID) -> None:
    for _ in range(2):
        download = service.open_report_file(session, world.people["department_officer"], ready)
        assert (download.name, download.data) == ("term-report-2026-2027-1-vi.pdf", PDF)
    session.commit()
    assert actions(session)[-2:] == ["report-downloaded"] * 2


@pytest.mark.parametrize(
    "who", ["colleague", "auditor", "commune_officer_p", "head_x", "head_y", "teacher_x"]
)
def test_for_everybody_else_it_does_not_exist(
    session: Session, world: World, ready: UUID, colleague: Actor, who: str
) -> None:
    actor = world.people[who]
    with pytest.raises(NotFound):
        service.open_report_file(session, actor, ready)
    with pytest.raises(NotFound):
        queries.get_report(session, actor, ready)
    assert ready not in {report.id for report in queries.list_reports(session, actor).items}


def test_who_lost_the_post_can_not_download_what_she_asked_for(
    session: Session, run: JobContext, world: World, ready: UUID
) -> None:
    end_posts(session, world.people["department_officer"])
    now_without = run.actor_of(session, world.people["department_officer"].user_id)  # type: ignore[arg-type]
    assert now_without is not None
    with pytest.raises(NotFound):
        service.open_report_file(session, now_without, ready)


def test_who_changed_to_a_role_without_reports_can_not_download(
    session: Session, world: World, ready: UUID
) -> None:
    officer = world.people["department_officer"]
    auditor = replace(officer, posts=tuple(replace(post, role=Role.AUDITOR) for post in officer.posts))
    with pytest.raises(NotPermitted):
        service.open_report_file(session, auditor, ready)


def test_what_is_not_ready_can_not_be_downloaded(session: Session, world: World, asked: UUID) -> None:
    with pytest.raises(NotFound):
        service.open_report_file(session, world.people["department_officer"], asked)


def test_a_file_that_was_changed_or_swapped_is_not_handed_out(
    session: Session, run: JobContext, world: World, ready: UUID, order: Ordering
) -> None:
    other = service.request_report(session, world.people["department_officer"], order(language="en"))
    db.commit(session)
    tasks.render(run, report_request_id=str(other.id))
    key, other_key = state(session, ready).file_key, state(session, other.id).file_key
    assert key is not None
    assert other_key is not None
    files.store(key, files.read(other_key))
    with pytest.raises(Unavailable):
        service.open_report_file(session, world.people["department_officer"], ready)


def test_after_thirty_days_it_is_gone_before_and_after_the_sweep(
    session: Session, run: JobContext, world: World, ready: UUID
) -> None:
    key = state(session, ready).file_key
    assert key is not None
    with time_machine.travel(now() + timedelta(days=31)):
        with pytest.raises(NotFound):
            service.open_report_file(session, world.people["department_officer"], ready)
        tasks.sweep(run)
        assert (state(session, ready).status, state(session, ready).file_key) == (ReportStatus.EXPIRED, None)
        assert files.keys(f"reports/{ready}") == []
        assert service.request_again(session, world.people["department_officer"], ready).id != ready
    assert "report-expired" in actions(session)


def test_the_list_holds_ones_own_requests_the_newest_first_page_by_page(
    session: Session, world: World, order: Ordering, asked: UUID
) -> None:
    officer = world.people["department_officer"]
    moment = now()
    made = [asked]
    for number in range(60):
        with time_machine.travel(moment + timedelta(minutes=number + 1)):
            report = service.request_report(session, officer, order(period=f"{1960 + number}"))
            report.status = ReportStatus.FAILED
            session.flush()
            made.append(report.id)
    first = queries.list_reports(session, officer)
    second = queries.list_reports(session, officer, first.next)
    assert [report.id for report in (*first.items, *second.items)] == made[::-1]
    assert second.next is None
