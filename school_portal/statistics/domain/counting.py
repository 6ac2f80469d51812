"""Counting coded records: pure, over plain values. Cases, risks and welfare apart; what was set aside in no figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from school_portal.incidents.domain import IncidentState, RecordKind, is_counted
from school_portal.organisations.domain import Level

UNCODED = ""
"""The type of a case that nobody has coded yet."""
SEVERAL_LEVELS = "several"
NO_SCHOOL = "none"
"""A record that stands at an office, not at a school."""


class Cut(StrEnum):
    """By what the cases of a period are counted."""

    GROUP = "group"
    TYPE = "type"
    SEVERITY = "severity"
    LEVEL = "level"
    PLACE = "place"
    DAY_PART = "day_part"
    MONTH = "month"
    STATE = "state"


class CodedRecord(Protocol):
    """What is known of a record without opening anything sealed."""

    @property
    def organisation_id(self) -> UUID: ...
    @property
    def organisation_version_id(self) -> UUID: ...
    @property
    def kind(self) -> RecordKind: ...
    @property
    def state(self) -> IncidentState: ...
    @property
    def group(self) -> str: ...
    @property
    def types(self) -> tuple[str, ...]: ...
    @property
    def severity(self) -> int: ...
    @property
    def place(self) -> str: ...
    @property
    def day_part(self) -> str: ...
    @property
    def occurred_on(self) -> date: ...


@dataclass(frozen=True)
class Counts:
    """Figures of a unit over a period. `schools`: where a case happened; `harmed`: persons by sex."""

    cases: int = 0
    risks: int = 0
    welfare: int = 0
    cuts: Mapping[Cut, Mapping[str, int]] = field(default_factory=dict)
    harmed: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    schools: frozenset[UUID] = frozenset()

    def of(self, cut: Cut) -> Mapping[str, int]:
        """The cases by value of one fact; values without a case may be missing."""
        return self.cuts.get(cut, {})


def level_of(levels: Sequence[Level]) -> str:
    """Where a school's cases are counted: its one level, or «several» when it teaches more."""
    if not levels:
        return NO_SCHOOL
    return levels[0].value if len(levels) == 1 else SEVERAL_LEVELS


def count(
    records: Iterable[CodedRecord], levels: Mapping[UUID, str], harmed: Mapping[str, int] | None = None
) -> Counts:
    """All figures of the records. `levels` gives the level by the unit's version of the event's date.

    A case with several types is counted under each of them; not substantiated and duplicates are in no figure but
    are told of by themselves.
    """
    kinds: Counter[RecordKind] = Counter()
    cuts: dict[Cut, Counter[str]] = {cut: Counter() for cut in Cut}
    set_aside: Counter[str] = Counter()
    schools: set[UUID] = set()
    for record in records:
        if not is_counted(record.state):
            set_aside[record.state.value] += record.kind is RecordKind.INCIDENT
            continue
        kinds[record.kind] += 1
        if record.kind is not RecordKind.INCIDENT:
            continue
        schools.add(record.organisation_id)
        cuts[Cut.GROUP][record.group] += 1
        cuts[Cut.TYPE].update(set(record.types) or {UNCODED})
        cuts[Cut.SEVERITY][str(record.severity)] += 1
        cuts[Cut.LEVEL][levels.get(record.organisation_version_id, NO_SCHOOL)] += 1
        cuts[Cut.PLACE][record.place] += 1
        cuts[Cut.DAY_PART][record.day_part] += 1
        cuts[Cut.MONTH][f"{record.occurred_on.year:04d}-{record.occurred_on.month:02d}"] += 1
        cuts[Cut.STATE][record.state.value] += 1
    return Counts(
        cases=kinds[RecordKind.INCIDENT],
        risks=kinds[RecordKind.RISK],
        welfare=kinds[RecordKind.WELFARE],
        cuts={cut: dict(counted) for cut, counted in cuts.items()},
        harmed=dict(harmed or {}),
        set_aside={state: n for state, n in set_aside.items() if n},
        schools=frozenset(schools),
    )
