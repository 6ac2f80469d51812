"""/reports/ in a browser without script: choose, watch, download, ask again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from school_portal.accounts.queries import actor_of
from school_portal.core.actor import Actor
from school_portal.core.db import database
from school_portal.core.jobs import JobContext
from school_portal.reports import queries, service, tasks
from school_portal.reports.domain import Failure, ReportStatus
from school_portal.reports.kinds import kinds
from tests.reports.conftest import PDF, Sent
from tests.world import World

Visit = Callable[[Actor | None], FlaskClient]
REFRESH = '<noscript><meta http-equiv="refresh"'


def default_answers(page: str) -> dict[str, str]:
    """What a program without script sends: the first real option of every select, and the hidden fields."""
    form = page[page.index('<form method="post" action="/reports/"') :]
    form = form[: form.index("</form>")]
    answers = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        answers[name] = unescape(re.findall(r'value="([^"]+)"', options)[0])
    for tag in re.findall(r"<input[^>]*>", form):
        found = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if found[0] and found[1]:
            answers[found[0][1]] = found[1][1]
    return answers


@pytest.fixture
def officer(web_world: World) -> Actor:
    return web_world.people["department_officer"]


@pytest.fixture
def client(visit: Visit, officer: Actor) -> FlaskClient:
    return visit(officer)


@pytest.fixture
def work(drawn: object, sent: Sent, officer: Actor) -> Iterator[Callable[[], None]]:
    """Let the worker do what was handed to it."""

    def run() -> None:
        while sent:
            _, ids = sent.pop(0)
            tasks.render(JobContext(database, actor_of), **ids)

    return run


def test_the_default_answers_make_a_report_that_can_be_downloaded(
    client: FlaskClient, web_session: Session, officer: Actor, work: Callable[[], None]
) -> None:
    page = client.get("/reports/").text
    answers = default_answers(page)
    assert answers["kind"] == "term-report"
    response = client.post("/reports/", data=answers)
    assert (response.status_code, response.location) == (303, "/reports/")
    waiting = client.get("/reports/").text
    assert REFRESH in waiting
    assert "/file" not in waiting
    work()
    done = client.get("/reports/").text
    assert REFRESH not in done
    link = re.search(r'href="(/reports/[0-9a-f-]{36}/file)"', done)
    assert link is not None
    file = client.get(link[1])
    assert (file.status_code, file.data, file.content_type) == (200, PDF, "application/pdf")
    assert re.fullmatch(
        r'attachment; filename="term-report-[0-9H-]+-vi\.pdf"', file.headers["Content-Disposition"]
    )
    assert file.headers["Cache-Control"] == "no-store"


def test_the_word_file_is_linked_after_the_pdf_and_downloaded_from_its_own_address(
    client: FlaskClient, web_session: Session, officer: Actor, work: Callable[[], None]
) -> None:
    offered = kinds.all()
    kinds.offer((replace(kinds.get("term-report"), word=lambda values: b"PK word"),))
    try:
        client.post("/reports/", data=default_answers(client.get("/reports/").text))
        work()
        page = client.get("/reports/").text
        links = re.findall(r'href="(/reports/[0-9a-f-]{36}/(?:file|word))"', page)
        assert [link.rsplit("/", 1)[1] for link in links] == ["file", "word"]
        file = client.get(links[1])
        assert (file.status_code, file.data) == (200, b"PK word")
        assert file.content_type.endswith("wordprocessingml.document")
        assert re.search(r'attachment; filename="[\w.-]+\.docx"', file.headers["Content-Disposition"])
        assert file.headers["Cache-Control"] == "no-store"
    finally:
        kinds.offer(offered)


def test_the_page_has_one_main_button_and_its_own_page_each_document(
    client: FlaskClient, web_session: Session, officer: Actor, work: Callable[[], None]
) -> None:
    page = client.get("/reports/").text
    assert page.count("btn-primary") == 1
    client.post("/reports/", data=default_answers(page))
    work()
    address = re.search(r'href="(/reports/[0-9a-f-]{36})"', client.get("/reports/").text)
    assert address is not None
    detail = client.get(address[1])
    assert detail.status_code == 200
    assert f"{address[1]}/file" in detail.text


def test_progress_is_told_in_words_and_as_a_bar(
    client: FlaskClient, web_session: Session, officer: Actor, sent: Sent
) -> None:
    client.post("/reports/", data=default_answers(client.get("/reports/").text))
    report_id = queries.list_reports(web_session, officer).items[0].id
    claim = service.claim_report(web_session, officer, report_id)
    assert claim is not None
    web_session.commit()
    for address in ("/reports/", f"/reports/{report_id}"):
        page = client.get(address).text
        assert '<progress class="bar" value="1" max="4"' in page
        assert REFRESH in page


def test_a_failure_tells_why_and_offers_to_try_again(
    client: FlaskClient, web_session: Session, officer: Actor, sent: Sent
) -> None:
    client.post("/reports/", data=default_answers(client.get("/reports/").text))
    report_id = queries.list_reports(web_session, officer).items[0].id
    claim = service.claim_report(web_session, officer, report_id)
    assert claim is not None
    service.fail_report(web_session, officer, claim, Failure.TOO_SLOW)
    web_session.commit()
    page = client.get("/reports/").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page[page.index(f"{report_id}/again") :])
    answers = {"csrf_token": token[1]} if token else {}
    response = client.post(f"/reports/{report_id}/again", data=answers)
    assert response.status_code == 303
    states = [report.status for report in queries.list_reports(web_session, officer).items]
    assert sorted(states) == [ReportStatus.FAILED, ReportStatus.REQUESTED]


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": "2026-99"},
        {"kind": "diploma"},
        {"organisation": "x"},
        {"organisation": "00000000-0000-4000-8000-000000000000"},
        {"language": "fr"},
    ],
)
def test_an_answer_that_was_not_offered_is_shown_as_an_error_and_makes_nothing(
    client: FlaskClient, web_session: Session, officer: Actor, sent: Sent, wrong: dict[str, str]
) -> None:
    answers = default_answers(client.get("/reports/").text) | wrong
    response = client.post("/reports/", data=answers)
    assert response.status_code == 422
    assert "error-summary" in response.text
    assert queries.list_reports(web_session, officer).items == []


@pytest.mark.parametrize("name", ["teacher_x", "focal_point_x", "auditor", "administrator"])
def test_who_may_have_no_report_is_refused(visit: Visit, web_world: World, name: str) -> None:
    assert visit(web_world.people[name]).get("/reports/").status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(visit: Visit) -> None:
    for address in ("/reports/", "/reports/00000000-0000-4000-8000-000000000000/file"):
        response = visit(None).get(address)
        assert response.status_code == 302
        assert response.location.startswith("/sign-in")


def test_another_persons_report_does_not_exist(
    app: Flask,
    client: FlaskClient,
    visit: Visit,
    web_world: World,
    web_session: Session,
    work: Callable[[], None],
) -> None:
    client.post("/reports/", data=default_answers(client.get("/reports/").text))
    work()
    officer = web_world.people["department_officer"]
    report_id = queries.list_reports(web_session, officer).items[0].id
    head = visit(web_world.people["head_x"])
    for address in (f"/reports/{report_id}", f"/reports/{report_id}/file"):
        assert client.get(address).status_code == 200
        assert head.get(address).status_code == 404
    assert str(report_id) not in head.get("/reports/").text


def test_the_language_switch_of_the_form_loses_nothing(client: FlaskClient) -> None:
    answers = default_answers(client.get("/reports/").text) | {"period": "2026"}
    page = client.post("/reports/", data=answers | {"lang": "en"})
    assert page.status_code == 200
    assert '<html lang="en"' in page.text
    assert re.search(r'<option selected[^>]*value="2026">', page.text)
