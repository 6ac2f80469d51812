"""Filing on the web: four steps that keep what is typed, the stub, the receipt, one's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from school_portal.accounts import sessions
from school_portal.accounts.models import Membership, User
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import lookup
from school_portal.core.clock import local, now, today
from school_portal.core.errors import NotFound
from school_portal.incidents import queries
from school_portal.incidents.domain import Known, Part, PersonInvolved, PersonKind, Receiver, SelfHarm
from school_portal.organisations.domain import Level, SchoolKind, UnitKind
from tests.access.filing import Steps, file_by_web, report_form, send_step, token_on
from tests.browser.plain import PlainPerson
from tests.world import BEGIN, World

Visit = Callable[[Actor | None], FlaskClient]
FACTS = "Em A bị đẩy ngã ở sân trường, em Mơ kể với cô."
CHILD = "Bùi Thị Mơ"
YESTERDAY = (today() - timedelta(days=1)).isoformat()
TOMORROW = (today() + timedelta(days=1)).isoformat()
NUMBER = re.compile(r"VV-\d{4}-\d{6}")


@pytest.fixture
def teacher(web_world: World, visit: Visit) -> FlaskClient:
    """A teacher of school x, signed in."""
    return visit(web_world.people["teacher_x"])


def begin(client: FlaskClient, world: World, **changes: str) -> str:
    """Send the first step; the draft's uuid."""
    form = report_form(world, facts=FACTS)["what"] | changes
    token = token_on(client.get("/incidents/new").text)
    client.post("/incidents/new", data={"csrf_token": token} | form)
    return form["key"]


def drafts_of(world: World, name: str) -> list[queries.OwnDraft]:
    world.session.expire_all()
    return queries.list_drafts(world.session, world.people[name])


def case_of(world: World, incident: UUID, reader: str = "head_x") -> queries.Case:
    world.session.expire_all()
    return queries.get_case(world.session, world.people[reader], incident)


def words(page: str) -> str:
    return " ".join(html.document_fromstring(page).xpath("//main")[0].text_content().split())


# --- the steps -----------------------------------------------------------------------------------------------------


def test_a_report_of_four_steps_ends_with_a_receipt_that_its_sender_alone_reads(
    web_world: World, teacher: FlaskClient, visit: Visit
) -> None:
    incident = file_by_web(teacher, report_form(web_world, facts=FACTS, name=CHILD))
    receipt = teacher.get(f"/incidents/{incident}/receipt")
    assert receipt.status_code == 200
    assert NUMBER.search(receipt.text)
    assert "<textarea" not in receipt.text
    assert CHILD not in receipt.text
    assert drafts_of(web_world, "teacher_x") == []
    for stranger in ("counsellor_x", "head_x", "teacher_y", "department_officer"):
        client = visit(web_world.people[stranger])
        for page in ("receipt", "own", "own/facts"):
            assert client.get(f"/incidents/{incident}/{page}").status_code == 404, (stranger, page)


def test_everything_that_was_answered_is_in_the_case(web_world: World, teacher: FlaskClient) -> None:
    steps: Steps = report_form(web_world, facts=FACTS, name=CHILD)
    steps["what"] |= {
        "occurred_on": YESTERDAY,
        "occurred_time": "07:05",
        "channel": "child",
        "learned-day": today().isoformat(),
        "learned-hour": "00:00",
    }
    steps["who"] |= {
        "people-0-age": str(today().year - 13),
        "people-0-injury": "minor",
        "people-0-self_harm": "thoughts",
        "people-0-can_tell": "yes",
        "people-1-kind": "other",
        "people-1-parts": "acting",
        "people-1-relation": "stranger",
        "weapon": "carried",
        "repeated": "no",
        "online": "yes",
    }
    steps["done"] |= {
        "first_aid": "yes",
        "family_told": "yes",
        "police-is_told": "y",
        "police-by": "cô Hà",
        "police-reference": "số 12",
        "health-by": "không đánh dấu",
    }
    case = case_of(web_world, file_by_web(teacher, steps))
    assert (case.channel, case.first_aid, case.family_danger, case.online) == (
        "child",
        Known.YES,
        Known.NO,
        Known.YES,
    )
    assert local(case.learned_at).strftime("%H:%M") == "00:00"
    assert case.family_told_at is not None
    assert [(told.receiver, told.by, told.reference) for told in case.told] == [
        (Receiver.POLICE, "cô Hà", "số 12")
    ]
    child, other = case.people
    assert (child.age, child.injury, child.self_harm, child.can_tell) == (
        13,
        "minor",
        SelfHarm.THOUGHTS,
        Known.YES,
    )
    assert (other.relation, other.parts) == ("stranger", (Part.ACTING,))


