"""Making a backup of the running portal."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from config import Config
from school_portal.audit.service import record
from school_portal.backup import databases, manifest
from school_portal.backup.errors import Refused
from school_portal.backup.manifest import Manifest
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import now
from school_portal.core.db import Database
from school_portal.core.errors import NotFound
from school_portal.core.files import Files
from school_portal.core.i18n import gettext
from school_portal.core.keys import SECRETS, secret_texts, write_key


def create(
    config: Config, database: Database, files: Files, target: Path, keys_target: Path | None
) -> Manifest:
    """Copy database and stored files, and the keys elsewhere when asked for; the folder appears when all is in it.

    Files are copied before the database and those that are new after it: so every file that the copied rows name
    and that was not removed meanwhile is there. Raises Refused when nothing was done, Failed when it broke.
    """
    target = target.absolute()
    _check(config, database, target, keys_target.absolute() if keys_target else None)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        made = _fill(config, database, files, partial)
        with database.transaction() as session:
            record(
                *(session, SYSTEM, "backup-created", "backup", None),
                manifest=made.sha256,
                head=made.heads[0].seq if made.heads else 0,
                with_keys=keys_target is not None,
            )
        if keys_target is not None:
            write_keys(config, keys_target.absolute())
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return made


def _check(config: Config, database: Database, target: Path, keys_target: Path | None) -> None:
    _check_free(target)
    if keys_target is not None:
        _check_free(keys_target)
        if _is_within(keys_target, target) or _is_within(target, keys_target):
            raise Refused(
                gettext("Keys and backup must not lie in one another: whoever has both can read all.")
            )
    store = config.storage_url.removeprefix("file://")
    if store != config.storage_url and _is_within(target, Path(store)):
        raise Refused(gettext("%(path)s lies among the stored files", path=target))
    if databases.is_empty(database.engine):
        raise Refused(gettext("There is no database to back up; check PORTAL_INSTANCE and DATABASE_URL."))


def _check_free(path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Refused(gettext("%(path)s exists already and is not empty", path=path))


def _is_within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _fill(config: Config, database: Database, files: Files, folder: Path) -> Manifest:
    _copy_files(files, folder)
    name, state = databases.dump(database.engine, folder)
    _copy_files(files, folder)
    stored = sorted(path for path in (folder / manifest.FILES).rglob("*") if path.is_file())
    made = Manifest(
        made_at=now().isoformat(),
        database_kind=database.engine.dialect.name,
        revision=state.revision,
        database=manifest.part_of(folder, name),
        rows=state.rows,
        heads=state.heads,
        files=tuple(manifest.part_of(folder, path.relative_to(folder).as_posix()) for path in stored),
        key_checks=manifest.check_keys(secret_texts(config)),
    )
    manifest.write(folder, made, config.audit_key)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return made


def _copy_files(files: Files, folder: Path) -> None:
    """Those that are not there yet: a stored file never changes."""
    for key in files.keys(""):
        path = folder / manifest.FILES / key
        if path.exists():
            continue
        try:
            data = files.read(key)
        except NotFound:
            continue  # outdated and removed since it was listed
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def write_keys(config: Config, folder: Path) -> None:
    """The secrets as files of mode 0400 in a folder of mode 0700."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    texts = secret_texts(config)
    for name in SECRETS:
        write_key(folder / name, texts[name])
