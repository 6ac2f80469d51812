"""Inviting, giving and taking posts, links and passwords, each with its refusal, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from school_portal.accounts import queries, service, sessions
from school_portal.accounts.domain import InvitePerson
from school_portal.accounts.models import Membership, UserSession
from school_portal.audit.models import AuditEvent
from school_portal.core.actor import SYSTEM, Actor, Role
from school_portal.core.authz import lookup, unguarded
from school_portal.core.clock import now
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken
from tests.accounts.conftest import user_of
from tests.world import World

IDLE = timedelta(minutes=20)


def invite(
    world: World, actor: Actor, role: Role = Role.TEACHER, unit: str = "x", **values: str
) -> service.Invited:
    """Somebody new at a unit."""
    names = values or {"phone": "0912 345 678"}
    command = InvitePerson("Nguyễn Thị Hà", world.units[unit].id, role, **names)
    made = service.invite_person(world.session, actor, command)
    world.session.flush()
    return made


def open_posts(world: World, user_id: object) -> list[Membership]:
    """A person's posts that have no end."""
    statement = lookup(select(Membership), Membership.user_id == user_id)
    return list(world.session.scalars(statement.where(Membership.valid_to.is_(None))))


def actions(world: World) -> list[str]:
    """What the audit tells, in order."""
    world.session.commit()
    with unguarded("the test reads what was told"):
        return list(world.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_a_head_invites_a_teacher_who_can_sign_in_by_phone(world: World) -> None:
    invited = invite(world, world.people["head_x"])
    assert invited.is_new
    assert invited.user.phone == "+84912345678"
    assert invited.user.password is None
    assert [post.role for post in open_posts(world, invited.user.id)] == [Role.TEACHER]
    assert invited.link is not None
    assert invited.link.expires_at - invited.link.created_at == timedelta(days=14)
    assert actions(world)[-3:] == ["account-created", "role-given", "link-made"]


@pytest.mark.parametrize(
    ("asker", "role", "unit"),
    [
        ("teacher_x", Role.TEACHER, "x"),
        ("focal_point_x", Role.TEACHER, "x"),
        ("head_x", Role.HEAD, "x"),
        ("commune_officer_p", Role.TEACHER, "x"),
        ("auditor", Role.TEACHER, "x"),
        ("head_x", Role.DEPARTMENT_OFFICER, "department"),
    ],
)
def test_nobody_gives_a_role_that_is_not_hers_to_give(
    world: World, asker: str, role: Role, unit: str
) -> None:
    with pytest.raises(NotPermitted):
        invite(world, world.people[asker], role, unit)


def test_a_school_that_one_does_not_see_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        invite(world, world.people["head_x"], Role.TEACHER, "y")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"email": "ha@"}, "email"),
        ({"staff_code": "0912345678"}, "staff_code"),
        ({"email": " "}, "email"),
    ],
)
def test_a_name_that_cannot_be_used_is_told_at_its_field(
    world: World, values: dict[str, str], field: str
) -> None:
    with pytest.raises(RuleBroken) as refused:
        invite(world, world.people["head_x"], **values)
    assert refused.value.field == field


def test_who_has_an_account_gets_the_post_added_to_it(world: World) -> None:
    first = invite(world, world.people["head_x"])
    second = invite(world, world.people["head_y"], unit="y", phone="84912345678")
    assert second.user.id == first.user.id
    assert not second.is_new
    assert {post.org_path for post in open_posts(world, first.user.id)} == {
        world.units["x"].org_path,
        world.units["y"].org_path,
    }
    with pytest.raises(RuleBroken, match="post-held-already"):
        invite(world, world.people["head_y"], unit="y")


def test_names_of_two_people_are_not_mixed(world: World) -> None:
    invite(world, world.people["head_x"], phone="0912345678")
    invite(world, world.people["head_x"], email="ha@truong.vn")
    with pytest.raises(RuleBroken, match="names-of-two-people"):
        invite(world, world.people["head_y"], unit="y", phone="0912345678", email="ha@truong.vn")
    invite(world, world.people["head_x"], phone="0987654321", email="lan@truong.vn")
    with pytest.raises(RuleBroken, match="names-of-another"):
        invite(world, world.people["head_y"], unit="y", phone="0911111111", email="lan@truong.vn")


