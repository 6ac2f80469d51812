"""The style guide's page, and the frame that it shares with every page."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template

from school_portal import FEATURES
from school_portal.core.i18n import use_language
from school_portal.style_guide.feature import FEATURE


@pytest.fixture
def page(guide_app: Flask) -> str:
    return guide_app.test_client().get("/style-guide").get_data(as_text=True)


def test_the_page_shows_a_form_with_exactly_one_primary_button(page: str) -> None:
    form = page[page.index('id="sample"') : page.rindex("</form>")]
    assert form.count("btn-primary") == 1


def test_the_guide_is_no_page_of_production() -> None:
    assert FEATURE not in FEATURES


def test_ids_are_unique_and_labels_lead_somewhere(page: str) -> None:
    shown = re.sub(r"(?s)<template>.*?</template>", "", page)
    ids = re.findall(r'\sid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<label[^>]* for="([^"]+)"', shown)) <= set(ids)
    described = {
        one
        for value in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', shown)
        for one in value.split()
    }
    assert described <= set(ids)


def test_a_wrong_answer_gives_422_with_a_title_that_says_so(guide_app: Flask) -> None:
    guide_app.config["WTF_CSRF_ENABLED"] = False
    answer = guide_app.test_client().post("/style-guide", data={"title": "Một dòng"})
    guide_app.config["WTF_CSRF_ENABLED"] = True
    text = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert 'id="error-summary"' in text
    assert 'value="Một dòng"' in text
    assert 'aria-invalid="true"' in text


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("query", ["", "?signed-out=1"])
def test_every_error_has_a_page_that_says_what_to_do(guide_app: Flask, status: int, query: str) -> None:
    with guide_app.test_request_context(f"/nowhere{query}"), use_language("en"):
        guide_app.preprocess_request()
        text = render_template("errors/error.html", status=status, code="any")

    assert text.count("<h1>") == 1
    assert 'class="lead"' in text
    assert 'href="tel:111"' in text
    assert str(status) not in re.sub(r"<[^>]+>", "", text)


def test_a_page_that_must_fail_leaves_the_signed_in_frame_out(guide_app: Flask) -> None:
    with guide_app.test_request_context("/nowhere"):
        guide_app.preprocess_request()
        assert "sign-out" in render_template("errors/error.html", status=404, code="any")
        assert "sign-out" not in render_template("errors/error.html", status=500, code="any")
