"""How an event is written down, linked to the one before it, and checked."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CHAIN = "main"
FIRST_MAC = bytes(32)


@dataclass(frozen=True)
class StoredEvent:
    """An event as it lies in the table; `columns` are the copies that filters use."""

    seq: int
    body: bytes
    mac: bytes
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class ChainVerdict:
    """What verification found: how many events hold, and the first break, if any."""

    chain: str
    events: int
    broken_at: int | None = None
    reason: str = ""


def write_body(event: Mapping[str, Any]) -> bytes:
    """The exact bytes that are stored and MACed: JSON with sorted keys. CR, LF and control characters are escaped."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), default=str).encode()


def link(key: bytes, chain: str, seq: int, previous: bytes, body: bytes) -> bytes:
    """HMAC-SHA256 over chain, number, the MAC before and the stored bytes."""
    text = f"{chain}|{seq}|".encode() + previous + b"|" + body
    return hmac.new(key, text, hashlib.sha256).digest()


def verify_chain(
    key: bytes, chain: str, events: Iterable[StoredEvent], head: tuple[int, bytes] | None
) -> ChainVerdict:
    """Walk a chain from its first event and compare its end with the head row.

    Finds changed bytes, changed copies, events taken out, added or reordered, and a tail cut off after the head.
    """
    previous, count = FIRST_MAC, 0
    for event in events:
        if event.seq != count + 1:
            return ChainVerdict(chain, count, count + 1, "an event is missing")
        if not hmac.compare_digest(event.mac, link(key, chain, event.seq, previous, event.body)):
            return ChainVerdict(chain, count, event.seq, "the event or its link was changed")
        if not _copies_agree(event):
            return ChainVerdict(chain, count, event.seq, "a column differs from the event")
        previous, count = event.mac, event.seq
    if (count, previous) != (head or (0, FIRST_MAC)):
        return ChainVerdict(chain, count, count + 1, "the end differs from the chain's head")
    return ChainVerdict(chain, count)


def _copies_agree(event: StoredEvent) -> bool:
    body = json.loads(event.body)
    at = event.columns["at"]
    copies = {**event.columns, "at": at.isoformat() if isinstance(at, datetime) else at}
    return all(body.get(name) == (None if value is None else str(value)) for name, value in copies.items())
