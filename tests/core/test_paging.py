"""Cursors that somebody made up show the first page, whatever they hold."""

from __future__ import annotations

import base64

import pytest

from school_portal.core.paging import is_number, read_cursor, write_cursor


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    assert read_cursor(write_cursor("An", "7"), 2) == ("An", "7")


@pytest.mark.parametrize("content", ["[" * 60_000, "{}", '["a"]', '["a", 1]', "nonsense", ""])
def test_a_made_up_cursor_is_none(content: str) -> None:
    assert read_cursor(base64.urlsafe_b64encode(content.encode()).decode(), 2) is None


@pytest.mark.parametrize("text", ["", "x", "-1", "²", "٣", "9" * 19, "9" * 5000])
def test_what_no_database_takes_is_no_number(text: str) -> None:
    assert not is_number(text)
    assert is_number("123456789012345678")
