"""Documents about a case: who may have one at each moment, what is printed, and what the audit keeps of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts.queries import actor_of
from school_portal.audit.models import AuditEvent
from school_portal.core import db
from school_portal.core.actor import SYSTEM, Actor
from school_portal.core.authz import everybody, scope
from school_portal.core.clock import now
from school_portal.core.db import database
from school_portal.core.errors import NotFound, NotPermitted, RuleBroken
from school_portal.core.jobs import JobContext
from school_portal.incidents import queries as incidents
from school_portal.incidents import service as incident_service
from school_portal.incidents.domain import NamesReason, Part, PersonInvolved, PersonKind, PlainGroup, Sex
from school_portal.incidents.domain.documents import FilePrint
from school_portal.incidents.report.incident_file import IncidentFile
from school_portal.incidents.service.documents import ask_for_file, ask_for_paper_form
from school_portal.reports import queries, service, tasks
from school_portal.reports.domain import Failure, Order, ReportStatus
from school_portal.reports.models import ReportRequest
from school_portal.reports.rendering import Document
from tests.reports.conftest import PDF, Sent, end_posts
from tests.world import World

MAI = PersonInvolved(
    PersonKind.PUPIL, frozenset({Part.HARMED}), Sex.FEMALE, "7A1", age=12, name="Nguyễn Hoà Mai"
)
THUY = PersonInvolved(
    PersonKind.PUPIL, frozenset({Part.WITNESS}), Sex.FEMALE, "7A1", age=12, name="Phạm Thị Thuý"
)
FACTS = "Nguyễn Hoà Mai bị đẩy ngã ở sân trường."
NAMED = FilePrint(NamesReason.FAMILY)


@pytest.fixture
def case(session: Session, world: World) -> UUID:
    """A case of school X, told by its teacher; beside it one of the sister school and one of school Y."""
    world.report("sister", by="head_sister", people=(MAI,))
    world.report("y", by="teacher_y", people=(MAI,))
    incident_id = world.report("x", by="teacher_x", people=(MAI, THUY), facts=FACTS)
    db.commit(session)
    return incident_id


def make(session: Session, run: JobContext, report_id: UUID) -> ReportRequest:
    db.commit(session)
    tasks.render(run, report_request_id=str(report_id))
    session.expire_all()
    return queries.get_report(session, SYSTEM, report_id)


def told_of(session: Session, subject_id: UUID) -> list[tuple[str, UUID | None]]:
    columns = (AuditEvent.action, AuditEvent.actor_id)
    statement = scope(select(*columns), everybody(AuditEvent.org_path)).order_by(AuditEvent.seq)
    return [(row[0], row[1]) for row in session.execute(statement.where(AuditEvent.subject_id == subject_id))]


# --- who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["focal_point_x", "head_x"])
def test_who_reads_the_case_gets_its_file_and_the_audit_keeps_each_download_as_a_reading(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID, who: str
) -> None:
    actor = world.people[who]
    report = make(session, run, ask_for_file(session, actor, case, "vi", FilePrint()))
    assert (report.status, report.subject_id, report.options) == (ReportStatus.READY, case, "")
    assert report.org_path == world.units["x"].org_path
    assert service.open_report_file(session, actor, report.id).data == PDF
    session.commit()
    assert told_of(session, case)[-1] == ("incident-read", actor.user_id)
    assert ("report-downloaded", actor.user_id) in told_of(session, report.id)
    view = incidents.list_views(session, world.people["head_x"], case)[0]
    assert (view.name, view.with_names) == (actor.name, False)


@pytest.mark.parametrize(
    "who",
    [
        "teacher_x",
        "counsellor_x",
        "head_sister",
        "head_y",
        "commune_officer_p",
        "department_officer",
        "auditor",
    ],
)
def test_for_everybody_else_there_is_no_such_case(
    session: Session, world: World, case: UUID, who: str
) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        ask_for_file(session, world.people[who], case, "vi", FilePrint())
    order = Order("incident-file", world.units["x"].id, "2026-2027", "vi", case)
    with pytest.raises((NotFound, NotPermitted)):
        service.request_report(session, world.people[who], order)
    assert queries.list_reports(session, SYSTEM).items == []


def test_a_remembered_device_gets_none(session: Session, world: World, case: UUID) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        ask_for_file(session, replace(world.people["head_x"], is_fresh=False), case, "vi", FilePrint())


def test_a_file_is_about_one_case_of_that_unit(session: Session, world: World, case: UUID) -> None:
    head = world.people["head_x"]
    order = Order("incident-file", world.units["x"].id, "2026-2027", "vi")
    with pytest.raises(RuleBroken):
        service.request_report(session, head, order)
    for subject, unit in ((uuid4(), "x"), (case, "y")):
        wrong = replace(order, subject_id=subject, organisation_id=world.units[unit].id)
        with pytest.raises((NotFound, NotPermitted)):
            service.request_report(session, head, wrong)


# --- names -------------------------------------------------------------------------------------------------------


def printed(drawn: list[Document]) -> IncidentFile:
    values = drawn[-1].values
    assert isinstance(values, IncidentFile)
    return values


def test_by_default_nothing_that_is_drawn_holds_a_name(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID
) -> None:
    make(session, run, ask_for_file(session, world.people["head_x"], case, "vi", FilePrint()))
    everything = repr(printed(drawn))
    for name in ("Mai", "Thuý", world.people["teacher_x"].name):
        assert name not in everything


def test_names_are_printed_for_a_reason_that_the_audit_keeps_and_for_a_day_only(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID
) -> None:
    head = world.people["head_x"]
    report = make(session, run, ask_for_file(session, head, case, "vi", NAMED))
    values = printed(drawn)
    assert values.people[0].name == "Nguyễn Hoà Mai"
    assert head.name in values.watermark
    assert "Thuý" not in repr(values)
    assert world.people["teacher_x"].name not in repr(values)
    assert report.expires_at is not None
    assert timedelta(hours=23) < report.expires_at - now() <= timedelta(hours=24)
    service.open_report_file(session, head, report.id)
    session.commit()
    assert told_of(session, case)[-1] == ("names-read", head.user_id)
    with time_machine.travel(now() + timedelta(hours=25)), pytest.raises(NotFound):
        service.open_report_file(session, head, report.id)


def test_witnesses_and_the_reporter_only_when_both_are_chosen(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID
) -> None:
    both = replace(NAMED, witnesses=True, reporter=True)
    make(session, run, ask_for_file(session, world.people["head_x"], case, "vi", both))
    annex = printed(drawn).annex
    assert annex is not None
    assert annex.witnesses is not None
    assert [row.name for row in annex.witnesses] == ["Phạm Thị Thuý"]
    assert annex.reporter == world.people["teacher_x"].name


def test_what_is_printed_makes_two_orders_of_one_case(session: Session, world: World, case: UUID) -> None:
    head = world.people["head_x"]
    orders = [ask_for_file(session, head, case, "vi", chosen) for chosen in (FilePrint(), NAMED, FilePrint())]
    assert orders[0] == orders[2] != orders[1]


# --- rights that are lost ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [FilePrint(), NAMED])
def test_rights_lost_between_asking_and_making_are_refused(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID, chosen: FilePrint
) -> None:
    head = world.people["head_x"]
    report_id = ask_for_file(session, head, case, "vi", chosen)
    end_posts(session, head)
    report = make(session, run, report_id)
    assert (report.status, report.failure) == (ReportStatus.FAILED, Failure.RIGHTS_LOST)
    assert drawn == []


def test_who_turns_out_to_be_involved_can_neither_download_the_file_nor_see_that_it_exists(
    session: Session, world: World, run: JobContext, drawn: list[Document], case: UUID
) -> None:
    head, focal_point = world.people["head_x"], world.people["focal_point_x"]
    report = make(session, run, ask_for_file(session, head, case, "vi", FilePrint()))
    waiting = ask_for_file(session, head, case, "en", FilePrint())
    assert report.id in {row.id for row in queries.list_reports(session, head).items}
    himself = PersonInvolved(PersonKind.STAFF, frozenset({Part.WITNESS}), user_id=head.user_id)
    incident_service.add_person(session, focal_point, case, himself)
    db.commit(session)
    with pytest.raises(NotFound):
        service.open_report_file(session, head, report.id)
    with pytest.raises(NotFound):
        queries.get_report(session, head, report.id)
    assert queries.list_reports(session, head).items == []
    assert make(session, run, waiting).failure == Failure.RIGHTS_LOST


def test_a_case_that_goes_above_takes_its_files_from_the_school(
    session: Session, world: World, run: JobContext, drawn: list[Document]
) -> None:
    """A case about the head is read by the officer above alone; the file names no school's signature."""
    incident_id = world.report("x", by="counsellor_x", concerns_lead=True, group=PlainGroup.ADULT)
    db.commit(session)
    with pytest.raises((NotFound, NotPermitted)):
        ask_for_file(session, world.people["head_x"], incident_id, "vi", FilePrint())
    officer = world.people["commune_officer_p"]
    report = make(session, run, ask_for_file(session, officer, incident_id, "vi", FilePrint()))
    assert report.status == ReportStatus.READY
    assert "NÔNG TRANG" in printed(drawn).head.parent_line


