"""What a backup holds, what it never holds, and when none is made."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from school_portal.audit.models import AuditEvent
from school_portal.backup import creating, databases
from school_portal.backup.errors import Failed, Refused
from school_portal.core.authz import everybody, scope
from school_portal.core.db import Database, database
from school_portal.core.errors import NotFound
from school_portal.core.keys import SECRETS
from tests.backup.conftest import Source
from tests.conftest import SECRETS as TEXTS


def acts() -> list[str]:
    with database.transaction(write=False) as session:
        statement = scope(select(AuditEvent.action), everybody(AuditEvent.org_path))
        return [act for act in session.scalars(statement) if act.startswith("backup")]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_backup_says_what_it_holds_and_is_for_its_owner_only(source: Source, tmp_path: Path) -> None:
    made = source.create(tmp_path / "backup")
    content = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert content["database_kind"] == source.backend.name
    assert content["revision"] == "0009"
    assert content["rows"]["incident"] == 3
    assert [part["path"] for part in content["files"]] == [
        "files/reports/a/1.pdf.sealed",
        "files/reports/b/2.pdf.sealed",
    ]
    assert content["heads"][0]["seq"] == content["rows"]["audit_event"] == made.heads[0].seq
    for path in (tmp_path / "backup").rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(tmp_path / "backup") == 0o700


def test_no_key_is_in_a_backup_and_keys_go_to_a_folder_of_their_own(small: Source, tmp_path: Path) -> None:
    small.create(tmp_path / "backup", tmp_path / "keys")
    assert {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()} == {
        name: TEXTS[name.upper()] for name in SECRETS
    }
    assert mode(tmp_path / "keys") == 0o700
    assert {mode(path) for path in (tmp_path / "keys").iterdir()} == {0o400}
    everything = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    for name, text in TEXTS.items():
        assert text.encode() not in everything, name
        if name.endswith(("_KEYS", "_KEY")) and name != "SECRET_KEY":
            assert base64.b64decode(text) not in everything, name


def test_making_one_is_an_event_of_the_audit(small: Source, tmp_path: Path) -> None:
    small.create(tmp_path / "backup")
    assert acts() == ["backup-created"]


def test_a_folder_with_something_in_it_is_left_alone(small: Source, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "letter.txt").write_text("dear")
    with pytest.raises(Refused, match="backup"):
        small.create(tmp_path / "backup")
    assert [path.name for path in tmp_path.rglob("*")] == ["backup", "letter.txt"]
    assert acts() == []


def test_an_empty_folder_that_waits_for_it_is_taken(small: Source, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    small.create(tmp_path / "backup")
    assert (tmp_path / "backup" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("backup", "keys"),
    [("b", "b/keys"), ("b", "b"), ("k/b", "k"), ("b", "b/../b/keys"), ("link/b", "real/b/keys")],
)
def test_keys_never_lie_in_the_backup_nor_it_beside_them(
    small: Source, tmp_path: Path, backup: str, keys: str
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(Refused):
        small.create(tmp_path / backup, tmp_path / keys)
    assert {path.name for path in tmp_path.rglob("*")} == {"real", "link"}


def test_keys_are_not_written_over(small: Source, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "audit_key").write_text("of another portal")
    with pytest.raises(Refused, match="keys"):
        small.create(tmp_path / "backup", tmp_path / "keys")
    assert (tmp_path / "keys" / "audit_key").read_text() == "of another portal"
    assert not (tmp_path / "backup").exists()


def test_a_backup_among_the_stored_files_would_copy_itself(small: Source) -> None:
    store = Path(small.config.storage_url.removeprefix("file://"))
    with pytest.raises(Refused):
        small.create(store / "backup")
    assert not (store / "backup").exists()


def test_there_is_nothing_to_back_up_without_a_database(small: Source, tmp_path: Path) -> None:
    nothing = Database()
    nothing.connect(f"sqlite:///{tmp_path / 'elsewhere' / 'portal.db'}")
    with pytest.raises(Refused):
        creating.create(small.config, nothing, small.files, tmp_path / "backup", None)
    assert not (tmp_path / "backup").exists()


def test_what_breaks_on_the_way_leaves_no_half_a_backup(
    small: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise Failed("disk full")

    monkeypatch.setattr(databases, "dump", broken)
    with pytest.raises(Failed):
        small.create(tmp_path / "backup", tmp_path / "keys")
    assert list(tmp_path.iterdir()) == []
    assert acts() == []


def test_a_file_stored_while_the_database_is_copied_is_there_and_one_removed_before_is_no_fault(
    small: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, read = databases.dump, small.files.read

    def dump_slowly(*args: object) -> object:
        small.files.store("reports/c/3.pdf.sealed", b"three")
        return dump(*args)  # type: ignore[arg-type]

    def read_too_late(key: str) -> bytes:
        if key.startswith("reports/b/"):
            raise NotFound
        return read(key)

    monkeypatch.setattr(databases, "dump", dump_slowly)
    monkeypatch.setattr(small.files, "read", read_too_late)
    made = small.create(tmp_path / "backup")
    assert [part.path for part in made.files] == [
        "files/reports/a/1.pdf.sealed",
        "files/reports/c/3.pdf.sealed",
    ]


def test_without_pg_dump_it_says_so_and_stops(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.backup.conftest import make_source

    source = make_source(request.getfixturevalue("real_database")("postgresql"))
    monkeypatch.setattr(databases, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="pg_dump"):
        source.create(tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []
