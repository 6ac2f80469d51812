"""The rule for new passwords: NIST SP 800-63B-4."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from school_portal.accounts import passwords
from school_portal.accounts.passwords import Person, problem_with

HA = Person(
    "Nguyễn Thị Hà",
    "ha.nguyen@thcsdoico.edu.vn",
    "+84912345678",
    "PT-0123",
    ("Trường THCS Đồi Cọ", "THCS Đồi Cọ"),
)
BLOCKLIST = Path(passwords.__file__).parent / "blocklist"


def listed() -> list[str]:
    """Every entry of the shipped lists."""
    lines = [
        line for file in sorted(BLOCKLIST.glob("*.txt")) for line in file.read_text("utf-8").splitlines()
    ]
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(
    "password",
    [
        "mưa rơi trên mái tôn xanh",
        "correct horse battery staple",
        "Con mèo nhỏ ăn cá rán",
        "東京タワーの上でお茶を飲みましょう",
        "k7 fq2 w9z n4 x1 vb",
        "7391826455019283",
    ],
)
def test_a_sentence_of_her_own_is_taken_in_any_script(password: str) -> None:
    assert problem_with(password, HA, has_second_factor=False) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("mưa rơi mái tôn", None),
        ("mưa rơi mái tô", "password-too-short"),
        ("123456789012345", "password-common"),
        ("aaaaaaaaaaaaaaaa", "password-common"),
        ("matkhaumatkhau1", "password-common"),
        ("Mật khẩu của tôi 2026", "password-common"),
        ("P@ssw0rdP@ssw0rd", "password-common"),
        ("qwertyuiopasdfgh", "password-common"),
        ("antoantruonghoc2026", "password-common"),
        ("xyz7xyz7xyz7xyz7", "password-common"),
        ("                  ", "password-common"),
        ("!!!!!!!!!!!!!!!!!!", "password-common"),
        ("nguyen thi ha 1990", "password-common"),
        ("912345678 pt0123 Đồi Cọ", "password-about-you"),
        ("THCSDoiCo2026!!", "password-about-you"),
        ("ha.nguyen@thcsdoico.edu.vn", "password-about-you"),
        ("a" * 1025, "password-too-long"),
        ("ộ" * 342, "password-too-long"),
    ],
)
def test_what_is_tried_first_is_refused_with_its_reason(password: str, why: str | None) -> None:
    assert problem_with(password, HA, has_second_factor=False) == why


def test_eight_characters_do_with_a_second_factor_and_fifteen_without() -> None:
    assert problem_with("k7fqzw9x", HA, has_second_factor=True) is None
    assert problem_with("k7fqzw9", HA, has_second_factor=True) == "password-too-short"
    assert problem_with("k7fqzw9xk2vb4r", HA, has_second_factor=False) == "password-too-short"


def test_every_listed_password_is_refused_at_any_length_that_would_do() -> None:
    """In capitals and with a year behind it, or doubled."""
    for number, word in enumerate(listed()):
        spelling = f"{word.upper()}2026!" if number % 2 else f"{word}{word}"
        if len(spelling) >= passwords.WITH_SECOND_FACTOR:
            assert problem_with(spelling, Person(), has_second_factor=True) == "password-common", spelling


def test_the_lists_hold_ten_thousand_passwords_and_vietnamese_words() -> None:
    assert len(listed()) > 10_200
    assert {"mật khẩu", "phú thọ", "anh yêu em"} <= set(listed())


# Letters of which no list is made, so that only the length decides.
UNLISTED = st.text(alphabet="ᚠᚢᚦᚨᚱᚲᚷᚹᚺᚾ", min_size=0, max_size=40)


@settings(max_examples=2000, deadline=None)
@given(UNLISTED, st.booleans())
def test_only_the_length_and_the_lists_decide(password: str, has_second_factor: bool) -> None:
    least = 8 if has_second_factor else 15
    problem = problem_with(password, HA, has_second_factor=has_second_factor)
    if len(password) < least:
        assert problem == "password-too-short"
    else:
        assert problem in (None, "password-common")
        varied = len({password[i : i + 2] for i in range(len(password))}) > 6
        assert problem is None or not varied


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=1200))
@example("\ud800" * 15)
@example("\x00" * 20)
def test_no_text_breaks_the_rule(password: str) -> None:
    problem_with(password, HA, has_second_factor=False)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặ ", max_size=40))
def test_the_same_characters_are_the_same_password_on_every_keyboard(text: str) -> None:
    decomposed, composed = unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)
    assert passwords.compose(decomposed) == passwords.compose(composed)
    assert problem_with(decomposed, HA, has_second_factor=False) == problem_with(
        composed, HA, has_second_factor=False
    )