def test_a_reading_role_from_the_administrator_counts_only_when_the_head_confirms(world: World) -> None:
    administrator, head = world.people["administrator"], world.people["head_x"]
    made = invite(world, administrator, Role.FOCAL_POINT)
    (post,) = open_posts(world, made.user.id)
    assert post.is_awaiting
    assert queries.actor_of(world.session, made.user.id).posts == ()
    assert made.user.id not in {
        p.user_id for p in queries.responsible_people(world.session, head, post.organisation_id)
    }
    assert [line.id for _, line in queries.list_awaiting(world.session, head)] == [post.id]
    for other in (administrator, world.people["auditor"]):
        with pytest.raises(NotPermitted):
            service.confirm_post(world.session, other, made.user.id, post.id)
    service.confirm_post(world.session, head, made.user.id, post.id)
    world.session.flush()
    assert [held.role for held in queries.actor_of(world.session, made.user.id).posts] == [Role.FOCAL_POINT]
    with pytest.raises(RuleBroken, match="nothing-to-confirm"):
        service.confirm_post(world.session, head, made.user.id, post.id)
    assert "role-confirmed" in actions(world)


def test_an_administrator_gives_herself_nothing(world: World) -> None:
    administrator = world.people["administrator"]
    with pytest.raises(NotPermitted):
        service.give_post(
            world.session, administrator, administrator.user_id, world.units["x"].id, Role.FOCAL_POINT
        )


@pytest.mark.parametrize(
    ("asker", "role", "unit"),
    [
        ("administrator", Role.DEPARTMENT_OFFICER, "department"),
        ("administrator", Role.AUDITOR, "department"),
        ("administrator", Role.COMMUNE_OFFICER, "p"),
        ("administrator", Role.FOCAL_POINT, "x"),
        ("department_officer", Role.COMMUNE_OFFICER, "p"),
        ("commune_officer_p", Role.HEAD, "x"),
    ],
)
def test_nobody_invites_herself_to_a_role_that_she_may_not_give_herself(
    world: World, asker: str, role: Role, unit: str
) -> None:
    actor = world.people[asker]
    own_name = user_of(world.session, actor).email or ""
    with pytest.raises(NotPermitted):
        invite(world, actor, role, unit, email=own_name)
    assert [post.role for post in open_posts(world, actor.user_id)] == [actor.posts[0].role]


def test_a_head_cannot_take_over_the_account_of_somebody_who_reads_another_school(world: World) -> None:
    head = world.people["head_x"]
    teacher = world.people["focal_point_y"]
    names = {"email": user_of(world.session, teacher).email or ""}
    invite(world, head, Role.TEACHER, **names)
    assert queries.get_person(world.session, head, teacher.user_id)
    for act in (service.make_link, service.disable_account, service.enable_account):
        with pytest.raises(NotPermitted):
            act(world.session, head, teacher.user_id)


@pytest.mark.parametrize("who", ["head_x", "focal_point_y", "commune_officer_p", "department_officer"])
def test_the_administrator_makes_no_slip_for_who_reads_cases(world: World, who: str) -> None:
    administrator = world.people["administrator"]
    with pytest.raises(NotPermitted):
        service.make_link(world.session, administrator, world.people[who].user_id)
    assert service.make_link(world.session, administrator, world.people["teacher_x"].user_id)
    assert service.make_link(world.session, SYSTEM, world.people[who].user_id)


def test_an_officer_whom_the_administrator_invites_counts_only_when_an_officer_of_the_department_confirms(
    world: World,
) -> None:
    administrator, officer = world.people["administrator"], world.people["department_officer"]
    made = invite(world, administrator, Role.COMMUNE_OFFICER, "p")
    assert made.link is not None
    [post] = open_posts(world, made.user.id)
    assert post.is_awaiting
    with pytest.raises(NotPermitted):
        service.confirm_post(world.session, administrator, made.user.id, post.id)
    service.confirm_post(world.session, officer, made.user.id, post.id)
    assert not post.is_awaiting


def test_nobody_locks_or_resets_herself_or_those_above(world: World) -> None:
    head = world.people["head_x"]
    with pytest.raises(NotPermitted):
        service.disable_account(world.session, head, head.user_id)
    with pytest.raises(NotFound):
        service.disable_account(world.session, head, world.people["commune_officer_p"].user_id)


