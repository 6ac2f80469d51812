"""Who sees a case: the paragraph of the brief as a table of cases and people, over every read that there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from uuid import UUID

import pytest

from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotFound, NotPermitted
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    Duty,
    IncidentState,
    NamesReason,
    Part,
    PlainGroup,
    RecordKind,
    SelfHarm,
    is_counted,
)
from school_portal.incidents.service.readers import assign
from school_portal.organisations.domain import Level, SchoolKind, UnitKind
from tests.incidents.cases import (
    MAI,
    add_deputy,
    add_post,
    as_she_is_now,
    assigned,
    card,
    decide,
    end_posts,
    file,
    names_of,
    notices,
    staff,
    stored,
)
from tests.world import World

BARE = {
    "code": "25-bare",
    "name_vi": "Trường Mầm non Đồi Cọ",
    "school_kind": SchoolKind.KINDERGARTEN,
    "levels": (Level.MN,),
    "commune_code": "07900",
}
HURT = replace(MAI, injury="clinic")
SPAN = (date(1960, 1, 1), date(2100, 1, 1))
OPEN_X = ("focal_point_x", "deputy_x", "head_x", "two_posts")
ABOVE = ("commune_officer_p", "second_officer_p", "department_officer", "former_teacher")
"""Who may know of level 3 and 4 at X."""


@dataclass(frozen=True)
class Kind:
    """A kind of case: who reads the whole, who knows its coded facts; nobody else knows that it exists.

    `officer` says that one officer of the commune has it; which one, the portal picks.
    """

    whole: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    officer: bool = False


KINDS: dict[str, Kind] = {
    "open, level 2": Kind(OPEN_X),
    "open, level 3": Kind(OPEN_X, ABOVE),
    "open, set aside": Kind(OPEN_X),
    "open, led by a counsellor": Kind((*OPEN_X, "counsellor_x")),
    "a lead is a witness": Kind(tuple(who for who in OPEN_X if who != "head_x")),
    "who is an officer now was there": Kind(OPEN_X, tuple(who for who in ABOVE if who != "former_teacher")),
    "restricted by its group": Kind(("focal_point_x", "head_x"), ABOVE),
    "restricted, level 1": Kind(("focal_point_x", "head_x")),
    "restricted by self-harm": Kind(("focal_point_x", "head_x")),
    "restricted by acting staff": Kind(("focal_point_x", "head_x"), ABOVE),
    "restricted, led by a counsellor": Kind(("focal_point_x", "head_x", "counsellor_x"), ABOVE),
    "restricted, the focal point is a witness": Kind(("two_posts", "head_x"), ABOVE),
    "conflict by answer": Kind(officer=True),
    "conflict by answer, level 3": Kind(facts=ABOVE, officer=True),
    "conflict: a lead is named as acting": Kind(facts=ABOVE, officer=True),
    "conflict: each lead is involved": Kind(officer=True),
    "a school without leads": Kind(officer=True),
    "at the sister school": Kind(("head_sister", "two_posts")),
    "another commune's": Kind(("focal_point_y", "head_y"), ("commune_officer_q", "department_officer")),
    "below the department": Kind(("focal_point_z", "head_z"), ("department_officer",)),
    "conflict below the department": Kind(("department_officer",)),
}


@dataclass
class Scene:
    """Every kind of case once, in a province with people in every role."""

    world: World
    cases: dict[str, UUID] = field(default_factory=dict)
    officers: dict[str, str] = field(default_factory=dict)

    def file(self, kind: str, unit: str = "x", **changes: object) -> UUID:
        self.cases[kind] = file(self.world, unit, **changes)  # type: ignore[arg-type]
        return self.cases[kind]

    def whole(self, who: str) -> set[UUID]:
        """What the table says that she reads."""
        return {
            self.cases[name]
            for name, kind in KINDS.items()
            if who in kind.whole or (kind.officer and self.officers[name] == who)
        }

    def known(self, who: str) -> set[UUID]:
        """What the table says that she knows of."""
        return self.whole(who) | {self.cases[name] for name, kind in KINDS.items() if who in kind.facts}

    @property
    def people(self) -> dict[str, Actor]:
        """Everybody, and somebody for whom only a remembered device vouches."""
        stale = replace(self.world.people["focal_point_x"], is_fresh=False)
        return self.world.people | {"remembered device": stale}


@pytest.fixture
def scene(session: PortalSession, world: World) -> Scene:
    made = Scene(world)
    people = world.people
    add_deputy(world, "deputy_x")
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    world.add_person("two_posts", Role.FOCAL_POINT, "x")
    add_post(world, "two_posts", Role.HEAD, "sister")
    world.add_unit("bare", UnitKind.SCHOOL, "p", **BARE)
    world.add_person("teacher_bare", Role.TEACHER, "bare")
    world.add_person("former_teacher", Role.TEACHER, "x")
    session.commit()

    made.file("open, level 2")
    made.file("open, level 3", people=(HURT,))
    decide(
        world,
        "head_x",
        made.file("open, set aside"),
        state=IncidentState.NOT_SUBSTANTIATED,
        reason="Hai em đùa nhau.",
    )
    led = {"lead_id": people["counsellor_x"].user_id}
    decide(world, "head_x", made.file("open, led by a counsellor"), **led)
    made.file("a lead is a witness", people=(MAI, staff(world, "head_x")))
    made.file("who is an officer now was there", people=(HURT, staff(world, "former_teacher")))
    made.file("restricted by its group", group=PlainGroup.SEXUAL)
    made.file("restricted, level 1", group=PlainGroup.WORRY)
    made.file("restricted by self-harm", people=(replace(MAI, self_harm=SelfHarm.THOUGHTS),))
    made.file("restricted by acting staff", people=(MAI, staff(world, "teacher_x", Part.ACTING)))
    decide(
        world,
        "focal_point_x",
        made.file("restricted, led by a counsellor", group=PlainGroup.SEXUAL),
        types=("TD01",),
        **led,
    )
    made.file(
        "restricted, the focal point is a witness",
        group=PlainGroup.SEXUAL,
        people=(MAI, staff(world, "focal_point_x")),
    )
    made.file("conflict by answer", concerns_lead=True)
    made.file("conflict by answer, level 3", concerns_lead=True, people=(HURT,))
    made.file("conflict: a lead is named as acting", people=(MAI, staff(world, "head_x", Part.ACTING)))
    every = [staff(world, who) for who in OPEN_X]
    made.file("conflict: each lead is involved", people=(MAI, *every))
    made.file("a school without leads", "bare")
    made.file("at the sister school", "sister", by="head_sister")
    made.file("another commune's", "y", people=(HURT,))
    made.file("below the department", "z", people=(HURT,))
    made.file("conflict below the department", "z", concerns_lead=True)

    end_posts(world, "former_teacher")
    add_post(world, "former_teacher", Role.COMMUNE_OFFICER, "p")
    assert set(made.cases) == set(KINDS)
    for kind in KINDS:
        if KINDS[kind].officer:
            [made.officers[kind]] = names_of(world, assigned(session, made.cases[kind]))
            assert made.officers[kind] in ("commune_officer_p", "second_officer_p"), kind
    session.commit()
    return made


Read = Callable[[PortalSession, Actor, UUID], object]


def opens(read: Read, session: PortalSession, actor: Actor, case: UUID) -> bool:
    """Whether a read gives anything; what one may not see does not exist."""
    try:
        return bool(read(session, actor, case))
    except NotFound:
        return False


def by_number(session: PortalSession, actor: Actor, case: UUID) -> object:
    return queries.find_by_number(session, actor, stored(session, case).number)


def names(session: PortalSession, actor: Actor, case: UUID) -> object:
    return service.read_names(session, actor, case, NamesReason.HELP)


OF_READERS: tuple[Read, ...] = (queries.people_of, service.read_case, names)
OF_WHO_KNOWS: tuple[Read, ...] = (service.read_coded_case, by_number)


def near(scene: Scene, name: str) -> list[tuple[str, Actor]]:
    """Who may know of the case, whoever works at its school, and two who are far from it."""
    case = scene.cases[name]
    path = stored(scene.world.session, case).org_path
    return [
        (who, actor)
        for who, actor in scene.people.items()
        if path in actor.paths() or case in scene.known(who) or who in ("auditor", "commune_officer_q")
    ]


def test_each_person_reads_knows_or_misses_each_case_as_the_paragraph_says(
    session: PortalSession, scene: Scene
) -> None:
    wrong = []
    for name, case in scene.cases.items():
        for who, actor in near(scene, name):
            reads, knows = case in scene.whole(who), case in scene.known(who)
            expected = [(read, reads) for read in OF_READERS] + [(read, knows) for read in OF_WHO_KNOWS]
            wrong += [
                (who, name, read.__name__)
                for read, opens_it in expected
                if opens(read, session, actor, case) != opens_it
            ]
    assert wrong == []


def test_lists_and_searches_hold_what_she_may_know_of_and_nothing_else(
    session: PortalSession, scene: Scene
) -> None:
    names = {case: name for name, case in scene.cases.items()}
    wrong = []
    for who, actor in scene.people.items():
        whole, known = scene.whole(who), scene.known(who)
        waiting = {
            case
            for case in whole
            if stored(session, case).state in (IncidentState.SUBMITTED, IncidentState.IN_TRIAGE)
        }
        found = {
            "list": ({row.id for row in queries.list_incidents(session, actor).items}, known),
            "by name": ({row.id for row in queries.list_naming(session, actor, "hoa mai")}, whole),
            "waiting": ({row.case.id for row in queries.list_waiting(session, actor)}, waiting),
        }
        wrong += [(who, read, names[case]) for read, (has, should) in found.items() for case in has ^ should]
        assert queries.count_visible(session, actor) == len(waiting), who
    assert wrong == []


FILTERS = [
    queries.IncidentFilters(*values)
    for values in product(
        ("", "fight", "sexual"),
        ("", "submitted", "accepted"),
        ("", "1", "2", "3", "4"),
    )
]


def test_every_total_of_the_list_equals_a_naive_recount_of_what_she_may_know_of(
    session: PortalSession, scene: Scene
) -> None:
    rows = {case: stored(session, case) for case in scene.cases.values()}
    wrong = []
    for who, actor in scene.people.items():
        known = [rows[case] for case in scene.known(who)]
        for filters in FILTERS if known else FILTERS[:5]:
            recount = sum(
                filters.matches(row.severity, PlainGroup(row.group_code), row.state) for row in known
            )
            if queries.count_listed(session, actor, filters) != recount:
                wrong.append((who, filters))
    assert wrong == []


def test_figures_are_counted_over_what_the_viewer_may_know_and_are_nothing_to_who_has_none(
    session: PortalSession, scene: Scene
) -> None:
    """At a school what she knows of; for officers every case of their units, but none that they are in."""
    rows = {name: stored(session, case) for name, case in scene.cases.items()}
    units = scene.world.units
    wrong = []
    for who, actor in scene.people.items():
        for unit in ("x", "sister", "y", "z", "p", "department"):
            path = units[unit].org_path
            inside = {name: row for name, row in rows.items() if row.org_path.startswith(path)}
            if not actor.is_fresh:
                inside = {}
            elif actor.holds_over(path, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER):
                if who == "former_teacher":
                    inside.pop("who is an officer now was there", None)
            elif actor.holds_over(path, Role.FOCAL_POINT, Role.HEAD):
                known = scene.known(who)
                inside = {name: row for name, row in inside.items() if row.id in known}
            else:
                inside = {}
            for kind in (RecordKind.INCIDENT, RecordKind.RISK):
                counted = [
                    row for row in inside.values() if row.record_kind is kind and is_counted(row.state)
                ]
                expected = {
                    "all": Counter("" for _ in counted),
                    "severity": Counter(str(row.severity) for row in counted),
                    "group": Counter(str(row.group_code) for row in counted),
                    "month": Counter(f"{row.occurred_on:%Y-%m}" for row in counted),
                    "type": Counter(code for row in counted for code in row.type_codes.split(",") if code),
                }
                for fact, recount in expected.items():
                    figures = queries.totals(session, actor, path, *SPAN, fact, kind)
                    if figures != dict(recount):
                        wrong.append((who, unit, kind.value, fact, figures, dict(recount)))
    assert wrong == []


def test_chronology_assigned_people_links_and_who_has_seen_it_are_for_its_readers_only(
    session: PortalSession, scene: Scene
) -> None:
    world = scene.world
    for case in scene.cases.values():
        row = stored(session, case)
        reader = next(
            actor for who, actor in world.people.items() if case in scene.whole(who) and actor.posts
        )
        service.read_case(session, reader, case)
        service.add_facts(session, reader, case, "Em đã được đưa về nhà.")
        assert row.number
    session.commit()
    wrong = []
    for name, case in scene.cases.items():
        for who, actor in near(scene, name):
            expected = case in scene.whole(who)
            wrong += [
                (who, name, read.__name__)
                for read in (queries.list_chronology, queries.list_views)
                if opens(read, session, actor, case) != expected
            ]
            if not expected:
                assert queries.list_assigned(session, actor, case) == []
                assert queries.list_links(session, actor, case) == []
                assert queries.suggest_same_people(session, actor, case, today()) == []
    assert wrong == []


def test_notices_lie_only_where_their_reader_may_know_of_the_case(
    session: PortalSession, scene: Scene
) -> None:
    total = 0
    for who, actor in scene.people.items():
        shown = queries.list_notices(session, actor)
        assert {notice.incident_id for notice in shown} <= scene.known(who), who
        total += len(shown)
    assert total >= len(KINDS)


def test_no_read_for_coded_facts_holds_narrative_names_or_the_reporter(
    session: PortalSession, scene: Scene
) -> None:
    officer = scene.world.people["department_officer"]
    case = scene.cases["restricted by acting staff"]
    coded = service.read_coded_case(session, officer, case)
    said = repr(coded) + repr(queries.find_by_number(session, officer, coded.number))
    reporter = scene.world.people["teacher_x"]
    for word in ("Mai", "Em A", "8A2", str(reporter.user_id), reporter.name):
        assert word not in said.replace(coded.number, ""), word
    assert [(person.parts, person.age_band) for person in coded.people] == [
        ((Part.HARMED,), "11-14"),
        ((Part.ACTING,), "18+"),
    ]


def test_search_by_name_is_refused_to_who_sees_no_cases(session: PortalSession, scene: Scene) -> None:
    for who in ("teacher_x", "counsellor_x", "administrator", "auditor", "remembered device"):
        with pytest.raises(NotPermitted):
            service.search_by_name(session, scene.people[who], "Hoà Mai")
    assert service.search_by_name(session, scene.people["head_x"], "Hoà Mai")


# --- what changes who sees it ------------------------------------------------------------------------------------


def sees(session: PortalSession, world: World, case: UUID) -> list[str]:
    """Who reads the case now, with the posts that the database gives."""
    session.flush()
    people = {who: as_she_is_now(world, who) for who in world.people}
    return sorted(who for who, actor in people.items() if opens(queries.get_case, session, actor, case))


def test_who_is_added_later_as_involved_sees_nothing_of_it_any_more(
    session: PortalSession, world: World
) -> None:
    head, focal_point = world.people["head_x"], world.people["focal_point_x"]
    file(world, "y")
    case = file(world)
    service.read_case(session, focal_point, case)
    decide(world, "focal_point_x", case, lead_id=focal_point.user_id)
    assert queries.list_notices(session, focal_point)
    service.add_person(session, head, case, staff(world, "focal_point_x"))
    session.commit()
    assert sees(session, world, case) == ["head_x"]
    number = stored(session, case).number
    assert queries.list_incidents(session, focal_point).items == []
    assert queries.count_listed(session, focal_point) == 0
    assert queries.totals(session, focal_point, world.units["x"].org_path, *SPAN) == {}
    assert queries.find_by_number(session, focal_point, number) is None
    assert queries.list_notices(session, focal_point) == []
    assert assigned(session, case) == set()


@pytest.mark.parametrize("group", [PlainGroup.FIGHT, PlainGroup.SEXUAL])
def test_a_lead_who_is_added_as_acting_takes_the_case_out_of_the_school(
    session: PortalSession, world: World, group: PlainGroup
) -> None:
    case = file(world, group=group)
    assert sees(session, world, case) == ["focal_point_x", "head_x"]
    service.add_person(session, world.people["head_x"], case, staff(world, "focal_point_x", Part.ACTING))
    session.commit()
    assert sees(session, world, case) == ["commune_officer_p"]
    assert ("commune_officer_p", "conflict") in notices(world, case)


def test_a_case_that_becomes_restricted_stays_with_its_assigned_persons(
    session: PortalSession, world: World
) -> None:
    add_deputy(world, "deputy_x")
    case = file(world)
    assert sees(session, world, case) == ["deputy_x", "focal_point_x", "head_x"]
    service.add_person(
        session, world.people["deputy_x"], case, card(Part.HARMED, self_harm=SelfHarm.THOUGHTS)
    )
    session.commit()
    assert sees(session, world, case) == ["focal_point_x", "head_x"]
    coded_mild = file(world, group=PlainGroup.SEXUAL)
    assert sees(session, world, coded_mild) == ["focal_point_x", "head_x"]
    decide(world, "head_x", coded_mild, types=("TL01",), lead_id=world.people["head_x"].user_id)
    assert sees(session, world, coded_mild) == ["deputy_x", "focal_point_x", "head_x"]


def test_a_conflict_case_is_one_officers_until_she_gives_it_back(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case = file(world, concerns_lead=True)
    [officer] = sees(session, world, case)
    other = file(world, concerns_lead=True)
    assert {officer, *sees(session, world, other)} == {"commune_officer_p", "second_officer_p"}, "in turn"
    service.give_back(session, world.people[officer], case, stored(session, case).row_version)
    session.commit()
    assert sees(session, world, case) == ["focal_point_x", "head_x"]
    assert assigned(session, case) == set()
    assert ("focal_point_x", "given_back") in notices(world, case)
    with pytest.raises(NotFound):
        service.give_back(session, world.people[officer], case, stored(session, case).row_version)


def test_when_the_named_officer_loses_her_post_another_one_has_the_case(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case, restricted = file(world, concerns_lead=True), file(world, group=PlainGroup.SEXUAL)
    [officer] = sees(session, world, case)
    [other] = {"commune_officer_p", "second_officer_p"} - {officer}
    assert service.assign_again(session, SYSTEM) == 0, "nobody has gone"
    end_posts(world, officer)
    assert sees(session, world, case) == []
    assert service.assign_again(session, SYSTEM) == 1
    session.commit()
    assert sees(session, world, case) == [other]
    assert sees(session, world, restricted) == ["focal_point_x", "head_x"]
    end_posts(world, other)
    service.assign_again(session, SYSTEM)
    session.commit()
    assert sees(session, world, case) == ["department_officer"], "the next office above"
    with pytest.raises(NotPermitted):
        service.assign_again(session, world.people["department_officer"])


def test_when_a_focal_point_leaves_her_restricted_cases_go_to_the_next_and_who_leads_one_keeps_it(
    session: PortalSession, world: World
) -> None:
    case = file(world, group=PlainGroup.SEXUAL)
    decide(world, "head_x", case, types=("TD01",), lead_id=world.people["counsellor_x"].user_id)
    other = file(world, "y", group=PlainGroup.SEXUAL)
    before = sees(session, world, other)
    end_posts(world, "focal_point_x")
    world.add_person("new_focal_point", Role.FOCAL_POINT, "x")
    session.commit()
    assert sees(session, world, case) == ["counsellor_x", "head_x"]
    assert service.assign_again(session, SYSTEM) == 1
    session.commit()
    assert sees(session, world, case) == ["counsellor_x", "head_x", "new_focal_point"]
    assert service.assign_again(session, SYSTEM) == 0
    assert sees(session, world, other) == before


def test_a_lead_who_has_left_leads_no_case_and_an_open_case_stays_with_the_school(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    decide(world, "head_x", case, lead_id=world.people["counsellor_x"].user_id)
    end_posts(world, "counsellor_x")
    assert sees(session, world, case) == ["focal_point_x", "head_x"]
    service.assign_again(session, SYSTEM)
    session.commit()
    assert assigned(session, case) == set()


def test_a_school_that_had_nobody_and_no_office_above_either_finds_its_reader_later(
    session: PortalSession, world: World
) -> None:
    end_posts(world, "commune_officer_p", "department_officer", "head_x", "focal_point_x")
    case = file(world)
    taken = file(world, "y", concerns_lead=False)
    assert sees(session, world, case) == []
    assert service.assign_again(session, SYSTEM) == 0
    world.add_person("new_officer", Role.COMMUNE_OFFICER, "p")
    session.commit()
    assert service.assign_again(session, SYSTEM) == 1
    session.commit()
    assert sees(session, world, case) == ["new_officer"]
    assert sees(session, world, taken) == ["focal_point_y", "head_y"]


def test_the_reporters_receipt_names_who_really_has_the_case_however_many_others_there_are(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_officer_p", Role.COMMUNE_OFFICER, "p")
    case, restricted = file(world, concerns_lead=True), file(world, group=PlainGroup.SEXUAL)
    [officer] = sees(session, world, case)
    world.add_person("a_new_focal_point", Role.FOCAL_POINT, "x")
    teacher = world.people["teacher_x"]
    readers = service.read_own_readers(session, teacher, case)
    assert names_of(world, [person.user_id for person in readers.people]) == [officer]
    readers = service.read_own_readers(session, teacher, restricted)
    named = names_of(world, [person.user_id for person in readers.people])
    assert named == sees(session, world, restricted) == ["focal_point_x", "head_x"]
    with pytest.raises(NotFound):
        service.read_own_readers(session, world.people["counsellor_x"], case)


def test_an_assignment_that_was_left_opens_no_case_to_who_is_involved_and_none_that_is_handled_above(
    session: PortalSession, world: World
) -> None:
    focal_point = world.people["focal_point_x"]
    file(world)
    case = file(world, group=PlainGroup.SEXUAL, people=(MAI, staff(world, "focal_point_x")))
    above = file(world, concerns_lead=True)
    for left in (case, above):
        assign(session, SYSTEM, stored(session, left), focal_point.user_id, Duty.LEAD)
    assert sees(session, world, case) == ["head_x"]
    assert sees(session, world, above) == ["commune_officer_p"]
    assert queries.count_listed(session, focal_point) == 1
    assert queries.totals(session, focal_point, world.units["x"].org_path, *SPAN) == {"": 1}


def test_a_post_elsewhere_and_an_assignment_without_a_post_open_nothing(
    session: PortalSession, world: World
) -> None:
    case = file(world, group=PlainGroup.SEXUAL)
    focal_point = world.people["focal_point_x"]
    elsewhere = world.units["y"]
    moved = replace(focal_point, posts=(Post(Role.FOCAL_POINT, elsewhere.id, elsewhere.org_path),))
    assert not opens(queries.get_case, session, moved, case)
    assert not opens(queries.get_case, session, replace(focal_point, posts=()), case)
    assert opens(queries.get_case, session, focal_point, case)
