"""The shipped, drafted lists of version 2: what a person chooses from, and what each choice sets off."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from school_portal.incidents.domain import GROUP_SEVERITY, PlainGroup, RecordKind

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "school_portal" / "incidents" / "taxonomy"
LISTS = ("place", "day_part", "channel", "relation", "injury", "type")
TEXT_LIMITS = {"vi": 200, "en": 200, "definition_vi": 500, "definition_en": 500, "source": 200}
FIELDS: dict[str, dict[str, type]] = {
    "place": {},
    "day_part": {},
    "channel": {},
    "relation": {"is_adult": bool},
    "injury": {"severity": int},
    "type": {
        "definition_vi": str,
        "definition_en": str,
        "groups": list,
        "severity": int,
        "injured_severity": int,
        "notification": str,
        "icvac": int,
        "record_kind": str,
        "restricted": bool,
        "source": str,
    },
}
CODES = """
    TC01 TC02 TC03 TC04 TC05 TC06 TC07 TC08 TD01 TD02 TD03 TD04 TL01 TL02 TL03 TL04 TL05 TL06 TL07 TS01 TS02
    NG01 NG02 NG03 OT01 OT03 OT04 KI01 ST01 MT01 XN01 NC01 SH01 WF01 CR00
""".split()
RESTRICTED = "TC05 TD01 TD02 TD03 TD04 TL07 NG02 OT01 OT03 OT04 SH01".split()
TELL_AT_ONCE = "TC03 TC05 TC06 TC07 TD01 TD02 TD03 TD04 NG02 NG03 OT01 OT03 OT04 KI01 MT01".split()
LEVEL_FOUR = "TC03 TD02 TD03 TD04 NG03 OT01 KI01 MT01".split()
BANNED = (
    "nạn nhân",
    "thủ phạm",
    "đối tượng",
    "lạm dụng",
    "h'mông",
    "h’mông",
    "người gây bạo lực",
    "không xác định",
)
BANNED_ENGLISH = ("victim", "perpetrator", "offender")


def load(version: int) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"v{version}.toml").read_text(encoding="utf-8"))


V1, V2 = load(1), load(2)
TYPES: dict[str, dict[str, Any]] = {entry["code"]: entry for entry in V2["type"]}


def codes(lists: dict[str, Any], name: str) -> list[str]:
    return [entry["code"] for entry in lists[name]]


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text as (where it stands, its field, the text)."""
    yield "version", "label_vi", V2["label_vi"]
    yield "version", "label_en", V2["label_en"]
    for name in LISTS:
        for entry in V2[name]:
            for field in TEXT_LIMITS:
                if field in entry:
                    yield f"{name} {entry['code']}", field, entry[field]


def test_the_lists_hold_what_the_loader_reads_and_nothing_else() -> None:
    assert set(V2) == {"version", "label_vi", "label_en", *LISTS}
    assert V2["version"] == 2
    for name in LISTS:
        fields = {"code": str, "vi": str, "en": str, **FIELDS[name]}
        for entry in V2[name]:
            assert {key: type(value) for key, value in entry.items()} == fields, (name, entry["code"])


@pytest.mark.parametrize("name", LISTS)
def test_a_code_stands_once_in_its_list_and_fits_into_its_column(name: str) -> None:
    found = codes(V2, name)
    assert len(found) == len(set(found))
    shape = r"[A-Z]{2}[0-9]{2}" if name == "type" else r"[a-z][a-z_]{1,39}"
    assert [code for code in found if not re.fullmatch(shape, code)] == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_two_lines_of_a_list_read_the_same(name: str, language: str) -> None:
    read = [entry[language].casefold() for entry in V2[name]]
    assert len(read) == len(set(read))


def test_the_types_are_those_of_the_review_and_no_code_is_used_again() -> None:
    assert codes(V2, "type") == CODES
    assert "OT02" not in TYPES, "it meant self-harm, which is a flag on the person now"


@pytest.mark.parametrize("name", ["place", "day_part"])
def test_what_could_be_chosen_in_version_1_still_can_and_in_the_same_order(name: str) -> None:
    old = [(entry["code"], entry["vi"], entry["en"]) for entry in V1[name]]
    new = [(entry["code"], entry["vi"], entry["en"]) for entry in V2[name]]
    assert [line for line in new if line in old] == old
    assert new[0] == old[0]


def test_each_list_says_not_known_yet_where_the_form_looks_for_it() -> None:
    for name, position in {"place": -1, "day_part": -1, "channel": -1, "relation": 0, "injury": 0}.items():
        entry = V2[name][position]
        assert (entry["code"], entry["vi"]) == ("unknown", "Chưa biết"), name
    assert codes(V2, "channel")[0] == "seen"


def test_the_places_outside_school_that_children_are_harmed_at_can_be_chosen() -> None:
    outside = {"gate", "way", "vehicle", "tutoring", "lodging", "site", "trip", "leisure", "work"}
    assert outside <= set(codes(V2, "place"))


def test_severities_and_classes_are_within_their_range() -> None:
    for code, entry in TYPES.items():
        assert 1 <= entry["severity"] <= 4, code
        assert entry["injured_severity"] in {0, 1, 2, 3, 4}, code
        assert entry["notification"] in {"B", "C", "-"}, code
        assert 0 <= entry["icvac"] <= 6, code
        assert entry["record_kind"] in set(RecordKind), code
    assert {entry["severity"] for entry in V2["injury"]} == {0, 3, 4}