def live_session(world: World, actor: Actor) -> str:
    """A session of the person that works now."""
    key = sessions.open_session(world.session, user_of(world.session, actor), "test", now())
    world.session.flush()
    assert who(world, key) is not None
    return key


def who(world: World, key: str | None, device: str | None = None) -> sessions.SignedIn | None:
    """Who shows these cookies now."""
    world.session.flush()
    return sessions.load(world.session, key, device, IDLE, now())


@pytest.mark.parametrize("act", ["disable", "new post", "post taken", "password by link"])
def test_a_session_is_dead_at_the_next_request_after(world: World, act: str) -> None:
    head, teacher = world.people["head_x"], world.people["teacher_x"]
    noise = live_session(world, world.people["focal_point_x"])
    key = live_session(world, teacher)
    device = sessions.remember_device(world.session, user_of(world.session, teacher), "test", now())
    if act == "disable":
        service.disable_account(world.session, head, teacher.user_id)
    elif act == "new post":
        service.give_post(world.session, head, teacher.user_id, world.units["x"].id, Role.COUNSELLOR)
    elif act == "post taken":
        (post,) = queries.get_person(world.session, head, teacher.user_id).posts
        service.end_post(world.session, head, teacher.user_id, post.id)
    else:
        link = service.make_link(world.session, head, teacher.user_id)
        service.set_password_by_link(world.session, service.token_of(link.id), "hash")
    assert who(world, key) is None
    assert who(world, noise) is not None
    remembered = who(world, None, device)
    if act in ("disable", "password by link"):
        assert remembered is None
    else:
        assert remembered is not None
        assert not remembered.actor.is_fresh


@pytest.mark.parametrize(
    ("column", "value"), [("active", False), ("password_version", 1), ("roles_version", 1)]
)
def test_a_session_asks_the_account_itself_whatever_became_of_its_row(
    world: World, column: str, value: object
) -> None:
    teacher = world.people["teacher_x"]
    key = live_session(world, teacher)
    device = sessions.remember_device(world.session, user_of(world.session, teacher), "test", now())
    setattr(user_of(world.session, teacher), column, value)
    assert who(world, key) is None
    assert (who(world, None, device) is None) is (column != "roles_version")


def test_a_late_save_does_not_revive_an_ended_session(world: World) -> None:
    teacher = world.people["teacher_x"]
    key = live_session(world, teacher)
    found = who(world, key)
    assert found is not None
    service.sign_out_everywhere(world.session, teacher)
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        found.moment = now()
        sessions.touch(world.session, found)
    assert who(world, key) is None
    row = world.session.scalars(
        lookup(select(UserSession), UserSession.user_id == teacher.user_id).execution_options(
            populate_existing=True
        )
    ).one()
    assert row.seen_at == row.created_at


def test_idle_and_absolute_ends_are_the_servers(world: World) -> None:
    key = live_session(world, world.people["teacher_x"])
    start = now()
    with time_machine.travel(start + timedelta(minutes=19), tick=False):
        found = who(world, key)
        assert found is not None
        assert sessions.needs_touch(found)
        sessions.touch(world.session, found)
    with time_machine.travel(start + timedelta(minutes=38), tick=False):
        assert who(world, key) is not None
    with time_machine.travel(start + timedelta(minutes=40), tick=False):
        assert who(world, key) is None
    for minutes in range(19, 8 * 60, 19):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            found = who(world, key)
            assert found is not None, minutes
            sessions.touch(world.session, found)
    with time_machine.travel(start + timedelta(hours=8), tick=False):
        assert who(world, key) is None


def test_a_device_is_remembered_for_180_days_and_never_fresh(world: World) -> None:
    teacher = world.people["teacher_x"]
    device = sessions.remember_device(world.session, user_of(world.session, teacher), "test", now())
    start = now()
    with time_machine.travel(start + timedelta(days=179), tick=False):
        found = who(world, "no session", device)
        assert found is not None
        assert not found.actor.is_fresh
        assert not found.is_full
        assert [post.role for post in found.actor.posts] == [Role.TEACHER]
    with time_machine.travel(start + timedelta(days=181), tick=False):
        assert who(world, None, device) is None


