"""Rules that every module keeps: who asks comes first, nobody commits, nobody writes SQL, one clock."""

from __future__ import annotations

import ast
import re

import pytest

from school_portal.audit.labels import action_label
from school_portal.core.jobs import jobs
from tests.architecture.source import CODE, FEATURES, called, callers_of, modules
from tests.conftest import Backend

BEFORE_ANYBODY_IS_KNOWN = {
    "accounts/queries": "sign-in and links: read by the key that is given, nobody is signed in yet",
    "accounts/service": "sign-in, its failure and one-time links: nobody is signed in yet, or the user is at hand",
}
"""Packages in which functions may take a session without an actor; each such function stands in NAMED."""
NAMED = {
    "accounts/queries": {"actor_of", "find_link", "find_link_by_code", "what_is_known_of"},
    "accounts/service": {
        "ask_for_reset", "make_reset_link", "note_own_act", "note_refused_sign_in", "note_sign_in",
        "password_was_changed", "second_factor_was_removed", "set_password_by_link", "sign_out",
    },
}  # fmt: skip
SAVEPOINTS_ONLY = {"accounts/commands.py", "accounts/staff_file.py"}
"""They roll back savepoints of rows that are bad or only tried; the transaction is the command's."""
RAW = ("text", "connection", "exec_driver_sql", "get_bind", "bulk_save_objects", "bulk_insert_mappings",
       "bulk_update_mappings", "on_conflict_do_update", "make_transient", "make_transient_to_detached",
       "literal_column", "merge", "column_property", "begin_nested")  # fmt: skip
MAY_LOOK_UP = {
    "accounts/datastore.py", "accounts/queries", "accounts/service", "accounts/sessions.py", "accounts/throttle.py",
    "accounts/staff_file.py", "accounts/tasks.py",
}  # fmt: skip
MAY_BE_UNGUARDED: set[str] = set()
"""Reviewed: no code of the portal reads past the guard."""


def use_cases() -> list[tuple[str, ast.FunctionDef]]:
    """The public functions of service.py and queries.py; of packages, those that their __init__ offers."""
    found = []
    for path, module in modules(*FEATURES):
        part = re.match(r"(\w+/(?:service|queries))(\.py$|/)", path)
        if part is None:
            continue
        package = CODE / part[1] / "__init__.py"
        offered = set(re.findall(r'"(\w+)"', package.read_text())) if package.exists() else None
        for node in module.body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if is_public and (offered is None or node.name in offered):
                found.append((part[1], node))
    return found


def test_who_asks_stands_first_in_every_use_case() -> None:
    wrong: dict[str, set[str]] = {}
    for path, function in use_cases():
        names = [argument.arg for argument in function.args.args]
        if "session" in names and names[:2] != ["session", "actor"]:
            wrong.setdefault(path, set()).add(function.name)
    assert wrong == NAMED
    assert set(NAMED) == set(BEFORE_ANYBODY_IS_KNOWN)
    assert len(use_cases()) > 40


def test_nobody_but_the_units_of_work_commits_or_rolls_back() -> None:
    assert callers_of("commit", "rollback", inside=tuple(FEATURES)) <= SAVEPOINTS_ONLY
    assert callers_of("commit", "rollback", inside=("core", "web")) == {
        "core/db.py",
        "web/door.py",
        "web/unit_of_work.py",
    }


@pytest.mark.parametrize("word", RAW)
def test_no_feature_goes_past_the_session_with_raw_sql_or_bulk_calls(word: str) -> None:
    reviewed = {
        "begin_nested": SAVEPOINTS_ONLY,
        "on_conflict_do_update": {
            "accounts/throttle.py"
        },  # counts tries; the table holds hashes, nobody's rows
    }
    folders = tuple(name for name in FEATURES if name != "backup")  # which copies whole databases
    assert callers_of(word, inside=folders) <= reviewed.get(word, set()), word


def test_raw_sql_stands_in_five_reviewed_places_only() -> None:
    assert callers_of("text", "exec_driver_sql", inside=("core", "web")) <= {
        "core/db.py",  # PRAGMA, BEGIN
        "web/migrations.py",  # PRAGMA foreign_key_check
        "web/production.py",  # demo people
        "web/templating.py",  # its text() is a filter for words
    }


def test_reads_past_the_guard_and_reads_by_a_key_have_reviewed_callers() -> None:
    assert callers_of("unguarded") == MAY_BE_UNGUARDED
    found = {"/".join(path.split("/")[:2]) for path in callers_of("lookup", inside=tuple(FEATURES))}
    assert found <= MAY_LOOK_UP


def test_the_clock_is_read_in_one_place() -> None:
    readers = {
        path
        for path, module in modules()
        for node in ast.walk(module)
        if called(node) in ("now", "today", "utcnow", "fromtimestamp")
        and isinstance(node.func, ast.Attribute)  # type: ignore[attr-defined]
        and getattr(node.func.value, "id", getattr(node.func.value, "attr", "")) in ("datetime", "date")  # type: ignore[attr-defined]
    }
    assert readers == {"core/clock.py"}


def test_nothing_catches_every_exception_for_good() -> None:
    """Cleaning up and raising again is no catching; the PDF child answers with what went wrong, and goes on."""
    wide = {
        path
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    }
    assert wide <= {"core/pdf_child.py"}


def test_jobs_that_are_enqueued_are_registered(web_backend: Backend) -> None:
    for path, module in modules(*FEATURES):
        constants = {
            target.id: node.value.value
            for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module):
            if called(node) == "enqueue":
                given = node.args[1]  # type: ignore[attr-defined]
                name = given.value if isinstance(given, ast.Constant) else constants[given.id]
                assert name in jobs.names, f"{path} enqueues {name}"
    sweeps = {name for feature in web_backend.app.extensions["portal_features"] for name in feature.sweeps}
    assert sweeps <= jobs.names


def test_every_module_says_what_it_holds_in_at_most_three_lines() -> None:
    for path, module in modules():
        text = ast.get_docstring(module)
        assert text, path
        assert len(text.splitlines()) <= 4, path  # a first line, a blank one, two more


def test_no_file_is_a_drawer_for_anything_or_too_long() -> None:
    for path, _ in modules():
        assert path.rsplit("/", 1)[-1] not in ("util.py", "utils.py", "helpers.py", "common.py", "misc.py"), (
            path
        )
        assert len((CODE / path).read_text().splitlines()) < 450, path


def test_markup_that_escapes_nothing_is_made_in_reviewed_places_only() -> None:
    assert callers_of("Markup") <= {
        "web/templating.py",
        "accounts/qr.py",
        "core/charts.py",
        "core/typeset.py",
    }
    for path in (CODE.parent / "templates").rglob("*.*"):
        without_constants = re.sub(r"'[^']*'\s*\|\s*safe", "", path.read_text())
        assert not re.search(r"\|\s*safe", without_constants), path
        assert "autoescape" not in path.read_text(), path


def test_each_act_that_the_audit_is_told_of_has_words(web_backend: Backend) -> None:
    told = set()
    for _, module in modules(*FEATURES):
        for node in ast.walk(module):
            if called(node) == "record" and len(node.args) > 2:  # type: ignore[attr-defined]
                action = node.args[2]  # type: ignore[attr-defined]
                if isinstance(action, ast.Constant) and isinstance(action.value, str):
                    told.add(action.value)
    assert len(told) > 30
    assert {action for action in told if action_label(action) == action} == set()
