"""A program or a person without scripts gets through every form in the promised way (interface, "Forms")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from school_portal.core.actor import Actor
from school_portal.core.db import database
from school_portal.incidents.domain import PersonInvolved, PersonKind
from tests.browser.plain import PlainForm, PlainPage, PlainPerson
from tests.world import World

Visit = Callable[[Actor | None], FlaskClient]
NUMBER = re.compile(r"VV-\d{4}-\d{6}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PEOPLE = (
    "teacher_x",
    "focal_point_x",
    "counsellor_x",
    "head_x",
    "head_z",
    "commune_officer_p",
    "department_officer",
    "administrator",
    "auditor",
)
NOT_BY_A_SENTENCE = {
    "/change": "asks for the password that stands",
    "/verify": "asks for the password that stands",
    "/tf-setup": "asks for a second device",
    "/mf-recovery-codes": "asks for the password first",
}
"""Forms that nobody can complete by a sentence: they prove who one is."""
STARTS = ("/", "/incidents/start", "/incidents/new", "/accounts/me")
MOST_PAGES = 60
OF_A_KIND = 3
LEAST_FORMS: dict[str, set[str]] = {name: {"/accounts/me/language"} for name in PEOPLE} | {
    "teacher_x": {"/incidents/new", "/incidents/start", "/incidents/<id>/own/facts"},
    "focal_point_x": {"/incidents/new", "/incidents/<id>/names"},
    "head_x": {"/incidents/new", "/incidents/<id>/names", "/accounts/invite", "/reports/"},
    "department_officer": {"/accounts/invite", "/reports/", "/organisations/calendar/edit"},
    "administrator": {"/accounts/invite", "/accounts/<id>/disable"},
}


@contextmanager
def undone(client: FlaskClient) -> Iterator[None]:
    """What is sent inside is taken back, cookies too, so that no form spoils the next one."""
    point, cookies = database.sessions.kw["bind"].begin_nested(), dict(client._cookies or {})
    try:
        yield
    finally:
        point.rollback()
        client._cookies = cookies


def kind_of(address: str) -> str:
    """An address without ids and tokens."""
    return UUID.sub("<id>", urlsplit(address).path)


def path_of(label: str) -> str:
    """The address in a form's label."""
    return label.split(" ")[0]


def walk(person: PlainPerson) -> Iterator[PlainPage]:
    """A few pages of each kind that links lead to."""
    waiting, known = list(STARTS), Counter[str]()
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        kind = kind_of(address)
        if (
            address in seen
            or known[kind] == OF_A_KIND
            or kind.endswith("/file")
            or kind.startswith("/static")
        ):
            continue
        known[kind] += 1
        seen.add(address)
        page = person.open(address)
        if page.status == 200 and not page.address.startswith("/sign-in"):
            waiting += page.links
            yield page


@pytest.mark.parametrize("name", PEOPLE)
def test_every_form_of_every_role_can_be_completed_in_the_promised_way(
    web_world: World, visit: Visit, name: str
) -> None:
    pupil = PersonInvolved(PersonKind.PUPIL, name="Bùi Thị Mơ")
    web_world.report("x", "teacher_x", people=(pupil,))
    web_world.report("z", "teacher_z", concerns_lead=True)
    web_world.session.commit()
    person = PlainPerson(visit(web_world.people[name]))
    done: dict[str, str] = {}
    for page in walk(person):
        for n, form in enumerate(page.forms()):
            if form.label in done or any(part in form.action for part in NOT_BY_A_SENTENCE):
                continue
            done[form.label] = fill_in(person, page, n)
    broken = {label: trouble for label, trouble in done.items() if trouble}
    assert broken == {}
    assert LEAST_FORMS[name] <= set(map(path_of, done)), "a form that should be there was not found"


def fill_in(person: PlainPerson, page: PlainPage, n: int) -> str:
    """What goes wrong with the n-th form of a page; empty when all is well."""
    form = page.forms()[n]
    main = [b for b in form.buttons() if "btn-primary" in b.get("class", "").split()]
    if form.method == "post" and len(main) != 1 and len(form.buttons()) != 1:
        return f"{len(main)} main buttons"
    with undone(person.client):
        answer = person.send(form)
    if answer.status >= 400 or answer.errors:
        return f"{answer.status} {answer.errors}"
    return ""


