"""A person without JavaScript: reads pages, fills in forms as the project promises they can be filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from lxml import html
from lxml.html import HtmlElement

from school_portal.core.clock import today

SENTENCE = "Em tự kể lại với cô giáo chủ nhiệm."
Values = list[tuple[str, str]]


@dataclass
class PlainPage:
    """An answer as a text browser has it."""

    address: str
    status: int
    document: HtmlElement

    def forms(self) -> list[PlainForm]:
        """The forms of its main part, as somebody sees them."""
        return [PlainForm(self, form) for form in self.document.xpath("//main//form")]

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(self.document.xpath("//main")[0].text_content().split())

    @property
    def links(self) -> list[str]:
        """Addresses that its links lead to, in this portal."""
        found = [urljoin(self.address, link) for link in self.document.xpath("//a/@href")]
        return [link for link in found if link.startswith("/") and not link.startswith("//")]

    @property
    def errors(self) -> list[str]:
        """What the error summary says."""
        return [
            " ".join(item.text_content().split())
            for item in self.document.xpath("//*[@id='error-summary']//li")
        ]


@dataclass
class PlainForm:
    """One form, and the promised way through it."""

    page: PlainPage
    element: HtmlElement

    @property
    def method(self) -> str:
        """`get` or `post`."""
        return str(self.element.get("method", "get")).lower()

    @property
    def action(self) -> str:
        """Where it is sent."""
        return urljoin(self.page.address, self.element.get("action") or self.page.address)

    @property
    def label(self) -> str:
        """How a test names it: its address without ids, and its fields."""
        names = {str(name) for name in self.element.xpath(".//@name")} - {"csrf_token"}
        path = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", urlsplit(self.action).path)
        return f"{path} ({', '.join(sorted(names))})"

    def buttons(self) -> list[HtmlElement]:
        """Its submit buttons inside it, templates for scripts left out."""
        return [b for b in self._within("button") if b.get("type", "submit") == "submit"]

    def _within(self, tag: str) -> list[HtmlElement]:
        return list(self.element.xpath(f".//{tag}[not(ancestor::template)]"))

    def filled(self) -> Values:
        """First radio of each group, first real option, only required boxes, a sentence, today."""
        values: Values = []
        groups: set[str] = set()
        for control in self.element.xpath(".//*[self::input or self::select or self::textarea]"):
            name = control.get("name")
            if not name or control.xpath("ancestor::template") or control.get("disabled") is not None:
                continue
            value = self._answer(control, groups)
            if value is not None:
                values.append((name, value))
        return values

    def _answer(self, control: HtmlElement, groups: set[str]) -> str | None:
        kind = control.get("type", "text") if control.tag == "input" else control.tag
        is_required = control.get("required") is not None
        standing = control.get("value") or ""
        if kind == "radio":
            if control.get("name") in groups:
                return None
            groups.add(control.get("name"))
            return standing
        if kind == "checkbox":
            return (standing or "on") if is_required else None
        if kind == "select":
            return next(
                (o.get("value", o.text) for o in control.iter("option") if o.get("value", o.text)), ""
            )
        if kind == "textarea":
            return (control.text or "").removeprefix("\n") or (SENTENCE if is_required else "")
        if kind == "hidden":
            return standing
        if kind in ("submit", "button", "file"):
            return None
        if not is_required or standing:
            return standing
        return {"date": today().isoformat(), "number": "1"}.get(kind, SENTENCE)


@dataclass
class PlainPerson:
    """A client that follows redirects, and counts what it sent."""

    client: FlaskClient
    posts: int = 0
    seen: list[str] = field(default_factory=list)

    def open(self, address: str) -> PlainPage:
        """Go to a page."""
        return self._page(address, self.client.get(address, follow_redirects=True))

    def send(self, form: PlainForm, values: Values | None = None) -> PlainPage:
        """Press its main button (its only one where no button is the main one)."""
        values = form.filled() if values is None else values
        main = [b for b in form.buttons() if "btn-primary" in b.get("class", "").split()]
        button = (main or form.buttons())[0]
        if button.get("name"):
            values = [*values, (button.get("name"), button.get("value") or "")]
        if form.method == "get":
            return self._page(form.action, self.client.get(form.action, query_string=dict(values)))
        self.posts += 1
        data: dict[str, list[str]] = {}
        for name, value in values:
            data.setdefault(name, []).append(value)
        return self._page(form.action, self.client.post(form.action, data=data, follow_redirects=True))

    def _page(self, address: str, answer: object) -> PlainPage:
        final = answer.request.full_path.rstrip("?")  # type: ignore[attr-defined]
        body = answer.get_data(as_text=True)  # type: ignore[attr-defined]
        status = answer.status_code  # type: ignore[attr-defined]
        is_page = answer.mimetype == "text/html"  # type: ignore[attr-defined]
        return PlainPage(final, status, html.document_fromstring(body if is_page else "<main></main>"))
