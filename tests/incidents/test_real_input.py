"""1,017 real records filed through the service: tally and printed report against a recount by nothing but csv.

The records tell of real violence to minors: they stay in $REAL_DATA and nowhere else.
"""

from __future__ import annotations

import csv
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from school_portal.audit import queries as audit
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.db import database
from school_portal.incidents import queries
from school_portal.incidents.domain import PlainGroup, RecordKind, ReportIncident, Safety
from school_portal.incidents.labels import PLAIN_GROUPS
from school_portal.incidents.models import Incident
from school_portal.incidents.service import report_incident
from school_portal.organisations.queries import find_by_code
from school_portal.reports.service import build_document
from school_portal.tally import queries as tally
from tests.conftest import Backend, BackendFactory, backends

pytestmark = pytest.mark.real_data

SCHOOLS = Path("schools") / "phutho_upper_secondary_2019.csv"
RECORDS = Path("incidents") / "k12_ssdb_1970_2009.csv"
GROUPS = {
    "": "unclear",
    "Accidental": "unclear",
    "Anger Over Grade/Suspension/Discipline": "fight",
    "Bullying": "bullying",
    "Domestic w/ Targeted Victim": "outside",
    "Escalation of Dispute": "fight",
    "Gang-related": "fight",
    "Hostage Standoff": "words",
    "Illegal Drug Related": "outside",
    "Indiscriminate Shooting": "fight",
    "Intentional Property Damage": "unclear",
    "Mental Health": "unclear",
    "Murder/Suicide": "outside",
    "Officer Involved Shooting": "adult",
    "Racial": "words",
    "Robbery": "bullying",
    "Self Defense": "fight",
    "Suicide/Attempted": "worry",
}
PLACES = {
    "": "unknown",
    "Both Inside/Outside": "elsewhere",
    "Inside School Building": "corridor",
    "Off School Property": "elsewhere",
    "Outside on School Property": "yard",
    "School Bus": "vehicle",
}
DAY_PARTS = {
    "After School": "after_school",
    "Afternoon Classes": "lesson",
    "As School is Opening": "before_school",
    "Before School": "before_school",
    "Dismissal": "after_school",
    "Evening": "evening",
    "Lunch": "lunch",
    "Morning Classes": "lesson",
    "Night": "evening",
}


# --- filing: the reader that hands the records to the service --------------------------------------------------


def facts_of(row: dict[str, str]) -> str:
    return f"{row['summary']}\n\n{row['narrative_detailed_summary_background']}"


def commands(path: Path, department: UUID) -> Iterator[ReportIncident]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            clock = row["time_of_occurrence_12_hour_am_pm"]
            yield ReportIncident(
                id=uuid4(),
                organisation_id=department,
                safety=Safety.SAFE,
                group=PlainGroup(GROUPS[row["category"]]),
                occurred_on=datetime.strptime(row["date"], "%m/%d/%Y").date(),  # noqa: DTZ007
                occurred_time=datetime.strptime(clock, "%I:%M %p").time()  # noqa: DTZ007
                if re.fullmatch(r"\d+:\d\d [AP]M", clock)
                else None,
                day_part=DAY_PARTS.get(row["time_period"], "unknown"),
                place=PLACES[row["location"]],
                facts=facts_of(row),
                source=f"k12:{row['row_id']}",
            )


@dataclass(frozen=True)
class Filed:
    """A database that holds the province, its schools and the records."""

    backend: Backend
    told: dict[str, str]

    def run(self, *words: object) -> Result:
        return self.backend.app.test_cli_runner().invoke(args=[str(word) for word in words])


@pytest.fixture(scope="module", params=backends())
def stored(request: pytest.FixtureRequest, make_backend: BackendFactory, real_data: Path) -> Filed:
    """Filed once on each database, with real commits."""
    filed = Filed(make_backend.copy(request.param, "records"), {})
    lines = {
        "units": filed.run("organisations", "import-units", "--province", 25),
        "schools": filed.run(
            *("organisations", "import-schools", real_data / SCHOOLS, "--skip-bad-rows"),
            *(
                "--mapping",
                "schools_moet_2019.toml",
                "--rejected",
                filed.backend.config.portal_instance / "bad.csv",
            ),
        ),
    }
    filed.told.update({name: result.stdout.splitlines()[-1] for name, result in lines.items()})
    with database.transaction() as session:
        department = find_by_code(session, SYSTEM, "25")
        for command in commands(real_data / RECORDS, department.id):
            report_incident(session, SYSTEM, command)
    return filed


@pytest.fixture
def filed(stored: Filed) -> Filed:
    """The same for each test, whatever database another test used meanwhile."""
    stored.backend.activate()
    return stored


# --- the recount: csv and arithmetic, nothing of the portal ----------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """A line of the file, as the recount sees it."""

    year: int
    month: int
    day: int
    group: str

    @property
    def key(self) -> tuple[int, int, int]:
        return self.year, self.month, self.day

    @property
    def school_year(self) -> int:
        """5 September begins one."""
        return self.year if (self.month, self.day) >= (9, 5) else self.year - 1


