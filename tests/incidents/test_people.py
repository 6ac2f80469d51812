"""People of a case: adding and correcting them, what follows from it, finding them, and one child or two."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from school_portal.core.actor import Role
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import today
from school_portal.core.db import PortalSession
from school_portal.core.errors import Conflict, NotFound, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CorrectPerson,
    IncidentState,
    NamesReason,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    SameAnswer,
    SelfHarm,
    Sex,
)
from school_portal.incidents.models import Involvement, Person, PersonToken
from tests.incidents.cases import (
    MAI,
    assigned,
    card,
    decide,
    file,
    first_difference,
    notices,
    people_rows,
    staff,
    stored,
)
from tests.world import World

PHONG = card(Part.ACTING, name="Đỗ Văn Phong", sex=Sex.MALE, class_name="9B", age=14)
MONDAY = "2026-11-09T03:00:00Z"


def people_of(
    session: PortalSession, world: World, case: UUID, who: str = "head_x"
) -> tuple[queries.InvolvedPerson, ...]:
    return queries.people_of(session, world.people[who], case)


def correct(
    session: PortalSession, world: World, case: UUID, number: int, person: PersonInvolved, who: str = "head_x"
) -> None:
    """Correct the person at this place, as she stands now."""
    stands = people_of(session, world, case, who)[number]
    command = CorrectPerson(case, stands.id, stands.version, person)
    service.correct_person(session, world.people[who], command)
    session.flush()


def names(session: PortalSession, world: World, case: UUID, who: str = "head_x") -> list[str | None]:
    opened = service.read_names(session, world.people[who], case, NamesReason.HELP, witnesses=True)
    return [person.name for person in opened.case.people]


def count(session: PortalSession, model: type) -> int:
    statement = scope(select(func.count()).select_from(model), everybody(model.org_path))  # type: ignore[attr-defined]
    return session.scalar(statement) or 0


# --- adding and correcting -------------------------------------------------------------------------------------


def test_somebody_who_was_not_named_before_is_added_behind_the_others(
    session: PortalSession, world: World
) -> None:
    file(world, "y")
    case = file(world)
    service.add_person(
        session, world.people["focal_point_x"], case, replace(PHONG, age=None, birth_year=2012)
    )
    session.commit()
    first, second = people_of(session, world, case)
    assert (first.code, second.code) == ("A", "B")
    assert (second.parts, second.class_name, second.sex) == ((Part.ACTING,), "9B", Sex.MALE)
    assert second.age == today().year - 2012
    assert names(session, world, case) == [MAI.name, PHONG.name]
    assert {person.birth for person in people_rows(session)} == {None, "2012"}
    assert [row.id for row in queries.list_naming(session, world.people["head_x"], "do phong")] == [case]
    entries = queries.list_chronology(session, world.people["head_x"], case)
    assert [(entry.kind.value, entry.detail) for entry in entries] == [("person_added", "B")]


def test_what_cannot_be_is_refused_for_a_person_too(session: PortalSession, world: World) -> None:
    case = file(world)
    head = world.people["head_x"]
    for person, code in (
        (PersonInvolved(), "person-blank"),
        (card(age=200), "age-impossible"),
        (card(birth_year=2999, age=None), "born-after-it-happened"),
        (card(injury="moonstruck"), "injury-unknown"),
        (card(relation="moonstruck"), "relation-unknown"),
    ):
        with pytest.raises(RuleBroken) as refusal, session.begin_nested():
            service.add_person(session, head, case, person)
        assert refusal.value.code == code
    for stranger in (world.people["teacher_y"].user_id, uuid4()):
        with pytest.raises(NotFound), session.begin_nested():
            service.add_person(session, head, case, PersonInvolved(PersonKind.STAFF, user_id=stranger))
    assert len(people_of(session, world, case)) == 1
    with pytest.raises(NotFound):
        service.add_person(session, world.people["head_y"], case, PHONG)


def test_no_more_than_thirty_people_fit_into_a_case(session: PortalSession, world: World) -> None:
    case = file(world, people=tuple(card(Part.WITNESS, name=f"Em {n}") for n in range(29)))
    service.add_person(session, world.people["head_x"], case, PHONG)
    assert people_of(session, world, case)[29].code == "P30"
    with pytest.raises(RuleBroken) as refusal:
        service.add_person(session, world.people["head_x"], case, PHONG)
    assert refusal.value.code == "too-many-people"


def test_a_correction_replaces_marks_and_keeps_the_name_unless_one_is_typed(
    session: PortalSession, world: World
) -> None:
    case = file(world, people=(replace(MAI, birth_year=2013, age=None), PHONG))
    correct(
        session, world, case, 0, card(Part.HARMED, Part.WITNESS, class_name="8A3", age=12, injury="minor")
    )
    first, second = people_of(session, world, case)
    assert (first.parts, first.class_name, first.injury, first.age) == (
        (Part.HARMED, Part.WITNESS),
        "8A3",
        "minor",
        12,
    )
    assert second.class_name == "9B"
    assert names(session, world, case) == [MAI.name, PHONG.name]
    correct(session, world, case, 0, card(Part.HARMED, name="Nguyễn Thị Lan"))
    assert names(session, world, case) == ["Nguyễn Thị Lan", PHONG.name]
    entries = queries.list_chronology(session, world.people["head_x"], case)
    assert [entry.kind.value for entry in entries] == ["person_corrected"] * 2


def test_after_renaming_the_new_name_finds_her_and_the_old_one_does_not(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    file(world, "y")
    case, other = file(world, people=(MAI, PHONG)), file(world, people=(PHONG,))
    correct(session, world, case, 0, card(Part.HARMED, name="Nguyễn Đỗ Lan"))

    def found(words: str) -> set[UUID]:
        return {row.id for row in queries.list_naming(session, head, words)}

    assert found("Hoà Mai") == set()
    assert found("mai") == set()
    assert found("LAN nguyen") == {case}
    assert found("lan do") == {case}, "words of two people do not add up to one name"
    assert found("lan phong") == set()
    assert found("phong") == {case, other}
    tokens = count(session, PersonToken)
    correct(session, world, case, 0, card(Part.HARMED, name="Nguyễn Đỗ Lan"))
    assert count(session, PersonToken) == tokens


def test_words_that_share_a_blind_token_are_told_apart_by_the_name_itself(
    session: PortalSession, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens are cut short on purpose; cut to nothing, all words share one."""
    monkeypatch.setattr("school_portal.incidents.tokens.TOKEN_BYTES", 0)
    case, other = file(world), file(world, people=(PHONG,))
    head = world.people["head_x"]
    assert [row.id for row in queries.list_naming(session, head, "mai")] == [case]
    assert [row.id for row in queries.list_naming(session, head, "phong")] == [other]
    assert queries.list_naming(session, head, "lan") == []


