"""Who may import whom: the contracts of pyproject.toml, and the files each feature keeps to itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PRIVATE_FILES = {"models", "forms", "routes", "tasks", "report"}
NO_FEATURE = {"core", "web", "translations"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("school_portal", cache_dir=None)


def test_the_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_no_feature_imports_the_private_files_of_another(graph: grimp.ImportGraph) -> None:
    def feature(module: str) -> str:
        return ".".join(module.split(".")[:2])

    crossings = [
        f"{importer} imports {module}"
        for module in sorted(graph.modules)
        if module.count(".") >= 2
        and module.split(".")[1] not in NO_FEATURE
        and module.split(".")[2] in PRIVATE_FILES
        for importer in sorted(graph.find_modules_that_directly_import(module))
        if feature(importer) != feature(module)
    ]
    assert crossings == []


def test_nothing_but_a_start_imports_the_app(graph: grimp.ImportGraph) -> None:
    starts = {"school_portal.worker", "school_portal.cli"}
    assert graph.find_modules_that_directly_import("school_portal") <= starts