def test_what_is_wrong_is_told_on_its_step_and_kept_all_the_same(
    web_world: World, teacher: FlaskClient
) -> None:
    token = token_on(teacher.get("/incidents/new").text)
    form = report_form(web_world, facts=FACTS)["what"] | {"safety": "", "place": ""}
    answer = teacher.post("/incidents/new", data={"csrf_token": token} | form)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert FACTS in answer.text
    (draft,) = drafts_of(web_world, "teacher_x")
    assert draft.line == FACTS
    assert FACTS in teacher.get(f"/incidents/drafts/{draft.id}/what").text


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        ("what", {"occurred_on": TOMORROW}, "occurred_on"),
        ("what", {"occurred_on": "1926-10-05"}, "occurred_on"),
        ("what", {"learned-day": TOMORROW, "learned-hour": "08:00"}, "learned-day"),
        ("what", {"learned-day": YESTERDAY, "learned-hour": ""}, "learned-hour"),
        ("what", {"facts": "x" * 5001}, "facts"),
        ("who", {"people-0-age": "1850"}, "people-0-age"),
        ("who", {"people-0-age": str(today().year + 1)}, "people-0-age"),
        ("who", {"people-0-age": "tám"}, "people-0-age"),
        ("who", {"weapon": "bomb"}, "weapon-0"),
        ("done", {"family_told": "yes", "family_danger": "unknown"}, "family_danger-0"),
        (
            "done",
            {"police-is_told": "y", "police-when-day": TOMORROW, "police-when-hour": "08:00"},
            "police-when-day",
        ),
        ("check", {"concerns_lead": ""}, "concerns_lead-0"),
    ],
)  # fmt: skip
def test_a_rule_is_told_on_the_step_that_breaks_it(
    web_world: World, teacher: FlaskClient, step: str, changes: dict[str, str], field: str
) -> None:
    form = report_form(web_world, facts=FACTS)
    key = begin(teacher, web_world)
    answer = send_step(teacher, key, step, form[step] | changes)
    assert answer.status_code == 422
    summary = html.document_fromstring(answer.text).get_element_by_id("error-summary")
    assert summary.xpath(".//a/@href") == [f"#{field}"]


def test_a_draft_is_gone_on_with_on_another_telephone(
    web_world: World, teacher: FlaskClient, visit: Visit
) -> None:
    key = begin(teacher, web_world)
    send_step(teacher, key, "who", report_form(web_world, facts=FACTS, name=CHILD)["who"])
    other = visit(web_world.people["teacher_x"])
    home = other.get("/").text
    assert f"/incidents/drafts/{key}/who" in home
    assert FACTS in home
    assert CHILD in other.get(f"/incidents/drafts/{key}/who").text
    send_step(other, key, "done", {})
    assert send_step(other, key, "check", {"concerns_lead": "no"}).status_code == 303
    assert teacher.get(f"/incidents/{key}/receipt").status_code == 200


def test_a_draft_of_somebody_else_does_not_exist(
    web_world: World, teacher: FlaskClient, visit: Visit
) -> None:
    key = begin(teacher, web_world)
    for name in ("head_x", "focal_point_x", "teacher_y"):
        client = visit(web_world.people[name])
        token = token_on(client.get("/incidents/start").text)
        for step in ("what", "who", "done", "check"):
            assert client.get(f"/incidents/drafts/{key}/{step}").status_code == 404
            assert send_step(client, key, step, {}).status_code == 404
        answers = {"csrf_token": token, "key": key, "step": "what", "facts": "x"}
        assert client.post("/incidents/drafts/save", data=answers).status_code == 404
        assert client.post("/incidents/new", data=answers).status_code == 404
        assert client.post(f"/incidents/drafts/{key}/discard", data=answers).status_code == 404
    assert drafts_of(web_world, "teacher_x")[0].line == FACTS