def test_who_corrects_a_version_that_has_passed_is_told_of_the_conflict(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    [stands] = people_of(session, world, case)
    correct(session, world, case, 0, card(Part.HARMED, class_name="8A3"))
    with pytest.raises(Conflict):
        service.correct_person(
            session,
            world.people["focal_point_x"],
            CorrectPerson(case, stands.id, stands.version, card(Part.HARMED, class_name="7C")),
        )
    assert people_of(session, world, case)[0].class_name == "8A3"
    other = file(world)
    with pytest.raises(NotFound):
        service.correct_person(
            session, world.people["head_x"], CorrectPerson(other, stands.id, 2, card(Part.HARMED))
        )


# --- what follows from it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "severity", "is_restricted"),
    [
        (SelfHarm.NONE, 2, False),
        (SelfHarm.THOUGHTS, 2, True),
        (SelfHarm.PLAN, 4, True),
        (SelfHarm.ATTEMPT, 4, True),
    ],
)
def test_a_flag_of_self_harm_restricts_the_case_and_raises_it_by_plan_or_attempt(
    session: PortalSession, world: World, flag: SelfHarm, severity: int, is_restricted: bool
) -> None:
    world.add_person("second_focal_x", Role.FOCAL_POINT, "x")
    case, noise = file(world), file(world)
    correct(session, world, case, 0, replace(MAI, self_harm=flag))
    row = stored(session, case)
    assert (row.severity, row.is_restricted, row.is_open_at_school) == (
        severity,
        is_restricted,
        not is_restricted,
    )
    readers = {world.people[who].user_id for who in ("focal_point_x", "head_x")}
    assert assigned(session, case) == (readers if is_restricted else set())
    shown = {row.id for row in queries.list_incidents(session, world.people["second_focal_x"]).items}
    assert shown == ({noise} if is_restricted else {noise, case})
    officer = queries.list_incidents(session, world.people["commune_officer_p"]).items
    assert [row.id for row in officer] == ([case] if severity >= 3 else [])
    assert first_difference(session) is None


