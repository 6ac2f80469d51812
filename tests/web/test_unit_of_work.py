"""One transaction and one decision per request: what is stored, what is rolled back, what is never shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from school_portal.audit import service as audit
from school_portal.core import authz
from school_portal.core.db import database
from school_portal.incidents.models import Submission
from tests.web.conftest import HEAD, Scratch, Visitor


def test_a_view_that_decided_is_stored_with_its_audit_event(scratch: Scratch) -> None:
    assert scratch.post("/rogue/decided") == 200
    assert scratch.rows() == (1, 1)
    assert scratch.get("/rogue/decided") == 200
    assert scratch.get("/rogue/scoped") == 200
    assert scratch.rows() == (1, 1)


@pytest.mark.parametrize("path", ["/rogue/undecided", "/rogue/undecided-page", "/rogue/looked-up"])
def test_a_view_that_neither_scoped_nor_required_is_an_error_and_shows_nothing(
    scratch: Scratch, path: str
) -> None:
    """Also when its page has the frame with the header's words, which are read for everybody."""
    answer = scratch.app.test_client().get(path)
    assert answer.status_code == 500
    assert "never to be seen" not in answer.text
    assert "a key is no decision" not in answer.text


def test_an_undecided_write_is_rolled_back(scratch: Scratch) -> None:
    assert scratch.post("/rogue/undecided") == 500
    assert scratch.rows() == (0, 0)


def test_a_decision_of_one_request_does_not_serve_the_next(scratch: Scratch) -> None:
    assert scratch.get("/rogue/decided") == 200
    assert scratch.get("/rogue/undecided") == 500
    authz.require(True)
    assert scratch.get("/rogue/undecided") == 500


def test_a_refused_permission_is_told_and_changes_nothing(scratch: Scratch) -> None:
    scratch.visitor = Visitor(replace(HEAD, posts=()))
    assert scratch.post("/rogue/decided") == 403
    assert scratch.rows() == (0, 0)


@pytest.mark.parametrize("path", ["/rogue/writing-get", "/rogue/flushing-get"])
def test_a_get_that_writes_fails_on_both_databases(scratch: Scratch, path: str) -> None:
    assert scratch.get(path) in (500, 503)
    assert scratch.rows() == (0, 0)
    assert scratch.post("/rogue/decided") == 200, "the mode of one request must not reach the next"


def test_an_audited_get_writes_its_event_before_anything_is_shown(scratch: Scratch) -> None:
    assert scratch.get("/rogue/audited") == 200
    assert scratch.rows() == (0, 1)


def test_when_the_audit_of_a_get_cannot_be_written_nothing_is_shown(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> bytes:
        raise OSError("no space left on device")

    monkeypatch.setattr(audit, "link", full)
    answer = scratch.app.test_client().get("/rogue/audited")
    assert answer.status_code == 500
    assert "a secret" not in answer.text
    monkeypatch.undo()
    assert scratch.rows() == (0, 0)
    assert scratch.get("/rogue/audited") == 200


def test_when_the_audit_of_a_change_cannot_be_written_the_change_is_not_either(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "link", lambda *args: 1 / 0)
    assert scratch.post("/rogue/decided") == 500
    monkeypatch.undo()
    assert scratch.rows() == (0, 0)


@pytest.mark.parametrize(
    ("name", "status"),
    [("NotFound", 404), ("NotPermitted", 403), ("RuleBroken", 422), ("Conflict", 409), ("Unavailable", 503)],
)
def test_a_raised_error_of_ours_rolls_back_and_has_its_page(scratch: Scratch, name: str, status: int) -> None:
    assert scratch.post(f"/rogue/refused/{name}") == status
    assert scratch.get(f"/rogue/refused/{name}") == status
    assert scratch.rows() == (0, 0)


def test_a_fault_rolls_back_and_tells_nothing_of_itself(scratch: Scratch) -> None:
    assert scratch.post("/rogue/bug") == 500
    assert scratch.rows() == (0, 0)
    page = scratch.app.test_client().get("/rogue/bug").text
    for word in ("SELECT", "/srv", "ZeroDivisionError", "Traceback", "sqlalchemy", "Werkzeug"):
        assert word not in page


def test_last_seen_is_written_after_the_view_and_only_when_it_is_time(scratch: Scratch) -> None:
    scratch.get("/rogue/decided")
    assert scratch.touched == []
    scratch.needs_touch = True
    scratch.get("/rogue/decided")
    scratch.post("/rogue/decided")
    assert len(scratch.touched) == 2
    scratch.get("/rogue/refused/NotFound")
    assert len(scratch.touched) == 2


def test_a_database_that_is_gone_still_gets_an_answer_with_headers(scratch: Scratch) -> None:
    where = database.engine.url.render_as_string(hide_password=False)
    try:
        database.connect("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
        answer = scratch.app.test_client().get("/rogue/scoped")
        assert answer.status_code == 503
        assert "Content-Security-Policy" in answer.headers
        assert "127.0.0.1" not in answer.text
    finally:
        database.connect(where)


def test_a_fault_is_told_also_when_the_header_cannot_be_read(scratch: Scratch) -> None:
    def broken() -> None:
        raise OperationalError("SELECT secret", {}, Exception("gone"))

    scratch.app.extensions["portal_identity"] = broken
    for path, status in (("/rogue/bug", 500), ("/rogue/refused/NotFound", 404)):
        answer = scratch.app.test_client().get(path)
        assert answer.status_code == status
        assert "<h1" in answer.text
        assert "SELECT" not in answer.text
        assert "Content-Security-Policy" in answer.headers


def test_no_connection_and_no_mode_outlives_a_request(scratch: Scratch) -> None:
    for path in ("/rogue/decided", "/rogue/bug", "/rogue/undecided", "/rogue/audited", "/rogue/writing-get"):
        scratch.get(path)
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    scratch.get("/rogue/decided")
    with database.session() as session:
        session.execute(delete(Submission))
        session.commit()
    assert scratch.post("/rogue/decided") == 200
