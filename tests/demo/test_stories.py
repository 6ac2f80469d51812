"""The words of the demo: they fit the lists, name nobody, blame nobody, and are written without slips."""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest

from school_portal.core import clock
from school_portal.demo import calendar
from school_portal.demo.cases import GROUPS
from school_portal.demo.names import invent_name
from school_portal.demo.stories import all_stories, candidates, narrative, phrases, words_of
from school_portal.incidents.domain import PersonKind, PlainGroup, Sex
from school_portal.incidents.service.lists import SHIPPED
from school_portal.organisations.domain import Level
from tests.architecture.source import modules

LISTS = tomllib.loads((SHIPPED / "v2.toml").read_text())
NEVER = ("nạn nhân", "thủ phạm", "đối tượng", "hung thủ", "lạm dụng", "h'mông", "kẻ ")
NEW_STYLE = re.compile(r"(?:o[àáảãạ]|o[èéẻẽẹ]|(?<![qQ])u[ỳýỷỹỵ])(?!\w)")
"""Tone marks are written as in «hòa, khỏe, thủy»."""
OURS = list(GROUPS)


def codes(name: str) -> set[str]:
    return {entry["code"] for entry in LISTS[name]} | ({"unknown"} if name != "type" else set())


def told(group: PlainGroup, level: Level, times: int) -> list[str]:
    random = Random(4)
    found = [story for both in (False, True) for story in candidates(group, level, about_manager=both)]
    texts = []
    for _ in range(times):
        story = random.choice(found)
        place, when = random.choice(story.places), random.choice(story.whens)
        injury = random.choice(story.injuries)
        texts.append(narrative(random, story, level, place, when, injury))
    return texts


def every_text() -> list[tuple[Level, str]]:
    return [(level, text) for level in OURS for group in PlainGroup for text in told(group, level, 150)]


@pytest.mark.parametrize("group", PlainGroup)
@pytest.mark.parametrize("level", OURS)
def test_each_group_is_told_in_many_ways_at_each_level_of_school(group: PlainGroup, level: Level) -> None:
    assert len(candidates(group, level)) >= 2
    assert len(set(told(group, level, 300))) >= 8


def test_stories_use_codes_that_stand_in_the_lists() -> None:
    for story in all_stories():
        assert {code for types in story.types for code in types} <= codes("type"), story.text
        assert set(story.places) <= codes("place")
        assert set(story.whens) <= codes("day_part")
        assert set(story.told) <= codes("channel")
        assert set(story.injuries) <= codes("injury")
        relations = {cast.relation for cast in story.people} - {"", "older"}
        assert relations <= codes("relation"), story.text


def test_a_type_is_one_that_triage_offers_for_the_group_of_its_story() -> None:
    offered = {entry["code"]: set(entry["groups"]) for entry in LISTS["type"]}
    for story in all_stories():
        first = {types[0] for types in story.types} - {
            "WF01"
        }  # conduct of small children, whatever it looked like
        if first and story.group is not PlainGroup.UNCLEAR:
            assert any(story.group.value in offered[code] for code in first), (story.types, story.text)


def test_a_narrative_is_plain_vietnamese_without_slips_of_the_template() -> None:
    for _, text in every_text():
        assert not re.search(r"[{}<>|]|\s\s|\s[.,;:]|\.\.|,\.", text), text
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert text.count("«") == text.count("»"), text
        assert unicodedata.is_normalized("NFC", text), text
        assert not NEW_STYLE.search(text), text


def test_nobody_is_called_a_victim_or_a_culprit() -> None:
    for _, text in every_text():
        assert not [word for word in NEVER if word in text.lower()], text


def test_small_children_are_called_chau() -> None:
    for level, text in every_text():
        if level is Level.MN:
            assert not re.search(r"\b[Ee]m\b", text), text


def test_phrases_hold_no_choice_within_a_choice() -> None:
    def flat(value: Any) -> list[str]:
        return [value] if isinstance(value, str) else [text for each in value.values() for text in flat(each)]

    assert not [text for text in flat(phrases()) if re.search(r"[{}<>]", text)]


def test_a_childs_own_harm_is_no_matter_for_the_police() -> None:
    for story in all_stories():
        if set(story.self_harm) - {"unknown"}:
            assert "police" not in story.calls, story.text


def test_what_happens_at_home_is_told_to_the_family_only_where_that_is_safe() -> None:
    for story in all_stories():
        if {"parent", "step_parent", "relative"} & {cast.relation for cast in story.people}:
            assert story.family, story.text
            assert "told" not in story.family, story.text


def test_between_small_children_nobody_is_named_as_acting() -> None:
    for story in all_stories():
        if Level.MN in story.levels and story.types[0] == ("WF01",):
            assert {cast.part for cast in story.people} <= {"harmed", "unclear"}, story.text


def test_a_name_shares_no_word_with_the_narrative() -> None:
    random = Random(9)
    words = words_of("Em A kể ở lớp: bàn học của Thị bị vẽ, thu mất bút. Tâm lý em chưa ổn.")
    for _ in range(500):
        name = invent_name(random, random.choice((Sex.FEMALE, Sex.MALE)), ethnic_share=0.6, avoid=words)
        assert not {part.lower() for part in name.split() if len(part) > 1} & words, name


def test_there_are_staff_and_adults_beside_pupils() -> None:
    assert {cast.kind for story in all_stories() for cast in story.people} == set(PersonKind)


# --- days and the clock ----------------------------------------------------------------------------------------------


def test_a_school_year_has_few_cases_in_summer_and_few_on_sundays() -> None:
    until = date(2026, 7, 1)
    days = calendar.Days(calendar.first_day(until), until).draw(Random(1), 4000)
    assert days == sorted(days)
    assert calendar.first_day(until) == date(2024, 9, 5) == days[0]
    assert sum(day.month in (6, 7, 8) for day in days) < 200
    assert sum(day.weekday() == 6 for day in days) < 150
    assert sum(day.year == 2026 for day in days) > 1000


def test_the_clock_stands_where_it_is_set_and_goes_on_afterwards() -> None:
    moment = datetime(2025, 10, 3, 1, 30, tzinfo=UTC)
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.today() == moment.date()
        with clock.at(datetime(2025, 10, 3, 18, 0, tzinfo=UTC)):
            assert clock.today() == date(2025, 10, 4)
        assert clock.now() == moment
    assert clock.now() > moment


def test_nothing_but_the_demo_sets_the_clock() -> None:
    setters = {
        path.split("/")[0]
        for path, module in modules()
        for node in ast.walk(module)
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "school_portal.core.clock"
            and "at" in {name.name for name in node.names}
        )
        or (
            isinstance(node, ast.Attribute) and node.attr == "at" and getattr(node.value, "id", "") == "clock"
        )
    }
    assert setters == {"demo"}
