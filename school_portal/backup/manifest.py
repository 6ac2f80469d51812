"""What a backup says of itself: the state it was made at, and a digest of each file; keyed by AUDIT_KEY."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from school_portal.backup.errors import Refused
from school_portal.core.i18n import gettext

NAME = "manifest.json"
FORMAT = 1
FILES = "files"
MUST_FIT = ("encryption_keys", "index_key", "password_salt")
"""Secrets without which the data of a backup are of no use; a new SECRET_KEY only signs everybody out."""


@dataclass(frozen=True)
class Part:
    """A file of the backup, by its path in the folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Head:
    """The end of an audit chain; `mac` in hexadecimal."""

    chain: str
    seq: int
    mac: str


@dataclass(frozen=True)
class Manifest:
    """`rows`: how many each table has. `key_checks`: what only the same keys give again; never a key."""

    made_at: str
    database_kind: str
    revision: str
    database: Part
    rows: Mapping[str, int]
    heads: tuple[Head, ...]
    files: tuple[Part, ...]
    key_checks: Mapping[str, tuple[str, ...]]
    format: int = FORMAT

    @property
    def body(self) -> bytes:
        """The bytes that the code stands for."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """Names this backup in the audit."""
        return hashlib.sha256(self.body).hexdigest()

    def code(self, audit_key: str) -> str:
        """What only who holds AUDIT_KEY can write under exactly this."""
        return _code(audit_key, "backup-manifest", self.body)


def check_keys(secrets: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What tells whether keys are those of the backup, without telling anything of the keys themselves."""
    return {
        name: tuple(
            _code(secrets["audit_key"], f"key-check|{name}", key.encode()) for key in _each(name, secrets)
        )
        for name in MUST_FIT
    }


def keys_that_do_not_fit(manifest: Manifest, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that are not those of the backup; newer encryption keys beside its own are welcome."""
    given = check_keys(secrets)
    return [name for name in MUST_FIT if not set(manifest.key_checks[name]) <= set(given[name])]


def _each(name: str, secrets: Mapping[str, str]) -> list[str]:
    return secrets[name].split(",") if name == "encryption_keys" else [secrets[name]]


def _code(key: str, purpose: str, text: bytes) -> str:
    return hmac.new(key.encode(), purpose.encode() + b"|" + text, hashlib.sha256).hexdigest()


def write(folder: Path, manifest: Manifest, audit_key: str) -> None:
    """Put the manifest and its code into the folder."""
    content = asdict(manifest) | {"code": manifest.code(audit_key)}
    (folder / NAME).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def read(folder: Path) -> tuple[Manifest, str]:
    """The manifest in the folder and the code written under it. Raises Refused when there is none to be read."""
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_text())
        code = content.pop("code")
        if content["format"] != FORMAT:
            raise Refused(gettext("This backup was made by a newer version of the portal."))
        parts = (Part(**content.pop("database")), *(Part(**part) for part in content.pop("files")))
        heads = tuple(Head(**head) for head in content.pop("heads"))
        checks = {name: tuple(codes) for name, codes in content.pop("key_checks").items()}
        manifest = Manifest(database=parts[0], files=parts[1:], heads=heads, key_checks=checks, **content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused(gettext("There is no whole backup in %(path)s", path=folder)) from None
    for part in parts:
        path = PurePosixPath(part.path)
        if path.is_absolute() or ".." in path.parts:
            raise Refused(gettext("%(path)s lies outside the backup", path=part.path))
    return manifest, str(code)


def part_of(folder: Path, path: str) -> Part:
    """Size and digest of a file in the folder."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(path, (folder / path).stat().st_size, digest)


def check_parts(folder: Path, manifest: Manifest) -> None:
    """Raises Refused for the first file that is missing or isn't the one that was backed up."""
    for part in (manifest.database, *manifest.files):
        try:
            found = part_of(folder, part.path)
        except OSError:
            raise Refused(gettext("%(path)s is missing in the backup", path=part.path)) from None
        if found != part:
            raise Refused(gettext("%(path)s was changed since the backup was made", path=part.path))