def test_a_report_sent_twice_leads_to_the_same_receipt(web_world: World, teacher: FlaskClient) -> None:
    form = report_form(web_world, facts=FACTS)
    incident = file_by_web(teacher, form)
    before = len(queries.list_own_reports(web_world.session, web_world.people["teacher_x"]))
    for step in ("what", "who", "done", "check"):
        for answer in (
            send_step(teacher, incident, step, form[step]),
            teacher.get(f"/incidents/drafts/{incident}/{step}"),
        ):
            assert answer.status_code == 303
            assert answer.headers["Location"] == f"/incidents/{incident}/receipt"
    token = token_on(teacher.get("/incidents/start").text)
    assert teacher.post("/incidents/new", data={"csrf_token": token} | form["what"]).status_code == 303
    assert drafts_of(web_world, "teacher_x") == []
    assert len(queries.list_own_reports(web_world.session, web_world.people["teacher_x"])) == before == 1


def test_checking_leads_back_to_the_first_step_that_is_not_complete(
    web_world: World, teacher: FlaskClient
) -> None:
    key = begin(teacher, web_world, safety="")
    answer = send_step(teacher, key, "check", {"concerns_lead": "no"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/incidents/drafts/{key}/what")
    assert "error-summary" in teacher.get(answer.headers["Location"]).text
    with pytest.raises(NotFound):
        queries.get_own_report(web_world.session, web_world.people["teacher_x"], UUID(key))


@pytest.mark.parametrize("step", ["what", "who", "done", "check"])
def test_leaving_and_changing_the_language_keep_everything(
    web_world: World, teacher: FlaskClient, step: str
) -> None:
    form = report_form(web_world, facts=FACTS, name=CHILD)
    key = begin(teacher, web_world)
    for earlier in ("who", "done"):
        send_step(teacher, key, earlier, form[earlier])
    seen = {"what": FACTS, "who": CHILD, "done": 'value="cô Hà"', "check": "checked"}
    told = form[step] | {"police-by": "cô Hà", "concerns_lead": "yes"}
    switched = send_step(teacher, key, step, told | {"lang": "en"})
    assert switched.status_code == 200
    assert 'lang="en"' in switched.text
    assert "error-summary" not in switched.text
    left = send_step(teacher, key, step, told | {"save": "exit"})
    assert (left.status_code, left.headers["Location"]) == (303, "/")
    kept = teacher.get(f"/incidents/drafts/{key}/{step}").text
    for page in (switched.text, kept):
        assert seen[step] in page, step


def test_a_person_is_added_and_taken_away_without_scripts(web_world: World, teacher: FlaskClient) -> None:
    form = report_form(web_world, facts=FACTS, name=CHILD)["who"]
    key = begin(teacher, web_world)
    grown = send_step(teacher, key, "who", form | {"add": "people"})
    assert 'name="people-1-name"' in grown.text
    shrunk = send_step(teacher, key, "who", form | {"people-1-name": "Hà Văn Tú", "remove": "people-0"})
    assert CHILD not in shrunk.text
    assert "Hà Văn Tú" in shrunk.text
    page = teacher.get(f"/incidents/drafts/{key}/who").text
    assert CHILD not in page
    assert "Hà Văn Tú" in page


def test_somebody_who_is_finished_folds_to_a_line(web_world: World, teacher: FlaskClient) -> None:
    key = begin(teacher, web_world)
    send_step(teacher, key, "who", report_form(web_world, facts=FACTS, name=CHILD)["who"])
    page = html.document_fromstring(teacher.get(f"/incidents/drafts/{key}/who").text)
    (line,) = page.xpath("//details[contains(@class, 'person-fold')]/summary")
    assert "8A2" in line.text_content()
    assert CHILD not in line.text_content()


# --- keeping by scripts, discarding --------------------------------------------------------------------------------


def test_scripts_keep_what_stands_in_the_form_and_are_told_when(
    web_world: World, teacher: FlaskClient
) -> None:
    token = token_on(teacher.get("/incidents/new").text)
    key = str(uuid4())
    answers = {"csrf_token": token, "key": key, "step": "what", "facts": "Em A kể"}
    answer = teacher.post("/incidents/drafts/save", data=answers)
    assert answer.status_code == 204
    assert re.fullmatch(r"\d\d:\d\d", answer.headers["X-Draft-Saved"])
    assert drafts_of(web_world, "teacher_x")[0].line == "Em A kể"
    assert teacher.post("/incidents/drafts/save", data=answers | {"step": "moon"}).status_code == 404


def test_a_draft_is_thrown_away_by_its_owner(web_world: World, teacher: FlaskClient) -> None:
    key = begin(teacher, web_world)
    token = token_on(teacher.get("/").text)
    gone = teacher.post(f"/incidents/drafts/{key}/discard", data={"csrf_token": token})
    assert (gone.status_code, gone.headers["Location"]) == (303, "/")
    assert drafts_of(web_world, "teacher_x") == []
    assert teacher.get(f"/incidents/drafts/{key}/what").status_code == 404


def test_a_draft_vanishes_after_thirty_days(web_world: World, teacher: FlaskClient) -> None:
    begin(teacher, web_world)
    with time_machine.travel(now() + timedelta(days=30, minutes=1), tick=False):
        assert drafts_of(web_world, "teacher_x") == []


# --- the stub ------------------------------------------------------------------------------------------------------


def test_a_stub_is_kept_for_its_writer_and_sent_to_nobody(
    web_world: World, teacher: FlaskClient, visit: Visit
) -> None:
    plain = PlainPerson(teacher)
    page = plain.open("/incidents/start")
    values = [(n, "toilet" if n == "place" else v) for n, v in page.forms()[0].filled() if n != "facts"]
    home = plain.send(page.forms()[0], [*values, ("facts", "Một em lớp 7 chảy máu mũi.")])
    assert (home.address, home.status) == ("/", 200)
    assert "Một em lớp 7 chảy máu mũi." in home.text
    (draft,) = drafts_of(web_world, "teacher_x")
    assert draft.is_stub
    assert draft.told("learned-day") == today().isoformat()
    assert queries.list_own_reports(web_world.session, web_world.people["teacher_x"]) == []
    assert queries.list_notices(web_world.session, web_world.people["focal_point_x"]) == []
    step = html.document_fromstring(teacher.get(f"/incidents/drafts/{draft.id}/what").text)
    assert step.xpath("//select[@name='place']/option[@selected]/@value") == ["toilet"]
    assert "Một em lớp 7 chảy máu mũi." in step.xpath("//textarea[@name='facts']")[0].text


def test_a_stub_needs_its_line_and_nothing_else(web_world: World, teacher: FlaskClient) -> None:
    token = token_on(teacher.get("/incidents/start").text)
    assert teacher.post("/incidents/start", data={"csrf_token": token, "facts": " "}).status_code == 422
    assert teacher.post("/incidents/start", data={"csrf_token": token, "facts": "Ở cổng"}).status_code == 303


# --- who reads it --------------------------------------------------------------------------------------------------


def checked(client: FlaskClient, world: World, **changes: dict[str, str]) -> str:
    """The words of the check page."""
    form = report_form(world, facts=FACTS)
    key = begin(client, world, **changes.get("what", {}))
    for step in ("who", "done"):
        assert send_step(client, key, step, form[step] | changes.get(step, {})).status_code == 303
    return client.get(f"/incidents/drafts/{key}/check").text


def readers_on(page: str, part: str) -> list[str]:
    found = html.document_fromstring(page).xpath(f"//*[@id='readers']//*[@class='{part}']//li/strong")
    return [one.text_content() for one in found]


def test_the_last_page_names_who_will_read_it_both_ways(web_world: World, teacher: FlaskClient) -> None:
    page = checked(teacher, web_world)
    assert readers_on(page, "when-school") == ["Cô focal_point_x", "Cô head_x"]
    assert readers_on(page, "when-above") == [], "who of the office it is would tell of other such cases"
    assert "Phường Nông Trang" in page
    assert not NUMBER.search(page)


def test_of_a_restricted_report_only_the_first_focal_point_and_the_head_are_named(
    web_world: World, teacher: FlaskClient
) -> None:
    web_world.add_person("second", Role.FOCAL_POINT, "x")
    web_world.session.commit()
    assert readers_on(checked(teacher, web_world), "when-school") == [
        "Cô focal_point_x",
        "Cô second",
        "Cô head_x",
    ]
    page = checked(teacher, web_world, what={"group": "sexual"})
    assert readers_on(page, "when-school") == ["Cô focal_point_x", "Cô head_x"]


def test_a_lead_who_is_named_as_acting_is_no_reader(web_world: World, teacher: FlaskClient) -> None:
    accused = str(web_world.people["head_x"].user_id)
    page = checked(
        teacher,
        web_world,
        who={"people-0-kind": "staff", "people-0-parts": "acting", "people-0-staff": accused},
    )
    assert readers_on(page, "when-school") == []
    assert "Phường Nông Trang" in page


def test_the_last_page_says_the_level_and_what_is_not_known(web_world: World, teacher: FlaskClient) -> None:
    page = checked(teacher, web_world, who={"people-0-injury": "clinic"})
    assert "severity-3" in page
    assert len(html.document_fromstring(page).xpath("//*[@class='reasons']/li")) == 3


def test_a_name_in_the_facts_is_warned_of_and_does_not_stop_the_report(
    web_world: World, teacher: FlaskClient
) -> None:
    assert "notice-warn" not in checked(teacher, web_world)
    page = checked(teacher, web_world, who={"people-0-name": CHILD})
    assert "notice-warn" in page
    assert "notice-warn" not in checked(teacher, web_world, who={"people-0-name": "Hà Văn Tú"})


@pytest.mark.parametrize(
    ("what", "topic"),
    [
        ({"group": "sexual"}, "24 "),
        ({"group": "adult"}, "73/2025"),
        ({"group": "outside"}, "13/2022"),
        ({"safety": "not_safe"}, "115"),
    ],
)
def test_what_must_not_be_done_is_said_before_people_are_asked_about(
    web_world: World, teacher: FlaskClient, what: dict[str, str], topic: str
) -> None:
    plain = words(teacher.get(f"/incidents/drafts/{begin(teacher, web_world)}/who").text)
    warned = words(teacher.get(f"/incidents/drafts/{begin(teacher, web_world, **what)}/who").text)
    assert topic in warned
    assert len(warned) > len(plain) + 100


# --- for a colleague, with a remembered device ---------------------------------------------------------------------


def test_the_focal_point_writes_down_what_a_colleague_told_by_mouth(web_world: World, visit: Visit) -> None:
    lead, told = visit(web_world.people["focal_point_x"]), web_world.people["teacher_x"]
    form = report_form(web_world, facts=FACTS)
    form["what"]["told_by"] = str(told.user_id)
    incident = file_by_web(lead, form)
    assert lead.get(f"/incidents/{incident}/receipt").status_code == 200
    assert lead.get(f"/incidents/{incident}/own").status_code == 404
    teacher = visit(told)
    assert teacher.get(f"/incidents/{incident}/receipt").status_code == 200
    assert FACTS in words(teacher.get(f"/incidents/{incident}/own").text)


def test_a_teacher_is_not_asked_who_told_her_and_cannot_say_so(
    web_world: World, teacher: FlaskClient
) -> None:
    assert "told_by" not in teacher.get("/incidents/new").text
    form = report_form(web_world, facts=FACTS)
    form["what"]["told_by"] = str(web_world.people["counsellor_x"].user_id)
    incident = file_by_web(teacher, form)
    assert teacher.get(f"/incidents/{incident}/own").status_code == 200


def test_a_remembered_device_files_from_the_calls_to_the_receipt(web_world: World, visit: Visit) -> None:
    user = web_world.session.scalars(
        lookup(select(User), User.id == web_world.people["teacher_x"].user_id)
    ).one()
    device = sessions.remember_device(web_world.session, user, "test", now())
    web_world.session.commit()
    client = visit(None)
    client.set_cookie("device", device)
    assert client.get("/incidents/start").status_code == 200
    incident = file_by_web(client, report_form(web_world, facts=FACTS))
    receipt = client.get(f"/incidents/{incident}/receipt")
    assert NUMBER.search(receipt.text)
    begin(client, web_world)
    assert "/incidents/drafts/" in client.get("/").text
    for page in ("own", "own/facts"):
        assert "/sign-in" in client.get(f"/incidents/{incident}/{page}").headers["Location"]


def test_who_works_at_no_school_has_nothing_to_file(web_world: World, visit: Visit) -> None:
    client = visit(web_world.people["department_officer"])
    for path in ("/incidents/start", "/incidents/new"):
        assert client.get(path).status_code == 403


def test_who_works_at_two_schools_says_for_which_and_nobody_files_for_a_third(
    web_world: World, visit: Visit
) -> None:
    both, other = web_world.add_person("both", Role.TEACHER, "x"), web_world.units["sister"]
    web_world.session.add(
        Membership(
            user_id=both.user_id,
            organisation_id=other.id,
            org_path=other.org_path,
            role=Role.TEACHER,
            valid_from=BEGIN,
            granted_at=now(),
        )
    )
    web_world.session.commit()
    client = visit(both)
    asked = html.document_fromstring(client.get("/incidents/new").text)
    mine = {str(web_world.units[name].id) for name in ("x", "sister")}
    assert set(asked.xpath("//input[@type='radio'][@name='organisation']/@value")) == mine
    incident = file_by_web(client, report_form(web_world, unit="sister", facts=FACTS))
    assert case_of(web_world, incident, "head_sister").facts == FACTS
    token = token_on(client.get("/incidents/new").text)
    form = report_form(web_world, unit="y", facts=FACTS)["what"]
    assert client.post("/incidents/new", data={"csrf_token": token} | form).status_code == 422


# --- her own words -------------------------------------------------------------------------------------------------


def test_she_reads_her_words_with_names_covered_and_adds_to_them(
    web_world: World, teacher: FlaskClient
) -> None:
    incident = file_by_web(teacher, report_form(web_world, facts=FACTS, name=CHILD))
    own = words(teacher.get(f"/incidents/{incident}/own").text)
    assert FACTS.replace("Mơ", "•••") in own
    token = token_on(teacher.get(f"/incidents/{incident}/own/facts").text)
    empty = teacher.post(f"/incidents/{incident}/own/facts", data={"csrf_token": token, "facts": " "})
    assert empty.status_code == 422
    added = teacher.post(
        f"/incidents/{incident}/own/facts", data={"csrf_token": token, "facts": "Em Mơ đã về nhà."}
    )
    assert (added.status_code, added.headers["Location"]) == (303, f"/incidents/{incident}/own")
    own = words(teacher.get(f"/incidents/{incident}/own").text)
    assert "Em ••• đã về nhà." in own
    assert CHILD not in own
    assert case_of(web_world, incident).facts == FACTS


def test_the_list_on_her_first_page_leads_to_her_own_words(web_world: World, teacher: FlaskClient) -> None:
    incident = file_by_web(teacher, report_form(web_world, facts=FACTS))
    page = html.document_fromstring(teacher.get("/").text)
    (link,) = page.xpath("//a[@class='code']")
    assert NUMBER.fullmatch(link.text_content())
    assert link.get("href") == f"/incidents/{incident}/own"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_filing_speaks_both_languages(
    web_world: World, teacher: FlaskClient, language: str
) -> None:
    key = begin(teacher, web_world)
    incident = file_by_web(teacher, report_form(web_world, facts=FACTS))
    paths = [
        "/incidents/start",
        "/incidents/new",
        *(f"/incidents/drafts/{key}/{step}" for step in ("what", "who", "done", "check")),
        *(f"/incidents/{incident}/{page}" for page in ("receipt", "own", "own/facts")),
    ]
    for path in paths:
        page = teacher.get(path, query_string={"lang": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text, path
        document = html.document_fromstring(page.text)
        assert len(document.xpath("//h1")) == 1, path
        for form in document.xpath("//main//form[@method='post']"):
            assert len(form.xpath(".//button[contains(@class, 'btn-primary')]")) == 1, path
        assert not NUMBER.search(page.text) or str(incident) in path


def test_a_person_of_the_staff_is_chosen_only_when_the_kind_is_staff(
    web_world: World, teacher: FlaskClient
) -> None:
    form = report_form(web_world, facts=FACTS)
    form["who"] |= {"people-0-staff": str(web_world.people["head_x"].user_id)}
    case = case_of(web_world, file_by_web(teacher, form))
    assert [person.user_id for person in case.people] == [None]
    assert PersonInvolved(PersonKind.STAFF).is_blank


def test_a_school_without_anybody_in_charge_is_told_where_its_reports_go(
    web_world: World, visit: Visit
) -> None:
    web_world.add_unit(
        "bare",
        UnitKind.SCHOOL,
        "q",
        code="25-bare",
        name_vi="Trường Tiểu học Mới",
        school_kind=SchoolKind.PRIMARY,
        levels=(Level.TH,),
        commune_code="07903",
    )
    client = visit(web_world.add_person("newcomer", Role.TEACHER, "bare"))
    for path in ("/", "/incidents/start", "/incidents/new"):
        assert client.get(path).status_code == 200
    form = report_form(web_world, unit="bare", facts=FACTS)
    key = form["what"]["key"]
    token = token_on(client.get("/incidents/new").text)
    client.post("/incidents/new", data={"csrf_token": token} | form["what"])
    for step in ("who", "done"):
        send_step(client, key, step, form[step])
    page = client.get(f"/incidents/drafts/{key}/check").text
    assert readers_on(page, "when-school") == readers_on(page, "when-above") == []
    assert send_step(client, key, "check", form["check"]).status_code == 303
    assert "Hiền Lương" in words(client.get(f"/incidents/{key}/receipt").text)
