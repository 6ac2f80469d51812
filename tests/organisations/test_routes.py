"""/organisations/ in a browser without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.clock import today
from school_portal.core.i18n import use_language
from school_portal.organisations import queries, service
from school_portal.organisations.domain import Figures, Level, SchoolYear, school_year_of
from tests.world import World

Visit = Callable[[Actor | None], FlaskClient]


def page_of(response: TestResponse) -> html.HtmlElement:
    """The page, which must be whole: one heading, a title, ids once, each control with its label."""
    page: html.HtmlElement = html.fromstring(response.text)
    assert len(page.findall(".//h1")) == 1
    assert page.findtext(".//title").strip()
    ids = [element.get("id") for element in page.iterfind(".//*[@id]")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in page.iterfind(".//label")}
    for control in page.xpath("//main//input | //main//select | //main//textarea"):
        if control.get("type") not in ("hidden", "submit") and not control.xpath("ancestor::template"):
            assert control.get("id") in labelled, control.get("name")
    assert not page.xpath("//*[@style] | //script[not(@src)]")
    return page


def answers_of(page: html.HtmlElement) -> dict[str, object]:
    """What the form holds as it stands."""
    form = page.get_element_by_id("form")
    answers: dict[str, object] = {}
    for control in form.xpath(".//input | .//select | .//textarea"):
        if control.xpath("ancestor::template"):
            continue
        name, kind = control.get("name"), control.get("type")
        if control.tag == "select":
            chosen = control.xpath("./option[@selected]") or control.xpath("./option")
            answers[name] = chosen[0].get("value") if chosen else ""
        elif kind in ("radio", "checkbox"):
            if control.get("checked") is not None:
                answers.setdefault(name, []).append(control.get("value"))  # type: ignore[attr-defined]
        elif control.tag == "textarea":
            answers[name] = control.text or ""
        else:
            answers[name] = control.get("value") or ""
    return answers


@pytest.fixture
def officer(visit: Visit, web_world: World) -> FlaskClient:
    """The department's officer."""
    return visit(web_world.people["department_officer"])


def url(world: World, unit: str, page: str = "") -> str:
    """Address of a unit's page."""
    return f"/organisations/{world.units[unit].id}{page}"


FORMS = ("/edit", "/contact", "/rename", "/move", "/merge", "/split", "/close", "/enrolment", "/new")


class TestTree:
    def test_the_tree_begins_at_the_top_and_a_search_needs_no_accents(
        self, officer: FlaskClient, web_world: World
    ) -> None:
        page = page_of(officer.get("/organisations/"))
        links = {link.text for link in page.xpath("//table//a")}
        assert links == {"Phường Nông Trang", "Xã Hiền Lương", "Trường Trung học phổ thông Sông Thao"}
        found = page_of(officer.get("/organisations/?q=doi co"))
        assert {link.text for link in found.xpath("//table//a")} == {
            "Trường Trung học cơ sở Đồi Cọ",
            "Trường Tiểu học Đồi Cọ",
        }
        nothing = page_of(officer.get("/organisations/?q=khong co dau"))
        assert not nothing.xpath("//table")

    @pytest.mark.parametrize(
        "query",
        ["?kind=castle&level=XX", "?after=nonsense", "?q=%25%5F%00", "?closed=y&kind=school&level=TH"],
    )
    def test_no_address_breaks_the_tree(self, officer: FlaskClient, query: str) -> None:
        assert officer.get(f"/organisations/{query}").status_code == 200

    def test_a_teacher_sees_her_school_and_nobody_elses(self, visit: Visit, web_world: World) -> None:
        teacher = visit(web_world.people["teacher_x"])
        page = page_of(teacher.get("/organisations/?q=truong"))
        assert {link.text for link in page.xpath("//table//a")} == {"Trường Trung học cơ sở Đồi Cọ"}
        assert teacher.get(url(web_world, "x")).status_code == 200
        assert teacher.get(url(web_world, "y")).status_code == 404
        assert teacher.get(url(web_world, "sister")).status_code == 404

    def test_nobody_reads_it_signed_out(self, visit: Visit, web_world: World) -> None:
        stranger = visit(None)
        for path in ("/organisations/", url(web_world, "x"), "/organisations/calendar"):
            assert stranger.get(path).status_code == 302


