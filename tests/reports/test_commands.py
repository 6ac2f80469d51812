"""`reports kinds` and `reports build`: the same document as the download, or a refusal that says what to write."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from school_portal.audit.queries import list_events
from school_portal.core.db import PortalSession
from school_portal.reports.kinds import kinds
from tests.world import World

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, web_world: World) -> Run:
    """An operator's command beside a province with three cases."""
    web_world.report("x", occurred_on=date(2025, 11, 3))
    web_world.report("x", occurred_on=date(2025, 12, 3))
    web_world.report("y", occurred_on=date(2025, 12, 3))
    web_world.session.commit()
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["reports", *map(str, words)])


def test_kinds_are_told_one_a_line_with_their_units_and_periods(run: Run) -> None:
    result = run("kinds")
    assert result.exit_code == 0
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows[0] == [
        "term-report",
        "department,commune,school",
        "term,summer,school-year,month,quarter,calendar-year",
    ]
    assert all(len(row) == 3 for row in rows)
    assert rows[1:3] == [["incident-file", "school", "school-year"], ["paper-form", "school", "school-year"]]


def build(run: Run, kind: str, output: Path, **options: object) -> Result:
    values = {"organisation": "25-x", "period": "2025-2026", **options, "output": output}
    return run("build", kind, *(word for name, value in values.items() for word in (f"--{name}", value)))


@pytest.fixture
def case(web_world: World, run: Run) -> str:
    incident_id = web_world.report("x", occurred_on=date(2025, 11, 4), facts="Em A bị đẩy ngã ở cầu thang.")
    web_world.session.commit()
    return str(incident_id)


@pytest.mark.parametrize("code", ["25-x", "07900", "25"])
def test_the_file_of_a_case_is_made_for_its_school_and_for_units_above(
    run: Run, tmp_path: Path, case: str, code: str
) -> None:
    output = tmp_path / "case.pdf"
    result = build(run, "incident-file", output, organisation=code, incident=case)
    assert (result.exit_code, result.stdout) == (0, f"{output}\n")
    text = subprocess.run(["pdftotext", "-layout", output, "-"], check=True, capture_output=True, text=True)
    assert "Em A bị đẩy ngã ở cầu thang." in " ".join(text.stdout.split())


def test_the_audit_tells_that_an_operator_made_the_file_of_a_case(
    run: Run, web_session: PortalSession, web_world: World, tmp_path: Path, case: str
) -> None:
    build(run, "incident-file", tmp_path / "case.pdf", incident=case)
    event = list_events(web_session, web_world.people["auditor"]).items[0]
    assert (event.action, str(event.subject_id)) == ("report-built", case)


def test_the_paper_form_is_made_for_a_school_only(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "form.pdf"
    assert build(run, "paper-form", output).exit_code == 0
    refused = build(run, "paper-form", tmp_path / "no.pdf", organisation="07900")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "07900" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["form.pdf"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("incident-file", {}),
        ("incident-file", {"incident": "00000000-0000-4000-8000-000000000000"}),
        ("incident-file", {"incident": "VV-2526-000001"}),
        ("incident-file", {"incident": "CASE", "organisation": "25-y"}),
        ("term-report", {"incident": "CASE"}),
        ("paper-form", {"incident": "CASE"}),
    ],
)
def test_a_case_that_is_not_there_or_not_asked_for_is_refused_and_leaves_no_file(
    run: Run, tmp_path: Path, case: str, kind: str, options: dict[str, str]
) -> None:
    given = {name: case if value == "CASE" else value for name, value in options.items()}
    result = build(run, kind, tmp_path / "out.pdf", **given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_term_report_is_made_as_a_word_file_too(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "report.DOCX"
    assert build(run, "term-report", output, organisation="25").exit_code == 0
    assert output.read_bytes().startswith(b"PK")


def test_a_word_file_is_made_by_the_ending_of_its_name_where_the_kind_has_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = build(run, "paper-form", tmp_path / "out.docx")
    assert (refused.exit_code, list(tmp_path.iterdir())) == (2, [])
    offered = kinds.all()
    kinds.offer((replace(kinds.get("paper-form"), word=lambda values: values.school_name.encode()),))
    try:
        output = tmp_path / "out.docx"
        assert build(run, "paper-form", output).exit_code == 0
        assert output.read_text() == "Trường Trung học cơ sở Đồi Cọ"
    finally:
        kinds.offer(offered)


@pytest.mark.parametrize(
    ("code", "period", "language", "sentence"),
    [
        ("25", "2025-2026/1", "vi", "0?3 (vụ việc|cases)"),
        ("07900", "2025-2026/1", "en", "0?2 cases"),
        ("25-x", "2025-12", "en", "0?1 case "),
    ],
)
def test_the_document_of_a_unit_named_by_its_code_is_made_at_once(
    run: Run, tmp_path: Path, code: str, period: str, language: str, sentence: str
) -> None:
    output = tmp_path / "out.pdf"
    result = run(
        "build", "term-report", "--organisation", code, "--period", period, "--language", language,
        "--output", output,
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, f"{output}\n")
    text = subprocess.run(["pdftotext", "-layout", output, "-"], check=True, capture_output=True, text=True)
    assert re.search(rf"\b{sentence}", " ".join(text.stdout.split()))
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_the_audit_tells_of_a_document_made_by_an_operator(
    run: Run, web_session: PortalSession, web_world: World, tmp_path: Path
) -> None:
    run("build", "term-report", "--organisation", "25", "--period", "2025", "--output", tmp_path / "a.pdf")
    event = list_events(web_session, web_world.people["auditor"]).items[0]
    assert (event.action, event.subject_id) == ("report-built", web_world.units["department"].id)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "love-letter"}, "term-report"),
        ({"--organisation": "99999"}, "99999"),
        ({"--period": "2025-13"}, "2025-13"),
        ({"--period": "2025-2027"}, "2025-2027"),
        ({"--language": "fr"}, "fr"),
        ({"--output": "out.odt"}, "out.odt"),
        ({"--output": "nowhere/out.pdf"}, "nowhere"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name_and_leaves_no_file(
    run: Run, tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    values = {"--organisation": "25", "--period": "2025", "--language": "vi", "--output": "out.pdf"} | changes
    values["--output"] = str(tmp_path / values["--output"])
    kind = values.pop("kind", "term-report")
    result = run("build", kind, *(word for pair in values.items() for word in pair))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []
