"""How a record is counted, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from school_portal.tally.domain import count_up, keys_of, paths_up, with_all

DAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("path", "above"),
    [("/1/", ["/1/"]), ("/1/37/", ["/1/37/", "/1/"]), ("/1/37/412/", ["/1/37/412/", "/1/37/", "/1/"])],
)
def test_a_record_counts_at_its_unit_and_at_all_above(path: str, above: list[str]) -> None:
    assert list(paths_up(path)) == above


def test_every_record_has_the_fact_of_all() -> None:
    assert with_all([("group", "fight")]) == (("all", ""), ("group", "fight"))


def test_a_fact_told_twice_counts_once_but_two_values_of_it_both() -> None:
    facts = (("group", "fight"), ("group", "fight"), ("group", "online"))
    assert keys_of(["/1/"], DAY, facts) == [
        ("/1/", "all", DAY, ""),
        ("/1/", "group", DAY, "fight"),
        ("/1/", "group", DAY, "online"),
    ]


def test_counting_up_adds_records_of_several_units_where_they_meet() -> None:
    counts, number = count_up([("/1/2/", DAY, (("g", "a"),)), ("/1/3/", DAY, (("g", "a"),))])
    assert number == 2
    assert counts["/1/", "g", DAY, "a"] == 2
    assert counts["/1/2/", "g", DAY, "a"] == 1
    assert counts["/1/3/", "all", DAY, ""] == 1
