"""When nothing is restored, and what is missing after a restore without keys."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from school_portal.backup import databases, restoring
from school_portal.backup.databases import is_empty
from school_portal.backup.errors import Failed, Refused
from school_portal.backup.manifest import part_of
from school_portal.core.keys import new_key, write_key
from school_portal.tally.models import Tally
from tests.backup.conftest import Place, Source, make_source
from tests.conftest import SECRETS, Backend

MakePlace = Callable[..., Place]
PDF = "files/reports/a/1.pdf.sealed"


@pytest.fixture
def backup(small: Source, tmp_path: Path) -> Path:
    """A backup whose keys lie beside it in `keys`."""
    small.create(tmp_path / "backup", tmp_path / "keys")
    return tmp_path / "backup"


def change_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", [PDF, "the database"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_file_that_was_touched_is_named_and_nothing_is_restored(
    backup: Path, make_place: MakePlace, name: str, damage: str
) -> None:
    name = name if name == PDF else json.loads((backup / "manifest.json").read_text())["database"]["path"]
    path, place = backup / name, make_place()
    match damage:
        case "flipped":
            flip(path)
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case _:
            path.unlink()
    with pytest.raises(Refused, match=name):
        place.restore(backup)
    assert place.is_untouched()


def test_a_manifest_that_was_touched_is_refused_by_who_has_the_keys(
    backup: Path, make_place: MakePlace
) -> None:
    content = json.loads((backup / "manifest.json").read_text())
    place = make_place()
    for changes in (
        {"rows": content["rows"] | {"incident": 2}},
        {"files": content["files"][:1]},
        {"made_at": "2030-01-01"},
        {"code": "0" * 64},
    ):
        copy = backup.with_name("changed")
        shutil.copytree(backup, copy)
        change_manifest(copy, **changes)
        with pytest.raises(Refused):
            place.restore(copy)
        shutil.rmtree(copy)
    assert place.is_untouched()
    assert place.restore(backup).verdicts[0].broken_at is None


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"format": 1, "code": ""}', '{"format": 99, "code": ""}', None]
)
def test_a_folder_that_is_no_backup_is_refused(
    make_place: MakePlace, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(Refused):
        make_place().restore(tmp_path)


@pytest.mark.parametrize("path", ["/etc/hostname", "../letter.txt", "files/../../letter.txt"])
def test_a_manifest_can_not_lead_outside_its_folder(backup: Path, make_place: MakePlace, path: str) -> None:
    (backup.parent / "letter.txt").write_text("dear")
    place = make_place(secrets=False)
    change_manifest(backup, files=[vars(part_of(backup, path))])
    with pytest.raises(Refused, match=path):
        place.restore(backup)
    assert place.is_untouched()


def test_an_instance_with_a_database_is_left_alone(backup: Path, make_place: MakePlace) -> None:
    place = make_place()
    place.restore(backup)
    for key in place.files.keys(""):
        place.files.delete(key)
    before = databases.look_at(place.database.engine).rows
    with pytest.raises(Refused):
        place.restore(backup)
    assert databases.look_at(place.database.engine).rows == before


def test_a_restored_database_that_lacks_a_row_is_told_of(
    backup: Path, make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, place = databases.load, make_place()

    def lose_one(engine: Engine, file: Path) -> None:
        load(engine, file)
        with engine.begin() as connection:
            connection.execute(delete(Tally).where(Tally.org_path == "/1/"))

    monkeypatch.setattr(databases, "load", lose_one)
    with pytest.raises(Failed):
        place.restore(backup)


def test_an_instance_with_stored_files_is_left_alone(backup: Path, make_place: MakePlace) -> None:
    place = make_place()
    place.files.store("reports/own.sealed", b"own")
    with pytest.raises(Refused):
        place.restore(backup)
    assert place.files.keys("") == ["reports/own.sealed"]
    assert is_empty(place.database.engine)


def test_an_interrupted_restore_leaves_the_instance_empty(
    backup: Path, make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise Failed("disk full")

    place = make_place()
    monkeypatch.setattr(databases, "load", broken)
    with pytest.raises(Failed):
        place.restore(backup)
    assert place.is_untouched()
    monkeypatch.undo()
    assert place.restore(backup).verdicts[0].broken_at is None


def test_a_backup_of_a_newer_portal_or_of_another_database_is_refused(
    backup: Path, make_place: MakePlace
) -> None:
    place = make_place()
    with pytest.raises(Refused):
        restoring.restore(place.config, place.database, place.files, frozenset({"0001"}), backup, None)
    with pytest.raises(Refused, match="postgresql"):
        make_place("postgresql").restore(backup)
    assert place.is_untouched()


@pytest.mark.parametrize("name", ["encryption_keys", "audit_key", "index_key", "password_salt"])
def test_keys_of_another_portal_are_refused_before_anything_changes(
    backup: Path, make_place: MakePlace, name: str
) -> None:
    place = make_place()
    value: object = (new_key(),) if name == "encryption_keys" else new_key()
    other = replace(place, config=replace(place.config, **{name: value}))
    with pytest.raises(Refused, match=name.upper()):
        other.restore(backup)
    assert place.is_untouched()


def test_a_newer_encryption_key_before_the_old_one_and_a_new_secret_key_are_welcome(
    backup: Path, make_place: MakePlace
) -> None:
    place = make_place()
    rotated = replace(
        place.config, encryption_keys=(new_key(), *place.config.encryption_keys), secret_key="another one"
    )
    assert replace(place, config=rotated).restore(backup).verdicts[0].broken_at is None


def test_a_start_without_the_keys_is_refused_until_they_are_back(backup: Path, make_place: MakePlace) -> None:
    place = make_place(secrets=False)
    keys = place.config.portal_instance / "keys"
    done = place.run("backup", "restore", backup)
    assert done.returncode == 0, done.stderr
    assert "ENCRYPTION_KEYS" in done.stderr
    assert "main:" not in done.stdout
    assert not keys.exists(), "no key that was made for lack of the right one stays"
    refused = place.run("audit", "verify")
    assert refused.returncode == 1
    assert "There is a database, but its key" in refused.stderr
    shutil.copytree(backup.with_name("keys"), keys)
    assert place.run("audit", "verify").returncode == 0


def test_keys_that_an_earlier_command_made_for_the_empty_instance_are_moved_aside(
    backup: Path, make_place: MakePlace
) -> None:
    place = make_place(secrets=False)
    keys = place.config.portal_instance / "keys"
    useless = new_key()
    write_key(keys / "audit_key", useless)
    with pytest.raises(Refused, match="AUDIT_KEY"):
        place.restore(backup)
    assert place.restore(backup, backup.with_name("keys")).verdicts[0].broken_at is None
    assert (keys / "audit_key").read_text() == SECRETS["AUDIT_KEY"]
    assert [path.read_text() for path in keys.glob("audit_key.replaced-*")] == [useless]
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o400}


def test_a_folder_of_keys_that_lacks_one_is_refused(backup: Path, make_place: MakePlace) -> None:
    (backup.with_name("keys") / "index_key").unlink()
    place = make_place(secrets=False)
    with pytest.raises(Refused, match="index_key"):
        place.restore(backup, backup.with_name("keys"))
    assert place.is_untouched()


def test_wrong_usage_ends_with_2_and_what_is_refused_too(backup: Path, make_place: MakePlace) -> None:
    place = make_place(secrets=False)
    assert place.run("backup", "restore").returncode == 2
    refused = place.run("backup", "restore", backup.with_name("nowhere"))
    assert refused.returncode == 2
    assert "nowhere" in refused.stderr
    assert refused.stdout == ""
    made = place.run("backup", "create", backup.with_name("second"))
    assert made.returncode == 2
    assert not backup.with_name("second").exists()


def test_a_dump_that_breaks_off_leaves_the_server_empty(
    real_database: Callable[[str], Backend], make_place: MakePlace, tmp_path: Path
) -> None:
    made = make_source(real_database("postgresql")).create(tmp_path / "backup")
    dump, place = tmp_path / "backup" / made.database.path, make_place("postgresql")
    (tmp_path / "half").write_bytes(dump.read_bytes()[: made.database.size - 2000])
    with pytest.raises(Failed, match="pg_restore"):
        databases.load(place.database.engine, tmp_path / "half")
    assert is_empty(place.database.engine)
    assert place.restore(tmp_path / "backup").verdicts[0].broken_at is None