class TestUnit:
    def test_a_unit_shows_what_is_known_its_versions_and_numbers(
        self, officer: FlaskClient, web_world: World, web_session: Session
    ) -> None:
        unit = web_world.units["x"]
        service.rename_unit(web_session, SYSTEM, unit.id, date(2026, 8, 1), "Trường THCS Đồi Chè")
        figures = [Figures(Level.THCS, 1234, 600, 40)]
        service.record_enrolment(web_session, SYSTEM, unit.id, school_year_of(today()), figures)
        web_session.commit()
        page = page_of(officer.get(url(web_world, "x")))
        text = page.text_content()
        for shown in (
            "Trường THCS Đồi Chè",
            "Trường Trung học cơ sở Đồi Cọ",
            "31/07/2026",
            "1.234",
            "Phường Nông Trang",
        ):
            assert shown in text
        with use_language("en"):
            english = page_of(officer.get(url(web_world, "x") + "?lang=en"))
        assert "1,234" in english.text_content()
        assert "Lower secondary school" in english.text_content()

    def test_buttons_are_shown_to_those_for_whom_they_work(self, visit: Visit, web_world: World) -> None:
        shown = {}
        for person in ("teacher_x", "head_x", "commune_officer_p", "department_officer", "auditor"):
            client = visit(web_world.people[person])
            page = page_of(client.get(url(web_world, "x")))
            links = {link.get("href").split("?")[0] for link in page.xpath("//main//a")}
            shown[person] = {form for form in FORMS if url(web_world, "x", form) in links}
            for form in FORMS:
                allowed = client.get(url(web_world, "x", form)).status_code
                if form != "/new":
                    assert allowed == (200 if form in shown[person] else 403), (person, form)
        assert shown["teacher_x"] == shown["auditor"] == set()
        assert shown["head_x"] == {"/contact", "/enrolment"}
        assert shown["commune_officer_p"] == {"/edit", "/contact", "/rename", "/enrolment"}
        assert shown["department_officer"] == set(FORMS) - {"/new"}

    @pytest.mark.parametrize("form", FORMS)
    def test_a_form_of_a_school_elsewhere_does_not_exist(
        self, visit: Visit, web_world: World, form: str
    ) -> None:
        head = visit(web_world.people["head_x"])
        assert head.get(url(web_world, "y", form)).status_code == 404
        token = {"csrf_token": answers_of(page_of(head.get(url(web_world, "x", "/contact"))))["csrf_token"]}
        assert head.post(url(web_world, "y", form), data=token).status_code == 404


