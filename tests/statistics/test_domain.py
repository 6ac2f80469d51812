"""Arithmetic of figures."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.statistics.domain import highest, months_between, tenths_of_percent


def test_every_month_between_two_days_is_listed_over_the_new_year() -> None:
    assert months_between(date(2026, 11, 30), date(2027, 2, 1)) == [
        "2026-11",
        "2026-12",
        "2027-01",
        "2027-02",
    ]
    assert months_between(date(2026, 11, 1), date(2026, 11, 30)) == ["2026-11"]


@pytest.mark.parametrize(
    ("number", "total", "tenths"), [(1, 3, 333), (2, 3, 667), (1, 8, 125), (5, 5, 1000), (0, 7, 0)]
)
def test_shares_are_rounded_half_up_to_a_tenth(number: int, total: int, tenths: int) -> None:
    assert tenths_of_percent(number, total) == tenths


def test_nothing_has_no_share_of_nothing() -> None:
    assert tenths_of_percent(0, 0) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_never_more_than_half_a_tenth_off(number: int, total: int) -> None:
    tenths = tenths_of_percent(number, total)
    assert tenths is not None
    assert abs(tenths * total - 1000 * number) * 2 <= total


def test_only_one_leader_is_named() -> None:
    order = ["a", "b", "c"]
    assert highest({"a": 2, "b": 5}, order) == "b"
    assert highest({"a": 5, "b": 5}, order) is None
    assert highest({}, order) is None
