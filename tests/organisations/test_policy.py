"""Who may see and do what: role by unit."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM, Actor, Post, Role
from school_portal.core.authz import UnscopedRead, scope
from school_portal.organisations import policy
from school_portal.organisations.domain import Act
from school_portal.organisations.models import Enrolment, Organisation, OrganisationVersion, Succession
from tests.organisations.scene import Scene, holder

DEPARTMENT, COMMUNE, SCHOOL, OTHER_SCHOOL, UPPER = "/1/", "/1/2/", "/1/2/4/", "/1/3/6/", "/1/7/"
ALL = frozenset(Act)
OWN = frozenset({Act.CONTACT, Act.ENROL})
MANAGED = frozenset({Act.EDIT, Act.CONTACT, Act.ENROL})
NOTHING: frozenset[Act] = frozenset()


def at(role: Role, org_path: str) -> Actor:
    """Somebody with one post."""
    return Actor(uuid4(), role.value, (Post(role, uuid4(), org_path),))


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (at(Role.DEPARTMENT_OFFICER, DEPARTMENT), dict.fromkeys((DEPARTMENT, COMMUNE, SCHOOL, UPPER), ALL)),
        (at(Role.ADMINISTRATOR, DEPARTMENT), dict.fromkeys((DEPARTMENT, COMMUNE, SCHOOL, UPPER), ALL)),
        (
            at(Role.COMMUNE_OFFICER, COMMUNE),
            {
                DEPARTMENT: NOTHING,
                COMMUNE: {Act.CONTACT, Act.BEGIN_BELOW},
                SCHOOL: MANAGED,
                OTHER_SCHOOL: NOTHING,
                UPPER: NOTHING,
            },
        ),
        (at(Role.HEAD, SCHOOL), {DEPARTMENT: NOTHING, COMMUNE: NOTHING, SCHOOL: OWN, OTHER_SCHOOL: NOTHING}),
        (at(Role.FOCAL_POINT, SCHOOL), {COMMUNE: NOTHING, SCHOOL: NOTHING, UPPER: NOTHING}),
        (at(Role.TEACHER, SCHOOL), {COMMUNE: NOTHING, SCHOOL: NOTHING, UPPER: NOTHING}),
        (at(Role.COUNSELLOR, SCHOOL), {COMMUNE: NOTHING, SCHOOL: NOTHING}),
        (at(Role.AUDITOR, DEPARTMENT), {DEPARTMENT: NOTHING, COMMUNE: NOTHING, SCHOOL: NOTHING}),
        (SYSTEM, dict.fromkeys((DEPARTMENT, COMMUNE, SCHOOL), ALL)),
        (Actor(None, "nobody"), dict.fromkeys((DEPARTMENT, COMMUNE, SCHOOL), NOTHING)),
    ],
    ids=lambda value: value.name if isinstance(value, Actor) else "",
)
def test_each_role_may_do_what_the_table_says(actor: Actor, allowed: dict[str, frozenset[Act]]) -> None:
    assert {path: policy.acts_allowed(actor, path) for path in allowed} == allowed


def test_merging_needs_the_right_over_both_units() -> None:
    officer = at(Role.DEPARTMENT_OFFICER, DEPARTMENT)
    commune_officer = at(Role.COMMUNE_OFFICER, COMMUNE)
    assert policy.may_merge(officer, SCHOOL, OTHER_SCHOOL)
    assert not policy.may_merge(officer, SCHOOL, "/8/9/")
    assert not policy.may_merge(commune_officer, SCHOOL, SCHOOL)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_department_imports_and_sets_the_calendar(role: Role) -> None:
    allowed = role in (Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR)
    assert policy.may_import(at(role, DEPARTMENT)) is allowed
    assert policy.may_edit_calendar(at(role, DEPARTMENT)) is allowed


def test_the_top_unit_is_begun_by_operators_only() -> None:
    assert policy.may_create_below(SYSTEM, None)
    assert not policy.may_create_below(at(Role.ADMINISTRATOR, DEPARTMENT), None)


def seen_by(session: Session, actor: Actor) -> set[str]:
    """Paths of the units that somebody sees."""
    return set(session.scalars(scope(select(Organisation.org_path), policy.visible_to(actor))))


class TestRows:
    def test_a_teacher_sees_her_school_and_the_units_above_it(self, session: Session, scene: Scene) -> None:
        teacher = holder(Role.TEACHER, scene.primary)
        above = {scene.department.org_path, scene.commune.org_path}
        assert seen_by(session, teacher) == {scene.primary.org_path} | above

    def test_a_commune_officer_sees_her_schools_but_not_the_upper_secondary_school_that_stands_there(
        self, session: Session, scene: Scene
    ) -> None:
        seen = seen_by(session, holder(Role.COMMUNE_OFFICER, scene.commune))
        assert scene.primary.org_path in seen
        assert scene.upper.org_path not in seen
        assert scene.other_commune.org_path not in seen

    def test_somebody_with_two_posts_sees_what_both_open(self, session: Session, scene: Scene) -> None:
        posts = [Post(Role.TEACHER, unit.id, unit.org_path) for unit in (scene.primary, scene.other_primary)]
        seen = seen_by(session, Actor(uuid4(), "two", tuple(posts)))
        assert {scene.primary.org_path, scene.other_primary.org_path, scene.other_commune.org_path} <= seen
        assert scene.nursery.org_path not in seen

    def test_the_department_and_operators_see_everything(self, session: Session, scene: Scene) -> None:
        assert len(seen_by(session, holder(Role.AUDITOR, scene.department))) == 7
        assert len(seen_by(session, SYSTEM)) == 7

    def test_somebody_without_a_post_sees_nothing(self, session: Session, scene: Scene) -> None:
        assert seen_by(session, Actor(uuid4(), "nobody")) == set()

    def test_a_number_that_begins_with_another_is_not_below_it(self, session: Session, scene: Scene) -> None:
        imposter = Actor(uuid4(), "imposter", (Post(Role.HEAD, uuid4(), "/1/20/"),))
        assert scene.primary.org_path not in seen_by(session, imposter)

    @pytest.mark.parametrize("table", [Organisation, OrganisationVersion, Succession, Enrolment])
    def test_no_table_of_units_is_read_without_saying_who_asks(
        self, session: Session, scene: Scene, table: type
    ) -> None:
        with pytest.raises(UnscopedRead):
            session.scalars(select(table)).all()