def test_keys_are_kept_as_hashes_and_found_by_nothing_else(world: World) -> None:
    key = live_session(world, world.people["teacher_x"])
    row = world.session.scalars(
        lookup(select(UserSession), UserSession.key_hash == sessions.hash_key(key))
    ).one()
    assert len(key) >= 43
    assert key.encode() not in row.key_hash
    assert who(world, key[:-1]) is None
    assert who(world, row.key_hash.hex()) is None


def test_a_link_works_once_and_only_while_it_is_the_newest(world: World) -> None:
    head = world.people["head_x"]
    made = invite(world, head)
    assert made.link is not None
    old = service.token_of(made.link.id)
    newer = service.make_link(world.session, head, made.user.id)
    world.session.flush()
    assert queries.find_link(world.session, old) is None
    token = service.token_of(newer.id)
    assert (
        queries.find_link_by_code(world.session, service.code_of(newer.id).lower().replace("-", " "))
        is not None
    )
    user = service.set_password_by_link(world.session, token, "hash")
    assert user.password == "hash"
    for dead in (token, old, "0" * 32, ""):
        with pytest.raises(NotFound):
            service.set_password_by_link(world.session, dead, "other")


def test_a_link_runs_out(world: World) -> None:
    made = invite(world, world.people["head_x"])
    assert made.link is not None
    token, start = service.token_of(made.link.id), now()
    with time_machine.travel(start + timedelta(days=13, hours=23), tick=False):
        assert queries.find_link(world.session, token) is not None
    with time_machine.travel(start + timedelta(days=14, seconds=1), tick=False):
        assert queries.find_link(world.session, token) is None
    user_of(world.session, world.people["teacher_x"]).password = "hash"
    reset = service.make_link(world.session, world.people["head_x"], world.people["teacher_x"].user_id)
    world.session.flush()
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert queries.find_link(world.session, service.token_of(reset.id)) is None


def test_a_link_dies_with_the_password_it_was_made_for_and_with_the_account(world: World) -> None:
    head = world.people["head_x"]
    made = invite(world, head)
    assert made.link is not None
    service.disable_account(world.session, head, made.user.id)
    service.enable_account(world.session, head, made.user.id)
    world.session.flush()
    assert queries.find_link(world.session, service.token_of(made.link.id)) is None


def test_an_invitation_survives_a_further_role(world: World) -> None:
    head = world.people["head_x"]
    made = invite(world, head)
    service.give_post(world.session, head, made.user.id, world.units["x"].id, Role.FOCAL_POINT)
    world.session.flush()
    assert made.link is not None
    assert queries.find_link(world.session, service.token_of(made.link.id)) is not None


def test_the_rights_of_a_job_are_those_of_this_moment(world: World) -> None:
    teacher, head = world.people["teacher_x"], world.people["head_x"]
    assert queries.actor_of(world.session, teacher.user_id) == teacher
    service.disable_account(world.session, head, teacher.user_id)
    world.session.flush()
    assert queries.actor_of(world.session, teacher.user_id) is None


def test_operators_make_the_first_account(world: World) -> None:
    made = invite(world, SYSTEM, Role.ADMINISTRATOR, "department", email="admin@phutho.vn")
    assert [post.role for post in queries.actor_of(world.session, made.user.id).posts] == [Role.ADMINISTRATOR]


@pytest.mark.parametrize(("role", "unit"), [(Role.DEPARTMENT_OFFICER, "department"), (Role.TEACHER, "y")])
def test_inviting_a_strangers_account_that_waits_for_its_password_gives_no_link_to_it(
    world: World, role: Role, unit: str
) -> None:
    invite(world, SYSTEM, role, unit, email="chua.dung@example.org")
    again = invite(world, world.people["head_x"], Role.TEACHER, "x", email="chua.dung@example.org")
    assert (again.is_new, again.link) == (False, None)
    assert {post.role for post in open_posts(world, again.user.id)} == {role, Role.TEACHER}


def test_inviting_an_own_teacher_for_a_second_post_gives_a_link_while_she_has_no_password(
    world: World,
) -> None:
    invite(world, world.people["head_x"], Role.TEACHER, email="moi@example.org")
    again = invite(world, world.people["head_x"], Role.COUNSELLOR, email="moi@example.org")
    assert again.link is not None
