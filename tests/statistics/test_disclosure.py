"""What may leave an office: an attacker who knows the rule finds no number that is not told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school_portal.statistics.domain import THRESHOLD, Mark, Published, publish, publish_alone, show_all

CELLS = st.lists(st.one_of(st.integers(0, 8), st.integers(0, 400)), min_size=1, max_size=8)
FEW = st.lists(st.integers(0, 9), min_size=1, max_size=5)


def assignments(cells: Sequence[Published], total: int) -> Iterator[tuple[int, ...]]:
    """Every table of whole numbers that prints like this and has this total.

    The attacker knows what the marks mean: a small cell is 1 to 4; a hidden one beside it is not, and where nothing at
    all is told it may be anything.
    """
    nothing_told = all(cell.mark is Mark.HIDDEN for cell in cells)
    rest = total - sum(cell.value or 0 for cell in cells)
    unknown = [place for place, cell in enumerate(cells) if cell.mark is not Mark.SHOWN]
    ranges = [
        range(1, min(THRESHOLD, rest + 1))
        if cells[place].mark is Mark.SMALL
        else range(rest + 1)
        if nothing_told
        else range(THRESHOLD, rest + 1)
        for place in unknown[:-1]
    ]
    for values in product(*ranges):
        last = rest - sum(values)
        mark = cells[unknown[-1]].mark
        fits = 1 <= last < THRESHOLD if mark is Mark.SMALL else last >= (0 if nothing_told else THRESHOLD)
        if fits:
            yield (*values, last)


def possible(cells: Sequence[Published], total: int) -> list[set[int]]:
    """The values that each cell that is not told could have."""
    unknown = sum(cell.mark is not Mark.SHOWN for cell in cells)
    found: list[set[int]] = [set() for _ in range(unknown)]
    if not unknown:
        return []
    for values in assignments(cells, total):
        for place, value in enumerate(values):
            found[place].add(value)
        if all(len(values) > 1 for values in found):
            break
    return found


@given(FEW)
def test_no_cell_that_is_not_told_can_be_computed_from_the_rest(numbers: list[int]) -> None:
    assert all(len(values) > 1 for values in possible(publish(numbers), sum(numbers)))


@pytest.mark.campaign
@pytest.mark.parametrize("cells", [2, 3, 4])
def test_every_table_of_up_to_four_cells_withstands_the_attack(cells: int) -> None:
    for numbers in product(range(13 if cells < 4 else 10), repeat=cells):
        assert all(len(values) > 1 for values in possible(publish(numbers), sum(numbers))), numbers


@given(CELLS)
def test_what_is_shown_is_true_and_no_small_number_is_shown(numbers: list[int]) -> None:
    cells = publish(numbers)
    nothing_told = all(cell.mark is Mark.HIDDEN for cell in cells)
    for number, cell in zip(numbers, cells, strict=True):
        if cell.mark is Mark.SHOWN:
            assert cell.value == number
            assert len(numbers) == 1 or not 0 < number < THRESHOLD
        elif cell.mark is Mark.SMALL:
            assert 0 < number < THRESHOLD
        else:
            assert number >= THRESHOLD or nothing_told
        assert cell.mark is Mark.SHOWN or cell.value is None


@given(CELLS)
def test_a_table_without_small_numbers_stays_whole(numbers: list[int]) -> None:
    whole = [0 if number < THRESHOLD else number for number in numbers]
    assert publish(whole) == show_all(whole)


@given(CELLS)
def test_at_most_one_further_cell_is_hidden_unless_nothing_can_be_told(numbers: list[int]) -> None:
    hidden = [cell for cell in publish(numbers) if cell.mark is Mark.HIDDEN]
    assert len(hidden) <= 1 or len(hidden) == len(numbers)


@pytest.mark.parametrize(
    ("numbers", "printed"),
    [
        ([3, 20, 40], "s20h"),
        ([3, 2, 40], "ssh"),
        ([40, 3, 0], "hs0"),
        ([0, 0, 0], "000"),
        ([2, 0, 0, 0], "hhhh"),
        ([1, 5], "hh"),
        ([2, 5], "sh"),
        ([1, 6], "sh"),
        ([1, 6, 5], "hhh"),
        ([1, 1], "hh"),
        ([4, 4], "hh"),
        ([1, 2], "ss"),
        ([3], "3"),
        ([], ""),
    ],
)
def test_small_numbers_take_the_last_large_one_with_them(numbers: list[int], printed: str) -> None:
    signs = {Mark.SMALL: "s", Mark.HIDDEN: "h"}
    assert "".join(signs.get(cell.mark) or str(cell.value) for cell in publish(numbers)) == printed


@pytest.mark.parametrize(("cells", "most"), [(2, 30), (3, 22), (4, 14)])
def test_who_knows_the_rule_itself_is_not_certain_either_but_where_all_cells_are_four(
    cells: int, most: int
) -> None:
    """All tables of one total that print alike: among them each cell that is not told has several values."""
    certain = set()
    for total in range(most):
        alike: dict[tuple[Published, ...], list[tuple[int, ...]]] = defaultdict(list)
        for numbers in product(range(total + 1), repeat=cells):
            if sum(numbers) == total:
                alike[publish(numbers)].append(numbers)
        for printed, tables in alike.items():
            for place, cell in enumerate(printed):
                if cell.mark is not Mark.SHOWN and len({numbers[place] for numbers in tables}) < 2:
                    certain.update(tables)
    assert certain <= {(4,) * cells}


def test_a_number_without_a_total_is_told_or_small() -> None:
    assert [publish_alone(number).mark for number in (0, 1, 4, 5)] == [
        Mark.SHOWN,
        Mark.SMALL,
        Mark.SMALL,
        Mark.SHOWN,
    ]
