"""From a frozen dataclass to PDF bytes: template, fine setting, the drawing process. Used in jobs and commands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from school_portal.core import charts, i18n
from school_portal.core.drawing import DrawingProcess, Limits
from school_portal.core.typeset import balanced, official_date, official_month, typeset

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ORDINARY = Limits(megabytes=1024, seconds=120.0)
LARGE = Limits(megabytes=3072, seconds=600.0)
_process = DrawingProcess("document")


def render_html(template: str, document: object, language: str) -> str:
    """Fill a document's template with its dataclass, named `doc` there, and nothing else."""
    with i18n.use_language(language):
        page = _environment().get_template(template).render(doc=document, language=language)
    return typeset(page)


def render_pdf(html: str, limits: Limits = ORDINARY) -> bytes:
    """Lay out a page of ours as a tagged PDF with its title, language and bookmarks.

    Raises DrawingRefused: `address-refused`, `nested-too-deep`, `too-large`, `too-slow`, `drawing-died`,
    `not-drawable`.
    """
    return _process.draw(html.encode(), limits)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """The documents' own templates: they can't reach the request, the person or a table."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=i18n.gettext, ngettext=i18n.ngettext, bar_chart=charts.bar_chart)
    environment.filters.update(
        number=i18n.format_number,
        date=i18n.format_date,
        datetime=i18n.format_datetime,
        balanced=balanced,
        official_date=official_date,
        official_month=official_month,
    )
    return environment
