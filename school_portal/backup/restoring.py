"""Putting a backup onto an empty instance."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config import Config
from school_portal.audit import queries as audit
from school_portal.audit.domain import ChainVerdict
from school_portal.audit.key import open_chain
from school_portal.audit.service import record
from school_portal.backup import databases, manifest
from school_portal.backup.errors import Failed, Refused
from school_portal.backup.manifest import Manifest
from school_portal.core import keys
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import now
from school_portal.core.crypto import keyring
from school_portal.core.db import Database
from school_portal.core.files import Files
from school_portal.core.i18n import gettext
from school_portal.core.keys import SECRETS


@dataclass(frozen=True)
class Restored:
    """What was put back; `verdicts` is empty when there was no key to check the audit with."""

    manifest: Manifest
    verdicts: list[ChainVerdict]
    missing_keys: tuple[str, ...]


def restore(
    config: Config,
    database: Database,
    files: Files,
    revisions: frozenset[str],
    source: Path,
    keys_source: Path | None,
) -> Restored:
    """Check everything, then restore keys, files and database, tell the audit, and verify its chains.

    Raises Refused while nothing is changed yet, Failed when what was restored is not what was backed up.
    """
    _drop_new_keys(config)
    made, code = manifest.read(source)
    secrets = _find_secrets(config, keys_source)
    _check(database, files, revisions, made)
    _check_keys(made, code, secrets)
    manifest.check_parts(source, made)
    missing = tuple(name for name in SECRETS if name not in secrets)
    _place_keys(config, secrets)
    stored: list[str] = []
    try:
        for part in made.files:
            key = part.path.removeprefix(f"{manifest.FILES}/")
            stored.append(key)
            files.store(key, (source / part.path).read_bytes())
        databases.load(database.engine, source / made.database.path)
    except BaseException:
        for key in stored:
            files.delete(key)
        raise
    _compare(database, made)
    return Restored(made, [] if missing else _tell(config, database, made, secrets), missing)


def _drop_new_keys(config: Config) -> None:
    """Away with the key files that this very start has made for lack of the right ones."""
    folder = config.portal_instance / "keys"
    for path in {folder / name for name in SECRETS} & keys.made_now:
        path.unlink()
        keys.made_now.discard(path)
    with suppress(OSError):
        folder.rmdir()


def _find_secrets(config: Config, keys_source: Path | None) -> dict[str, str]:
    """The secrets at hand: those of the settings, else those in the folder given, else those of the instance."""
    given = keys.secret_texts(config)
    folder = keys_source or config.portal_instance / "keys"
    found = {name: given[name] for name in SECRETS if name.upper() in config.sources}
    for name in SECRETS:
        if name not in found and (folder / name).is_file():
            found[name] = (folder / name).read_text().strip()
    lacking = [name for name in SECRETS if name not in found]
    if keys_source is not None and lacking:
        raise Refused(gettext("%(path)s is missing", path=keys_source / lacking[0]))
    return found


def _check(database: Database, files: Files, revisions: frozenset[str], made: Manifest) -> None:
    if made.database_kind != database.engine.dialect.name:
        raise Refused(
            gettext(
                "The backup is of %(theirs)s, DATABASE_URL names %(ours)s",
                theirs=made.database_kind,
                ours=database.engine.dialect.name,
            )
        )
    if made.revision not in revisions:
        raise Refused(gettext("This backup was made by a newer version of the portal."))
    if not databases.is_empty(database.engine):
        raise Refused(
            gettext("There is a database here already; a backup is restored onto an empty instance.")
        )
    if files.keys(""):
        raise Refused(
            gettext("There are stored files here already; a backup is restored onto an empty instance.")
        )


def _check_keys(made: Manifest, code: str, secrets: Mapping[str, str]) -> None:
    if "audit_key" not in secrets:
        return
    if made.code(secrets["audit_key"]) != code:
        raise Refused(gettext("The manifest was changed, or AUDIT_KEY is not the one of this backup."))
    if all(name in secrets for name in manifest.MUST_FIT):
        others = manifest.keys_that_do_not_fit(made, secrets)
        if others:
            names = ", ".join(name.upper() for name in others)
            raise Refused(gettext("Not the keys of this backup: %(names)s", names=names))


def _place_keys(config: Config, secrets: Mapping[str, str]) -> None:
    """Key files into the instance. Others that lie there are moved aside, never removed: who knows what they open."""
    for name, text in secrets.items():
        path = config.portal_instance / "keys" / name
        if name.upper() in config.sources:
            continue
        if path.exists():
            if path.read_text().strip() == text:
                continue
            path.rename(path.with_name(f"{name}.replaced-{now():%Y%m%dT%H%M%S}"))
        keys.write_key(path, text)


def _compare(database: Database, made: Manifest) -> None:
    state = databases.look_at(database.engine)
    if (state.rows, state.heads, state.revision) != (dict(made.rows), made.heads, made.revision):
        raise Failed(gettext("The restored database does not hold what was backed up."))


def _tell(
    config: Config, database: Database, made: Manifest, secrets: Mapping[str, str]
) -> list[ChainVerdict]:
    """The restore becomes the chain's next event, which names the backup and where its chain ended."""
    opened = keys.decode_keys(keys.with_secrets(config, secrets))
    keyring.open(opened, database)
    open_chain(opened.audit)
    head = made.heads[0] if made.heads else manifest.Head("", 0, "")
    with database.transaction() as session:
        keyring.learn(session)
        record(
            *(session, SYSTEM, "backup-restored", "backup", None),
            manifest=made.sha256,
            made_at=made.made_at,
            head=head.seq,
            head_mac=head.mac,
        )
    with database.transaction(write=False) as session:
        return audit.verify(session, SYSTEM)
