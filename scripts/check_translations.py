"""Says what the catalogues lack: texts of the code without a translation, fuzzy ones, wrong placeholders."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "school_portal" / "translations"
LANGUAGES = ("vi",)
"""English is the language of the texts in the code."""
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def texts_of_the_code() -> dict[tuple[str, str | None], str]:
    """Each text that the code or a template asks for, with one place where it stands."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {
        mapping["pattern"]: {
            name: str(value) for name, value in mapping.items() if name not in ("method", "pattern")
        }
        for mapping in mappings
    }
    found: dict[tuple[str, str | None], str] = {}
    for folder in ("school_portal", "templates"):
        extracted = extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods],
            options_map={pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()},
            keywords=KEYWORDS,
            # Babel would leave out folders that begin with an underscore: templates/_layout, templates/_components.
            directory_filter=lambda path: not Path(path).name.startswith((".", "__")),
        )
        for name, line, message, _comments, context in extracted:
            singular = message[0] if isinstance(message, tuple) else message
            found.setdefault((singular, context), f"{folder}/{name}:{line}")
    return found


def read(path: Path) -> Catalog:
    """The catalogue in a .po file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def problems_inside(path: Path) -> list[str]:
    """Entries of one catalogue that are fuzzy, empty or have other placeholders than their source."""
    catalogue = read(path)
    where = path.relative_to(ROOT)
    problems = []
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy:
            problems.append(f"{where}: fuzzy: {message.id!r}")
        elif not all(texts):
            problems.append(f"{where}: not translated: {message.id!r}")
        problems += [f"{where}: {error}: {message.id!r}" for error in message.check(catalogue)]
    return problems


def problems() -> list[str]:
    """All that is wrong with the catalogues, in words; an empty list when they are complete."""
    found = []
    wanted = texts_of_the_code()
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po")):
        found += problems_inside(path)
    for language in LANGUAGES:
        path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        if not path.exists():
            found.append(f"{path.relative_to(ROOT)} is missing")
            continue
        catalogue = read(path)
        found += [
            f"{place}: no {language} text for {text!r}" + (f" ({context})" if context else "")
            for (text, context), place in wanted.items()
            if catalogue.get(text, context) is None
        ]
    return found


if __name__ == "__main__":
    complaints = problems()
    sys.exit("\n".join(complaints) or 0)
