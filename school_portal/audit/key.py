"""AUDIT_KEY, which is never in the database; taken from the settings when the application starts."""

from __future__ import annotations

_keys: list[bytes] = []


def open_chain(key: bytes) -> None:
    """Take the key of the settings."""
    _keys[:] = [key]


def get() -> bytes:
    """The key; open_chain() must have been called."""
    assert _keys, "the audit's key is not open yet"
    return _keys[0]
