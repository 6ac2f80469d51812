"""Triage in a browser without script: taking up, coding, severity, lowering, setting aside, comparing, giving back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from school_portal.core.actor import Role
from school_portal.core.clock import today
from school_portal.incidents import labels, queries
from school_portal.incidents.domain import (
    IncidentState,
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    Sex,
)
from tests.incidents.pages import Visit, answers, case_url, links, page_of, press, send, words
from tests.world import World

MAI = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", "Nguyễn Thị Mai")
PHONG = PersonInvolved(PersonKind.PUPIL, frozenset({Part.ACTING}), Sex.MALE, "9B", "Đỗ Văn Phong")
IN_HOSPITAL = PersonInvolved(PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "8A2", injury="hospital")


@pytest.fixture
def case(web_world: World) -> UUID:
    """A report at x that waits, beside one of another school."""
    web_world.report("y", "teacher_y", people=(MAI,))
    return web_world.report("x", "teacher_x", people=(MAI, PHONG))


def state_of(world: World, incident_id: UUID, by: str = "head_x") -> queries.Case:
    """The case as it is stored."""
    world.session.expire_all()
    return queries.get_case(world.session, world.people[by], incident_id)


# --- taking it up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["focal_point_x", "head_x"])
def test_a_lead_takes_it_up_codes_it_and_opens_the_case(
    web_world: World, visit: Visit, case: UUID, name: str
) -> None:
    lead = visit(web_world.people[name])
    shown = page_of(lead.get(case_url(case)))
    (button,) = shown.xpath("//main//button[contains(@class, 'btn-primary')]")
    assert button.xpath("ancestor::form/@action") == [case_url(case, "/take-up")]
    taken = press(lead, case_url(case), case_url(case, "/take-up"))
    assert taken.headers["Location"] == case_url(case, "/triage")
    assert state_of(web_world, case).state is IncidentState.IN_TRIAGE
    answer = send(lead, case_url(case, "/triage"), "triage", main_type="TC01")
    assert answer.headers["Location"] == case_url(case)
    found = state_of(web_world, case)
    assert (found.state, found.types, found.severity) == (IncidentState.ACCEPTED, ("TC01",), 2)
    assigned = queries.list_assigned(web_world.session, web_world.people[name], case)
    assert [person.user_id for person in assigned] == [web_world.people[name].user_id]
    page = page_of(lead.get(case_url(case)))
    assert "Các em đánh nhau" in words(page, "//*[@id='chronology']")
    assert case_url(case, "/triage") in links(page, "//*[@id='severity']")


@pytest.mark.parametrize("name", ["teacher_x", "counsellor_x", "head_y", "head_sister", "department_officer"])
def test_nobody_else_finds_the_pages_of_triage(web_world: World, visit: Visit, case: UUID, name: str) -> None:
    other = visit(web_world.people[name])
    for page in ("/triage", "/set-aside", "/duplicate", "/link", "/people/new", "/give-back", "/countersign"):
        assert other.get(case_url(case, page)).status_code == 404
    press(other, "/accounts/me", case_url(case, "/take-up"), 404)
    press(other, "/accounts/me", case_url(case, "/triage"), 404, main_type="TC01", severity="rule")
    assert state_of(web_world, case).state is IncidentState.SUBMITTED


def test_who_only_leads_the_case_reads_it_and_decides_nothing(
    web_world: World, visit: Visit, case: UUID
) -> None:
    counsellor = web_world.people["counsellor_x"]
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC01", lead=str(counsellor.user_id))
    client = visit(counsellor)
    page = page_of(client.get(case_url(case)))
    assert not {case_url(case, "/triage"), case_url(case, "/people/new")} & links(page)
    assert client.get(case_url(case, "/triage")).status_code == 403
    press(client, case_url(case, "/facts"), case_url(case, "/take-up"), 403)


def test_the_first_answers_of_triage_lead_back_to_the_case(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    page = page_of(head.get(case_url(case, "/triage")))
    first = page.xpath("(//form[@id='triage']//input[@name='main_type'])[1]/@value")[0]
    required = set(page.xpath("//form[@id='triage']//*[@required]/@name"))
    assert required == {"main_type", "severity"}
    answer = send(head, case_url(case, "/triage"), "triage", main_type=first, severity="rule")
    assert answer.headers["Location"] == case_url(case)


def test_the_groups_types_stand_open_and_not_clear_yet_among_them_no_type_is_chosen_before(
    web_world: World, visit: Visit, case: UUID
) -> None:
    page = page_of(visit(web_world.people["head_x"]).get(case_url(case, "/triage")))
    near = page.xpath("//fieldset[@id='main_type']/div//input/@value")
    others = page.xpath("//fieldset[@id='main_type']/details//input/@value")
    assert near[0] == "TC01"
    assert "CR00" in near
    assert "NG02" in others
    assert not set(near) & set(others)
    assert "main_type" not in answers(page, "triage")
    assert "soạn thảo" in words(page, "//*[@id='type']")


def test_a_decision_without_a_type_is_refused_and_keeps_the_rest(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    answer = send(head, case_url(case, "/triage"), "triage", 422, severity="4", reason="Em rất sợ.")
    page = page_of(answer, 422)
    assert answers(page, "triage")["reason"] == "Em rất sợ."
    assert answers(page, "triage")["severity"] == ["4"]
    assert page.xpath("//*[@id='error-summary']//a/@href") == ["#main_type-0"]
    assert state_of(web_world, case).state is IncidentState.SUBMITTED


def test_the_language_switch_keeps_what_was_chosen(web_world: World, visit: Visit, case: UUID) -> None:
    head = visit(web_world.people["head_x"])
    answer = send(
        head, case_url(case, "/triage"), "triage", 200, main_type="TC02", reason="Vì em sợ.", lang="en"
    )
    page = page_of(answer)
    assert answers(page, "triage")["main_type"] == ["TC02"]
    assert answers(page, "triage")["reason"] == "Vì em sợ."
    assert state_of(web_world, case).state is IncidentState.SUBMITTED


def test_a_decision_can_be_edited_and_stands_chosen(web_world: World, visit: Visit, case: UUID) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC01", more_types=["TL01"], severity="3")
    page = page_of(head.get(case_url(case, "/triage")))
    standing = answers(page, "triage")
    assert (standing["main_type"], standing["more_types"]) == (["TC01"], ["TL01"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC02", more_types=[])
    assert state_of(web_world, case).types == ("TC02",)


# --- two at once -----------------------------------------------------------------------------------------------------


def test_when_somebody_decided_meanwhile_both_are_shown_and_sending_again_works(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head, focal_point = visit(web_world.people["head_x"]), visit(web_world.people["focal_point_x"])
    late = answers(page_of(head.get(case_url(case, "/triage"))), "triage")
    send(focal_point, case_url(case, "/triage"), "triage", main_type="TC01")
    late |= {"main_type": "TC02", "severity": "4", "reason": "Nhiều em đánh một em."}
    page = page_of(head.post(case_url(case, "/triage"), data=late), 409)
    told = words(page, "//*[@id='collision']")
    assert "Các em đánh nhau" in told
    assert "Nhiều em đánh một em" in told
    kept = answers(page, "triage")
    assert (kept["main_type"], kept["severity"], kept["reason"]) == (
        ["TC02"],
        ["4"],
        "Nhiều em đánh một em.",
    )
    assert state_of(web_world, case).types == ("TC01",)
    assert head.post(case_url(case, "/triage"), data=kept).status_code == 303
    assert (state_of(web_world, case).types, state_of(web_world, case).severity) == (("TC02",), 4)


@pytest.mark.parametrize("page", ["set-aside", "duplicate"])
def test_setting_aside_what_was_decided_meanwhile_shows_it_too(
    web_world: World, visit: Visit, case: UUID, page: str
) -> None:
    other = web_world.report("x", "teacher_x")
    head, focal_point = visit(web_world.people["head_x"]), visit(web_world.people["focal_point_x"])
    address = case_url(case, f"/{page}")
    late = answers(page_of(head.get(address)), page)
    send(focal_point, case_url(case, "/triage"), "triage", main_type="TC01")
    late |= {"reason": "Không có việc này.", "other": state_of(web_world, other).number}
    shown = page_of(head.post(address, data=late), 409)
    assert str(labels.STATES[IncidentState.ACCEPTED]) in words(shown, "//*[@id='collision']")
    assert head.post(address, data=answers(shown, page)).status_code == 303


# --- severity --------------------------------------------------------------------------------------------------------


def test_only_higher_levels_can_be_raised_to_and_only_lower_ones_proposed(
    web_world: World, visit: Visit, case: UUID
) -> None:
    severe = web_world.report("x", "teacher_x", people=(IN_HOSPITAL,))
    head = visit(web_world.people["head_x"])
    offered = {
        each: page_of(head.get(case_url(each, "/triage"))).xpath("//input[@name='severity']/@value")
        for each in (case, severe)
    }
    assert offered == {case: ["rule", "3", "4", "1"], severe: ["rule", "3", "2", "1"]}


def test_raising_needs_nobody(web_world: World, visit: Visit, case: UUID) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC01", severity="4")
    assert state_of(web_world, case).severity == 4


def test_a_lower_level_needs_a_reason_and_nothing_is_stored_without(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/triage"), "triage", 422, main_type="TC02", severity="1")
    found = state_of(web_world, case)
    assert (found.state, found.types, found.severity) == (IncidentState.SUBMITTED, (), 2)
    assert queries.list_chronology(web_world.session, web_world.people["head_x"], case) == []


@pytest.mark.parametrize(("answer", "level"), [("agree", 2), ("refuse", 4)])
def test_lowering_from_four_waits_and_the_officer_above_decides(
    web_world: World, visit: Visit, answer: str, level: int
) -> None:
    web_world.report("y", "teacher_y", people=(IN_HOSPITAL,))
    case = web_world.report("x", "teacher_x", people=(IN_HOSPITAL,))
    head = visit(web_world.people["head_x"])
    reason = "Em chỉ ở lại theo dõi một giờ rồi về."
    send(head, case_url(case, "/triage"), "triage", main_type="TC01", severity="2", reason=reason)
    assert (state_of(web_world, case).severity, state_of(web_world, case).lowering_to) == (4, 2)
    assert head.get(case_url(case, "/countersign")).status_code == 403
    assert visit(web_world.people["commune_officer_q"]).get(case_url(case, "/countersign")).status_code == 404
    officer = visit(web_world.people["commune_officer_p"])
    page = page_of(officer.get(case_url(case)))
    assert reason not in words(page)
    assert case_url(case, "/countersign") in links(page)
    page = page_of(officer.get(case_url(case, "/countersign")))
    assert reason in words(page)
    assert MAI.name not in words(page)
    send(officer, case_url(case, "/countersign"), "countersign", answer=answer)
    found = state_of(web_world, case)
    assert (found.severity, found.lowering_to) == (level, None)
    assert officer.get(case_url(case, "/countersign")).status_code == 404
    told = words(page_of(head.get(case_url(case))), "//*[@id='chronology']")
    assert reason in told


def test_coding_a_grave_type_and_keeping_a_low_level_waits_for_the_manager_too(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC02", severity="1", reason="Các em đùa nhau.")
    assert (state_of(web_world, case).severity, state_of(web_world, case).lowering_to) == (3, 1)


def test_what_the_manager_agreed_to_holds_when_the_decision_is_edited(web_world: World, visit: Visit) -> None:
    case = web_world.report("x", "teacher_x", people=(IN_HOSPITAL,))
    head, officer = visit(web_world.people["head_x"]), visit(web_world.people["commune_officer_p"])
    send(head, case_url(case, "/triage"), "triage", main_type="TC01", severity="2", reason="Đã về nhà.")
    send(officer, case_url(case, "/countersign"), "countersign", answer="agree")
    page = page_of(head.get(case_url(case, "/triage")))
    assert answers(page, "triage")["severity"] == ["2"]
    focal_point = str(web_world.people["focal_point_x"].user_id)
    send(head, case_url(case, "/triage"), "triage", lead=focal_point)
    assert (state_of(web_world, case).severity, state_of(web_world, case).lowering_to) == (2, None)


# --- setting aside ---------------------------------------------------------------------------------------------------


def test_a_case_is_set_aside_with_a_reason_and_taken_up_again(
    web_world: World, visit: Visit, case: UUID
) -> None:
    head = visit(web_world.people["head_x"])
    send(head, case_url(case, "/set-aside"), "set-aside", 422)
    assert state_of(web_world, case).state is IncidentState.SUBMITTED
    send(head, case_url(case, "/set-aside"), "set-aside", reason="Hỏi ba người, không ai thấy.")
    page = page_of(head.get(case_url(case)))
    assert state_of(web_world, case).state is IncidentState.NOT_SUBSTANTIATED
    assert "Hỏi ba người, không ai thấy." in words(page, "//*[@id='chronology']")
    press(head, case_url(case), case_url(case, "/take-up"))
    assert state_of(web_world, case).state is IncidentState.IN_TRIAGE


def test_a_duplicate_names_the_case_it_is_the_same_as(web_world: World, visit: Visit, case: UUID) -> None:
    first = web_world.report("x", "counsellor_x")
    elsewhere = web_world.report("y", "teacher_y")
    number = state_of(web_world, first).number
    foreign = state_of(web_world, elsewhere, "head_y").number
    head = visit(web_world.people["head_x"])
    address = case_url(case, "/duplicate")
    offered = page_of(head.get(address)).xpath("//input[@name='other']/@value")
    assert offered == [number]
    for wrong in (foreign, "VV-2627-999999", "không biết", ""):
        answer = send(head, address, "duplicate", 422, other=wrong)
        assert page_of(answer, 422).xpath("//*[@id='error-summary']//a/@href") == ["#other-0"]
    send(head, address, "duplicate", other=number)
    assert state_of(web_world, case).state is IncidentState.DUPLICATE
    assert case_url(first) in links(page_of(head.get(case_url(case))))


def test_an_older_case_is_found_by_its_number_and_one_that_is_not_hers_is_not(
    web_world: World, visit: Visit, case: UUID
) -> None:
    old = web_world.report("x", "teacher_x", occurred_on=today() - timedelta(days=200))
    foreign = web_world.report("y", "teacher_y")
    head = visit(web_world.people["head_x"])
    address = case_url(case, "/link")
    assert not page_of(head.get(address)).xpath("//form[@id='link']")
    number = state_of(web_world, old).number
    for typed, found in (
        (number.lower().replace("-", " "), [number]),
        (state_of(web_world, foreign, "head_y").number, []),
        (state_of(web_world, case).number, []),
    ):
        page = page_of(head.get(address, query_string={"q": typed}))
        assert page.xpath("//input[@name='other']/@value") == found
    send(head, f"{address}?q={number}", "link", other=number)
    assert case_url(old) in links(page_of(head.get(case_url(case))), "//*[@id='links']")


def test_cases_are_linked_and_the_link_is_seen_only_by_who_reads_both(
    web_world: World, visit: Visit, case: UUID
) -> None:
    hidden = web_world.report("x", "teacher_x", group=PlainGroup.SEXUAL)
    second = web_world.add_person("second_x", Role.FOCAL_POINT, "x")
    web_world.session.commit()
    head = visit(web_world.people["head_x"])
    number = state_of(web_world, hidden).number
    send(head, case_url(case, "/link"), "link", other=number)
    page = page_of(head.get(case_url(case)))
    assert case_url(hidden) in links(page, "//*[@id='links']")
    assert number in words(page, "//*[@id='chronology']")
    page = page_of(visit(second).get(case_url(case)))
    assert number not in words(page)
    assert case_url(hidden) not in links(page)


# --- one child or two ------------------------------------------------------------------------------------------------


def test_perhaps_the_same_child_is_asked_answered_and_taken_back(
    web_world: World, visit: Visit, case: UUID
) -> None:
    later = web_world.report("x", "teacher_x", people=(MAI,))
    head = visit(web_world.people["head_x"])
    page = page_of(head.get(case_url(later, "/triage")))
    same = words(page, "//*[@id='same']")
    assert "N. T. M." in same
    assert MAI.name not in words(page)
    (form,) = page.xpath("//*[@id='same']//form[.//button[@value='same']]")
    other = form.xpath(".//input[@name='other']/@value")[0]
    press(head, case_url(later, "/triage"), form.get("action"), other=other, answer="same")
    one, two = state_of(web_world, later).people[0], state_of(web_world, case).people[0]
    assert one.person_code == two.person_code
    page = page_of(head.get(case_url(later, "/triage")))
    assert not page.xpath("//*[@id='same']//table")
    undo = page.xpath("//*[@id='same']//form/@action")[0]
    press(head, case_url(later, "/triage"), undo)
    assert state_of(web_world, later).people[0].person_code != two.person_code


def test_a_child_of_another_school_is_never_suggested_nor_taken(
    web_world: World, visit: Visit, case: UUID
) -> None:
    elsewhere = web_world.report("y", "teacher_y", people=(MAI,))
    head = visit(web_world.people["head_x"])
    assert not page_of(head.get(case_url(case, "/triage"))).xpath("//*[@id='same']")
    mine = state_of(web_world, case).people[0].id
    theirs = state_of(web_world, elsewhere, "head_y").people[0].id
    address = case_url(case, f"/people/{mine}/same-person")
    for other in (str(theirs), "nonsense", ""):
        press(head, case_url(case), address, 404, other=other, answer="same")


# --- above the school ------------------------------------------------------------------------------------------------


def test_the_officer_of_a_conflict_case_decides_it_and_gives_it_back(web_world: World, visit: Visit) -> None:
    case = web_world.report("x", "counsellor_x", concerns_lead=True, people=(MAI,))
    web_world.report("y", "counsellor_y", concerns_lead=True)
    head, officer = visit(web_world.people["head_x"]), visit(web_world.people["commune_officer_p"])
    assert head.get(case_url(case)).status_code == 404
    page = page_of(officer.get(case_url(case)))
    assert web_world.units["x"].name("vi") in words(page)
    assert case_url(case, "/give-back") in links(page)
    press(officer, case_url(case), case_url(case, "/take-up"))
    page = page_of(officer.get(case_url(case, "/triage")))
    assert not page.xpath("//select[@name='lead']")
    send(officer, case_url(case, "/triage"), "triage", main_type="TC01")
    assert state_of(web_world, case, "commune_officer_p").state is IncidentState.ACCEPTED
    assert head.get(case_url(case)).status_code == 404
    gone = send(officer, case_url(case, "/give-back"), "give-back")
    assert gone.headers["Location"] == "/incidents/"
    assert head.get(case_url(case)).status_code == 200
    assert officer.get(case_url(case)).status_code == 404


def test_an_officer_links_no_case_of_which_she_only_knows(web_world: World, visit: Visit) -> None:
    hers = web_world.report("x", "counsellor_x", concerns_lead=True)
    known = state_of(web_world, web_world.report("x", "teacher_x", people=(IN_HOSPITAL,))).number
    officer = visit(web_world.people["commune_officer_p"])
    address = f"{case_url(hers, '/link')}?q={known}"
    answer = send(officer, address, "link", 422, other=known)
    assert page_of(answer, 422).xpath("//*[@id='error-summary']//a/@href") == ["#other-0"]


def test_the_schools_people_give_nothing_back(web_world: World, visit: Visit, case: UUID) -> None:
    head = visit(web_world.people["head_x"])
    assert head.get(case_url(case, "/give-back")).status_code == 403


def test_a_case_that_nobody_at_the_school_could_look_after_stays_above(
    web_world: World, visit: Visit, web_session: Session
) -> None:
    head, point = web_world.people["head_x"], web_world.people["focal_point_x"]
    involved = tuple(
        PersonInvolved(PersonKind.STAFF, frozenset({Part.ACTING}), user_id=each.user_id)
        for each in (head, point)
    )
    case = web_world.report("x", "counsellor_x", people=involved)
    officer = visit(web_world.people["commune_officer_p"])
    answer = send(officer, case_url(case, "/give-back"), "give-back", 422)
    assert page_of(answer, 422).xpath("//*[@id='error-summary']//li")
    assert officer.get(case_url(case)).status_code == 200