# --- the paper form ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["teacher_x", "counsellor_x", "focal_point_x", "head_x"])
def test_everybody_who_may_report_gets_the_paper_form_of_the_own_school(
    session: Session, world: World, run: JobContext, drawn: list[Document], who: str
) -> None:
    actor = world.people[who]
    report = make(session, run, ask_for_paper_form(session, actor, world.units["x"].id, "vi"))
    assert report.status == ReportStatus.READY
    assert service.open_report_file(session, actor, report.id).name.startswith("paper-form-")
    values: Any = drawn[-1].values
    assert {person.name for person in values.people} == {
        world.people[name].name for name in ("focal_point_x", "head_x")
    }


@pytest.mark.parametrize(("who", "unit"), [("teacher_x", "y"), ("commune_officer_p", "x"), ("auditor", "x")])
def test_who_can_not_report_there_gets_none(session: Session, world: World, who: str, unit: str) -> None:
    with pytest.raises((NotFound, NotPermitted)):
        ask_for_paper_form(session, world.people[who], world.units[unit].id, "vi")


# --- in a browser without scripts --------------------------------------------------------------------------------

Visit = Callable[[Actor | None], FlaskClient]


def first_answers(page: str, form: str) -> dict[str, str]:
    """What a program sends: the first radio of every group, the first option of every select, hidden fields."""
    part = page[page.index(f'id="{form}"') :]
    part = part[: part.index("</form>")]
    answers: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", part):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="(\w+)"', tag)
        if name and value and kind and kind[1] in ("radio", "hidden"):
            answers.setdefault(name[1], unescape(value[1]))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', part, re.DOTALL):
        answers[name] = unescape(re.findall(r'value="([^"]+)"', options)[0])
    return answers


