"""The secrets outside the database: where they come from, and when a start without them is refused."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config import Config, SettingsError

SECRETS = ("secret_key", "encryption_keys", "audit_key", "index_key", "password_salt")
KEY_BYTES = 32

made_now: set[Path] = set()
"""Key files that this process has made: nothing is sealed with them before its first write."""


@dataclass(frozen=True)
class Keys:
    """Decoded keys; `encryption` holds the newest key-encryption key first."""

    encryption: tuple[bytes, ...]
    audit: bytes
    index: bytes


def complete_secrets(config: Config, database_exists: bool) -> Config:
    """Fill in the secrets that the environment didn't give.

    In demo and test they are made at the first start, as files of mode 0400 in the instance. Raises SettingsError
    in production, and when there is a database already but its keys are gone: new keys could never open it.
    """
    missing = [name for name in SECRETS if not getattr(config, name)]
    if not missing:
        return config
    if config.is_production:
        raise SettingsError(f"PORTAL_ENV=production needs {', '.join(name.upper() for name in missing)}.")
    folder = config.portal_instance / "keys"
    found = {name: _read_or_make(folder / name, make=not database_exists) for name in missing}
    return with_secrets(config, found)


def with_secrets(config: Config, texts: Mapping[str, str]) -> Config:
    """The configuration with these secrets, as texts; several encryption keys have commas between them."""
    values = {
        name: tuple(text.split(",")) if name == "encryption_keys" else text for name, text in texts.items()
    }
    return replace(config, **values)  # type: ignore[arg-type]


def secret_texts(config: Config) -> dict[str, str]:
    """The secrets as texts, as key files hold them."""
    found = {name: getattr(config, name) for name in SECRETS}
    return found | {"encryption_keys": ",".join(config.encryption_keys)}


def _read_or_make(path: Path, make: bool) -> str:
    if path.exists():
        return path.read_text().strip()
    if not make:
        raise SettingsError(
            f"There is a database, but its key {path} is missing. Put the key back from the key backup; "
            "without it the sealed records can't be opened."
        )
    text = new_key()
    write_key(path, text)
    made_now.add(path)
    return text


def write_key(path: Path, text: str) -> None:
    """A key file that only its owner may read; an older one is never written over."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def new_key() -> str:
    """A fresh random key in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def decode_keys(config: Config) -> Keys:
    """The keys as bytes; raises SettingsError for one that isn't 32 bytes of base64 or is used twice."""
    texts = {f"ENCRYPTION_KEYS[{n}]": text for n, text in enumerate(config.encryption_keys)}
    texts |= {"AUDIT_KEY": config.audit_key, "INDEX_KEY": config.index_key}
    decoded = {name: _decode(name, text) for name, text in texts.items()}
    if len(set(decoded.values())) != len(decoded):
        raise SettingsError("ENCRYPTION_KEYS, AUDIT_KEY and INDEX_KEY must differ from each other.")
    return Keys(
        encryption=tuple(key for name, key in decoded.items() if name.startswith("ENCRYPTION")),
        audit=decoded["AUDIT_KEY"],
        index=decoded["INDEX_KEY"],
    )


def _decode(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name} must be {KEY_BYTES} random bytes in base64.")
    return key