def first_form(page: PlainPage) -> PlainForm:
    """The form that the promise speaks of."""
    return page.forms()[0]


def test_the_first_answers_of_the_report_lead_to_a_receipt_with_the_number(
    web_world: World, visit: Visit
) -> None:
    teacher = PlainPerson(visit(web_world.people["teacher_x"]))
    page = teacher.open("/incidents/new")
    assert not NUMBER.search(page.text)
    values: dict[str, str] = {}
    while not NUMBER.search(page.text):
        assert teacher.posts < 12, page.errors
        values |= dict(first_form(page).filled())
        page = teacher.send(first_form(page))
    assert page.status == 200
    assert (values["safety"], values["concerns_lead"], values["people-0-staff"]) == ("safe", "no", "none")
    assert teacher.posts == 4
    assert page.document.xpath("//textarea") == []
    number = NUMBER.search(page.text)
    assert number

    lead = PlainPerson(visit(web_world.people["focal_point_x"]))
    listed = lead.open("/incidents/")
    links = listed.document.xpath(f"//main//a[normalize-space()='{number[0]}']/@href")
    assert len(links) == 1, "the number is the text of the link"
    assert re.fullmatch(rf"/incidents/{UUID.pattern}", links[0])
    case = lead.open(links[0])
    assert number[0] in case.text
    assert case.document.xpath("//main//*[contains(@class, 'person-line')]") == [], (
        "an empty card is no person"
    )
    other = PlainPerson(visit(web_world.people["focal_point_y"]))
    assert other.open(links[0]).status == 404


def test_the_same_form_sent_twice_is_one_report(web_world: World, visit: Visit) -> None:
    teacher = PlainPerson(visit(web_world.people["teacher_x"]))
    page = teacher.open("/incidents/new")
    forms = []
    while not NUMBER.search(page.text):
        forms.append(first_form(page))
        page = teacher.send(forms[-1])
    number = NUMBER.findall(page.text)
    for form in forms:
        assert NUMBER.findall(teacher.send(form).text) == number


def test_the_language_switch_sends_the_form_along_and_keeps_it(web_world: World, visit: Visit) -> None:
    teacher = PlainPerson(visit(web_world.people["teacher_x"]))
    page = teacher.open("/incidents/new")
    form = first_form(page)
    (switch, *_) = page.document.xpath(f"//header//button[@form='{form.element.get('id')}'][@name='lang']")
    values = [(name, value) for name, value in form.filled() if name != "facts"]
    values += [("facts", "Em A kể với cô."), (switch.get("name"), switch.get("value"))]
    data: dict[str, list[str]] = {}
    for name, value in values:
        data.setdefault(name, []).append(value)
    answer = teacher.client.post(form.action, data=data)
    assert answer.status_code == 200
    assert 'lang="en"' in answer.text
    assert "Em A kể với cô." in answer.text
    assert "error-summary" not in answer.text


@pytest.mark.parametrize("name", ["head_x", "commune_officer_p", "department_officer"])
def test_the_first_document_offered_can_be_ordered_as_it_stands(
    web_world: World, visit: Visit, name: str
) -> None:
    person = PlainPerson(visit(web_world.people[name]))
    page = person.open("/reports/")
    form = first_form(page)
    assert dict(form.filled())["kind"] == "term-report"
    ordered = person.send(form)
    assert ordered.status == 200
    assert ordered.document.xpath("//main//li[contains(@class, 'report-row')]")


def test_each_form_in_the_portal_that_has_a_menu_of_languages_is_pressed_by_enter(
    web_world: World, visit: Visit
) -> None:
    # Enter presses the first submit button in the page that belongs to the form.
    person = PlainPerson(visit(web_world.people["head_x"]))
    for address in ("/incidents/new", "/accounts/invite", "/reports/", "/sign-in"):
        client = person if address != "/sign-in" else PlainPerson(visit(None))
        page = client.open(address)
        form = next(form for form in page.forms() if form.method == "post")
        name = form.element.get("id")
        first = page.document.xpath(
            f"(//button[@form='{name}'] | //form[@id='{name}']//button[@type='submit'])[1]"
        )
        assert first, address
        assert first[0].get("name") != "lang", f"Enter would switch the language at {address}"
