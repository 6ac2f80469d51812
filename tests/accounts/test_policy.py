"""Who sees which people, and whose names."""

from __future__ import annotations

import pytest

from school_portal.accounts import queries, service
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.errors import NotFound
from tests.world import World

AT_X = {"teacher_x", "focal_point_x", "counsellor_x", "head_x"}
AT_SISTER = {"head_sister"}
AT_Y = {"teacher_y", "focal_point_y", "counsellor_y", "head_y"}
AT_Z = {"teacher_z", "focal_point_z", "counsellor_z", "head_z"}
AT_DEPARTMENT = {"department_officer", "administrator", "auditor"}
EVERYBODY = AT_X | AT_SISTER | AT_Y | AT_Z | AT_DEPARTMENT | {"commune_officer_p", "commune_officer_q"}


def seen_by(world: World, actor: Actor) -> set[str]:
    """The people of the list, by their names in the province."""
    names = {person.user_id: name for name, person in world.people.items()}
    return {names[line.user.id] for line in queries.list_people(world.session, actor).people}


SEEN = {
    "teacher_x": {"teacher_x"},
    "focal_point_x": {"focal_point_x"},
    "counsellor_x": {"counsellor_x"},
    "head_x": AT_X,
    "head_sister": AT_SISTER,
    "head_z": AT_Z,
    "commune_officer_p": AT_X | AT_SISTER | {"commune_officer_p"},
    "commune_officer_q": AT_Y | {"commune_officer_q"},
    "department_officer": EVERYBODY,
    "administrator": EVERYBODY,
    "auditor": EVERYBODY,
}
NAMED = {
    "teacher_x": AT_X | AT_DEPARTMENT | {"commune_officer_p"},
    "head_x": AT_X | AT_DEPARTMENT | {"commune_officer_p"},
    "teacher_z": AT_Z | AT_DEPARTMENT,
    "commune_officer_p": AT_X | AT_SISTER | AT_DEPARTMENT | {"commune_officer_p"},
    "auditor": EVERYBODY,
}


def test_people_of_the_units_one_oversees_and_oneself(world: World) -> None:
    assert {asker: seen_by(world, world.people[asker]) for asker in SEEN} == SEEN


@pytest.mark.parametrize("asker", ["teacher_x", "head_x", "commune_officer_p"])
def test_who_is_not_in_the_list_does_not_exist(world: World, asker: str) -> None:
    actor = world.people[asker]
    for name, other in world.people.items():
        if name in SEEN[asker]:
            assert queries.get_person(world.session, actor, other.user_id).user.id == other.user_id
        else:
            with pytest.raises(NotFound):
                queries.get_person(world.session, actor, other.user_id)


def test_names_of_colleagues_of_ones_units_and_of_officers_above(world: World) -> None:
    names = {person.user_id: name for name, person in world.people.items()}
    told = {asker: queries.name_of(world.session, world.people[asker], names) for asker in NAMED}
    assert {asker: {names[key] for key in found} for asker, found in told.items()} == NAMED


def test_operators_commands_see_everybody(world: World) -> None:
    assert seen_by(world, SYSTEM) == EVERYBODY


def test_colleagues_at_a_unit_for_the_picker_of_staff(world: World) -> None:
    x = world.units["x"].id
    here = queries.people_at(world.session, world.people["teacher_x"], x)
    assert [person.roles for person in here] == [
        (Role.COUNSELLOR,),
        (Role.FOCAL_POINT,),
        (Role.HEAD,),
        (Role.TEACHER,),
    ]
    assert queries.people_at(world.session, world.people["teacher_y"], x) == []
    assert len(queries.people_at(world.session, world.people["commune_officer_p"], x)) == 4


def test_a_teacher_reads_who_is_responsible_at_her_school_and_nowhere_else(world: World) -> None:
    teacher = world.people["teacher_x"]
    here = queries.responsible_people(world.session, teacher, world.units["x"].id)
    assert [person.roles[0] for person in here] == [Role.FOCAL_POINT, Role.HEAD]
    assert queries.responsible_people(world.session, teacher, world.units["y"].id) == []


def test_who_left_the_school_is_out_of_its_lists_but_keeps_her_name(world: World) -> None:
    head, teacher = world.people["head_x"], world.people["teacher_x"]
    (post,) = queries.get_person(world.session, head, teacher.user_id).posts
    service.end_post(world.session, head, teacher.user_id, post.id)
    world.session.flush()
    assert seen_by(world, head) == AT_X - {"teacher_x"}
    assert teacher.user_id not in {
        person.user_id for person in queries.people_at(world.session, head, world.units["x"].id)
    }
    assert queries.name_of(world.session, head, [teacher.user_id]) == {teacher.user_id: teacher.name}


def test_nobody_reads_sessions_devices_or_links_of_others(world: World) -> None:
    own = queries.get_own(world.session, world.people["head_x"])
    assert own.user.id == world.people["head_x"].user_id
    assert own.sessions == []
    link = service.make_link(world.session, world.people["head_x"], world.people["teacher_x"].user_id)
    world.session.flush()
    assert queries.get_slip(world.session, world.people["head_x"], link.id).user.id == link.user_id
    for other in ("teacher_x", "focal_point_x", "head_sister", "head_y", "auditor"):
        with pytest.raises(NotFound):
            queries.get_slip(world.session, world.people[other], link.id)
