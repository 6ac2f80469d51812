"""Rules of names, roles and times, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from school_portal.accounts import domain
from school_portal.accounts.domain import LinkPurpose, read_sign_in_name
from school_portal.core.actor import SYSTEM, Actor, Post, Role


@dataclass(frozen=True)
class Place:
    """A unit, as far as the rules ask."""

    kind: str
    org_path: str


DEPARTMENT = Place("department", "/1/")
COMMUNE = Place("commune", "/1/37/")
OTHER_COMMUNE = Place("commune", "/1/38/")
SCHOOL = Place("school", "/1/37/412/")
SISTER = Place("school", "/1/37/41/")
ELSEWHERE = Place("school", "/1/38/500/")
UPPER = Place("school", "/1/499/")


def holder(role: Role, place: Place) -> Actor:
    """Somebody with one post."""
    return Actor(uuid4(), role.value, (Post(role, uuid4(), place.org_path),))


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "+84912345678",
        "84 912-345-678",
        "0084912345678",
        "(0912) 345678",
    ],
)
def test_a_phone_number_is_one_number_however_it_is_typed(typed: str) -> None:
    assert read_sign_in_name(typed).phone == "+84912345678"


@pytest.mark.parametrize("typed", ["12345", "091234567", "0912345678901", "1/1/37", "", "   ", "０９", "abc"])
def test_what_is_no_phone_number_is_read_as_a_staff_code(typed: str) -> None:
    assert read_sign_in_name(typed).phone is None
    assert read_sign_in_name(typed).email is None


def test_an_address_is_one_address_in_any_case_and_composition() -> None:
    assert read_sign_in_name(" Ha.Nguyen@Truong.EDU.vn ").email == "ha.nguyen@truong.edu.vn"


@pytest.mark.parametrize("text", ["ha@", "@vn", "ha nguyen@x.vn", "ha@x", "ha@@x.vn", "a" * 65 + "@x.vn"])
def test_what_is_no_address_is_not_kept(text: str) -> None:
    assert domain.normal_email(text) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("pt-0123", "PT-0123"),
        ("2512345678", "2512345678"),
        ("0912345678", None),
        ("ab", None),
        ("a b c", None),
    ],
)
def test_a_staff_code_is_never_a_phone_number(typed: str, kept: str | None) -> None:
    assert domain.normal_staff_code(typed) == kept


def test_phones_are_shown_as_people_write_them() -> None:
    assert domain.shown_phone("+84912345678") == "0912 345 678"
    assert domain.shown_phone("+842105550142") == "0210 555 0142"
    assert domain.shown_phone(None) == ""


HEAD = holder(Role.HEAD, SCHOOL)
FOCAL_POINT = holder(Role.FOCAL_POINT, SCHOOL)
TEACHER = holder(Role.TEACHER, SCHOOL)
COMMUNE_OFFICER = holder(Role.COMMUNE_OFFICER, COMMUNE)
DEPARTMENT_OFFICER = holder(Role.DEPARTMENT_OFFICER, DEPARTMENT)
ADMINISTRATOR = holder(Role.ADMINISTRATOR, DEPARTMENT)
AUDITOR = holder(Role.AUDITOR, DEPARTMENT)

STAFF = {Role.TEACHER, Role.FOCAL_POINT, Role.COUNSELLOR}
GIVABLE = [
    (HEAD, SCHOOL, STAFF),
    (HEAD, SISTER, set()),
    (HEAD, COMMUNE, set()),
    (FOCAL_POINT, SCHOOL, set()),
    (TEACHER, SCHOOL, set()),
    (COMMUNE_OFFICER, SCHOOL, {Role.HEAD}),
    (COMMUNE_OFFICER, ELSEWHERE, set()),
    (COMMUNE_OFFICER, UPPER, set()),
    (COMMUNE_OFFICER, COMMUNE, set()),
    (DEPARTMENT_OFFICER, UPPER, {Role.HEAD}),
    (DEPARTMENT_OFFICER, SCHOOL, {Role.HEAD}),
    (DEPARTMENT_OFFICER, COMMUNE, {Role.COMMUNE_OFFICER}),
    (DEPARTMENT_OFFICER, DEPARTMENT, set()),
    (ADMINISTRATOR, SCHOOL, {*STAFF, Role.HEAD}),
    (ADMINISTRATOR, COMMUNE, {Role.COMMUNE_OFFICER, Role.AUDITOR}),
    (ADMINISTRATOR, DEPARTMENT, {Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR}),
    (AUDITOR, SCHOOL, set()),
    (AUDITOR, DEPARTMENT, set()),
    (SYSTEM, SCHOOL, {*STAFF, Role.HEAD}),
    (SYSTEM, DEPARTMENT, {Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR}),
]


@pytest.mark.parametrize(("giver", "place", "roles"), GIVABLE)
def test_who_gives_which_role_where(giver: Actor, place: Place, roles: set[Role]) -> None:
    assert {role for role in Role if domain.may_give(giver, role, place)} == roles


def test_the_table_of_givers_asks_every_role() -> None:
    assert {giver.name for giver, _, _ in GIVABLE} >= {role.value for role in Role} - {"counsellor"}


def test_a_head_may_be_her_own_focal_point_but_an_administrator_gives_herself_nothing() -> None:
    assert domain.may_give(HEAD, Role.FOCAL_POINT, SCHOOL, to_self=True)
    assert not any(domain.may_give(ADMINISTRATOR, role, DEPARTMENT, to_self=True) for role in Role)
    assert not domain.may_give(COMMUNE_OFFICER, Role.HEAD, SCHOOL, to_self=True)


@pytest.mark.parametrize(
    ("giver", "role", "place", "waits"),
    [
        (ADMINISTRATOR, Role.FOCAL_POINT, SCHOOL, True),
        (ADMINISTRATOR, Role.COUNSELLOR, SCHOOL, True),
        (ADMINISTRATOR, Role.HEAD, SCHOOL, True),
        (ADMINISTRATOR, Role.TEACHER, SCHOOL, False),
        (ADMINISTRATOR, Role.COMMUNE_OFFICER, COMMUNE, True),
        (ADMINISTRATOR, Role.DEPARTMENT_OFFICER, DEPARTMENT, True),
        (ADMINISTRATOR, Role.AUDITOR, DEPARTMENT, False),
        (DEPARTMENT_OFFICER, Role.COMMUNE_OFFICER, COMMUNE, False),
        (HEAD, Role.FOCAL_POINT, SCHOOL, False),
        (COMMUNE_OFFICER, Role.HEAD, SCHOOL, False),
        (DEPARTMENT_OFFICER, Role.HEAD, UPPER, False),
        (SYSTEM, Role.HEAD, SCHOOL, False),
    ],
)
def test_a_reading_role_from_the_administrator_waits_for_a_second_person(
    giver: Actor, role: Role, place: Place, waits: bool
) -> None:
    assert domain.needs_second_person(giver, role, place) is waits


@pytest.mark.parametrize(
    ("second", "place", "may"),
    [
        (HEAD, SCHOOL, True),
        (HEAD, SISTER, False),
        (COMMUNE_OFFICER, SCHOOL, True),
        (COMMUNE_OFFICER, ELSEWHERE, False),
        (DEPARTMENT_OFFICER, SCHOOL, True),
        (DEPARTMENT_OFFICER, UPPER, True),
        (DEPARTMENT_OFFICER, COMMUNE, True),
        (DEPARTMENT_OFFICER, DEPARTMENT, True),
        (COMMUNE_OFFICER, COMMUNE, False),
        (ADMINISTRATOR, SCHOOL, False),
        (ADMINISTRATOR, DEPARTMENT, False),
        (AUDITOR, SCHOOL, False),
        (FOCAL_POINT, SCHOOL, False),
    ],
)
def test_the_second_person_is_the_head_or_a_manager_above(second: Actor, place: Place, may: bool) -> None:
    assert domain.may_confirm(second, place, given_by=uuid4(), given_to=uuid4()) is may


def test_the_second_person_is_neither_the_giver_nor_the_receiver() -> None:
    assert HEAD.user_id is not None
    assert not domain.may_confirm(HEAD, SCHOOL, given_by=HEAD.user_id, given_to=uuid4())
    assert not domain.may_confirm(HEAD, SCHOOL, given_by=uuid4(), given_to=HEAD.user_id)


DAY = date(2026, 11, 12)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "awaiting", "counts"),
    [
        (DAY, None, False, True),
        (DAY, None, True, False),
        (DAY + timedelta(1), None, False, False),
        (DAY, DAY, False, False),
        (DAY - timedelta(9), DAY + timedelta(1), False, True),
    ],
)
def test_a_post_counts_from_its_first_day_to_the_day_before_its_end(
    valid_from: date, valid_to: date | None, awaiting: bool, counts: bool
) -> None:
    assert domain.is_in_effect(valid_from, valid_to, awaiting, DAY) is counts


@pytest.mark.parametrize(
    ("age", "unused", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(hours=7, minutes=59), timedelta(minutes=1), True),
        (timedelta(hours=8), timedelta(0), False),
        (timedelta(hours=1), timedelta(minutes=19, seconds=59), True),
        (timedelta(hours=1), timedelta(minutes=20), False),
    ],
)
def test_a_session_ends_after_twenty_idle_minutes_and_after_eight_hours(
    age: timedelta, unused: timedelta, alive: bool
) -> None:
    moment = datetime(2026, 11, 12, 9, tzinfo=UTC)
    assert domain.is_session_alive(moment - age, moment - unused, timedelta(minutes=20), moment) is alive


def test_an_invitation_lives_two_weeks_and_a_reset_one_hour() -> None:
    assert LinkPurpose.INVITATION.lifetime == timedelta(days=14)
    assert LinkPurpose.RESET.lifetime == timedelta(hours=1)
