"""Reading pages of cases in tests: a whole page, its words, its forms."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from school_portal.core.actor import Actor

Visit = Callable[[Actor | None], FlaskClient]


def page_of(response: TestResponse, status: int = 200) -> html.HtmlElement:
    """The page, which must be whole: one heading, a title, ids once, each control with its label, one main button."""
    assert response.status_code == status, response.text[:3000]
    page: html.HtmlElement = html.fromstring(response.text)
    assert len(page.findall(".//h1")) == 1
    assert page.findtext(".//title").strip()
    ids = [element.get("id") for element in page.iterfind(".//*[@id]")]
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
    labelled = {label.get("for") for label in page.iterfind(".//label")}
    for control in page.xpath("//main//input | //main//select | //main//textarea"):
        if control.get("type") not in ("hidden", "submit") and not control.xpath("ancestor::template"):
            assert control.get("id") in labelled, control.get("name")
    assert not page.xpath("//*[@style] | //script[not(@src)]")
    for form in page.xpath("//main//form[@method='post']"):
        buttons = form.xpath(".//button")
        main = [button for button in buttons if "btn-primary" in button.get("class", "").split()]
        assert len(main) == 1 or len(buttons) == 1, form.get("action")
    return page


def words(page: html.HtmlElement, where: str = "//main") -> str:
    """The words of a part of the page."""
    return " ".join(" ".join(part.text_content().split()) for part in page.xpath(where))


def links(page: html.HtmlElement, where: str = "//main") -> set[str]:
    """Where its links lead."""
    return set(page.xpath(f"{where}//a/@href"))


def token(page: html.HtmlElement) -> str:
    """The token of a page's forms."""
    return str(page.xpath("//input[@name='csrf_token']/@value")[0])


def answers(page: html.HtmlElement, form_id: str) -> dict[str, object]:
    """What a form holds as it stands."""
    form = page.get_element_by_id(form_id)
    found: dict[str, object] = {}
    for control in form.xpath(".//input | .//select | .//textarea"):
        name, kind = control.get("name"), control.get("type")
        if control.tag == "select":
            chosen = control.xpath("./option[@selected]") or control.xpath("./option")
            found[name] = chosen[0].get("value") if chosen else ""
        elif kind in ("radio", "checkbox"):
            if control.get("checked") is not None:
                found.setdefault(name, []).append(control.get("value"))  # type: ignore[attr-defined]
        elif control.tag == "textarea":
            found[name] = (control.text or "").removeprefix("\n")
        else:
            found[name] = control.get("value") or ""
    return found


def send(
    client: FlaskClient, address: str, form_id: str, status: int = 303, **changes: object
) -> TestResponse:
    """Open a page, send its form as it stands with these changes."""
    page = page_of(client.get(address))
    answer = client.post(address, data=answers(page, form_id) | changes)
    assert answer.status_code == status, words(html.fromstring(answer.text))[:2000]
    return answer


def press(client: FlaskClient, at: str, action: str, status: int = 303, **data: object) -> TestResponse:
    """Press a button that posts to an address, with the token of another page."""
    form_token = token(html.fromstring(client.get(at).text))
    answer = client.post(action, data={"csrf_token": form_token, **data})
    assert answer.status_code == status, answer.text[:2000]
    return answer


def case_url(incident_id: UUID, page: str = "") -> str:
    """Address of a case, or of one of its pages."""
    return f"/incidents/{incident_id}{page}"
