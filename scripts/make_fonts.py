"""Makes the page fonts: Be Vietnam Pro 400 and 600 as WOFF2 subsets, and digits of one width.

Run after `pip install -r requirements/assets.txt`; the results in static/fonts are committed.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import fontpkg
import fontpkg_be_vietnam_pro
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "static" / "fonts"
FAMILY = "Be Vietnam Pro"
FIGURES = "Portal Figures"
# One width for both weights, so that a bold total stands under the digits it adds up.
FIGURE_WIDTH = 676
WEIGHTS = {400: "regular", 600: "semibold"}
VIETNAMESE = (
    [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0, *range(0x1EA0, 0x1EFA)]
    + [0x300, 0x301, 0x303, 0x309, 0x323, 0x20AB]
    + [0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2030]
    + [0x2032, 0x2033, 0x2039, 0x203A, 0x2044, 0x2212, 0x2260, 0x2264, 0x2265, 0x2248]
)


def subset(font: TTFont, characters: list[int], features: list[str]) -> None:
    """Keeps these characters and drops hints and every feature not named."""
    options = Options(layout_features=features, hinting=False, notdef_outline=True, name_IDs=["*"])
    worker = Subsetter(options)
    worker.populate(unicodes=characters)
    worker.subset(font)


def widen_digits(font: TTFont) -> None:
    """Centres each digit in the same width; the outlines stay as drawn."""
    glyphs, metrics = font["glyf"], font["hmtx"]
    for character in range(0x30, 0x3A):
        name = font.getBestCmap()[character]
        width, left = metrics[name]
        shift = (FIGURE_WIDTH - width) // 2
        glyph = glyphs[name]
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(glyphs)
        metrics[name] = (FIGURE_WIDTH, left + shift)


def rename(font: TTFont, family: str, style: str) -> None:
    """The companion is a modified version, so it bears a name of its own (OFL)."""
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = family
        elif record.nameID in (2, 17):
            record.string = style
        elif record.nameID in (3, 4):
            record.string = f"{family} {style}"
        elif record.nameID == 6:
            record.string = f"{family}-{style}".replace(" ", "")


def save(font: TTFont, name: str) -> None:
    """Writes WOFF2 without a time stamp, so that a second run gives the same bytes."""
    font.recalcTimestamp = False
    font.flavor = "woff2"
    path = TARGET / name
    font.save(path)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight, style in WEIGHTS.items():
        source = fontpkg.path(FAMILY, weight=weight)
        text = TTFont(source, recalcTimestamp=False)
        subset(text, VIETNAMESE, ["ccmp", "locl", "kern", "mark", "mkmk"])
        save(text, f"be-vietnam-pro-{weight}.woff2")
        figures = TTFont(source, recalcTimestamp=False)
        subset(figures, list(range(0x30, 0x3A)), [])
        widen_digits(figures)
        rename(figures, FIGURES, style.title())
        save(figures, f"portal-figures-{weight}.woff2")
    shutil.copyfile(Path(fontpkg_be_vietnam_pro.__file__).parent / "LICENSE", TARGET / "OFL.txt")


if __name__ == "__main__":
    main()
