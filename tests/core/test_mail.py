"""A letter goes to one person under one line of a subject; the post says when it can't leave."""

from __future__ import annotations

import pytest

from school_portal.core.mail import Letter, LetterRefused, MailDown, Post


@pytest.mark.parametrize(
    "line_break", ["\n", "\r", "\r\n", "\r\n ", "\x00", "\x0b", "\x0c", "\x85", "\u2028"]
)
def test_a_line_break_in_address_or_subject_is_refused(line_break: str) -> None:
    with pytest.raises(LetterRefused):
        Letter("ha@truong.edu.vn", f"Nhắc việc{line_break}Bcc: thief@example.org", "…")
    with pytest.raises(LetterRefused):
        Letter(f"ha@truong.edu.vn{line_break}Bcc: thief@example.org", "Nhắc việc", "…")
    with pytest.raises(LetterRefused):
        Letter(f"ha@truong.edu.vn{line_break}", "Nhắc việc", "…")


@pytest.mark.parametrize(
    "address",
    [
        "", "ha", "@truong.edu.vn", "ha@", "ha@truong.edu.vn, thief@example.org", "ha,thief@example.org",
        "ha@truong.edu.vn thief@example.org", "Hà <ha@truong.edu.vn>", "<ha@truong.edu.vn>", "ha@@truong.edu.vn",
        '"ha"@truong.edu.vn', "hà@truong.edu.vn",
    ],
)  # fmt: skip
def test_a_letter_goes_to_one_plain_address(address: str) -> None:
    with pytest.raises(LetterRefused) as refused:
        Letter(address, "Nhắc việc", "…")
    assert address == "" or address not in str(refused.value)


@pytest.mark.parametrize("address", ["ha.nguyen+1@truong.edu.vn", "o'brien@example.org", "ha@trường.vn"])
def test_addresses_as_people_have_them_are_taken(address: str) -> None:
    assert Letter(address, "Nhắc\u00a0việc: «Đến hạn»", "Dòng 1\n\nDòng 2\n").to == address


def test_a_post_that_nobody_connected_is_off_and_loses_no_letter_silently() -> None:
    post = Post()
    letter = Letter("ha@truong.edu.vn", "Nhắc việc", "…")
    assert not post.is_on
    with pytest.raises(MailDown):
        post.send(letter)
    sent: list[Letter] = []
    post.connect(sent.append)
    assert post.is_on
    post.send(letter)
    assert sent == [letter]
    post.connect(None)
    assert not post.is_on