@pytest.fixture
def web_case(web_session: Session, web_world: World) -> UUID:
    incident_id = web_world.report("x", by="teacher_x", people=(MAI, THUY), facts=FACTS)
    web_session.commit()
    return incident_id


def work(sent: Sent) -> None:
    while sent:
        _, ids = sent.pop(0)
        if ids:
            tasks.render(JobContext(database, actor_of), **ids)


def test_the_first_answers_make_a_file_without_names_that_can_be_downloaded(
    visit: Visit, web_world: World, web_session: Session, web_case: UUID, sent: Sent, drawn: list[Document]
) -> None:
    client = visit(web_world.people["focal_point_x"])
    address = f"/incidents/{web_case}/file"
    assert f'href="{address}"' in client.get(f"/incidents/{web_case}").text
    page = client.get(address).text
    assert page.count("btn-primary") == 1
    response = client.post(address, data=first_answers(page, "case-file"))
    assert response.status_code == 303
    sent[:] = [item for item in sent if item[0] == "reports.render"]
    work(sent)
    detail = client.get(response.location).text
    assert f"{response.location}/file" in detail
    assert f'href="/incidents/{web_case}"' in detail, "the way back leads to the case, not to the reports"
    file = client.get(f"{response.location}/file")
    assert (file.status_code, file.data) == (200, PDF)
    assert "Mai" not in repr(drawn[-1].values)
    assert client.get(f"{response.location}/word").status_code == 404


def test_names_without_a_reason_are_asked_for_again_and_nothing_is_made(
    visit: Visit, web_world: World, web_session: Session, web_case: UUID, sent: Sent
) -> None:
    client = visit(web_world.people["head_x"])
    address = f"/incidents/{web_case}/file"
    answers = first_answers(client.get(address).text, "case-file") | {"names": "with"}
    answers.pop("reason")
    response = client.post(address, data=answers)
    assert response.status_code == 422
    assert "error-summary" in response.text
    assert queries.list_reports(web_session, SYSTEM).items == []


def test_the_case_page_of_who_may_not_read_it_offers_no_file(
    visit: Visit, web_world: World, web_case: UUID
) -> None:
    for who in ("teacher_x", "head_y", "commune_officer_p", "department_officer"):
        client = visit(web_world.people[who])
        assert client.get(f"/incidents/{web_case}/file").status_code == 404


def test_a_teacher_finds_the_paper_form_on_a_page_of_its_own_and_no_list_of_reports(
    visit: Visit, web_world: World, web_session: Session, sent: Sent, drawn: list[Document]
) -> None:
    client = visit(web_world.people["teacher_x"])
    page = client.get("/incidents/paper-form").text
    response = client.post("/incidents/paper-form", data=first_answers(page, "paper-form"))
    assert response.status_code == 303
    work(sent)
    assert client.get(f"{response.location}/file").status_code == 200
    assert client.get("/reports/").status_code == 403
    assert visit(web_world.people["commune_officer_p"]).get("/incidents/paper-form").status_code == 403


def test_the_first_kind_on_the_page_of_reports_stays_the_term_report(
    visit: Visit, web_world: World, web_case: UUID
) -> None:
    page = visit(web_world.people["head_x"]).get("/reports/").text
    kinds = re.findall(
        r'value="([a-z-]+)"', page[page.index('name="kind"') : page.index('name="organisation"')]
    )
    assert kinds == ["term-report", "paper-form"]
    page = visit(web_world.people["department_officer"]).get("/reports/").text
    assert "incident-file" not in page
    assert "paper-form" not in page
