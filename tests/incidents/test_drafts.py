"""A report that is being written: its owner's alone, sealed, kept for 30 days, told to nobody, gone when it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select, text

from school_portal.audit.models import AuditEvent
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken
from school_portal.core.jobs import jobs
from school_portal.incidents import policy, queries, service
from school_portal.incidents.domain import DRAFT_LIFETIME, MOST_DRAFT_CHARACTERS
from school_portal.incidents.models import Draft
from tests.incidents.cases import command, file
from tests.world import World

WORDS = "Em Zylophonq bị bạn xô ngã ở cầu thang."
WHAT = [("group", "fight"), ("facts", WORDS), ("facts", "hai lần"), ("occurred_on", "31/02/2026")]
WHO = [("people-0-name", "Nguyễn Thị Hoàng Yến")]


@pytest.fixture(autouse=True)
def ten_in_the_morning() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-09T03:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def teacher(world: World) -> Actor:
    return world.people["teacher_x"]


def save(session: PortalSession, actor: Actor, draft_id: UUID | None = None, step: str = "what") -> UUID:
    """One step of a draft, kept."""
    answers = {"what": WHAT, "who": WHO}.get(step, [("first_aid", "yes")])
    return service.save_draft(session, actor, draft_id or uuid4(), step, answers).id


def stored(session: PortalSession) -> int:
    session.flush()
    return session.scalar(scope(select(func.count()).select_from(Draft), policy.all_drafts())) or 0


def test_each_step_is_kept_as_it_was_typed_wrong_answers_and_all(
    session: PortalSession, world: World, teacher: Actor, ten_in_the_morning: time_machine.Coordinates
) -> None:
    save(session, world.people["teacher_y"])
    draft = save(session, teacher)
    ten_in_the_morning.shift(timedelta(days=2))
    assert save(session, teacher, draft, "who") == draft
    kept = queries.get_draft(session, teacher, draft)
    assert kept.answers("what") == WHAT
    assert kept.answers("who") == WHO
    assert kept.answers("done") == []
    assert (kept.saved_at, kept.expires_at) == (now(), now() + timedelta(days=30))
    service.save_draft(session, teacher, draft, "what", [("facts", "khác")])
    again = queries.get_draft(session, teacher, draft)
    assert (again.answers("what"), again.answers("who")) == ([("facts", "khác")], WHO)


def test_a_draft_is_its_owners_alone_whatever_the_others_are(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft = save(session, teacher)
    own = save(session, world.people["head_x"])
    for who, actor in world.people.items():
        if who == "teacher_x":
            continue
        assert queries.find_draft(session, actor, draft) is None
        for act in (queries.get_draft, service.discard_draft):
            with pytest.raises(NotFound):
                act(session, actor, draft)
        with pytest.raises((NotFound, NotPermitted)):
            save(session, actor, draft)
        listed = [each.id for each in queries.list_drafts(session, actor)]
        assert listed == ([own] if who == "head_x" else [])
    assert queries.get_draft(session, teacher, draft).answers("what") == WHAT
    assert [each.id for each in queries.list_drafts(session, teacher)] == [draft]


def test_a_remembered_device_is_enough_to_write_and_who_works_at_no_school_writes_none(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    remembered = replace(teacher, is_fresh=False)
    draft = save(session, remembered)
    assert queries.get_draft(session, remembered, draft).id == draft
    for who in ("commune_officer_p", "department_officer", "administrator", "auditor"):
        with pytest.raises(NotPermitted):
            save(session, world.people[who])
    with pytest.raises(NotPermitted):
        service.save_draft(session, teacher, uuid4(), "elsewhere", [])
    assert stored(session) == 1


def test_the_row_shows_nothing_of_what_was_typed_and_the_audit_is_told_nothing(
    session: PortalSession, teacher: Actor
) -> None:
    events = scope(select(func.count()).select_from(AuditEvent), everybody(AuditEvent.org_path))
    before = session.scalar(events)
    draft = save(session, teacher)
    save(session, teacher, draft, "who")
    queries.get_draft(session, teacher, draft)
    session.commit()
    [row] = session.connection().execute(text("SELECT * FROM draft")).mappings().all()
    said = b"|".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for value in row.values()
    )
    for word in ("Zylophonq", "Yến", "facts", "fight", "people"):
        assert word.encode() not in said
    assert len(row["body_sealed"]) > 100
    service.discard_draft(session, teacher, draft)
    session.commit()
    assert session.scalar(events) == before


def test_after_thirty_days_it_is_found_no_more_and_the_job_forgets_it(
    session: PortalSession, world: World, teacher: Actor, ten_in_the_morning: time_machine.Coordinates
) -> None:
    draft = save(session, teacher)
    ten_in_the_morning.shift(DRAFT_LIFETIME - timedelta(seconds=1))
    later = save(session, world.people["teacher_y"])
    assert queries.get_draft(session, teacher, draft)
    ten_in_the_morning.shift(timedelta(seconds=1))
    assert queries.find_draft(session, teacher, draft) is None
    assert queries.list_drafts(session, teacher) == []
    with pytest.raises(NotFound):
        service.discard_draft(session, teacher, draft)
    assert stored(session) == 2
    session.commit()
    ten_in_the_morning.shift(timedelta(minutes=9))
    jobs.run("incidents.tidy")
    assert stored(session) == 2, "every ten minutes only"
    ten_in_the_morning.shift(timedelta(minutes=1))
    jobs.run("incidents.tidy")
    assert stored(session) == 1
    assert queries.get_draft(session, world.people["teacher_y"], later)
    with pytest.raises(NotPermitted):
        service.forget_drafts(session, teacher)
    assert service.forget_drafts(session, SYSTEM) == 0


def test_saving_keeps_it_for_thirty_more_days_but_wakes_nothing_that_has_expired(
    session: PortalSession, teacher: Actor, ten_in_the_morning: time_machine.Coordinates
) -> None:
    draft = save(session, teacher)
    ten_in_the_morning.shift(timedelta(days=29))
    save(session, teacher, draft, "who")
    ten_in_the_morning.shift(timedelta(days=29))
    assert queries.get_draft(session, teacher, draft).answers("what") == WHAT
    ten_in_the_morning.shift(timedelta(days=2))
    save(session, teacher, draft, "done")
    kept = queries.get_draft(session, teacher, draft)
    assert (kept.answers("what"), kept.answers("who")) == ([], []), "what was forgotten stays forgotten"
    assert kept.answers("done")


def test_endless_text_and_endless_drafts_are_refused_and_what_was_kept_stays(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft = save(session, teacher)
    with pytest.raises(RuleBroken) as refusal:
        service.save_draft(session, teacher, draft, "what", [("facts", "a" * MOST_DRAFT_CHARACTERS)])
    assert refusal.value.code == "draft-too-long"
    assert queries.get_draft(session, teacher, draft).answers("what") == WHAT
    for _ in range(99):
        save(session, teacher)
    with pytest.raises(RuleBroken) as refusal:
        save(session, teacher)
    assert refusal.value.code == "too-many-drafts"
    assert save(session, teacher, draft) == draft
    assert save(session, world.people["teacher_y"])
    assert len(queries.list_drafts(session, teacher)) == 20


def test_sending_turns_the_draft_into_the_report_and_it_can_be_none_again(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft, other = save(session, teacher), save(session, teacher)
    assert not queries.was_sent(session, teacher, draft)
    sent = service.report_incident(session, teacher, command(world, id=draft))
    session.commit()
    assert sent.id == draft
    assert queries.was_sent(session, teacher, draft)
    assert [each.id for each in queries.list_drafts(session, teacher)] == [other]
    assert stored(session) == 1
    for actor in (teacher, world.people["teacher_y"], world.people["head_x"]):
        with pytest.raises(NotFound):
            save(session, actor, draft)
    assert service.report_incident(session, teacher, command(world, id=draft)) == sent


def test_a_report_that_is_refused_leaves_its_draft(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft = save(session, teacher)
    with pytest.raises(RuleBroken), session.begin_nested():
        service.report_incident(session, teacher, command(world, id=draft, facts=" "))
    assert queries.get_draft(session, teacher, draft).answers("what") == WHAT
    assert not queries.was_sent(session, teacher, draft)


def test_nobody_takes_another_persons_draft_away_by_sending_its_uuid(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft = save(session, teacher)
    colleague = world.people["counsellor_x"]
    with pytest.raises(NotFound), session.begin_nested():
        service.report_incident(session, colleague, command(world, id=draft))
    assert queries.get_draft(session, teacher, draft)
    assert service.report_incident(session, teacher, command(world, id=draft)).id == draft


def test_throwing_away_removes_ones_own_draft_only(
    session: PortalSession, world: World, teacher: Actor
) -> None:
    draft, other = save(session, teacher), save(session, teacher)
    file(world, "y")
    service.discard_draft(session, teacher, draft)
    assert [each.id for each in queries.list_drafts(session, teacher)] == [other]
    with pytest.raises(NotFound):
        service.discard_draft(session, teacher, draft)
