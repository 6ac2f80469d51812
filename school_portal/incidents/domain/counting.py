"""Numbers of cases, and under which facts a record is counted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from school_portal.incidents.domain.words import IncidentState, PersonKind, PlainGroup, RecordKind, Safety

RECORD_KIND = "record_kind"
"""The fact that tells kinds of records apart in the tally."""
LISTED = "listed"
"""The fact under which a list's records are counted over all days, so that its total costs the same at any size."""
_NUMBER = re.compile(r"^(?:VV)?[\s.–-]*(\d{4})[\s.–-]*(\d{1,9})$", re.IGNORECASE)


def case_number(school_year: int, serial: int) -> str:
    """`VV-2627-000123`: school year of the event's date, then the province's running number in it, gaps allowed."""
    return f"VV-{school_year % 100:02}{(school_year + 1) % 100:02}-{serial:06}"


def number_from(text: str) -> str:
    """A case number however it was typed ("vv 2627-123"), as it is written; empty when it is none."""
    found = _NUMBER.match(text.strip())
    return f"VV-{int(found[1]):04}-{int(found[2]):06}" if found else ""


def check_code(incident_id: UUID, number: str, reported_at: datetime, facts: str) -> str:
    """Eight letters that stand for exactly this report: whoever keeps the receipt can prove what she sent, and when."""
    at = reported_at.astimezone(UTC).isoformat(timespec="seconds")
    digest = hashlib.sha256(f"{incident_id}|{number}|{at}|{facts}".encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"


def is_counted(state: IncidentState) -> bool:
    """What turned out to have too few grounds, or to be told twice, stands in lists and in no figure."""
    return state not in (IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE)


def fact_name(fact: str, kind: RecordKind) -> str:
    """The name under which a fact of one kind of record is counted: `group` of incidents, `risk_group` of risks."""
    return fact if kind is RecordKind.INCIDENT else f"{kind.value}_{fact}"


def tally_facts(
    group: str,
    severity: int,
    kind: RecordKind,
    safety: Safety,
    place: str,
    day_part: str,
    types: Iterable[str] = (),
) -> tuple[tuple[str, str], ...]:
    """The facts under which a record is counted, each kind of record apart, so that a risk never is a case."""
    facts = {
        "group": group,
        "severity": str(severity),
        "safety": safety.value,
        "place": place,
        "day_part": day_part,
    }
    named = [*facts.items(), *(("type", code) for code in types)]
    return ((RECORD_KIND, kind.value), *((fact_name(fact, kind), value) for fact, value in named))


def listed_value(severity: int, group: PlainGroup, state: IncidentState) -> str:
    """How a record is counted for lists, whatever became of it: "3:fight:submitted"."""
    return f"{severity}:{group.value}:{state.value}"


_BANDS = ((2, "0-2"), (5, "3-5"), (10, "6-10"), (14, "11-14"), (17, "15-17"))
ADULTS = "18+"


def age_band(kind: PersonKind, age: int | None, grade: int | None) -> str:
    """The band of an age in years, by the levels of school: "11-14"; of the class where no age is known, or empty."""
    if kind is PersonKind.STAFF:
        return ADULTS
    if age is None and grade is not None:
        age = grade + 5
    if age is None:
        return ""
    return next((band for last, band in _BANDS if age <= last), ADULTS)
