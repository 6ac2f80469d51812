"""The requirement files list what is used and nothing else, each release by its hash, from no named index."""

from __future__ import annotations

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = {
    "runtime": ("school_portal", "migrations", "config.py"),
    "dev": ("tests", "scripts", "benchmarks"),
}
USED_WITHOUT_IMPORT = {
    "argon2-cffi": "Flask-Security hashes passwords with it",
    "email-validator": "WTForms and Flask-Security check addresses with it",
    "gunicorn": "Procfile",
    "honcho": "make run",
    "psycopg": "the database address names it",
    "redis": "Huey talks to Redis with it",
    "djlint": "make check",
    "factory-boy": "tests",
    "import-linter": "make check",
    "mypy": "make check",
    "pytest-randomly": "tests run in another order each time",
    "pytest-xdist": "make test",
    "ruff": "make check",
    "uv": "make lock",
}


def imported(places: tuple[str, ...]) -> set[str]:
    """Distributions that the Python files of these places import."""
    paths = [ROOT / place for place in places]
    files = [file for path in paths for file in ([path] if path.suffix == ".py" else path.rglob("*.py"))]
    modules: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    distributions = packages_distributions()
    return {name.lower().replace("_", "-") for module in modules for name in distributions.get(module, [])}


def listed(kind: str) -> set[str]:
    """The names in a `.in` file."""
    lines = (ROOT / "requirements" / f"{kind}.in").read_text().splitlines()
    return {
        re.split(r"[\[<>=;]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-"))
    }


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_every_direct_requirement_is_used(kind: str) -> None:
    unused = listed(kind) - imported(PLACES[kind]) - set(USED_WITHOUT_IMPORT)
    assert unused == set()


def test_no_reason_outlives_its_requirement() -> None:
    assert set(USED_WITHOUT_IMPORT) <= listed("runtime") | listed("dev")


@pytest.mark.parametrize("kind", ["runtime", "dev", "build"])
def test_every_release_is_pinned_by_hash_and_no_index_is_named(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.txt").read_text()
    assert "://" not in text
    assert "index" not in text.replace("importlib-", "")
    pins = re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(pins) >= 1
    for pin in pins:
        assert re.match(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_every_direct_requirement_is_locked(kind: str) -> None:
    locked = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements" / f"{kind}.txt").read_text(), re.MULTILINE)
    )
    locked |= set(
        re.findall(r"^([a-z0-9._-]+)\[", (ROOT / "requirements" / f"{kind}.txt").read_text(), re.MULTILINE)
    )
    assert listed(kind) <= locked
