"""A term report of made-up figures as PDF, drawn once a run."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from school_portal.core.i18n import use_language
from school_portal.core.pdf import render_html, render_pdf
from school_portal.incidents.domain import PlainGroup
from school_portal.organisations.domain import Calendar, Letterhead, UnitKind, parse_period
from school_portal.statistics.domain import months_between
from school_portal.statistics.queries import CaseCounts
from school_portal.statistics.report import TermReport, compose

TEMPLATE = "statistics/pdf/term_report.html"
LETTERHEAD = Letterhead(
    parent_line="UBND TỈNH PHÚ THỌ",
    issuer_line="SỞ GIÁO DỤC VÀ ĐÀO TẠO",
    place_name="Phú Thọ",
    signer_title="GIÁM ĐỐC",
    full_name_vi="Sở Giáo dục và Đào tạo tỉnh Phú Thọ",
    full_name_en="Department of Education and Training of Phú Thọ",
    document_symbol="SGD&ĐT",
)


@dataclass(frozen=True)
class Drawn:
    """A document and what it should say."""

    path: Path
    values: TermReport
    counts: CaseCounts


def random_counts(seed: int, months: list[str]) -> CaseCounts:
    """Cases spread at random over groups and months; a sixth of the seeds has none at all."""
    chance = random.Random(seed)
    groups = {group.value: 0 for group in PlainGroup if group != PlainGroup.WORRY}
    by_month = dict.fromkeys(months, 0)
    for _ in range(0 if seed % 6 == 5 else chance.choice((3, 40, 300, 12345))):
        groups[chance.choice(list(groups))] += 1
        by_month[chance.choice(months)] += 1
    total = sum(groups.values())
    return CaseCounts(
        total, 17, {k: n for k, n in groups.items() if n}, {k: n for k, n in by_month.items() if n}
    )


@pytest.fixture(scope="session")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Drawn]:
    """Draw the department's report of a seed's figures; the same one only once."""
    folder = tmp_path_factory.mktemp("reports")

    @cache
    def make(seed: int = 2, language: str = "vi", period: str = "2026-2027/1", **letterhead: Any) -> Drawn:
        unit: Any = SimpleNamespace(kind=UnitKind.DEPARTMENT)
        span = parse_period(period, Calendar())
        counts = random_counts(seed, months_between(span.first, span.last))
        moment = datetime.combine(date(2027, 6, 20), datetime.min.time(), UTC)
        with use_language(language):
            head = replace(LETTERHEAD, **letterhead)
            values = compose(unit, None, head, span, counts, moment)
        path = folder / f"{seed}-{language}-{period.replace('/', '-')}-{len(letterhead)}.pdf"
        path.write_bytes(render_pdf(render_html(TEMPLATE, values, language)))
        return Drawn(path, values, counts)

    return make
