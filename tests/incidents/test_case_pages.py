"""Lists and cases in a browser without script: what each reader finds, and what nobody finds out."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from school_portal.core.actor import Role
from school_portal.core.clock import today
from school_portal.incidents import labels, queries, service
from school_portal.incidents.domain import Known, Part, PersonInvolved, PersonKind, PlainGroup, SelfHarm, Sex
from tests.incidents.pages import Visit, answers, case_url, links, page_of, send, words
from tests.world import World

MAI = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", "Nguyễn Thị Mai", age=13)
PHONG = PersonInvolved(PersonKind.PUPIL, frozenset({Part.ACTING}), Sex.MALE, "9B", "Đỗ Văn Phong", age=14)
VINH = PersonInvolved(PersonKind.PUPIL, frozenset({Part.WITNESS}), Sex.MALE, "8A2", "Hà Quang Vinh")
HURT = PersonInvolved(
    PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", "Nguyễn Thị Mai", age=13, injury="hospital"
)
FACTS = "Em A bị đẩy ngã ở sân trường."


@pytest.fixture
def case(web_world: World) -> UUID:
    """A report at x with three people, beside one of another school."""
    web_world.report("y", "teacher_y", people=(MAI,))
    return web_world.report("x", "teacher_x", people=(MAI, PHONG, VINH))


def number_of(world: World, incident_id: UUID, by: str = "head_x") -> str:
    return queries.get_case(world.session, world.people[by], incident_id).number


def listed(page: object) -> list[str]:
    """The numbers in a list, in their order."""
    return [link.text for link in page.xpath("//table//th//a")]  # type: ignore[attr-defined]


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_holds_what_the_reader_may_know_with_its_exact_total(
    web_world: World, visit: Visit, case: UUID
) -> None:
    other = web_world.report("x", "teacher_x", occurred_on=today() - timedelta(days=3))
    page = page_of(visit(web_world.people["head_x"]).get("/incidents/"))
    assert listed(page) == [number_of(web_world, case), number_of(web_world, other)]
    assert {case_url(case), case_url(other)} <= links(page, "//table")
    assert words(page, "//*[@class='list-head']//strong").startswith("2 ")
    assert not any(name in words(page) for name in (MAI.name, PHONG.name, FACTS))


def test_filters_narrow_the_list_and_its_total_and_odd_ones_count_as_all(
    web_world: World, visit: Visit, case: UUID
) -> None:
    web_world.report("x", "teacher_x", group=PlainGroup.BULLYING)
    severe = web_world.report("x", "teacher_x", people=(HURT,))
    head = visit(web_world.people["head_x"])
    for query, count in (
        ("?group=bullying", 1),
        ("?group=fight", 2),
        ("?severity=4", 1),
        ("?state=submitted", 3),
        ("?state=accepted", 0),
        ("?group=fight&severity=4", 1),
        ("?severity=²&group=castle&state=%00", 3),
    ):
        page = page_of(head.get(f"/incidents/{query}"))
        assert len(listed(page)) == count, query
        assert words(page, "//*[@class='list-head']//strong").split()[0] == str(count), query
    assert listed(page_of(head.get("/incidents/?severity=4"))) == [number_of(web_world, severe)]


def test_the_list_goes_on_page_by_page_and_keeps_its_filters(web_world: World, visit: Visit) -> None:
    for day in range(52):
        web_world.report("x", "teacher_x", occurred_on=today() - timedelta(days=day))
    head = visit(web_world.people["head_x"])
    page = page_of(head.get("/incidents/?group=fight"))
    assert len(listed(page)) == 50
    assert words(page, "//*[@class='list-head']//strong").startswith("52 ")
    (after,) = page.xpath("//a[@rel='next']/@href")
    assert "group=fight" in after
    rest = page_of(head.get(after))
    assert len(listed(rest)) == 2
    assert not set(listed(page)) & set(listed(rest))


def test_a_number_leads_straight_to_its_case_and_one_that_is_not_hers_tells_nothing(
    web_world: World, visit: Visit, case: UUID
) -> None:
    foreign = web_world.report("y", "teacher_y")
    head = visit(web_world.people["head_x"])
    number = number_of(web_world, case)
    for typed in (number, number.lower(), number.replace("-", " "), f"  {number[3:7]}-{int(number[8:])} "):
        answer = head.get("/incidents/", query_string={"q": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, case_url(case))
    absent = [
        page_of(head.get("/incidents/", query_string={"q": typed}))
        for typed in (number_of(web_world, foreign, "head_y"), "VV-2627-999999")
    ]
    assert [bool(listed(page)) for page in absent] == [False, False]
    assert "2627-123" in words(absent[0], "//*[@class='empty']")


def test_an_empty_list_says_what_to_do(web_world: World, visit: Visit) -> None:
    web_world.report("y", "teacher_y")
    page = page_of(visit(web_world.people["head_x"]).get("/incidents/"))
    assert "/incidents/start" in links(page, "//*[@class='empty']")
    page = page_of(visit(web_world.people["department_officer"]).get("/incidents/"))
    assert page.xpath("//*[@class='empty']")
    assert "/incidents/start" not in links(page)


def test_a_restricted_case_tells_the_list_neither_what_nor_where(web_world: World, visit: Visit) -> None:
    case = web_world.report("x", "teacher_x", group=PlainGroup.SEXUAL, people=(MAI,))
    page = page_of(visit(web_world.people["head_x"]).get("/incidents/"))
    row = words(page, "//tbody//tr")
    assert number_of(web_world, case) in row
    assert "Đụng chạm" not in row
    assert "Sân" not in row


def test_an_officers_list_says_the_school_and_holds_levels_three_and_four_only(
    web_world: World, visit: Visit, case: UUID
) -> None:
    severe = web_world.report("x", "teacher_x", people=(HURT,))
    web_world.report("y", "teacher_y", people=(HURT,))
    page = page_of(visit(web_world.people["commune_officer_p"]).get("/incidents/"))
    assert listed(page) == [number_of(web_world, severe)]
    assert web_world.units["x"].name("vi") in words(page, "//tbody")
    assert len(listed(page_of(visit(web_world.people["department_officer"]).get("/incidents/")))) == 2


# --- who reads a case ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["focal_point_x", "head_x"])
def test_a_lead_reads_words_facts_people_by_code_and_no_name(
    web_world: World, visit: Visit, case: UUID, name: str
) -> None:
    page = page_of(visit(web_world.people[name]).get(case_url(case)))
    assert FACTS in words(page, "//*[@id='told']")
    assert len(page.xpath("//*[contains(@class, 'person-line')]")) == 3
    text = words(page)
    assert "13 " in words(page, "//*[@id='people']")
    assert not any(person.name in text for person in (MAI, PHONG, VINH))


@pytest.mark.parametrize(
    "name",
    [
        "teacher_x",
        "counsellor_x",
        "head_y",
        "head_sister",
        "head_z",
        "commune_officer_p",
        "administrator",
        "auditor",
    ],
)
def test_nobody_else_finds_it(web_world: World, visit: Visit, case: UUID, name: str) -> None:
    client = visit(web_world.people[name])
    for page in ("", "/names", "/facts", "/people/new"):
        assert client.get(case_url(case, page)).status_code == 404


def test_the_reporter_is_nowhere_on_the_page_also_when_she_adds_facts(
    web_world: World, visit: Visit, case: UUID
) -> None:
    service.add_own_facts(web_world.session, web_world.people["teacher_x"], case, "Em A kể thêm với cô.")
    web_world.session.commit()
    page = page_of(visit(web_world.people["head_x"]).get(case_url(case)))
    assert "Em A kể thêm với cô." in words(page, "//*[@id='chronology']")
    assert web_world.people["teacher_x"].name not in words(page)


@pytest.mark.parametrize("name", ["commune_officer_p", "department_officer"])
def test_an_officer_sees_coded_facts_of_level_three_and_four_and_nothing_below(
    web_world: World, visit: Visit, case: UUID, name: str
) -> None:
    severe = web_world.report("x", "teacher_x", people=(HURT, PHONG))
    officer = visit(web_world.people[name])
    assert officer.get(case_url(case)).status_code == 404
    page = page_of(officer.get(case_url(severe)))
    text = words(page)
    assert number_of(web_world, severe) in text
    assert web_world.units["x"].name("vi") in text
    assert "11" in words(page, "//*[@id='people']"), "the band of the age"
    for hidden in (FACTS, MAI.name, PHONG.name, "8A2", "9B", web_world.people["teacher_x"].name):
        assert hidden not in text
    assert not page.xpath("//main//form")
    for inner in ("/names", "/facts", "/triage", "/people/new", "/link"):
        assert officer.get(case_url(severe, inner)).status_code == 404


def test_a_restricted_case_does_not_exist_for_the_second_focal_point(web_world: World, visit: Visit) -> None:
    second = web_world.add_person("second_x", Role.FOCAL_POINT, "x")
    case = web_world.report("x", "teacher_x", group=PlainGroup.SEXUAL, people=(MAI,))
    open_one = web_world.report("x", "teacher_x")
    client = visit(second)
    for page in ("", "/names", "/triage", "/facts"):
        assert client.get(case_url(case, page)).status_code == 404
    page = page_of(client.get("/incidents/"))
    assert listed(page) == [number_of(web_world, open_one)]
    assert words(page, "//*[@class='list-head']//strong").startswith("1 ")
    for name in ("focal_point_x", "head_x"):
        assert visit(web_world.people[name]).get(case_url(case)).status_code == 200


def test_severity_stands_with_its_reasons_as_sentences(web_world: World, visit: Visit) -> None:
    case = web_world.report("x", "teacher_x", people=(HURT,))
    told = words(page_of(visit(web_world.people["head_x"]).get(case_url(case))), "//*[@id='severity']")
    assert str(labels.SEVERITY_REASONS["hospital"]) in told
    assert str(labels.SEVERITY_UNKNOWN["weapon"]) in told


def test_who_has_seen_it_stands_on_the_case(web_world: World, visit: Visit, case: UUID) -> None:
    head, focal_point = visit(web_world.people["head_x"]), visit(web_world.people["focal_point_x"])
    assert web_world.people["head_x"].name not in words(page_of(head.get(case_url(case))), "//*[@id='views']")
    send(head, case_url(case, "/names"), "names", 200, reason="help")
    seen = words(page_of(focal_point.get(case_url(case))), "//*[@id='views']")
    assert web_world.people["head_x"].name in seen
    assert "xem họ tên" in seen.lower() or "opened the names" in seen


# --- names -----------------------------------------------------------------------------------------------------------


def test_names_open_for_a_reason_witnesses_and_the_reporter_only_when_asked_for(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    reporter = web_world.people["teacher_x"].name
    send(head, case_url(case, "/names"), "names", 422)
    text = words(page_of(send(head, case_url(case, "/names"), "names", 200, reason="help")))
    assert (MAI.name in text, PHONG.name in text, VINH.name in text, reporter in text) == (
        True,
        True,
        False,
        False,
    )
    everything = {"reason": "authority", "witnesses": "y", "reporter": "y"}
    text = words(page_of(send(head, case_url(case, "/names"), "names", 200, **everything)))
    assert VINH.name in text
    assert reporter in text


# --- facts and people ------------------------------------------------------------------------------------------------


def test_facts_are_added_and_what_was_told_stays(web_world: World, visit: Visit, case: UUID) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/facts"), "add-facts", 422)
    send(head, case_url(case, "/facts"), "add-facts", facts="Bạn cùng lớp thấy lúc 9 giờ.")
    page = page_of(head.get(case_url(case)))
    assert "Bạn cùng lớp thấy lúc 9 giờ." in words(page, "//*[@id='chronology']")
    assert FACTS in words(page, "//*[@id='told']")


def test_somebody_of_the_staff_who_is_added_sees_nothing_of_it_any_more(
    web_world: World, visit: Visit, case: UUID
) -> None:
    second = web_world.add_person("second_x", Role.FOCAL_POINT, "x")
    web_world.session.commit()
    client, head = visit(second), visit(web_world.people["head_x"])
    assert client.get(case_url(case)).status_code == 200
    person = {"person-kind": "staff", "person-staff": str(second.user_id), "person-parts": ["witness"]}
    send(head, case_url(case, "/people/new"), "person", **person)
    assert client.get(case_url(case)).status_code == 404
    assert case_url(case) not in links(page_of(client.get("/incidents/")))
    assert len(page_of(head.get(case_url(case))).xpath("//*[contains(@class, 'person-line')]")) == 4


def test_adding_a_lead_as_acting_takes_the_case_out_of_the_school_at_once(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head, focal_point = web_world.people["head_x"], visit(web_world.people["focal_point_x"])
    person = {"person-kind": "staff", "person-staff": str(head.user_id), "person-parts": ["acting"]}
    answer = send(focal_point, case_url(case, "/people/new"), "person", **person)
    assert answer.headers["Location"] == "/incidents/"
    page_of(focal_point.get("/incidents/"))
    assert focal_point.get(case_url(case)).status_code == 404
    assert visit(head).get(case_url(case)).status_code == 404
    assert visit(web_world.people["commune_officer_p"]).get(case_url(case)).status_code == 200


def test_an_empty_card_is_nobody_and_an_impossible_age_is_said_on_its_field(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/people/new"), "person")
    assert len(page_of(head.get(case_url(case))).xpath("//*[contains(@class, 'person-line')]")) == 3
    answer = send(head, case_url(case, "/people/new"), "person", 422, **{"person-age": "2090"})
    assert page_of(answer, 422).xpath("//*[@id='error-summary']//a/@href") == ["#person-age"]


def test_correcting_somebody_keeps_the_name_unless_a_new_one_is_written(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    mai = queries.get_case(web_world.session, web_world.people["head_x"], case).people[0]
    address = case_url(case, f"/people/{mai.id}")
    page = page_of(head.get(address))
    standing = answers(page, "person")
    assert (standing["person-class_name"], standing["person-age"]) == ("8A2", "13")
    assert standing["person-name"] == ""
    assert MAI.name not in page.text_content()
    send(head, address, "person", **{"person-class_name": "8A3", "person-injury": "clinic"})
    opened = words(page_of(send(head, case_url(case, "/names"), "names", 200, reason="help")))
    assert MAI.name in opened
    assert "8A3" in opened
    send(head, address, "person", **{"person-name": "Nguyễn Thị Mây"})
    opened = words(page_of(send(head, case_url(case, "/names"), "names", 200, reason="help")))
    assert "Nguyễn Thị Mây" in opened
    assert "Mức 3" in words(page_of(head.get(case_url(case)))), "seen by a doctor: level 3"


def test_correcting_somebody_of_the_staff_keeps_the_case_from_her(web_world: World, visit: Visit) -> None:
    second = web_world.add_person("second_x", Role.FOCAL_POINT, "x")
    seen_by = PersonInvolved(PersonKind.STAFF, frozenset({Part.WITNESS}), user_id=second.user_id)
    case = web_world.report("x", "teacher_x", people=(seen_by,))
    head = visit(web_world.people["head_x"])
    (person,) = queries.get_case(web_world.session, web_world.people["head_x"], case).people
    send(head, case_url(case, f"/people/{person.id}"), "person", **{"person-sex": "female"})
    assert visit(second).get(case_url(case)).status_code == 404


def test_when_somebody_corrected_her_meanwhile_both_are_shown_and_sending_again_works(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head, focal_point = visit(web_world.people["head_x"]), visit(web_world.people["focal_point_x"])
    mai = queries.get_case(web_world.session, web_world.people["head_x"], case).people[0]
    address = case_url(case, f"/people/{mai.id}")
    late = answers(page_of(head.get(address)), "person")
    send(focal_point, address, "person", **{"person-class_name": "8A5"})
    page = page_of(head.post(address, data=late | {"person-class_name": "8A7", "person-name": "Mây"}), 409)
    told = words(page, "//*[@id='collision']")
    assert "8A5" in told
    assert "8A7" in told
    kept = answers(page, "person")
    assert (kept["person-class_name"], kept["person-name"]) == ("8A7", "Mây")
    assert head.post(address, data=kept).status_code == 303
    assert "8A7" in words(page_of(head.get(case_url(case))), "//*[@id='people']")


def test_a_person_of_another_case_is_not_found_by_this_ones_address(
    web_world: World, visit: Visit, case: UUID
) -> None:
    other = web_world.report("x", "teacher_x", people=(MAI,))
    stranger = queries.get_case(web_world.session, web_world.people["head_x"], other).people[0]
    head = visit(web_world.people["head_x"])
    assert head.get(case_url(case, f"/people/{stranger.id}")).status_code == 404


def test_wanting_to_die_is_a_flag_with_its_own_advice(web_world: World, visit: Visit) -> None:
    child = PersonInvolved(
        PersonKind.PUPIL, frozenset({Part.HARMED}), self_harm=SelfHarm.PLAN, can_tell=Known.YES
    )
    case = web_world.report("x", "teacher_x", people=(child,))
    page = page_of(visit(web_world.people["head_x"]).get(case_url(case)))
    assert "115" in words(page, "//*[contains(@class, 'notice')]")
    assert page.xpath("//*[@id='people']//*[contains(@class, 'tag-wait')]")