@pytest.fixture(scope="module")
def recount(real_data: Path) -> list[Counted]:
    with (real_data / RECORDS).open(encoding="utf-8-sig", newline="") as file:
        header, *lines = list(csv.reader(file))
    dates, categories = header.index("date"), header.index("category")
    found = []
    for cells in lines:
        month, day, year = (int(part) for part in cells[dates].split("/"))
        found.append(Counted(year, month, day, GROUPS[cells[categories]]))
    assert len(found) == 1017
    return found


def cases(lines: list[Counted]) -> list[Counted]:
    return [line for line in lines if line.group != "worry"]


def of_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


WHOLE = (date(1969, 1, 1), date(2010, 12, 31))


def test_the_province_and_its_real_schools_are_there(filed: Filed) -> None:
    assert filed.told["units"] == "added 149, updated 0, unchanged 0, rejected 0"
    assert filed.told["schools"] == "added 87, updated 0, unchanged 0, rejected 3"


def test_the_tally_equals_a_recount_by_year_month_and_group(filed: Filed, recount: list[Counted]) -> None:
    with database.transaction(write=False) as session:
        for year in range(1969, 2011):
            lines = [line for line in recount if line.year == year]
            span = ("/1/", *of_year(year))
            months = {f"{year}-{n:02}": c for n, c in Counter(line.month for line in cases(lines)).items()}
            assert queries.totals(session, SYSTEM, *span, "month") == months
            groups = Counter(line.group for line in cases(lines))
            assert queries.totals(session, SYSTEM, *span, "group") == groups
            risks = queries.totals(session, SYSTEM, *span, kind=RecordKind.RISK).get("", 0)
            assert queries.totals(session, SYSTEM, *span).get("", 0) + risks == len(lines)
            assert risks == len(lines) - len(cases(lines))
        every = Counter(line.group for line in recount)
        kinds = [queries.totals(session, SYSTEM, "/1/", *WHOLE, "group", kind) for kind in RecordKind]
        assert sum((Counter(kind) for kind in kinds), Counter()) == every
        assert tally.totals(session, SYSTEM, "/1/", *WHOLE) == {"": 1017}


def test_the_tally_made_again_is_the_same(filed: Filed) -> None:
    assert filed.run("statistics", "verify").exit_code == 0
    assert filed.run("statistics", "rebuild").exit_code == 0
    result = filed.run("statistics", "verify")
    assert (result.exit_code, "1017" in result.stdout) == (0, True)


def test_each_school_year_since_1969_numbers_its_own_without_a_gap(
    filed: Filed, recount: list[Counted]
) -> None:
    with database.transaction(write=False) as session:
        statement = scope(select(Incident.number), everybody(Incident.org_path))
        numbers = sorted(session.scalars(statement))
    expected = [
        f"VV-{year % 100:02}{(year + 1) % 100:02}-{serial:06}"
        for year, n in Counter(line.school_year for line in recount).items()
        for serial in range(1, n + 1)
    ]
    assert numbers == sorted(expected)
    assert "VV-6970-000001" in numbers


def test_every_narrative_comes_back_to_the_letter(filed: Filed, real_data: Path) -> None:
    with (real_data / RECORDS).open(encoding="utf-8-sig", newline="") as file:
        expected = {f"k12:{row['row_id']}": facts_of(row) for row in csv.DictReader(file)}
    assert sum('"' in text for text in expected.values()) > 40
    with database.transaction(write=False) as session:
        statement = select(Incident).options(undefer(Incident.facts))
        rows = session.scalars(scope(statement, everybody(Incident.org_path)))
        assert {row.source: row.facts for row in rows} == expected


def test_each_record_is_one_event_of_an_unbroken_chain(filed: Filed) -> None:
    with database.transaction(write=False) as session:
        (verdict,) = audit.verify(session, SYSTEM)
    assert verdict.broken_at is None
    assert verdict.events >= 1017 + 149 + 87


# --- the printed report ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """A period, its days and its name in the title, all written by hand."""

    code: str
    first: tuple[int, int, int]
    last: tuple[int, int, int]
    title: str


TERMS = (
    Term("1999", (1999, 1, 1), (1999, 12, 31), "năm 1999"),
    Term("2006", (2006, 1, 1), (2006, 12, 31), "năm 2006"),
    Term("1998-1999/2", (1999, 1, 19), (1999, 5, 31), "học kỳ II năm học 1998-1999"),
    Term("1969-1970", (1969, 9, 5), (1970, 5, 31), "năm học 1969-1970"),
    Term("1988-1989/1", (1988, 9, 5), (1989, 1, 18), "học kỳ I năm học 1988-1989"),
    Term("1992-1993/H", (1993, 6, 1), (1993, 9, 4), "hè năm học 1992-1993"),
    Term("2006-Q4", (2006, 10, 1), (2006, 12, 31), "quý IV năm 2006"),
    Term("1970-01", (1970, 1, 1), (1970, 1, 31), "tháng 1 năm 1970"),
    Term("1968", (1968, 1, 1), (1968, 12, 31), "năm 1968"),
)


def share(number: int, total: int) -> str:
    if not total:
        return "-"
    exact = Decimal(number * 100) / Decimal(total)
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP)).replace(".", ",")