def test_an_injury_never_lowers_and_an_unknown_one_never_raises() -> None:
    for code, entry in TYPES.items():
        assert entry["injured_severity"] == 0 or entry["injured_severity"] > entry["severity"], code
    levels = [entry["severity"] for entry in V2["injury"]]
    assert levels == sorted(levels)
    assert levels[0] == 0


def test_nobody_of_unknown_relation_is_taken_for_an_adult() -> None:
    adult = {entry["code"]: entry["is_adult"] for entry in V2["relation"]}
    assert not any(
        adult[code] for code in ("unknown", "classmate", "same_school", "other_school", "sibling", "other")
    )
    assert all(adult[code] for code in ("teacher", "manager", "staff", "parent", "step_parent", "relative"))


def test_every_type_stands_under_a_group_that_a_teacher_can_pick() -> None:
    for code, entry in TYPES.items():
        groups = entry["groups"]
        assert groups, code
        assert set(groups) <= set(PlainGroup), code
        assert len(groups) == len(set(groups)), code
        if code != "CR00":
            assert PlainGroup.UNCLEAR not in groups, code


def test_only_not_clear_yet_stands_under_unclear() -> None:
    assert [code for code, entry in TYPES.items() if "unclear" in entry["groups"]] == ["CR00"]
    assert TYPES["CR00"]["groups"] == ["unclear"]


@pytest.mark.parametrize("group", list(PlainGroup))
def test_every_group_has_types_and_one_at_least_as_severe_as_the_group_itself(group: PlainGroup) -> None:
    severities = [entry["severity"] for entry in TYPES.values() if group in entry["groups"]]
    assert severities
    assert max(severities) >= GROUP_SEVERITY[group]


def test_the_restricted_types_are_sexual_of_staff_of_the_home_trafficking_and_self_harm() -> None:
    assert [code for code, entry in TYPES.items() if entry["restricted"]] == RESTRICTED


def test_the_law_has_them_told_at_once_and_self_harm_starts_no_police_clock() -> None:
    assert [code for code, entry in TYPES.items() if entry["notification"] == "B"] == TELL_AT_ONCE
    assert TYPES["SH01"]["notification"] == "-"
    assert TYPES["WF01"]["notification"] == "-"


def test_level_four_is_as_the_review_has_it() -> None:
    assert [code for code, entry in TYPES.items() if entry["severity"] == 4] == LEVEL_FOUR
    assert [code for code, entry in TYPES.items() if entry["severity"] == 1] == ["NC01", "SH01", "WF01"]


def test_only_home_and_conduct_of_small_children_are_raised_by_any_injury() -> None:
    raised = {code: entry["injured_severity"] for code, entry in TYPES.items() if entry["injured_severity"]}
    assert raised == {"NG02": 4, "WF01": 2}


def test_risks_and_welfare_are_no_incidents() -> None:
    kinds = {
        code: entry["record_kind"] for code, entry in TYPES.items() if entry["record_kind"] != "incident"
    }
    assert kinds == {"NC01": "risk", "SH01": "risk", "WF01": "welfare"}


def test_the_international_class_follows_the_family_of_the_code() -> None:
    family = {"TC": {2}, "TD": {3}, "TL": {4}, "TS": {6}, "NG": {5}, "OT": {6}, "KI": {1}}
    by_the_act = {"NG02", "TC08"}
    for code, entry in TYPES.items():
        expected = {0} if code in by_the_act else family.get(code[:2], {0})
        assert entry["icvac"] in expected, code


def test_every_text_is_there_in_both_languages_and_fits_into_its_column() -> None:
    for where, field, text in texts():
        assert text == text.strip(), (where, field)
        assert 0 < len(text) <= TEXT_LIMITS.get(field, 200), (where, field, len(text))


def test_every_text_is_composed_unicode_without_exclamation_marks() -> None:
    for where, field, text in texts():
        assert unicodedata.is_normalized("NFC", text), (where, field)
        assert "!" not in text, (where, field)
        assert "  " not in text, (where, field)


def test_no_text_labels_a_child_or_an_adult() -> None:
    for where, field, text in texts():
        banned = BANNED_ENGLISH if field.endswith("en") else BANNED
        assert [word for word in banned if word in text.casefold()] == [], (where, field)


def test_types_about_staff_hold_nothing_as_proved() -> None:
    for code in ("TC05", "TL07"):
        assert "bị phản ánh" in TYPES[code]["vi"], code


def test_a_definition_points_only_to_types_that_exist() -> None:
    for where, field, text in texts():
        if field.startswith("definition"):
            assert set(re.findall(r"\b[A-Z]{2}[0-9]{2}\b", text)) <= set(TYPES), (where, field)


def test_a_definition_says_when_a_considered_call_becomes_a_duty() -> None:
    for code in ("TC02", "TC04"):
        assert "báo ngay 111" in TYPES[code]["definition_vi"], code
    assert "cân nhắc" in TYPES["TD01"]["definition_vi"]


def test_the_page_for_readers_says_the_same_as_the_list() -> None:
    page = (ROOT / "docs" / "taxonomy.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()]
    shown = {row[0]: row[1:] for row in rows if re.fullmatch(r"[A-Z]{2}[0-9]{2}", row[0])}
    assert list(shown) == codes(V2, "type")
    for code, entry in TYPES.items():
        level = str(entry["severity"])
        if entry["injured_severity"]:
            level += f", injured {entry['injured_severity']}"
        kind = entry["record_kind"] + (", restricted" if entry["restricted"] else "")
        groups = " ".join(entry["groups"])
        assert shown[code] == [entry["vi"], entry["en"], groups, level, entry["notification"], kind], code
    for name in ("place", "channel", "relation", "injury"):
        for entry in V2[name]:
            assert entry["vi"] in page, (name, entry["code"])
