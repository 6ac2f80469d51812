"""Turns a skipped browser or PostgreSQL test into a failed one when CI_REQUIRE_BROWSER=1.

`make test` and CI set it, so that a machine without Chromium can't report green.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

REQUIRED_MARKS = ("browser", "postgresql")
REQUIRED_FOLDERS = ("tests/browser/", "tests/journeys/")

_passed: set[str] = set()


def _is_demanded() -> bool:
    return os.environ.get("CI_REQUIRE_BROWSER") == "1"


def _must_run(nodeid: str, keywords: object = ()) -> bool:
    """Whether this test may not be skipped: by its mark, or because it lies in a browser folder."""
    return nodeid.startswith(REQUIRED_FOLDERS) or any(mark in keywords for mark in REQUIRED_MARKS)  # type: ignore[operator]


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} may not be skipped here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_skip = report.skipped and not hasattr(report, "wasxfail")
    if _is_demanded() and is_skip and _must_run(item.nodeid, item.keywords):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _is_demanded() and report.skipped and _must_run(collector.nodeid):
        _refuse_skip(report)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _passed.update(mark for mark in REQUIRED_MARKS if mark in report.keywords)
        if report.nodeid.startswith(REQUIRED_FOLDERS):
            _passed.add("browser")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that demands browser tests and ran none has proved nothing."""
    if not _is_demanded() or hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    if "browser" not in _passed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        session.config.stash[_complaint] = (
            "no browser test passed, although CI_REQUIRE_BROWSER=1 demands them"
        )


_complaint = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    complaint = terminalreporter.config.stash.get(_complaint, "")
    if complaint:
        terminalreporter.write_line(f"ERROR: {complaint}", red=True, bold=True)