def months_of(term: Term) -> list[tuple[int, int]]:
    day, found = date(*term.first), []
    while day <= date(*term.last):
        if (day.year, day.month) not in found:
            found.append((day.year, day.month))
        day += timedelta(days=1)
    return found


def name_of(year: int, month: int) -> str:
    return f"{month:02}/{year}" if month <= 2 else f"{month}/{year}"


@dataclass(frozen=True)
class Printed:
    """The text of a PDF: its lines for the tables, and in one line for the sentences."""

    lines: str

    @property
    def sentences(self) -> str:
        return " ".join(self.lines.split())

    def rows(self, title: str) -> list[tuple[str, ...]] | None:
        """Label, number and share of each row of a table, its total last; None when the report keeps it back."""
        table = re.search(rf"Bảng \d+\. {title}\n((?:.|\n)*?Tổng cộng .*)", self.lines)
        row = re.compile(r"^ *(?:\d+ {2,})?([^\W\d].*?) {2,}([\d.]+|1-4|\*) +([\d,]+|-|\*)$", re.MULTILINE)
        return row.findall(table[1]) if table else None


def read_printed(pdf: Path) -> Printed:
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True)
    return Printed(done.stdout)


def check_table(printed: Printed, title: str, expected: list[tuple[str, int]]) -> int:
    """Each row is there, in order, with the recounted number or a sign that its number allows; how many were told."""
    total, told = sum(number for _, number in expected), 0
    rows = printed.rows(title)
    if rows is None:
        assert total == 0 or f"{title}: số lượng ít" in printed.sentences
        return 0
    assert [label for label, _, _ in rows] == [*(label for label, _ in expected), "Tổng cộng"]
    for (_, cell, part), (label, number) in zip(rows, [*expected, ("", total)], strict=True):
        if cell == "1-4":
            assert 0 < number < 5, label
            assert part == "*"
        elif cell == "*":
            assert number >= 5, label
            assert part == "*"
        else:
            assert (cell, part) == (str(number), share(number, total)), label
            assert not 0 < number < 5 or number == total, "a small number of a province"
            told += 1
    return told


def check_report(pdf: Path, term: Term, recount: list[Counted]) -> int:
    """Total, risks, groups and months of the report are those of the recount; how many cells were told."""
    inside = [line for line in recount if term.first <= line.key <= term.last]
    counted, total = cases(inside), len(cases(inside))
    groups = Counter(line.group for line in counted)
    months = Counter((line.year, line.month) for line in counted)
    printed = read_printed(pdf)
    days = [f"{day:02}/{name_of(year, month)}" for year, month, day in (term.first, term.last)]
    assert f"{term.title} (từ ngày {days[0]} đến ngày {days[1]})" in printed.sentences
    if total:
        assert f"ghi nhận {total:02} vụ việc" in printed.sentences
    else:
        assert printed.sentences.count("Trong kỳ báo cáo chưa có vụ việc nào được ghi nhận") == 2
    risks = len(inside) - total
    shown = "1-4" if 0 < risks < 5 else f"{risks:02}" if risks else "0"
    assert f"Hồ sơ nguy cơ: {shown};" in printed.sentences
    unclear = {PlainGroup.UNCLEAR: "Chưa rõ nhóm"}
    by_group = [
        (unclear.get(group, str(PLAIN_GROUPS[group])), groups[group.value])
        for group in PlainGroup
        if group != PlainGroup.WORRY
    ]
    by_month = [(f"Tháng {name_of(*month)}", months[month]) for month in months_of(term)]
    return sum(
        check_table(printed, f"Số vụ việc theo {name}", rows)
        for name, rows in (("nhóm", by_group), ("tháng", by_month))
    )


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.code)
def test_every_figure_that_the_report_prints_equals_the_recount(
    filed: Filed, recount: list[Counted], tmp_path: Path, term: Term
) -> None:
    pdf = tmp_path / "report.pdf"
    words = ("--organisation", 25, "--period", term.code, "--language", "vi", "--output", pdf)
    result = filed.run("reports", "build", "term-report", *words)
    assert result.exit_code == 0, result.output
    check_report(pdf, term, recount)


def test_one_record_more_changes_the_report_and_a_forgotten_one_is_seen(
    filed: Filed, recount: list[Counted], real_data: Path, tmp_path: Path
) -> None:
    term, pdf = TERMS[0], tmp_path / "report.pdf"

    def build(session: Session) -> None:
        pdf.write_bytes(build_document(session, SYSTEM, "term-report", department.id, term.code, "vi"))

    with database.session() as session:
        department = find_by_code(session, SYSTEM, "25")
        build(session)
        check_report(pdf, term, recount)
        command = next(commands(real_data / RECORDS, department.id))
        more = ReportIncident(**{**vars(command), "id": uuid4(), "occurred_on": date(1999, 4, 21)})
        report_incident(session, SYSTEM, more)
        build(session)
        with pytest.raises(AssertionError):
            check_report(pdf, term, recount)
        check_report(pdf, term, [*recount, Counted(1999, 4, 21, "unclear")])
        session.rollback()
