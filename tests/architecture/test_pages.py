"""Rules that addresses, templates, labels and folders keep."""

from __future__ import annotations

import ast
import importlib
import re
from enum import Enum
from pathlib import Path

import pytest

from config import ROOT, Config
from tests.architecture.source import CODE, FEATURES, called, modules
from tests.conftest import Backend

TEMPLATES = ROOT / "templates"
OTHER_TEMPLATES = {"_layout", "_components", "errors", "security"}
"""Not of a feature: the frame, fields, error pages, and pages of Flask-Security by its names."""
BY_FLASK_SECURITY = {
    "security/change_password.html", "security/login_user.html", "security/mf_recovery.html",
    "security/mf_recovery_codes.html", "security/two_factor_select.html", "security/two_factor_setup.html",
    "security/two_factor_verify_code.html", "security/verify.html",
}  # fmt: skip
WITHOUT_TEMPLATES = {"tally", "backup", "demo"}


def test_addresses_are_kebab_case_and_their_parameters_typed(web_backend: Backend) -> None:
    strings = {"accounts.link", "security.two_factor_setup_validate"}  # one-time tokens are no uuids
    for rule in web_backend.app.url_map.iter_rules():
        for part in rule.rule.strip("/").split("/"):
            typed = re.fullmatch(r"<(uuid|int|path):[a-z_]+>", part)
            token = rule.endpoint in strings and part == "<token>"
            assert part == "" or typed or token or re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part), rule.rule


def test_a_features_word_is_its_folder_its_blueprint_its_templates_and_its_tests(
    web_backend: Backend,
) -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}
    assert folders - OTHER_TEMPLATES == set(FEATURES) - WITHOUT_TEMPLATES
    tests = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert set(FEATURES) - {"home"} <= tests, "each feature has its folder of tests"
    for feature in web_backend.app.extensions["portal_features"]:
        assert feature.name in FEATURES
        if feature.blueprint:
            prefix = feature.blueprint.url_prefix or ""
            assert feature.blueprint.name == feature.name
            assert prefix in (f"/{feature.name.replace('_', '-')}", ""), prefix


def template_words() -> set[str]:
    """Every template's name that code or templates write, relative to templates/."""
    words = {
        node.value
        for _, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"\.(html|txt)$", node.value)
    }
    for path in TEMPLATES.rglob("*.*"):
        words |= set(re.findall(r"""["']([\w/.-]+\.(?:html|txt))["']""", path.read_text()))
    return words


def test_every_template_that_a_view_names_exists_and_every_template_is_used() -> None:
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*")}
    rendered = {
        node.args[0].value
        for _, module in modules()
        for node in ast.walk(module)
        if called(node) == "render_template" and isinstance(node.args[0], ast.Constant)  # type: ignore[attr-defined]
    }
    assert rendered <= names
    assert names - template_words() - BY_FLASK_SECURITY == set()
    assert names >= BY_FLASK_SECURITY


def labels() -> list[tuple[str, dict[object, object]]]:
    """Every dictionary of a labels.py whose keys are members of an enum."""
    found = []
    for path in sorted(CODE.glob("*/labels.py")):
        module = importlib.import_module(f"school_portal.{path.parent.name}.labels")
        for name, value in vars(module).items():
            if isinstance(value, dict) and value and all(isinstance(key, Enum) for key in value):
                found.append((f"{path.parent.name}.{name}", value))
    return found


PARTIAL = {
    "accounts.ROLE_HINTS", "incidents.GROUP_HINTS", "incidents.SAFETY_HINTS", "statistics.SIGNERS_IN_ENGLISH",
    "organisations._SIGNERS", "statistics.AREAS", "statistics.RECIPIENTS",
}  # fmt: skip
"""Hints, which not every member needs, and words for units of offices only."""


@pytest.mark.parametrize("name", [name for name, _ in labels() if name not in PARTIAL])
def test_every_member_of_an_enum_has_its_label(name: str) -> None:
    words = dict(labels())[name]
    enum = type(next(iter(words)))
    assert set(words) == set(enum)  # type: ignore[call-overload]
    assert all(str(word).strip() for word in words.values())


def test_every_enum_of_a_domain_that_people_see_has_labels() -> None:
    labelled = {type(key) for _, words in labels() for key in words}
    columns = importlib.import_module("school_portal.core.db").Base.metadata.tables.values()
    enums = {c.type.enum_class for table in columns for c in table.c if getattr(c.type, "enum_class", None)}
    assert enums <= labelled, enums - labelled


def test_domain_files_hold_no_text_for_people() -> None:
    folds_letters = CODE / "organisations" / "domain" / "names.py"
    for path in {*CODE.glob("*/domain.py"), *CODE.glob("*/domain/*.py")} - {folds_letters}:
        assert not re.search(
            r"[ăâđêôơưĂÂĐÊÔƠƯ]", re.sub(r'""".*?"""|#[^\n]*', "", path.read_text(), flags=re.DOTALL)
        ), path


def test_every_setting_is_told_to_operators() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text()
    settings = {name.upper() for name in Config.__dataclass_fields__} - {"SOURCES"}
    assert {name for name in settings if f"| `{name}` |" not in manual} == set()
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", manual, re.MULTILINE)) <= settings


def test_no_text_of_the_pages_is_made_at_import_in_one_language() -> None:
    """Module-level words are lazy: eager ones would speak the language of whoever came first."""
    eager = []
    for path, module in modules():
        names = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("i18n")
            for alias in node.names
        }
        for node in module.body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.ClassDef)):
                continue
            for call in outside_functions(node):
                if names.get(called(call)) in ("gettext", "ngettext"):
                    eager.append(f"{path}:{call.lineno}")  # type: ignore[attr-defined]
    assert eager == []


def outside_functions(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = [node]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.Lambda)):
            found += outside_functions(child)
    return found


def test_tests_are_named_as_sentences() -> None:
    short = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in Path(ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 3
    ]
    assert short == []
