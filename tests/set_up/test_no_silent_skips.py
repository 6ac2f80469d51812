"""A run that has to prove something can't turn green by leaving out its browser or PostgreSQL tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ["-p", "tests.plugins.no_silent_skips", "-p", "no:cacheprovider"]
INI = "[pytest]\nmarkers =\n    browser: b\n    postgresql: p\n"

PASSES = "import pytest\n@pytest.mark.browser\ndef test_page():\n    assert True\n"
SKIPS = "import pytest\n@pytest.mark.{mark}\ndef test_other():\n    pytest.skip('nothing installed')\n"
SKIPS_ON_IMPORT = "import pytest\npytest.skip('nothing installed', allow_module_level=True)\n"


def run(folder: Path, demanded: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(INI)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CI_REQUIRE_BROWSER": demanded,
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", *PLUGIN, *arguments, "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


PARALLEL = ("-p", "xdist", "-n", "1")


@pytest.mark.parametrize(("mark", "parallel"), [("browser", PARALLEL), ("postgresql", ())])
def test_a_skipped_test_that_may_not_be_skipped_fails_the_run(
    tmp_path: Path, mark: str, parallel: tuple[str, ...]
) -> None:
    (tmp_path / "test_pages.py").write_text(PASSES)
    (tmp_path / "test_more.py").write_text(SKIPS.format(mark=mark))
    done = run(tmp_path, "1", *parallel)
    assert done.returncode == 1
    assert "may not be skipped here" in done.stdout
    assert "nothing installed" in done.stdout
    assert run(tmp_path, "0", *parallel).returncode == 0


def test_a_browser_file_that_skips_itself_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_pages.py").write_text(PASSES)
    browser = tmp_path / "tests" / "browser"
    browser.mkdir(parents=True)
    (browser / "test_more.py").write_text(SKIPS_ON_IMPORT)
    assert run(tmp_path, "1").returncode != 0
    assert run(tmp_path, "0").returncode == 0


def test_a_run_without_any_browser_test_is_red(tmp_path: Path) -> None:
    (tmp_path / "test_rules.py").write_text("def test_rule():\n    assert True\n")
    done = run(tmp_path, "1")
    assert done.returncode == 1
    assert "no browser test passed" in done.stdout
    (tmp_path / "test_pages.py").write_text(PASSES)
    assert run(tmp_path, "1").returncode == 0


def test_a_skip_elsewhere_stays_a_skip(tmp_path: Path) -> None:
    (tmp_path / "test_pages.py").write_text(PASSES)
    (tmp_path / "test_more.py").write_text("import pytest\ndef test_other():\n    pytest.skip('not here')\n")
    assert run(tmp_path, "1").returncode == 0
