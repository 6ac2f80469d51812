"""Made-up populations of cases, and the term report of one as PDF and Word, made once a run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from school_portal.core.i18n import use_language
from school_portal.core.pdf import render_html, render_pdf
from school_portal.incidents.domain import IncidentState, PlainGroup, RecordKind, Sex
from school_portal.organisations.domain import Calendar, Letterhead, Level, Period, UnitKind, parse_period
from school_portal.statistics.domain import Completeness, Counts, Cut, count, level_of
from school_portal.statistics.paper import TermReport
from school_portal.statistics.report import Sender, compose
from school_portal.statistics.tables import Figures, Reporting
from school_portal.statistics.word import write_word

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
TYPES = tuple(
    (code, f"Loại thứ {place} ({code})") for place, code in enumerate(("TC01", "TC02", "TL01", "TS01"), 1)
)
PLACES = (
    ("yard", "Sân trường"),
    ("toilet", "Khu nhà vệ sinh"),
    ("online", "Trên mạng"),
    ("unknown", "Chưa biết"),
)
DAY_PARTS = (("break", "Giờ ra chơi"), ("lesson", "Trong giờ học"), ("unknown", "Chưa biết"))
LEVELS = ((Level.MN,), (Level.TH,), (Level.THCS,), (Level.TH, Level.THCS), (Level.THPT,))


@dataclass(frozen=True)
class Made:
    """A made-up record."""

    organisation_id: UUID
    organisation_version_id: UUID
    kind: RecordKind
    state: IncidentState
    group: str
    types: tuple[str, ...]
    severity: int
    place: str
    day_part: str
    occurred_on: date
    levels: tuple[Level, ...]
    harmed: tuple[Sex, ...]


def population(seed: int, period: Period) -> list[Made]:
    """Records spread at random over all facts; a sixth of the seeds has none at all."""
    chance = random.Random(seed)
    schools = [
        (UUID(int=chance.getrandbits(128)), chance.choice(LEVELS)) for _ in range(chance.choice((1, 4, 30)))
    ]
    days = (period.last - period.first).days
    many = 0 if seed % 6 == 5 else chance.choice((1, 3, 12, 40, 300, 3000))
    made = []
    for _ in range(many):
        school, levels = chance.choice(schools)
        made.append(
            Made(
                school,
                school,
                chance.choices(list(RecordKind), (8, 1, 1))[0],
                chance.choices(list(IncidentState), (3, 3, 8, 1, 1))[0],
                chance.choice([group.value for group in PlainGroup]),
                tuple(sorted(chance.sample([code for code, _ in TYPES], chance.choice((0, 1, 1, 2))))),
                chance.choices((1, 2, 3, 4), (2, 8, 3, 1))[0],
                chance.choice(PLACES)[0],
                chance.choice(DAY_PARTS)[0],
                period.first + timedelta(chance.randint(0, days)),
                levels,
                tuple(chance.choices(list(Sex), k=chance.choice((0, 1, 1, 3)))),
            )
        )
    return made


def counts_of(made: list[Made]) -> Counts:
    """As the portal counts them."""
    harmed: Counter[str] = Counter()
    for record in made:
        if record.kind is RecordKind.INCIDENT and record.state not in (
            IncidentState.NOT_SUBSTANTIATED,
            IncidentState.DUPLICATE,
        ):
            harmed.update(sex.value for sex in record.harmed)
    return count(made, {record.organisation_version_id: level_of(record.levels) for record in made}, harmed)


def recount(made: list[Made]) -> dict[str, Counter[str]]:
    """Every figure counted anew, the slow way: by table and code."""
    told: dict[str, Counter[str]] = {name: Counter() for name in (*Cut, "harmed", "all", "aside")}
    for record in made:
        aside = record.state.value in ("not_substantiated", "duplicate")
        if record.kind.value != "incident":
            told["all"][record.kind.value] += not aside
        elif aside:
            told["aside"][record.state.value] += 1
        else:
            told["all"]["cases"] += 1
            for code in record.types or ("",):
                told["type"][code] += 1
            told["group"][record.group] += 1
            told["severity"][str(record.severity)] += 1
            told["level"][record.levels[0].value if len(record.levels) == 1 else "several"] += 1
            told["place"][record.place] += 1
            told["day_part"][record.day_part] += 1
            told["month"][record.occurred_on.isoformat()[:7]] += 1
            told["state"][record.state.value] += 1
            for sex in record.harmed:
                told["harmed"][sex.value] += 1
    return told


@dataclass(frozen=True)
class Drawn:
    """A report, what was counted, and the files when they are asked for."""

    values: TermReport
    made: list[Made]
    period: Period
    kind: UnitKind
    path: Path

    @property
    def word(self) -> bytes:
        """The Word file."""
        return write_word(self.values)


@pytest.fixture(scope="session")
def compose_report() -> Callable[..., tuple[TermReport, list[Made], Period]]:
    """The report of a seed's population, without a file."""

    def make(
        seed: int = 2,
        language: str = "vi",
        period: str = "2026-2027/1",
        kind: UnitKind = UnitKind.DEPARTMENT,
        **letterhead: Any,
    ) -> tuple[TermReport, list[Made], Period]:
        span, calendar = parse_period(period, Calendar()), Calendar()
        made = population(seed, span)
        unit: Any = SimpleNamespace(kind=kind, name=lambda language: "Xã Hiền Lương", parent_id=None)
        moment = datetime.combine(date(2027, 6, 20), datetime.min.time(), UTC)
        term = parse_period("2026-2027/1", calendar)
        chance = random.Random(seed)
        by_level = {
            level: Completeness(due, cases, nil)
            for level in ("MN", "TH", "several")
            for cases, nil in [(chance.randint(0, 3), chance.randint(0, 90))]
            for due in [cases + nil + chance.randint(0, 4)]
        }
        whole = Completeness(
            *(sum(getattr(each, name) for each in by_level.values()) for name in ("due", "cases", "nil"))
        )
        figures = Figures(
            kind=kind,
            period=span,
            counts=counts_of(made),
            today=moment.date(),
            earlier=((parse_period("2025-2026/2", calendar), counts_of(population(seed + 1000, span))),),
            reporting=() if kind is UnitKind.SCHOOL else (Reporting(term, whole, by_level),),
            pupils=987_500,
            types=TYPES,
            places=PLACES,
            day_parts=DAY_PARTS,
        )
        with use_language(language):
            return (
                compose(Sender(unit, None, replace(LETTERHEAD, **letterhead), moment), figures),
                made,
                span,
            )

    return make


@pytest.fixture(scope="session")
def draw(
    tmp_path_factory: pytest.TempPathFactory, compose_report: Callable[..., Any]
) -> Callable[..., Drawn]:
    """Draw the report of a seed's figures as PDF; the same one only once."""
    folder = tmp_path_factory.mktemp("reports")

    @cache
    def make(
        seed: int = 6,
        language: str = "vi",
        period: str = "2026-2027/1",
        kind: UnitKind = UnitKind.DEPARTMENT,
        **letterhead: Any,
    ) -> Drawn:
        values, made, span = compose_report(seed, language, period, kind, **letterhead)
        path = folder / f"{seed}-{language}-{period.replace('/', '-')}-{kind}-{len(letterhead)}.pdf"
        path.write_bytes(render_pdf(render_html(TEMPLATE, values, language)))
        return Drawn(values, made, span, kind, path)

    return make
