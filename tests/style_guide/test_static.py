"""The look as files: contrast of the colours, fonts that can write Vietnamese, icons that exist, nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from school_portal.web.templating import fingerprint

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "pdf" not in path.parts)
STYLES = sorted((STATIC / "css").glob("*.css"))
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (STATIC / "css" / "base.css").read_text()))
VIETNAMESE = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệfghiìíỉĩịjklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvwxyỳýỷỹỵz0123456789"
    ".,;:?()«»“”‘’…·–-/%&+*#@°₫≥≤×"
)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        (
            "ink",
            ["paper", "mist", "primary-soft", "accent-soft", "red-soft", "green-soft", "c1", "c2", "track"],
        ),
        ("muted", ["paper", "mist", "red-soft", "track"]),
        ("primary", ["paper", "mist", "primary-soft", "track"]),
        ("primary-strong", ["paper", "primary-soft"]),
        ("accent", ["paper", "accent-soft"]),
        ("red", ["paper", "red-soft"]),
        ("green", ["paper", "green-soft"]),
        ("paper", ["fill", "c4", "c5", "header", "primary-strong"]),
        ("header-second", ["header"]),
    ],
)
def test_text_can_be_read_on_every_ground_it_stands_on(text: str, grounds: list[str]) -> None:
    weak = {ground: round(contrast(text, ground), 2) for ground in grounds if contrast(text, ground) < 4.5}
    assert weak == {}


@pytest.mark.parametrize(
    ("mark", "ground"), [("edge", "paper"), ("edge", "mist"), ("c3", "paper"), ("c5", "paper")]
)
def test_edges_of_controls_and_bars_can_be_seen(mark: str, ground: str) -> None:
    assert contrast(mark, ground) >= 3


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_name_colours_once_and_load_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert "data:" not in text
    assert "http" not in text
    assert "box-shadow: 0 0 0 2px" in text or "box-shadow" not in text, "no shadows but the focus ring"
    if path.name in ("forms.css", "components.css"):
        assert set(re.findall(r"#[0-9a-f]{3,6}\b", text)) <= {"#fff"}
    for address in re.findall(r'url\("([^"?]+)', text):
        assert (path.parent / address).is_file()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_have_nothing_inline_and_only_icons_of_the_sprite(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|data:image", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    drawn = set(re.findall(r"\bicon\(\"([a-z0-9-]+)\"", text))
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "icons.svg").read_text()))
    assert drawn <= sprite


def test_marks_are_icons_and_never_characters() -> None:
    for path in TEMPLATES:
        assert not set(path.read_text()) & set("→★✓●○▾✗⚠"), path


@pytest.mark.parametrize("weight", [400, 600])
def test_the_font_writes_vietnamese_and_is_light(weight: int) -> None:
    path = STATIC / "fonts" / f"be-vietnam-pro-{weight}.woff2"
    known = TTFont(path).getBestCmap()

    assert [letter for letter in VIETNAMESE + VIETNAMESE.upper() if ord(letter) not in known] == []
    assert path.stat().st_size < 40_000


def test_the_digits_of_both_weights_are_equally_wide_and_bear_a_name_of_their_own() -> None:
    widths = set()
    for weight in (400, 600):
        font = TTFont(STATIC / "fonts" / f"portal-figures-{weight}.woff2")
        assert set(font.getBestCmap()) == set(range(0x30, 0x3A))
        assert "Portal Figures" in str(font["name"].getDebugName(1))
        widths |= {font["hmtx"][name][0] for name in font.getBestCmap().values()}
    assert len(widths) == 1


def test_fonts_are_asked_for_by_the_fingerprint_of_their_content() -> None:
    asked = re.findall(r"fonts/([\w-]+\.woff2)\?v=(\w+)", (STATIC / "css" / "base.css").read_text())
    assert dict(asked) == {path.name: fingerprint(path) for path in (STATIC / "fonts").glob("*.woff2")}


def test_licences_stand_beside_what_was_taken() -> None:
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "OFL.txt").read_text().upper()
    assert "The Bootstrap Authors" in (STATIC / "icons.svg").read_text()
