"""Blind search tokens of names: short, so that many words share one and frequencies tell little."""

from __future__ import annotations

from school_portal.core.crypto import search_tokens

TOKEN_BYTES = 5
LABEL = "person.name"


def name_tokens(name: str) -> set[bytes]:
    """The tokens under which a name is found, one for each word, accents folded."""
    return {token[:TOKEN_BYTES] for token in search_tokens(name, LABEL)}
