"""Who is told of a case, when, and what a letter holds: a number, a link and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select, update

from school_portal.accounts.models import User
from school_portal.core.actor import SYSTEM, Role
from school_portal.core.authz import everybody, lookup, scope
from school_portal.core.clock import now
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound, NotPermitted
from school_portal.core.i18n import current_language
from school_portal.core.jobs import jobs
from school_portal.core.mail import Letter, LetterRefused, MailDown, post
from school_portal.incidents import queries, service
from school_portal.incidents.domain import NoticeKind, Part, PlainGroup, Safety
from school_portal.incidents.models import Incident, Notice
from tests.incidents.cases import (
    FACTS,
    MAI,
    add_deputy,
    command,
    decide,
    end_posts,
    file,
    notices,
    sign,
    staff,
    stored,
)
from tests.world import World

MONDAY = "2026-11-09T03:00:00Z"
"""Ten in the morning at school."""
HURT = replace(MAI, injury="clinic")
MAIL = "incidents.mail_notices"


@pytest.fixture(autouse=True)
def ten_in_the_morning() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def letters() -> Iterator[list[Letter]]:
    """What leaves by the post of this process."""
    sent: list[Letter] = []
    was = post._deliver
    post.connect(sent.append)
    yield sent
    post.connect(was)


def told(world: World, case: UUID, *kinds: str) -> list[str]:
    """Whom a notice of one of the kinds went to; of any kind when none is named."""
    return [who for who, kind in notices(world, case) if not kinds or kind in kinds]


# --- who is told -----------------------------------------------------------------------------------------------

REPORTS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("level 1 to 3", {}, [("deputy_x", "new"), ("focal_point_x", "new")]),
    ("level 3", {"people": (HURT,)}, [("deputy_x", "new"), ("focal_point_x", "new")]),
    (
        "level 4",
        {"safety": Safety.NOT_SAFE},
        [("deputy_x", "urgent"), ("focal_point_x", "urgent"), ("head_x", "urgent")],
    ),
    ("restricted", {"group": PlainGroup.WORRY}, [("focal_point_x", "new")]),
    (
        "restricted, level 4",
        {"group": PlainGroup.SEXUAL},
        [("focal_point_x", "urgent"), ("head_x", "urgent")],
    ),
    ("conflict", {"concerns_lead": True}, [("commune_officer_p", "conflict")]),
    (
        "conflict, level 4",
        {"concerns_lead": True, "safety": Safety.NOT_SAFE},
        [("commune_officer_p", "conflict")],
    ),
]


def test_a_report_is_told_at_once_to_those_whom_its_level_and_kind_concern(
    session: PortalSession, world: World
) -> None:
    add_deputy(world, "deputy_x")
    file(world, "y")
    for name, changes, expected in REPORTS:
        assert notices(world, file(world, **changes)) == expected, name
    assert notices(world, file(world, people=(MAI, staff(world, "focal_point_x")))) == [("deputy_x", "new")]
    involved = file(world, people=(MAI, staff(world, "focal_point_x"), staff(world, "deputy_x")))
    assert notices(world, involved) == [("head_x", "new")]
    about_head = file(world, people=(MAI, staff(world, "head_x", Part.ACTING)))
    assert notices(world, about_head) == [("commune_officer_p", "conflict")]


def test_without_a_focal_point_the_head_is_told_and_without_a_head_the_office_above(
    session: PortalSession, world: World
) -> None:
    end_posts(world, "focal_point_x")
    assert notices(world, file(world)) == [("head_x", "new")]
    end_posts(world, "head_x")
    assert notices(world, file(world)) == [("commune_officer_p", "nobody_there")]
    end_posts(world, "commune_officer_p")
    assert notices(world, file(world)) == [("department_officer", "nobody_there")]


def test_on_her_first_page_she_sees_what_she_is_told_of_and_a_teller_that_it_was_written_down(
    session: PortalSession, world: World
) -> None:
    file(world, "y")
    case = file(world, by="focal_point_x", told_by=world.people["counsellor_x"].user_id)
    [shown] = queries.list_notices(session, world.people["focal_point_x"])
    assert (shown.incident_id, shown.kind, shown.opens) == (case, NoticeKind.NEW, True)
    assert shown.number == stored(session, case).number
    [confirmed] = queries.list_notices(session, world.people["counsellor_x"])
    assert (confirmed.kind, confirmed.opens) == (NoticeKind.TOLD_FOR_YOU, False)
    assert queries.list_notices(session, world.people["teacher_x"]) == []
    with pytest.raises(NotFound):
        queries.get_case(session, world.people["counsellor_x"], case)
    for who in ("counsellor_x", "focal_point_x"):
        assert queries.get_own_report(session, world.people[who], case).number == shown.number
    assert queries.get_own_words(session, world.people["counsellor_x"], case).facts == FACTS
    for who, read in (("focal_point_x", queries.get_own_words), ("teacher_x", queries.get_own_report)):
        with pytest.raises(NotFound):
            read(session, world.people[who], case)


def test_a_teller_who_was_there_herself_has_her_confirmation_and_no_other_notice(
    session: PortalSession, world: World, letters: list[Letter]
) -> None:
    teller = world.people["counsellor_x"]
    saw_it = {"people": (MAI, staff(world, "counsellor_x"))}
    case = file(world, by="focal_point_x", told_by=teller.user_id, **saw_it)
    head = world.people["head_x"]
    other = file(world)
    decide(world, "head_x", other, lead_id=teller.user_id)
    service.add_person(session, head, other, staff(world, "counsellor_x"))
    session.commit()
    assert [(n.incident_id, n.kind) for n in queries.list_notices(session, teller)] == [
        (case, NoticeKind.TOLD_FOR_YOU)
    ]
    jobs.run(MAIL)
    assert [letter.to for letter in letters].count("counsellor.x@example.org") == 1


def test_only_a_lead_writes_down_for_others_and_only_for_colleagues(
    session: PortalSession, world: World
) -> None:
    colleague = world.people["counsellor_x"].user_id
    with pytest.raises(NotPermitted):
        file(world, by="teacher_x", told_by=colleague)
    with pytest.raises(NotFound):
        file(world, by="focal_point_x", told_by=world.people["teacher_y"].user_id)
    told_once = command(world, told_by=colleague)
    first, second = (
        service.report_incident(session, world.people["focal_point_x"], told_once) for _ in range(2)
    )
    assert first == second


# --- not opened in time ----------------------------------------------------------------------------------------


def escalate(session: PortalSession) -> None:
    session.commit()
    jobs.run("incidents.escalate")
    session.expire_all()


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        # minutes after ten o'clock on Monday, and who has been told of it as not opened until then
        (
            {"safety": Safety.NOT_SAFE},
            [(14, []), (15, ["head_x"]), (29, ["head_x"]), (30, ["commune_officer_p", "head_x"])],
        ),
        (
            {"people": (HURT,)},
            [(119, []), (120, ["head_x"]), (239, ["head_x"]), (240, ["commune_officer_p", "head_x"])],
        ),
        ({}, [(31 * 60 - 1, []), (31 * 60, ["head_x"])]),
        (
            {"concerns_lead": True, "safety": Safety.NOT_SAFE},
            [(14, []), (15, ["commune_officer_p"])],
        ),
    ],
)
def test_what_nobody_opens_in_time_goes_to_the_head_and_then_above(
    session: PortalSession,
    world: World,
    ten_in_the_morning: time_machine.Coordinates,
    changes: dict[str, Any],
    steps: list[tuple[int, list[str]]],
) -> None:
    start = now()
    case, noise = file(world, **changes), file(world, "y", **changes)
    opened = file(world, **changes)
    reader = "commune_officer_p" if "concerns_lead" in changes else "focal_point_x"
    service.read_case(session, world.people[reader], opened)
    for minutes, expected in steps:
        ten_in_the_morning.move_to(start + timedelta(minutes=minutes))
        escalate(session)
        escalate(session)
        assert told(world, case, "not_opened") == expected, minutes
        assert [who[-1] for who in told(world, noise, "not_opened") if who.startswith("head")] == [
            "y" for who in expected if who == "head_x"
        ]
    ten_in_the_morning.move_to(start + timedelta(days=9))
    for _ in range(3):
        escalate(session)
    assert len(told(world, case, "not_opened")) <= 2
    assert told(world, opened, "not_opened") == [], "it was opened in time"


def test_taking_up_or_reading_by_any_of_its_readers_counts_as_opened_and_the_reporters_own_does_not(
    session: PortalSession, world: World, ten_in_the_morning: time_machine.Coordinates
) -> None:
    start = now()
    taken, read, own = (file(world, safety=Safety.NOT_SAFE) for _ in range(3))
    service.take_up(session, world.people["focal_point_x"], taken)
    service.read_case(session, world.people["head_x"], read)
    queries.get_own_words(session, world.people["teacher_x"], own)
    service.add_own_facts(session, world.people["teacher_x"], own, "Thêm.")
    service.read_coded_case(session, world.people["commune_officer_p"], own)
    ten_in_the_morning.move_to(start + timedelta(minutes=15))
    escalate(session)
    assert [told(world, case, "not_opened") for case in (taken, read, own)] == [[], [], ["head_x"]]
    statement = scope(select(func.count()).select_from(Incident), everybody(Incident.org_path))
    assert session.scalar(statement.where(Incident.due_to_open.is_not(None))) == 1


def test_a_head_who_is_involved_is_passed_over_at_once(
    session: PortalSession, world: World, ten_in_the_morning: time_machine.Coordinates
) -> None:
    case = file(world, safety=Safety.NOT_SAFE, people=(MAI, staff(world, "head_x")))
    ten_in_the_morning.shift(timedelta(minutes=15))
    escalate(session)
    assert told(world, case, "not_opened") == ["commune_officer_p"]


def test_of_level_one_and_two_the_office_above_learns_nothing_however_late_it_gets(
    session: PortalSession, world: World, ten_in_the_morning: time_machine.Coordinates, letters: list[Letter]
) -> None:
    case = file(world)
    for _ in range(6):
        ten_in_the_morning.shift(timedelta(days=2))
        escalate(session)
    jobs.run(MAIL)
    assert {letter.to for letter in letters} == {"focal.point.x@example.org", "head.x@example.org"}
    assert queries.list_notices(session, world.people["commune_officer_p"]) == []
    assert stored(session, case).due_to_open is None


def test_only_operators_run_the_jobs_of_notices(session: PortalSession, world: World) -> None:
    for act in (service.escalate, service.claim_mails, service.mail_is_due):
        with pytest.raises(NotPermitted):
            act(session, world.people["department_officer"])
    with pytest.raises(NotPermitted):
        service.mark_mailed(session, world.people["head_x"], world.units["x"].id)


# --- letters ---------------------------------------------------------------------------------------------------


def test_each_notice_is_one_letter_with_number_and_link_and_nothing_of_the_case(
    session: PortalSession, world: World, letters: list[Letter]
) -> None:
    teller = world.people["counsellor_x"]
    case = file(
        world,
        by="focal_point_x",
        told_by=teller.user_id,
        group=PlainGroup.SEXUAL,
        people=(MAI, staff(world, "teacher_x", Part.ACTING)),
    )
    jobs.run(MAIL)
    jobs.run(MAIL)
    number = stored(session, case).number
    assert sorted(letter.to for letter in letters) == [
        "counsellor.x@example.org",
        "focal.point.x@example.org",
        "head.x@example.org",
    ]
    for letter in letters:
        said = f"{letter.subject}\n{letter.text}"
        assert number in letter.subject
        assert f"/incidents/{case}" in letter.text
        assert ("/receipt" in letter.text) == (letter.to == "counsellor.x@example.org")
        hidden = (FACTS, "Mai", "8A2", "sân", "yard", "sexual", "tình dục", "Đụng chạm", "teacher_x", "THCS")
        assert [word for word in (*hidden, teller.name, world.units["x"].name("vi")) if word in said] == []
    kept = scope(select(Notice.mailed_at, Notice.next_try), everybody(Notice.org_path))
    assert {tuple(row) for row in session.execute(kept)} == {(now(), None)}


def test_a_letter_is_in_the_language_of_its_reader(
    session: PortalSession, world: World, letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    session.execute(
        lookup(update(User), User.id == world.people["head_x"].user_id).values(language="en"),
        execution_options={"synchronize_session": False},
    )
    monkeypatch.setattr(
        "school_portal.incidents.letters.gettext", lambda text, **values: f"in {current_language()}"
    )
    file(world, safety=Safety.NOT_SAFE)
    jobs.run(MAIL)
    assert {letter.to.split("@")[0]: letter.text for letter in letters} == {
        "head.x": "in en",
        "focal.point.x": "in vi",
    }


def down(letter: Letter) -> None:
    raise MailDown("no server")


def test_a_mail_server_that_is_down_loses_no_report_and_no_letter(
    session: PortalSession,
    world: World,
    letters: list[Letter],
    ten_in_the_morning: time_machine.Coordinates,
) -> None:
    post.connect(down)
    case = file(world, safety=Safety.NOT_SAFE)
    assert queries.get_own_report(session, world.people["teacher_x"], case).number
    for _ in range(3):
        jobs.run(MAIL)
    assert queries.list_notices(session, world.people["head_x"]), "the first page tells her anyway"
    post.connect(letters.append)
    jobs.run(MAIL)
    assert letters == [], "not before its time"
    ten_in_the_morning.shift(timedelta(minutes=6))
    jobs.run(MAIL)
    jobs.run(MAIL)
    assert len(letters) == len({letter.to for letter in letters}) == 2


def test_an_evening_without_a_server_is_made_up_for_and_a_week_ends_the_tries(
    session: PortalSession,
    world: World,
    letters: list[Letter],
    ten_in_the_morning: time_machine.Coordinates,
) -> None:
    tries: list[Letter] = []

    def count(letter: Letter) -> None:
        tries.append(letter)
        raise MailDown("no server")

    post.connect(count)
    file(world)
    for _ in range(12 * 60 // 5):
        ten_in_the_morning.shift(timedelta(minutes=5))
        jobs.run(MAIL)
    assert 5 <= len(tries) <= 10, "less and less often"
    for _ in range(7 * 24):
        ten_in_the_morning.shift(timedelta(hours=1))
        jobs.run(MAIL)
    assert len(tries) <= 20
    assert not service.mail_is_due(session, SYSTEM)


def test_one_address_that_is_none_keeps_no_other_letter_back(
    session: PortalSession, world: World, letters: list[Letter]
) -> None:
    session.execute(
        lookup(update(User), User.id == world.people["focal_point_x"].user_id).values(email="no address"),
        execution_options={"synchronize_session": False},
    )

    def refuse_z(letter: Letter) -> None:
        if letter.to.startswith("head.z"):
            raise LetterRefused("no such address")
        letters.append(letter)

    post.connect(refuse_z)
    for unit in ("x", "y", "z"):
        file(world, unit, safety=Safety.NOT_SAFE)
    for _ in range(2):
        jobs.run(MAIL)
    assert sorted(letter.to.split("@")[0] for letter in letters) == [
        "focal.point.y",
        "focal.point.z",
        "head.x",
        "head.y",
    ]
    assert not service.mail_is_due(session, SYSTEM)


LOSSES: dict[str, Callable[[World, UUID], None]] = {
    "she is involved": lambda world, case: service.add_person(
        world.session, world.people["head_x"], case, staff(world, "focal_point_x")
    ),
    "she has left": lambda world, case: end_posts(world, "focal_point_x"),
    "her account is closed": lambda world, case: _close(world, "focal_point_x"),
    "the case went above": lambda world, case: service.add_person(
        world.session, world.people["head_x"], case, staff(world, "head_x", Part.ACTING)
    ),
}


def _close(world: World, who: str) -> None:
    world.session.execute(
        lookup(update(User), User.id == world.people[who].user_id).values(active=False),
        execution_options={"synchronize_session": False},
    )


@pytest.mark.parametrize("loss", list(LOSSES))
def test_who_may_no_longer_know_of_the_case_gets_no_letter_and_no_line(
    session: PortalSession, world: World, letters: list[Letter], loss: str
) -> None:
    case, other = file(world), file(world, "y")
    LOSSES[loss](world, case)
    session.commit()
    jobs.run(MAIL)
    to_her = [letter for letter in letters if letter.to == "focal.point.x@example.org"]
    assert to_her == []
    assert any(str(other) in letter.text for letter in letters)
    her = world.people["focal_point_x"]
    if loss != "her account is closed":
        assert queries.list_notices(session, her) == []


def test_without_mail_nothing_is_claimed_and_letters_leave_when_it_is_switched_on(
    session: PortalSession, world: World, letters: list[Letter]
) -> None:
    post.connect(None)
    file(world)
    jobs.run(MAIL)
    assert service.mail_is_due(session, SYSTEM)
    post.connect(letters.append)
    jobs.run(MAIL)
    assert len(letters) == 1


def test_the_answer_of_an_officer_and_a_case_given_to_somebody_to_lead_are_told_by_letter_too(
    session: PortalSession, world: World, letters: list[Letter]
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case = file(world, people=(HURT,))
    decide(
        world,
        "head_x",
        case,
        severity=2,
        reason="Chỉ xây xát.",
        lead_id=world.people["counsellor_x"].user_id,
    )
    session.commit()
    jobs.run(MAIL)
    assert sorted(letter.to.split("@")[0] for letter in letters) == [
        "commune.officer.p",
        "counsellor.x",
        "focal.point.x",
        "second.officer.p",
    ]
    assert not any("Chỉ xây xát" in letter.text for letter in letters)
    del letters[:]
    sign(session, world.people["second_officer_p"], case, agrees=True)
    session.commit()
    jobs.run(MAIL)
    assert [letter.to for letter in letters] == ["head.x@example.org"]
