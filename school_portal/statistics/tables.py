"""The tables of the term report: what was counted, as it may be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from school_portal.core.i18n import format_number, gettext
from school_portal.incidents.domain import PlainGroup
from school_portal.organisations.domain import Period, UnitKind
from school_portal.organisations.labels import period_label
from school_portal.statistics import labels
from school_portal.statistics.domain import (
    NO_SCHOOL,
    UNCODED,
    Completeness,
    Counts,
    Cut,
    Mark,
    Published,
    months_between,
    publish,
    publish_alone,
    show_all,
)
from school_portal.statistics.paper import Bar, Row, Table, Text
from school_portal.statistics.writing import capital, in_text, month_label, printed, share_text, short_month

Names = Sequence[tuple[str, str]]
"""Codes with their words, in the order of the list."""
_MONTH_LABELS = 5
_BARS = 12


@dataclass(frozen=True)
class Reporting:
    """A term, how many institutions are due to report for it, and what came."""

    term: Period
    whole: Completeness
    by_level: Mapping[str, Completeness]


@dataclass(frozen=True)
class Figures:
    """All that was read for one report."""

    kind: UnitKind
    period: Period
    counts: Counts
    today: date
    earlier: tuple[tuple[Period, Counts], ...] = ()
    reporting: tuple[Reporting, ...] = ()
    pupils: int | None = None
    types: Names = ()
    places: Names = ()
    day_parts: Names = ()
    nil_signed_at: datetime | None = None

    @property
    def is_published(self) -> bool:
        """Whether it leaves the school: then small numbers are not told."""
        return self.kind is not UnitKind.SCHOOL

    def publish(self, cells: Sequence[int]) -> tuple[Published, ...]:
        """The cells of a table as they may be printed."""
        return publish(cells) if self.is_published else show_all(cells)

    def publish_alone(self, number: int) -> str:
        """A number that is part of no total, as it may be printed in a table."""
        return printed(publish_alone(number) if self.is_published else Published(Mark.SHOWN, number))


@dataclass
class Tables:
    """Makes the tables, numbers them and their figures in the order in which they are asked for."""

    figures: Figures
    tables: int = 0
    charts: int = 0

    @cached_property
    def lines(self) -> dict[Cut, list[tuple[str, str]]]:
        """The lines of each table, code and words. Codes that the lists no longer have stand at the end as they are."""
        f, found = self.figures, self.figures.counts.of
        months = months_between(f.period.first, min(f.period.last, max(f.today, f.period.first)))
        months += sorted(month for month in found(Cut.MONTH) if month > months[-1])
        names: dict[Cut, list[tuple[str, str]]] = {
            Cut.GROUP: [
                (group.value, str(labels.GROUP_WORDS[group]))
                for group in PlainGroup
                if group is not PlainGroup.WORRY or found(Cut.GROUP).get(group.value)
            ],
            Cut.TYPE: [*f.types, (UNCODED, str(labels.UNCODED))],
            Cut.SEVERITY: [(str(level), str(words)) for level, words in labels.SEVERITY_WORDS.items()],
            Cut.LEVEL: [
                (level, str(labels.LEVEL_WORDS[level]))
                for level in labels.LEVEL_ORDER
                if level != NO_SCHOOL or found(Cut.LEVEL).get(level)
            ],
            Cut.PLACE: [*f.places],
            Cut.DAY_PART: [*f.day_parts],
            Cut.MONTH: [(month, month_label(month)) for month in months],
            Cut.STATE: [
                (state.value, str(labels.STATE_WORDS[state.value])) for state in labels.STATES_IN_FIGURES
            ],
        }
        return {
            cut: [*known, *((code, code) for code in sorted(set(found(cut)) - dict(known).keys()))]
            for cut, known in names.items()
        }

    def cells(self, cut: Cut) -> dict[str, Published]:
        """What may be told of a cut, by code: the same wherever it is said."""
        codes = [code for code, _ in self.lines[cut]]
        counted = self.figures.counts.of(cut)
        return dict(zip(codes, self.figures.publish([counted.get(code, 0) for code in codes]), strict=True))

    def hides_levels(self) -> bool:
        """Whether the levels of the cases are not all told: then who reported at which level isn't either."""
        return any(cell.mark is not Mark.SHOWN for cell in self.cells(Cut.LEVEL).values())

    def reporting_table(self) -> Table:
        f = self.figures
        by_term = len(f.reporting) > 1
        lines: list[tuple[str, str, Completeness]]
        if by_term:
            lines = [(each.term.code, capital(period_label(each.term)), each.whole) for each in f.reporting]
        else:
            found = f.reporting[0].by_level
            lines = [
                (level, str(labels.LEVEL_WORDS[level]), found[level])
                for level in labels.LEVEL_ORDER
                if level in found
            ]
        title = gettext("Reporting by term") if by_term else gettext("Reporting by level of school")
        return Table(
            name="reporting",
            title=self.table_title(title),
            unit=gettext("Unit: institutions"),
            head=(
                gettext("Term") if by_term else gettext("Level of school"),
                gettext("Due"),
                gettext("Have reported"),
                gettext("Share in percent"),
                gettext("Not reported yet"),
            ),
            rows=tuple(_completeness_row(*line) for line in lines),
            total=None if by_term else _completeness_row("", gettext("Total"), f.reporting[0].whole),
        )

    def case_tables(self) -> Iterator[tuple[str, Table | Text]]:
        f, counts = self.figures, self.figures.counts
        yield self.cut(Cut.GROUP, gettext("Cases by group"), gettext("Group of behaviour"))
        yield self.cut(
            Cut.TYPE,
            gettext("Cases by type"),
            gettext("Type"),
            total=sum(counts.of(Cut.TYPE).values()),
            only_found=True,
            note=gettext(
                "A case of several types is counted under each, so the total may exceed the number of cases. Types "
                "without a case are left out."
            ),
        )
        yield self.cut(Cut.SEVERITY, gettext("Cases by severity"), gettext("Severity"))
        yield self.harmed()
        if f.kind is not UnitKind.SCHOOL:
            yield self.cut(Cut.LEVEL, gettext("Cases by level of school"), gettext("Level of school"))
        yield self.cut(
            Cut.PLACE,
            gettext("Cases by place"),
            gettext("Place"),
            only_found=True,
            figure=True,
            note=gettext("Places without a case are left out."),
        )
        yield self.cut(Cut.DAY_PART, gettext("Cases by part of the day"), gettext("Part of the day"))
        yield self.cut(Cut.MONTH, gettext("Cases by month"), gettext("Month"), figure=True)
        yield self.cut(
            Cut.STATE,
            gettext("Cases by state"),
            gettext("State"),
            below=tuple(
                Row(
                    gettext("Outside the figures: %(state)s", state=labels.STATE_WORDS[state.value]),
                    (f.publish_alone(counts.set_aside.get(state.value, 0)), ""),
                    code=state.value,
                )
                for state in labels.STATES_SET_ASIDE
            ),
        )

    def cut(
        self,
        cut: Cut,
        title: str,
        what: str,
        *,
        total: int | None = None,
        only_found: bool = False,
        figure: bool = False,
        note: str = "",
        below: tuple[Row, ...] = (),
    ) -> tuple[str, Table | Text]:
        """The table of one fact."""
        cells = self.cells(cut)
        return title, self.count_table(
            cut.value,
            title,
            what,
            self.lines[cut],
            list(cells.values()),
            self.figures.counts.cases if total is None else total,
            head=(gettext("Number of cases"), gettext("Share in percent")),
            unit=gettext("Unit: cases"),
            only_found=only_found,
            short=[short_month(code) for code in cells] if cut is Cut.MONTH else None,
            figure=figure,
            note=note,
            below=below,
        )

    def harmed(self) -> tuple[str, Table | Text]:
        counted = self.figures.counts.harmed
        title = gettext("Persons harmed by sex")
        if not sum(counted.values()):
            return title, Text(gettext("No person harmed is recorded in these cases."))
        return title, self.count_table(
            "harmed",
            title,
            gettext("Sex"),
            [(sex, str(labels.SEX_WORDS[sex])) for sex in labels.SEX_ORDER],
            self.figures.publish([counted.get(sex, 0) for sex in labels.SEX_ORDER]),
            sum(counted.values()),
            head=(gettext("Number of persons"), gettext("Share in percent")),
            unit=gettext("Unit: persons"),
            note=gettext("A person who was harmed in two cases is counted in both."),
        )

    def count_table(
        self,
        name: str,
        title: str,
        what: str,
        lines: Names,
        cells: Sequence[Published],
        total: int,
        *,
        head: tuple[str, str],
        unit: str,
        only_found: bool = False,
        short: Sequence[str] | None = None,
        figure: bool = False,
        note: str = "",
        below: tuple[Row, ...] = (),
    ) -> Table | Text:
        if total and all(cell.mark is Mark.HIDDEN for cell in cells):
            return Text(
                gettext(
                    "%(title)s: too few to be told apart without a child being recognised; total %(total)s.",
                    title=title,
                    total=in_text(total),
                )
            )
        rows = tuple(_count_row(*line, cell, total) for line, cell in zip(lines, cells, strict=True))
        bars = self.bars(rows, short) if figure else ()
        if only_found:
            rows = tuple(row for row in rows if row.number != 0)
        figure_title = ""
        if bars:
            self.charts += 1
            figure_title = ". ".join((gettext("Figure %(number)s", number=self.charts), title))
        return Table(
            name=name,
            title=self.table_title(title),
            unit=unit,
            head=(what, *head),
            rows=rows,
            total=Row(gettext("Total"), (format_number(total), share_text(total, total)), total),
            below=below,
            note=note,
            is_masked=any(cell.mark is not Mark.SHOWN for cell in cells),
            figure=figure_title,
            bars=bars,
            is_lying=short is None,
        )

    def bars(self, rows: Sequence[Row], short: Sequence[str] | None) -> tuple[Bar, ...]:
        """Months in their order; places by how many, those that are not told last. None has a bar of its own size."""
        if short is not None:
            names = [row.label for row in rows] if len(rows) <= _MONTH_LABELS else short
            return tuple(
                (label, row.number or 0, row.cells[0]) for label, row in zip(names, rows, strict=True)
            )
        found = [row for row in rows if row.number != 0]
        found.sort(key=lambda row: -(row.number or 0))
        return tuple((row.label, row.number or 0, row.cells[0]) for row in found[:_BARS])

    def table_title(self, title: str) -> str:
        self.tables += 1
        return ". ".join((gettext("Table %(number)s", number=self.tables), title))

    def comparison(self) -> Table:
        f = self.figures
        columns = [(f.period, f.counts), *f.earlier]
        totals = [counts for _, counts in columns]
        return Table(
            name="comparison",
            title=self.table_title(gettext("Compared with earlier periods")),
            unit="",
            head=(gettext("What is counted"), *(capital(period_label(period)) for period, _ in columns)),
            rows=(
                _row_of("cases", gettext("Cases"), [counts.cases for counts in totals]),
                _row_of(
                    "harmed", gettext("Persons harmed"), [sum(counts.harmed.values()) for counts in totals]
                ),
                Row(
                    gettext("Records of a risk"),
                    tuple(f.publish_alone(counts.risks) for counts in totals),
                    code="risk",
                ),
                Row(
                    gettext("Records of a child's welfare"),
                    tuple(f.publish_alone(counts.welfare) for counts in totals),
                    code="welfare",
                ),
            ),
        )


def _row_of(code: str, label: str, numbers: Sequence[int]) -> Row:
    return Row(label, tuple(format_number(number) for number in numbers), numbers[0], code)


def _count_row(code: str, label: str, cell: Published, total: int) -> Row:
    share = share_text(cell.value, total) if cell.value is not None else labels.HIDDEN
    return Row(label, (printed(cell), share), cell.value, code)


def _completeness_row(code: str, label: str, whole: Completeness) -> Row:
    return Row(
        label,
        (
            format_number(whole.due),
            format_number(whole.reported),
            share_text(whole.reported, whole.due),
            format_number(whole.missing),
        ),
        whole.due,
        code,
    )
