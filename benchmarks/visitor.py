"""A visitor without JavaScript: keeps cookies, fills in forms by the first choice of everything."""

from __future__ import annotations

from http.client import HTTPConnection, RemoteDisconnected
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

from school_portal.core.clock import today

Fields = dict[str, str]


class Visitor:
    """One keep-alive connection and its cookies."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.path = "/"
        self.status = 0
        self.text = ""

    def request(self, method: str, path: str, fields: Fields | None = None) -> int:
        """One request without following; remembers cookies, status and text."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (BrokenPipeError, ConnectionResetError, RemoteDisconnected):
            self.connection.close()  # the server ends a connection that was idle for seconds
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        self.text = answer.read().decode()
        self.path, self.status = path, answer.status
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        self.location = urlsplit(urljoin(path, answer.headers.get("Location", ""))).path
        return self.status

    def get(self, path: str) -> int:
        """Read a page, following redirects."""
        status = self.request("GET", path)
        while status in (302, 303):
            status = self.request("GET", self.location)
        return status

    def form(self, **given: str) -> Fields:
        """The fields of the page's main form: first radio, first real option, today, a sentence; rest empty."""
        page = html.fromstring(self.text)
        form = next(form for form in page.forms if form.xpath('.//button[contains(@class, "btn-primary")]'))
        fields: Fields = {}
        for element in form.xpath(".//input[@name]|.//select[@name]|.//textarea[@name]"):
            name, kind = element.get("name"), element.get("type", element.tag)
            if kind == "radio":
                fields.setdefault(name, element.get("value"))
            elif kind == "hidden":
                fields[name] = element.get("value", "")
            elif kind == "checkbox":
                if element.get("required") is not None:
                    fields[name] = element.get("value", "y")
            elif element.tag == "select":
                options = [option.get("value") for option in element.iter("option") if option.get("value")]
                fields[name] = options[0] if options else ""
            elif element.get("required") is not None:
                fields[name] = f"{today():%Y-%m-%d}" if kind == "date" else "Một câu đủ để thử."
        button = form.xpath('.//button[contains(@class, "btn-primary")]')[0]
        if button.get("name"):
            fields[button.get("name")] = button.get("value", "")
        self.action = urljoin(self.path, form.get("action") or self.path)
        return fields | given

    def submit(self, fields: Fields) -> int:
        """Send the form that was filled in last."""
        return self.request("POST", self.action, fields)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the page."""
        self.get("/sign-in")
        status = self.submit(self.form(email=email, password=password))
        if status not in (302, 303):
            raise RuntimeError(f"signing in as {email} was answered with {status}")
