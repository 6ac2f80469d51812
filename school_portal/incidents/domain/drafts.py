"""A report that is being written: the answers of each step as they were typed, also the wrong ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

Answers = list[tuple[str, str]]
"""Fields of a form as they were sent, in their order; a name may stand several times."""

DraftBody = dict[str, Answers]
"""Answers by step."""

STEPS = ("what", "who", "done", "check")
DRAFT_LIFETIME = timedelta(days=30)
MOST_DRAFT_CHARACTERS = 60_000
_LINE = 80


def read_body(text: str) -> DraftBody:
    """The answers of a draft as it was kept."""
    kept: Mapping[str, list[list[str]]] = json.loads(text)
    return {step: [(name, value) for name, value in answers] for step, answers in kept.items()}


def write_body(body: DraftBody) -> str:
    """A draft as it is kept."""
    return json.dumps(body, ensure_ascii=False)


def first_line(body: DraftBody) -> str:
    """What the owner recognises a draft by: the beginning of the facts; empty when nothing was told yet."""
    facts = dict(body.get("what", [])).get("facts", "").strip()
    line = facts.splitlines()[0] if facts else ""
    return line if len(line) <= _LINE else line[: _LINE - 1].rstrip() + "…"