class TestForms:
    @pytest.mark.parametrize("form", FORMS[:-1])
    def test_each_form_is_whole_and_keeps_what_was_typed_when_the_language_changes(
        self, officer: FlaskClient, web_world: World, form: str
    ) -> None:
        address = url(web_world, "x", form)
        page = page_of(officer.get(address))
        assert len(page.xpath("//form[@id='form']//button[contains(@class, 'btn-primary')]")) == 1
        answers = answers_of(page)
        typed = {name: "Chữ đã gõ" for name in answers if name in ("name_vi", "address", "parts-0-name_vi")}
        switched = officer.post(address, data=answers | typed | {"lang": "en"})
        assert switched.status_code == 200
        assert switched.text.count("Chữ đã gõ") >= len(typed)

    def test_a_new_name_is_kept_from_its_day(
        self, officer: FlaskClient, web_world: World, web_session: Session
    ) -> None:
        address = url(web_world, "x", "/rename")
        answers = answers_of(page_of(officer.get(address)))
        empty = officer.post(address, data=answers)
        assert empty.status_code == 422
        assert page_of(empty).get_element_by_id("error-summary") is not None
        tomorrow = today() + timedelta(days=1)
        sent = officer.post(address, data=answers | {"name_vi": "Trường \u00d0ồi Chè", "on": str(tomorrow)})
        assert (sent.status_code, sent.location) == (303, url(web_world, "x"))
        names = [
            queries.get_unit(web_session, SYSTEM, web_world.units["x"].id, day).name_vi
            for day in (today(), tomorrow)
        ]
        assert names == ["Trường Trung học cơ sở Đồi Cọ", "Trường \u0110ồi Chè"]

    def test_a_correction_sent_as_it_stands_changes_nothing(
        self, officer: FlaskClient, web_world: World, web_session: Session
    ) -> None:
        address = url(web_world, "x", "/edit")
        answers = answers_of(page_of(officer.get(address)))
        before = queries.get_unit(web_session, SYSTEM, web_world.units["x"].id)
        web_session.rollback()
        assert officer.post(address, data=answers).status_code == 303
        assert queries.get_unit(web_session, SYSTEM, web_world.units["x"].id) == before

    def test_two_officers_do_not_undo_each_other(self, officer: FlaskClient, web_world: World) -> None:
        address = url(web_world, "x", "/edit")
        answers = answers_of(page_of(officer.get(address)))
        assert officer.post(address, data=answers | {"name_vi": "Trường Một"}).status_code == 303
        late = officer.post(address, data=answers | {"name_vi": "Trường Hai"})
        assert late.status_code == 409

    def test_a_taken_code_is_told_on_its_field(self, officer: FlaskClient, web_world: World) -> None:
        address = url(web_world, "x", "/edit")
        answers = answers_of(page_of(officer.get(address)))
        page = page_of(officer.post(address, data=answers | {"code": "25-y"}))
        assert page.xpath("//input[@name='code']/@aria-invalid") == ["true"]
        assert "25-y" in page.get_element_by_id("error-summary").text_content()

    def test_a_school_with_sites_is_added_below_its_commune(
        self, visit: Visit, web_world: World, web_session: Session
    ) -> None:
        client = visit(web_world.people["commune_officer_p"])
        address = url(web_world, "p", "/new")
        answers = answers_of(page_of(client.get(address)))
        assert answers["commune_code"] == "07900"
        more = client.post(address, data=answers | {"add": "sites"})
        assert more.status_code == 200
        answers = answers_of(page_of(more)) | {
            "name_vi": "Trường Mầm non Sao Mai",
            "code": "MN-9",
            "school_kind": "kindergarten",
            "sites-0-name": "Điểm trường Khu 3",
            "sites-0-commune_code": "07903",
        }
        sent = client.post(address, data=answers)
        assert sent.status_code == 303
        unit = queries.find_by_code(web_session, SYSTEM, "MN-9")
        assert (unit.parent_id, unit.levels) == (web_world.units["p"].id, (Level.MN,))
        assert [(site.name, site.commune_code) for site in unit.details.sites] == [
            ("Điểm trường Khu 3", "07903")
        ]
        page = page_of(client.get(sent.location))
        assert "Điểm trường Khu 3" in page.text_content()

    def test_a_commune_officer_adds_nothing_elsewhere(self, visit: Visit, web_world: World) -> None:
        client = visit(web_world.people["commune_officer_p"])
        assert client.get(url(web_world, "department", "/new")).status_code == 403
        assert client.get(url(web_world, "q", "/new")).status_code == 404

    def test_a_school_is_merged_into_another(
        self, officer: FlaskClient, web_world: World, web_session: Session
    ) -> None:
        address = url(web_world, "sister", "/merge")
        answers = answers_of(page_of(officer.get(address)))
        assert answers["successor_id"] == str(web_world.units["x"].id)
        sent = officer.post(address, data=answers)
        assert sent.location == url(web_world, "x")
        merged = queries.get_unit(web_session, SYSTEM, web_world.units["sister"].id)
        assert (merged.closed_on, merged.parent_id) == (today(), web_world.units["x"].id)
        web_session.rollback()
        page = page_of(officer.get(sent.location))
        assert "Trường Tiểu học Đồi Cọ" in page.text_content()
        assert officer.get(url(web_world, "sister")).status_code == 200
        assert officer.get(url(web_world, "sister", "/edit")).status_code == 200

    def test_the_successor_may_be_named_by_its_code(
        self, officer: FlaskClient, web_world: World, web_session: Session
    ) -> None:
        address = url(web_world, "sister", "/merge")
        answers = answers_of(page_of(officer.get(address)))
        wrong = officer.post(address, data=answers | {"other_code": "no-such"})
        assert wrong.status_code == 422
        officer.post(address, data=answers | {"other_code": "25-y"})
        merged = queries.get_unit(web_session, SYSTEM, web_world.units["sister"].id)
        assert merged.parent_id == web_world.units["y"].id

    @pytest.mark.parametrize("form", ["/move", "/split", "/close"])
    def test_what_happens_to_a_unit_is_done_by_its_form(
        self, officer: FlaskClient, web_world: World, web_session: Session, form: str
    ) -> None:
        address = url(web_world, "y", form)
        answers = answers_of(page_of(officer.get(address)))
        answers |= {"parts-0-code": "25-y2", "parts-0-name_vi": "Trường Tiểu học Hiền Lương 2"}
        assert officer.post(address, data=answers).status_code == 303
        unit = queries.get_unit(web_session, SYSTEM, web_world.units["y"].id)
        assert unit.is_open is (form != "/close")
        assert (unit.parent_id == web_world.units["q"].id) is (form != "/move")

    def test_a_head_enters_her_numbers(self, visit: Visit, web_world: World, web_session: Session) -> None:
        head, year = visit(web_world.people["head_x"]), SchoolYear(2025)
        address = url(web_world, "x", "/enrolment?year=2025-2026")
        answers = answers_of(page_of(head.get(address)))
        wrong = head.post(address, data=answers | {"pupils_THCS": "10", "girls_THCS": "11"})
        assert wrong.status_code == 422
        assert page_of(wrong).xpath("//input[@name='girls_THCS']/@aria-invalid") == ["true"]
        assert head.post(address, data=answers | {"pupils_THCS": "400", "girls_THCS": ""}).status_code == 303
        found = queries.get_enrolment(web_session, SYSTEM, web_world.units["x"].id, year)
        assert found == [Figures(Level.THCS, 400)]
        web_session.rollback()
        assert answers_of(page_of(head.get(address)))["pupils_THCS"] == "400"
        assert head.get(url(web_world, "x", "/enrolment?year=2025")).status_code == 404

    def test_the_department_sets_the_days_of_a_school_year(
        self, officer: FlaskClient, visit: Visit, web_world: World
    ) -> None:
        page = page_of(officer.get("/organisations/calendar"))
        [address, *_] = page.xpath("//table//a/@href")
        answers = answers_of(page_of(officer.get(address)))
        year = re.search(r"year=(\d{4})", address)
        assert year is not None
        spring = int(year[1]) + 1
        assert answers["term1_last"] == f"{spring}-01-18"
        wrong = officer.post(address, data=answers | {"term2_last": f"{spring}-01-02"})
        assert wrong.status_code == 422
        assert officer.post(address, data=answers | {"term1_last": f"{spring}-01-11"}).status_code == 303
        assert f"11/01/{spring}" in officer.get("/organisations/calendar").text
        head = visit(web_world.people["head_x"])
        shown = page_of(head.get("/organisations/calendar"))
        assert f"11/01/{spring}" in shown.text_content()
        assert shown.xpath("//table//a") == []
        assert head.get(address).status_code == 403
        own = answers_of(page_of(head.get(url(web_world, "x", "/contact"))))["csrf_token"]
        assert head.post(address, data=answers | {"csrf_token": own}).status_code == 403
