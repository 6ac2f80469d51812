"""Forms: clean text, messages in the portal's words, rule errors on their field, nothing lost."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import ClassVar

import pytest
import wtforms
from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import DateField, FormField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import use_language
from school_portal.web import form_messages
from school_portal.web.forms import (
    BaseForm,
    CardList,
    PartForm,
    first_control,
    longest,
    options,
    problems,
    tidy,
)


class GuestForm(PartForm):
    name = StringField("Name")
    kind = RadioField("Kind", [InputRequired()], choices=options({"pupil": "Pupil", "staff": "Staff"}))


class VisitForm(BaseForm):
    rule_messages: ClassVar = {"too-late": "Only until %(day)s.", "closed": "Nobody may come today."}

    title = StringField("Title", [InputRequired(), Length(max=20)])
    notes = TextAreaField("Notes", [Length(max=100)])
    secret = PasswordField("Secret")
    day = DateField("Day", [InputRequired()])
    guests = CardList(FormField(GuestForm), max_entries=3)


@pytest.fixture
def bare_app() -> Flask:
    app = Flask("forms")
    app.config.update(SECRET_KEY="for these tests", WTF_CSRF_ENABLED=False)
    return app


def visit(app: Flask, **sent: str) -> VisitForm:
    with app.test_request_context("/", method="POST", data=MultiDict(sent)):
        form = VisitForm()
        form.valid = form.validate_on_submit()
        return form


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Lan \u00a0", "Lan"),
        ("\u00d0oàn", "\u0110oàn"),
        ("\u00f0i", "\u0111i"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("a\r\nb", "a\nb"),
        ("a\x00b\u200bc\ufeff", "abc"),
        ("   ", ""),
        (None, ""),
    ],
)
def test_text_is_kept_clean(typed: str | None, kept: str) -> None:
    assert tidy(typed) == kept


def test_text_fields_are_cleaned_on_the_form_and_on_its_cards_and_a_password_is_not(bare_app: Flask) -> None:
    form = visit(
        bare_app,
        title=" \u00d0oàn ",
        secret=" \u00d0 blank ",
        day="2026-11-12",
        **{"guests-0-name": " \u00d0ào ", "guests-0-kind": "pupil"},
    )

    assert form.valid
    assert form.title.data == "Đoàn"
    assert form.guests[0].form.name.data == "Đào"
    assert form.secret.data == " \u00d0 blank "


def test_a_field_that_was_not_sent_is_empty_text(bare_app: Flask) -> None:
    assert visit(bare_app, title="x", day="2026-11-12").notes.data == ""


def test_wrong_input_stays_as_it_was_typed_and_the_page_answers_422(bare_app: Flask) -> None:
    form = visit(bare_app, title="Thăm trường", day="ngày mai")

    assert not form.valid
    assert form.status == 422
    assert form.day._value() == "ngày mai"
    assert form.title.data == "Thăm trường"


@pytest.mark.parametrize("button", [{"lang": "en"}, {"add": "guests"}, {"remove": "guests-0"}])
def test_the_language_switch_and_the_buttons_of_a_list_check_nothing_and_lose_nothing(
    bare_app: Flask, button: dict[str, str]
) -> None:
    form = visit(bare_app, notes="half a sentence", **button)

    assert not form.valid
    assert form.status == 200
    assert form.notes.data == "half a sentence"


def cards(app: Flask, count: int, **sent: str) -> VisitForm:
    named = {f"guests-{index}-name": f"guest {index}" for index in range(count)}
    with app.test_request_context("/", method="POST", data=MultiDict({**named, **sent})):
        form = VisitForm()
        form.grow("guests", at_least=1)
        return form


def test_the_button_one_more_adds_an_empty_card_until_the_list_is_full(bare_app: Flask) -> None:
    names = [card.form.name.data for card in cards(bare_app, 2, add="guests").guests]

    assert names == ["guest 0", "guest 1", ""]
    assert len(cards(bare_app, 3, add="guests").guests) == 3
    assert len(cards(bare_app, 2, add="elsewhere").guests) == 2


def test_the_button_remove_takes_that_card_and_the_others_close_ranks(bare_app: Flask) -> None:
    left = cards(bare_app, 3, remove="guests-1").guests

    assert [(card.name, card.form.name.data) for card in left] == [
        ("guests-0", "guest 0"),
        ("guests-1", "guest 2"),
    ]
    assert len(cards(bare_app, 2, remove="guests-9").guests) == 2
    assert len(cards(bare_app, 2, remove="guests-x").guests) == 2
    assert len(cards(bare_app, 1, remove="guests-0").guests) == 1, "one empty card is always offered"


@pytest.mark.parametrize("index", ["²", "٣", "-1", "x", "", "9" * 5000, "99999"])
def test_a_number_that_no_page_makes_is_no_card_and_no_error(bare_app: Flask, index: str) -> None:
    form = visit(bare_app, title="T", day="2026-11-20", **{f"guests-{index}-name": "An"})

    assert form.valid
    assert len(form.guests) == 0
    assert len(cards(bare_app, 2, remove=f"guests-{index}").guests) == 2


def test_a_blank_card_carries_a_placeholder_for_its_number(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"):
        assert VisitForm().blank_entry("guests").form.name.name == "guests-__index__-name"


def test_a_broken_rule_goes_to_its_field_with_its_values(bare_app: Flask) -> None:
    form = visit(bare_app, title="x", day="2026-11-12")
    form.apply(RuleBroken("too-late", field="day", day="11/11/2026"))

    assert form.day.errors == ["Only until 11/11/2026."]
    assert form.status == 422


def test_a_broken_rule_reaches_a_field_on_a_card(bare_app: Flask) -> None:
    form = visit(
        bare_app, title="x", day="2026-11-12", **{"guests-0-kind": "pupil", "guests-1-kind": "staff"}
    )
    form.apply(RuleBroken("closed", field="guests-1-name"))

    assert form.guests[1].form.name.errors == ["Nobody may come today."]
    assert not form.guests[0].form.name.errors


@pytest.mark.parametrize("field", [None, "nowhere"])
def test_a_broken_rule_without_a_field_stands_on_top(bare_app: Flask, field: str | None) -> None:
    form = visit(bare_app, title="x", day="2026-11-12")
    form.apply(RuleBroken("closed", field=field))

    assert [problem.text for problem in problems(form)] == ["Nobody may come today."]


def test_a_rule_without_words_is_still_told(bare_app: Flask) -> None:
    form = visit(bare_app, title="x", day="2026-11-12")
    form.apply(RuleBroken("nobody-wrote-this"))

    assert problems(form)[0].text
    assert "nobody-wrote-this" not in problems(form)[0].text


def test_the_summary_names_every_control_once_in_the_order_of_the_page(bare_app: Flask) -> None:
    form = visit(bare_app, title="x" * 21, **{"guests-0-name": "Lan"})

    assert [(problem.target, problem.label) for problem in problems(form)] == [
        ("title", "Title"),
        ("day", "Day"),
        ("guests-0-kind-0", "Kind"),
    ]


def test_a_group_is_reached_at_its_first_answer(bare_app: Flask) -> None:
    with bare_app.test_request_context("/"):
        form = VisitForm()
        assert first_control(form.blank_entry("guests").form.kind) == "guests-__index__-kind-0"
        assert first_control(form.title) == "title"
        assert longest(form.title) == 20
        assert longest(form.day) is None


def test_a_page_open_for_too_long_says_that_nothing_is_lost(bare_app: Flask) -> None:
    bare_app.config["WTF_CSRF_ENABLED"] = True
    with use_language("en"):
        form = visit(bare_app, title="Thăm trường", day="2026-11-12", csrf_token="of yesterday")
        told = problems(form)

    assert len(told) == 1
    assert "Everything you typed is still here" in told[0].text
    assert form.title.data == "Thăm trường"


def test_messages_come_from_the_portals_catalogue(bare_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    vietnamese = {"Field cannot be longer than %(max)d character.": "Viết không quá %(max)d ký tự."}
    monkeypatch.setattr("school_portal.web.forms.gettext", lambda text: vietnamese.get(text, text))

    assert visit(bare_app, title="x" * 21, day="2026-11-12").title.errors == ["Viết không quá 20 ký tự."]
    monkeypatch.setattr("school_portal.web.forms.gettext", lambda text: text)
    assert visit(bare_app, title="x" * 21, day="2026-11-12").title.errors == [
        "Field cannot be longer than 20 characters."
    ]


def test_the_list_of_messages_is_that_of_the_installed_wtforms() -> None:
    shipped = read_po((Path(wtforms.__file__).parent / "locale" / "wtforms.pot").open("rb"))
    texts = [message.id for message in shipped if message.id]

    assert sorted(form_messages.MESSAGES) == sorted(text for text in texts if isinstance(text, str))
    assert sorted(form_messages.PLURAL_MESSAGES) == sorted(text for text in texts if isinstance(text, tuple))


def test_every_message_that_wtforms_can_give_is_listed() -> None:
    listed = {*form_messages.MESSAGES, *(text for pair in form_messages.PLURAL_MESSAGES for text in pair)}
    for path in Path(wtforms.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("gettext", "ngettext"):
                told = {
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
                assert told <= listed, path
