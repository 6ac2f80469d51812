"""Risks are counted apart from incidents, for everybody and at every level."""

from __future__ import annotations

from datetime import date

import pytest

from school_portal.core.actor import SYSTEM
from school_portal.core.db import PortalSession
from school_portal.incidents import queries
from school_portal.incidents.domain import (
    Part,
    PersonInvolved,
    PersonKind,
    PlainGroup,
    RecordKind,
    Safety,
    fact_name,
    tally_facts,
)
from tests.world import World

SPAN = (date(2025, 1, 1), date(2025, 12, 31))
DAY = date(2025, 11, 3)


def test_each_kind_of_record_has_facts_of_its_own() -> None:
    incident = tally_facts("fight", 2, RecordKind.INCIDENT, Safety.SAFE, "yard", "break")
    risk = tally_facts("worry", 1, RecordKind.RISK, Safety.SAFE, "yard", "break")
    assert ("group", "fight") in incident
    assert ("risk_group", "worry") in risk
    assert {fact for fact, _ in incident} & {fact for fact, _ in risk} == {"record_kind"}
    assert len({fact_name("group", kind) for kind in RecordKind}) == len(RecordKind)


FACTS = ["all", "month", *(fact for fact in queries.FACT_COLUMNS if fact != "type")]
"""Types are coded at triage only: tests/incidents/test_triage.py counts them."""


@pytest.mark.parametrize("fact", FACTS)
def test_a_risk_is_among_no_count_of_incidents(session: PortalSession, world: World, fact: str) -> None:
    world.report("x", occurred_on=DAY)
    world.report("y", occurred_on=DAY, group=PlainGroup.WORRY)
    before = queries.totals(session, SYSTEM, "/1/", *SPAN, fact)
    world.report("x", occurred_on=DAY, group=PlainGroup.WORRY)
    assert queries.totals(session, SYSTEM, "/1/", *SPAN, fact) == before
    assert sum(before.values()) == 1
    risks = queries.totals(session, SYSTEM, "/1/", *SPAN, fact, RecordKind.RISK)
    assert sum(risks.values()) == 2
    assert queries.totals(session, SYSTEM, "/1/", *SPAN, fact, RecordKind.WELFARE) == {}


@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("hidden", [PlainGroup.FIGHT, PlainGroup.WORRY])
def test_what_involves_the_viewer_is_taken_off_its_own_kind_only(
    session: PortalSession, world: World, fact: str, hidden: PlainGroup
) -> None:
    head, path = world.people["head_x"], world.units["x"].org_path
    world.report("x", occurred_on=DAY)
    world.report("x", occurred_on=DAY, group=PlainGroup.WORRY)

    def figures() -> list[dict[str, int]]:
        kinds = (RecordKind.INCIDENT, RecordKind.RISK)
        return [queries.totals(session, head, path, *SPAN, fact, kind) for kind in kinds]

    before = figures()
    assert [sum(counts.values()) for counts in before] == [1, 1]
    herself = PersonInvolved(PersonKind.STAFF, frozenset({Part.WITNESS}), user_id=head.user_id)
    world.report("x", occurred_on=DAY, group=hidden, people=(herself,))
    assert figures() == before
    assert sum(queries.totals(session, world.people["focal_point_x"], path, *SPAN).values()) == 1 + (
        hidden == PlainGroup.FIGHT
    )
