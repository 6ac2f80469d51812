"""A production start that would be unsafe is refused, with its reason; demo and test start without any of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import ROOT, Config, SettingsError, read_config
from school_portal.core.db import database
from school_portal.core.keys import complete_secrets, new_key
from school_portal.web import migrations
from school_portal.web.production import DEMO_DOMAIN, DEMO_FILE, refuse_unsafe_start
from tests.conftest import Backend

SECRET_NAMES = ("SECRET_KEY", "ENCRYPTION_KEYS", "AUDIT_KEY", "INDEX_KEY", "PASSWORD_SALT")


@pytest.fixture
def safe(web_backend: Backend, tmp_path: Path) -> Config:
    """Settings with which production may start, on a migrated database."""
    return read_config(
        {
            "PORTAL_ENV": "production",
            "PORTAL_INSTANCE": str(tmp_path),
            "DATABASE_URL": web_backend.config.database_url,
            "PUBLIC_URL": "https://antoan.example.edu.vn",
            **{name: new_key() for name in SECRET_NAMES},
        }
    )


@pytest.fixture
def bare(web_backend: Backend) -> Flask:
    """The application on its migrated database, with no test's transaction around it."""
    return web_backend.app


def test_safe_settings_start(bare: Flask, safe: Config) -> None:
    refuse_unsafe_start(bare, safe)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing"),
        ({"audit_key": ""}, "AUDIT_KEY is missing"),
        ({"encryption_keys": ()}, "ENCRYPTION_KEYS is missing"),
        ({"password_salt": ""}, "PASSWORD_SALT is missing"),
        ({"secret_key": "k7Zq" * 7 + "abc"}, "SECRET_KEY is shorter"),
        ({"secret_key": "change-me-change-me-change-me-change-me"}, "no random text"),
        ({"index_key": "x" * 44}, "INDEX_KEY is shorter than 32 characters or no random text"),
        ({"public_url": "http://antoan.example.edu.vn"}, "PUBLIC_URL is not https"),
        ({"public_url": ""}, "PUBLIC_URL is not https"),
    ],
)
def test_an_unsafe_setting_is_refused_by_its_name(
    bare: Flask, safe: Config, changes: dict[str, object], reason: str
) -> None:
    unsafe = replace(safe, **changes)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=reason):
        refuse_unsafe_start(bare, unsafe)
    refuse_unsafe_start(bare, replace(unsafe, portal_env="demo"))
    refuse_unsafe_start(bare, replace(unsafe, portal_env="test"))


def test_one_secret_for_two_things_is_refused(bare: Flask, safe: Config) -> None:
    with pytest.raises(SettingsError, match="used twice"):
        refuse_unsafe_start(bare, replace(safe, secret_key=safe.audit_key))


def test_debugging_is_refused(bare: Flask, safe: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bare.config, "DEBUG", True)
    with pytest.raises(SettingsError, match="debugging is on"):
        refuse_unsafe_start(bare, safe)


def test_the_list_of_demo_accounts_is_refused(bare: Flask, safe: Config) -> None:
    (safe.portal_instance / DEMO_FILE).write_text("role,email,password\n")
    with pytest.raises(SettingsError, match=DEMO_FILE):
        refuse_unsafe_start(bare, safe)


def test_demo_people_in_the_database_are_refused(
    web_backend: Backend, safe: Config, real_database: Callable[[str], Backend]
) -> None:
    copy = real_database(web_backend.name)
    refuse_unsafe_start(copy.app, safe)
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, fs_uniquifier, name, email, active, language, password_version,"
                " roles_version, created_at) VALUES (:id, 'u', 'Cô Demo', :email, :yes, 'vi', 0, 0, :at)"
            ),
            {"id": "0" * 32, "email": f"head{DEMO_DOMAIN}", "yes": True, "at": "2026-01-01 00:00:00+00:00"},
        )
    with pytest.raises(SettingsError, match="demo people"):
        refuse_unsafe_start(copy.app, safe)


def test_the_demo_makes_its_people_at_the_address_that_production_refuses() -> None:
    source = "".join(path.read_text() for path in (ROOT / "school_portal" / "demo").glob("*.py"))
    assert DEMO_DOMAIN in source
    assert DEMO_FILE in source


def test_a_database_behind_the_code_is_refused_to_those_who_serve_only(
    bare: Flask, safe: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    monkeypatch.setattr(migrations, "pending", lambda app: True)
    with pytest.raises(SettingsError, match="db upgrade"):
        refuse_unsafe_start(bare, safe)
    for name in ("worker", "run"):
        with (
            click.Context(click.Command(name), info_name=name),
            pytest.raises(SettingsError, match="db upgrade"),
        ):
            refuse_unsafe_start(bare, safe)
    with click.Context(click.Command("flask"), info_name="flask"):
        refuse_unsafe_start(bare, safe)


def test_a_real_production_start_without_secrets_says_which_are_missing(tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "PORTAL_INSTANCE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    started = subprocess.run(
        [sys.executable, "-c", "from school_portal import create_app; create_app()"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    for name in SECRET_NAMES:
        assert name in started.stderr


def test_secrets_made_at_the_first_start_are_files_of_their_owner_only(tmp_path: Path) -> None:
    config = read_config({"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path)})
    made = complete_secrets(config, database_exists=False)
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == sorted(name.lower() for name in SECRET_NAMES)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o400}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert complete_secrets(config, database_exists=True) == made


@pytest.mark.parametrize("lost", [name.lower() for name in SECRET_NAMES])
def test_a_database_without_one_of_its_keys_is_not_started(tmp_path: Path, lost: str) -> None:
    config = read_config({"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(tmp_path)})
    complete_secrets(config, database_exists=False)
    (tmp_path / "keys" / lost).unlink()
    with pytest.raises(SettingsError, match=lost):
        complete_secrets(config, database_exists=True)
    assert not (tmp_path / "keys" / lost).exists()
