"""What operators and newcomers read agrees with what the code does."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from config import Config, read_config

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
README = (ROOT / "README.md").read_text()
SETTINGS = [field for field in fields(Config) if field.name != "sources"]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_operators_find_every_setting_with_its_default(setting) -> None:  # type: ignore[no-untyped-def]
    row = re.search(rf"^\| `{setting.name.upper()}` \| (.+?) \|", OPERATIONS, re.MULTILINE)
    assert row, f"docs/operations.md does not list {setting.name.upper()}"
    if isinstance(setting.default, int) or (setting.default and setting.default is not MISSING):
        if isinstance(setting.default, Path):
            assert setting.default.name in row[1]
        else:
            assert f"`{setting.default}`" in row[1]


def test_operators_read_of_no_setting_that_does_not_exist() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert listed == {setting.name.upper() for setting in SETTINGS}


def test_the_environment_file_of_the_guide_is_accepted_by_the_settings() -> None:
    block = re.search(r"```sh\n(PORTAL_ENV=production\n.*?)```", OPERATIONS, re.DOTALL)
    assert block
    given = dict(line.split("=", 1) for line in block[1].splitlines())
    config = read_config(given)
    assert config.is_production
    assert not config.is_embedded_database
    assert config.sources == set(given)


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_every_make_command_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_folder_of_the_map_exists_and_none_is_missing() -> None:
    package = ROOT / "school_portal"
    folders = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    plan = re.search(r"```\n(school_portal/.*?)```", README, re.DOTALL)
    assert plan
    assert set(re.findall(r"([a-z_]+)/", plan[1])) >= folders