def test_a_graver_injury_raises_and_a_milder_one_lowers_nothing(session: PortalSession, world: World) -> None:
    case = file(world)
    correct(session, world, case, 0, replace(MAI, injury="clinic"))
    assert stored(session, case).severity == 3
    correct(session, world, case, 0, replace(MAI, injury="none"))
    row = stored(session, case)
    assert (row.severity, row.severity_computed) == (3, 2)
    changes = [
        entry.detail
        for entry in queries.list_chronology(session, world.people["head_x"], case)
        if entry.kind.value == "severity_set"
    ]
    assert changes == ["2>3"]
    assert first_difference(session) is None


def test_when_it_turns_out_to_be_between_small_children_it_counts_as_no_incident(
    session: PortalSession, world: World
) -> None:
    case = file(world, people=(card(Part.HARMED, age=4), card(Part.ACTING, age=None)))
    span = (world.units["x"].org_path, today(), today())
    assert queries.totals(session, world.people["head_x"], *span) == {"": 1}
    correct(session, world, case, 1, card(Part.ACTING, age=5))
    assert queries.totals(session, world.people["head_x"], *span) == {}
    assert first_difference(session) is None


def test_a_lead_of_the_case_who_turns_out_to_be_involved_has_it_no_longer(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    counsellor = world.people["counsellor_x"]
    decide(world, "head_x", case, lead_id=counsellor.user_id)
    assert queries.get_case(session, counsellor, case)
    service.add_person(session, world.people["head_x"], case, staff(world, "counsellor_x"))
    with pytest.raises(NotFound):
        queries.get_case(session, counsellor, case)
    assert assigned(session, case) == set()


def test_the_only_reader_of_a_restricted_case_who_is_involved_gives_way_to_the_next(
    session: PortalSession, world: World
) -> None:
    world.add_person("second_focal_x", Role.FOCAL_POINT, "x")
    case = file(world, group=PlainGroup.SEXUAL)
    service.add_person(session, world.people["head_x"], case, staff(world, "focal_point_x"))
    session.flush()
    readers = {world.people[who].user_id for who in ("second_focal_x", "head_x")}
    assert assigned(session, case) == readers
    assert queries.get_case(session, world.people["second_focal_x"], case)


def test_when_every_lead_turns_out_to_be_involved_the_officer_above_has_it(
    session: PortalSession, world: World
) -> None:
    case = file(world)
    service.add_person(session, world.people["head_x"], case, staff(world, "focal_point_x"))
    assert not stored(session, case).concerns_lead, "the head looks after it"
    service.add_person(session, world.people["head_x"], case, staff(world, "head_x"))
    assert stored(session, case).concerns_lead
    assert assigned(session, case) == {world.people["commune_officer_p"].user_id}
    assert ("commune_officer_p", "conflict") in notices(world, case)
    with pytest.raises(NotFound):
        queries.get_case(session, world.people["head_x"], case)


def test_a_staff_member_who_is_picked_by_correction_sees_nothing_and_one_taken_out_is_free_again(
    session: PortalSession, world: World
) -> None:
    case = file(world, people=(MAI, card(Part.WITNESS)))
    focal_point = world.people["focal_point_x"]
    correct(session, world, case, 1, staff(world, "focal_point_x"))
    assert queries.list_incidents(session, focal_point).items == []
    correct(session, world, case, 1, staff(world, "counsellor_x"))
    assert [row.id for row in queries.list_incidents(session, focal_point).items] == [case]


# --- one child or two ------------------------------------------------------------------------------------------


def seen(suggestions: list[queries.Suggestion]) -> set[tuple[str, str, bool]]:
    return {(each.here.code, each.earlier.code, each.same_name) for each in suggestions}


def test_pupils_of_the_same_name_or_marks_are_suggested_and_adults_never(
    session: PortalSession, world: World
) -> None:
    """Only over this school's cases of 60 days that she reads; names by their initials."""
    with time_machine.travel(MONDAY, tick=False):
        day = today()
        adult = PersonInvolved(PersonKind.OTHER, frozenset({Part.ACTING}), name="Trần Văn Bố", age=40)
        same_adult = staff(world, "counsellor_x")
        earlier = file(world, people=(MAI, PHONG, adult, same_adult), occurred_on=day - timedelta(days=60))
        file(world, people=(MAI,), occurred_on=day - timedelta(days=61))
        file(world, "y", people=(MAI, PHONG), occurred_on=day)
        file(world, "sister", by="head_sister", people=(MAI,), occurred_on=day)
        file(world, people=(MAI, staff(world, "head_x")), occurred_on=day)
        case = file(
            world,
            occurred_on=day,
            people=(
                card(Part.HARMED, name="nguyen thi hoa MAI", class_name="", sex=Sex.UNKNOWN, age=None),
                card(Part.ACTING, class_name="9B", sex=Sex.MALE, age=14),
                adult,
                same_adult,
                card(Part.WITNESS, class_name="9B", sex=Sex.MALE, age=11),
                card(Part.WITNESS, class_name="9B", sex=Sex.UNKNOWN),
                card(Part.WITNESS, class_name="9B", sex=Sex.FEMALE, age=14),
                card(Part.WITNESS, name="Nguyễn Thị Mai", class_name="6C"),
            ),
        )
        found = queries.suggest_same_people(session, world.people["head_x"], case, day)
        assert seen(found) == {("A", "A", True), ("B", "B", False)}
        assert {each.earlier.incident_id for each in found} == {earlier}
        assert found[0].same_name, "names first"
        assert "Hoà" not in repr([each.here for each in found])
        assert {each.earlier.initials for each in found} == {"N. T. H. M.", "Đ. V. P."}
        both = queries.suggest_same_people(session, world.people["focal_point_x"], case, day)
        assert len({each.earlier.incident_id for each in both}) == 2, "she reads one more case"
        assert queries.suggest_same_people(session, world.people["teacher_x"], case, day) == []


def test_a_new_school_year_begins_with_nobody_known(session: PortalSession, world: World) -> None:
    with time_machine.travel("2026-09-20T03:00:00Z", tick=False):
        file(world, occurred_on=today().replace(day=1))
        case = file(world, occurred_on=today())
        assert queries.suggest_same_people(session, world.people["head_x"], case, today()) == []
        file(world, occurred_on=today().replace(day=6))
        assert len(queries.suggest_same_people(session, world.people["head_x"], case, today())) == 1


def test_who_reads_cases_of_two_schools_is_never_asked_about_children_of_both(
    session: PortalSession, world: World
) -> None:
    """An officer with a conflict case of each; a list across schools is what nobody may have."""
    officer = world.people["commune_officer_p"]
    one = file(world, concerns_lead=True)
    other = file(world, "sister", by="head_sister", concerns_lead=True)
    assert queries.suggest_same_people(session, officer, one, today()) == []
    [here], [there] = (people_of(session, world, case, "commune_officer_p") for case in (one, other))
    with pytest.raises(NotFound):
        service.decide_same_person(session, officer, one, here.id, there.id, SameAnswer.SAME)


def test_one_child_is_one_record_from_then_on_and_two_again_when_it_is_undone(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    file(world, "y")
    earlier, case = file(world), file(world, people=(replace(MAI, name="Nguyễn Thị Hòa Mai"), PHONG))
    [there], [here, phong] = people_of(session, world, earlier), people_of(session, world, case)
    assert here.person_code != there.person_code
    service.decide_same_person(session, head, case, here.id, there.id, SameAnswer.SAME)
    session.commit()
    assert people_of(session, world, case)[0].person_code == there.person_code
    assert queries.suggest_same_people(session, head, case, today()) == []
    assert {row.id for row in queries.list_naming(session, head, "hoa mai")} == {earlier, case}
    [decision] = queries.list_decisions(session, head, case)
    assert (decision.code, decision.other_number) == ("A", stored(session, earlier).number)
    service.decide_same_person(session, head, case, here.id, there.id, SameAnswer.SAME)
    assert len(queries.list_decisions(session, head, case)) == 1, "twice is once"
    assert count(session, Involvement) == 4
    assert count(session, Person) == 4, "nothing is merged away"
    service.undo_same_person(session, head, case, decision.id)
    session.commit()
    session.expire_all()
    assert people_of(session, world, case)[0].person_code == here.person_code
    assert names(session, world, case) == ["Nguyễn Thị Hòa Mai", PHONG.name]
    assert len(queries.suggest_same_people(session, head, case, today())) == 1
    assert queries.list_decisions(session, head, case) == []
    with pytest.raises(NotFound):
        service.undo_same_person(session, head, case, decision.id)
    kinds = [entry.kind.value for entry in queries.list_chronology(session, head, case)]
    assert kinds == ["same_person", "same_person_undone"]
    assert phong.person_code == people_of(session, world, case)[1].person_code


def test_two_children_stay_two_and_are_not_asked_about_again_from_either_side(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    one, other = file(world), file(world)
    [here], [there] = people_of(session, world, one), people_of(session, world, other)
    assert len(queries.suggest_same_people(session, head, one, today())) == 1
    service.decide_same_person(session, head, one, here.id, there.id, SameAnswer.NOT_SAME)
    session.commit()
    assert queries.suggest_same_people(session, head, one, today()) == []
    assert queries.suggest_same_people(session, head, other, today()) == []
    assert people_of(session, world, one)[0].person_code == here.person_code
    [decision] = queries.list_decisions(session, head, one)
    service.undo_same_person(session, head, one, decision.id)
    session.flush()
    assert len(queries.suggest_same_people(session, head, other, today())) == 1


def test_only_pupils_of_cases_that_she_reads_are_compared(session: PortalSession, world: World) -> None:
    head = world.people["head_x"]
    adult = PersonInvolved(PersonKind.OTHER, frozenset({Part.ACTING}), name="Trần Văn Bố", age=40)
    one, other = file(world, people=(MAI, adult)), file(world, people=(MAI, adult))
    hidden = file(world, people=(MAI, staff(world, "head_x")))
    elsewhere = file(world, "y")
    here, parent = people_of(session, world, one)
    there, same_parent = people_of(session, world, other)
    unseen = people_of(session, world, hidden, "focal_point_x")[0]
    far = people_of(session, world, elsewhere, "head_y")[0]
    for mine, theirs in ((parent, same_parent), (here, same_parent), (here, unseen), (here, far)):
        with pytest.raises(NotFound):
            service.decide_same_person(session, head, one, mine.id, theirs.id, SameAnswer.SAME)
    for who in ("teacher_x", "head_y", "commune_officer_p"):
        with pytest.raises(NotFound):
            service.decide_same_person(session, world.people[who], one, here.id, there.id, SameAnswer.SAME)
    assert queries.list_decisions(session, head, one) == []


def test_a_correction_in_one_case_leaves_the_other_case_of_a_child_readable_as_it_was(
    session: PortalSession, world: World
) -> None:
    """Marks of the day are frozen with the case; only the name is the child's own."""
    head = world.people["head_x"]
    earlier, case = file(world), file(world)
    [there], [here] = people_of(session, world, earlier), people_of(session, world, case)
    service.decide_same_person(session, head, case, here.id, there.id, SameAnswer.SAME)
    session.flush()
    correct(session, world, case, 0, card(Part.WITNESS, class_name="9C", age=14, name="Nguyễn Hoà Mai"))
    [as_before] = people_of(session, world, earlier)
    assert (as_before.class_name, as_before.age, as_before.parts) == ("8A2", 13, (Part.HARMED,))
    assert names(session, world, earlier) == ["Nguyễn Hoà Mai"]


def test_a_child_who_turns_out_to_be_staff_is_a_record_of_her_own(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    earlier, case = file(world), file(world)
    [there], [here] = people_of(session, world, earlier), people_of(session, world, case)
    service.decide_same_person(session, head, case, here.id, there.id, SameAnswer.SAME)
    session.flush()
    correct(session, world, case, 0, staff(world, "counsellor_x"))
    session.expire_all()
    assert names(session, world, earlier) == [MAI.name]
    assert people_of(session, world, earlier)[0].kind is PersonKind.PUPIL
    kept = {
        (person.kind, person.user_id) for person in people_rows(session) if person.code == there.person_code
    }
    assert kept == {(PersonKind.PUPIL, None)}
    assert people_of(session, world, case)[0].person_code != there.person_code


def test_people_of_a_case_that_was_set_aside_are_suggested_all_the_same(
    session: PortalSession, world: World
) -> None:
    earlier, case = file(world), file(world)
    decide(
        world,
        "head_x",
        earlier,
        state=IncidentState.NOT_SUBSTANTIATED,
        types=(),
        reason="Hai em đùa nhau.",
    )
    assert len(queries.suggest_same_people(session, world.people["head_x"], case, today())) == 1
