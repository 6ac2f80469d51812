"""The five parts of the term report (domain 4.3): sentences that follow from the figures, and room for the writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from school_portal.core.clock import local
from school_portal.core.i18n import gettext, ngettext
from school_portal.incidents.domain import IncidentState
from school_portal.organisations.domain import UnitKind
from school_portal.organisations.labels import period_label
from school_portal.statistics import labels
from school_portal.statistics.domain import UNCODED, Cut, Mark, Published, highest, publish_alone
from school_portal.statistics.paper import Block, Part, Table, Text
from school_portal.statistics.tables import Figures, Reporting, Tables
from school_portal.statistics.writing import capital, cell_in_text, day_in_text, in_text, share_text

_SAY_NOTHING = ("unknown", "unclear", UNCODED, *(state.value for state in labels.STATES_IN_FIGURES))
"""That most is not known, or in which state most are, is nothing to be said in a sentence."""


def parts_of(figures: Figures) -> tuple[Part, ...]:
    """The whole body."""
    return _Outline(figures, Tables(figures)).parts()


@dataclass
class _Outline:
    """Goes through the parts once."""

    figures: Figures
    tables: Tables

    def parts(self) -> tuple[Part, ...]:
        return tuple(
            Part(heading, tuple(blocks))
            for heading, blocks in (
                (gettext("I. GENERAL SITUATION"), list(self.situation())),
                (gettext("II. RESULTS"), list(self.results())),
                (gettext("III. FIGURES OF CASES"), list(self.cases())),
                (gettext("IV. ASSESSMENT"), list(self.assessment())),
                (gettext("V. TASKS AND PROPOSALS"), list(self.tasks())),
            )
        )

    def situation(self) -> Iterator[Block]:
        f = self.figures
        yield _heading(gettext("1. Institutions and learners"))
        if f.kind is UnitKind.SCHOOL:
            if f.pupils is not None:
                yield Text(
                    gettext(
                        "In school year %(year)s the institution has %(pupils)s learners.",
                        year=f.period.school_year.code,
                        pupils=in_text(f.pupils),
                    )
                )
        elif f.reporting:
            yield Text(self.size(f.reporting[-1].whole.due))
        yield _blank(gettext("[For the author: how the work was directed, which documents were issued.]"))
        yield _heading(gettext("2. Reporting"))
        if f.kind is UnitKind.SCHOOL:
            yield from self.own_reporting()
        elif not f.reporting:
            yield Text(gettext("No confirmation that nothing happened is asked for in this period."))
        else:
            for reporting in f.reporting:
                yield Text(self.reported(reporting))
            yield Text(gettext("An institution that has not reported is not counted as having had no case."))
            if len(f.reporting) > 1 or not self.tables.hides_levels():
                yield self.tables.reporting_table()
        if f.period.first <= f.today < f.period.last:
            yield Text(
                gettext(
                    "The period has not ended; the figures are those of %(day)s.", day=day_in_text(f.today)
                )
            )

    def size(self, due: int) -> str:
        f = self.figures
        due_text = ngettext(
            "%(due)s institution is due to report.",
            "%(due)s institutions are due to report.",
            due,
            due=in_text(due),
        )
        if f.pupils is None:
            return due_text
        return " ".join(
            (
                due_text,
                gettext(
                    "By the numbers entered for school year %(year)s there are %(pupils)s learners.",
                    year=f.period.school_year.code,
                    pupils=in_text(f.pupils),
                ),
            )
        )

    def reported(self, reporting: Reporting) -> str:
        whole = reporting.whole
        if not whole.due:
            term = capital(period_label(reporting.term))
            return gettext("%(term)s: no institution was due to report.", term=term)
        values = {
            "term": capital(period_label(reporting.term)),
            "reported": in_text(whole.reported),
            "due": in_text(whole.due),
            "share": share_text(whole.reported, whole.due) + "%",
            "missing": in_text(whole.missing),
        }
        text = gettext(
            "%(term)s: %(reported)s of %(due)s institutions have reported (%(share)s); %(missing)s have not yet.",
            **values,
        )
        if publish_alone(whole.cases).mark is not Mark.SHOWN or 0 < self.figures.counts.cases <= whole.cases:
            return text  # it would tell of single cases
        return " ".join(
            (
                text,
                gettext(
                    "Of those that reported, %(cases)s recorded cases and %(nil)s confirmed that nothing happened.",
                    cases=in_text(whole.cases),
                    nil=in_text(whole.nil),
                ),
            )
        )

    def own_reporting(self) -> Iterator[Block]:
        f = self.figures
        if f.counts.cases:
            yield Text(gettext("The institution has recorded its cases on the portal."))
        elif f.nil_signed_at:
            day = day_in_text(local(f.nil_signed_at).date())
            yield Text(
                gettext("On %(day)s the head of the institution confirmed that nothing happened.", day=day)
            )
        else:
            yield Text(
                gettext(
                    "No case is recorded, and that nothing happened is not confirmed yet; this is not counted as "
                    "having had no case."
                )
            )

    def results(self) -> Iterator[Block]:
        f = self.figures
        yield _heading(gettext("1. Prevention"))
        yield _blank(gettext("[For the author: the portal holds no figures on this yet.]"))
        yield _heading(gettext("2. Support"))
        yield Text(
            gettext(
                "Records of a risk: %(risks)s; of a child's welfare: %(welfare)s. They are kept apart and are not "
                "among the cases.",
                risks=_alone_in_text(f, f.counts.risks),
                welfare=_alone_in_text(f, f.counts.welfare),
            )
        )
        yield _blank(gettext("[For the author: support given to learners at risk.]"))
        yield _heading(gettext("3. Intervention"))
        yield Text(self.recorded())
        if f.counts.cases:
            sent, triage, accepted = (cell_in_text(cell) for cell in self.tables.cells(Cut.STATE).values())
            yield Text(
                gettext(
                    "Of these, accepted for handling: %(accepted)s; being looked into: %(triage)s; not taken up "
                    "yet: %(sent)s.",
                    accepted=accepted,
                    triage=triage,
                    sent=sent,
                )
            )
        yield _blank(gettext("[For the author: what was done, with whom, and what came of it.]"))
        yield _heading(gettext("4. The model “Safe - Friendly - Equal”"))
        yield _blank(gettext("[For the author: the portal holds no figures on this yet.]"))

    def recorded(self) -> str:
        cases = self.figures.counts.cases
        if not cases:
            return gettext("In the period, no case was recorded on the School Safety Portal.")
        return ngettext(
            "In the period, %(cases)s case was recorded on the School Safety Portal.",
            "In the period, %(cases)s cases were recorded on the School Safety Portal.",
            cases,
            cases=in_text(cases),
        )

    def cases(self) -> Iterator[Block]:
        f, counts = self.figures, self.figures.counts
        number = 0
        if not counts.cases:
            yield Text(self.recorded())
        else:
            for heading, table in self.tables.case_tables():
                number += 1
                yield _heading(f"{number}. {heading}")
                if isinstance(table, Text):
                    yield table
                    continue
                yield Text(self.words_before(table))
                yield table
                if table.note:
                    yield Text(table.note, "note")
        set_aside = self.set_aside_text()
        if set_aside:
            yield Text(set_aside)
        if f.earlier:
            number += 1
            yield _heading(f"{number}. " + gettext("Compared with earlier periods"))
            yield Text(
                gettext(
                    "A higher number of recorded cases means fuller finding and reporting; no trend can be "
                    "concluded from it. Terms differ in length."
                )
            )
            yield self.tables.comparison()
        number += 1
        yield _heading(f"{number}. " + gettext("Terms and method"))
        yield Text(
            gettext(
                "a) Case: each event recorded on the School Safety Portal is counted once, in the period in which "
                "it happened, for the institution to which it belonged on that day. What proved to have too few "
                "grounds, and what was reported twice, is in no figure."
            )
        )
        yield Text(
            gettext(
                "b) Group, type and level of severity follow the portal's own lists; they are no legal conclusion "
                "and give no ranking of institutions."
            )
        )
        yield Text(
            gettext(
                "c) Protection of information: this report holds no names of children, families or staff. Shares "
                "are rounded to one decimal."
            )
        )
        if f.is_published:
            yield Text(f"d) {marks_text()}")

    def words_before(self, table: Table) -> str:
        """A sentence that leads to the table: what is most frequent, where that may be told and is one."""
        shown = {row.code: row.number for row in table.rows if row.number is not None}
        leader = highest(shown, list(shown))
        leading = next((row for row in table.rows if row.code == leader), None)
        where = table.title.partition(".")[0]
        if table.figure:
            where = gettext("%(table)s and %(figure)s", table=where, figure=table.figure.partition(".")[0])
        if leading is None or leader in _SAY_NOTHING or table.is_masked or table.total is None:
            return gettext("The numbers are in %(where)s.", where=where)
        return gettext(
            "Recorded most often: “%(label)s” with %(number)s of %(total)s (%(share)s); see %(where)s.",
            label=leading.label,
            number=in_text(leading.number or 0),
            total=in_text(table.total.number or 0),
            share=f"{leading.cells[1]}%",
            where=where,
        )

    def set_aside_text(self) -> str:
        f = self.figures
        found = [
            (state, f.counts.set_aside[state.value])
            for state in labels.STATES_SET_ASIDE
            if f.counts.set_aside.get(state.value)
        ]
        if not found or f.counts.cases:
            return ""
        return " ".join(
            gettext("Outside the figures: %(state)s", state=labels.STATE_WORDS[state.value])
            + f": {_alone_in_text(f, number)}."
            for state, number in found
        )

    def missing(self) -> int:
        return sum(reporting.whole.missing for reporting in self.figures.reporting)

    def told(self, cut: Cut, code: str) -> str:
        """How many cases there are of a code, in figures; empty when there is none or it is not told."""
        value = self.tables.cells(cut)[code].value
        return in_text(value) if value else ""

    def waiting(self) -> str:
        """How many cases nobody has taken up."""
        return self.told(Cut.STATE, IncidentState.SUBMITTED.value)

    def uncoded(self) -> str:
        """How many cases nobody has coded."""
        return self.told(Cut.TYPE, UNCODED)

    def assessment(self) -> Iterator[Block]:
        f = self.figures
        yield _heading(gettext("1. Results"))
        if f.counts.cases:
            yield Text(self.recorded())
        yield _blank(gettext("[For the author: the main results.]"))
        yield _heading(gettext("2. What is lacking"))
        if f.kind is not UnitKind.SCHOOL and self.missing():
            yield Text(
                ngettext(
                    "The figures are not complete: %(missing)s report of an institution is still missing.",
                    "The figures are not complete: %(missing)s reports of institutions are still missing.",
                    self.missing(),
                    missing=in_text(self.missing()),
                )
            )
        if self.waiting():
            yield Text(gettext("Cases not taken up yet: %(number)s.", number=self.waiting()))
        if self.uncoded():
            yield Text(gettext("Cases not classified yet: %(number)s.", number=self.uncoded()))
        yield _blank(gettext("[For the author: what is lacking.]"))
        yield _heading(gettext("3. Reasons"))
        yield _blank(gettext("[For the author: the reasons.]"))

    def tasks(self) -> Iterator[Block]:
        f = self.figures
        yield _heading(gettext("1. Tasks"))
        drafted = []
        if f.kind is not UnitKind.SCHOOL and self.missing():
            drafted.append(
                gettext(
                    "Remind the institutions that have not reported to report or to confirm that nothing happened."
                )
            )
        if self.waiting():
            drafted.append(gettext("Take up and look into the cases that are still waiting."))
        if self.uncoded():
            drafted.append(gettext("Classify the cases by type."))
        if f.counts.cases:
            drafted.append(
                gettext(
                    "Go on watching and supporting the learners concerned, and keep their data confidential."
                )
            )
        for letter, text in zip("abcd", drafted, strict=False):
            yield Text(f"{letter}) {text}", "item")
        yield _blank(gettext("[For the author: further tasks, who does them and by when.]"))
        yield _heading(gettext("2. Proposals"))
        yield _blank(gettext("[For the author: proposals to the bodies above.]"))


def marks_text() -> str:
    """What the marks in tables mean."""
    return gettext(
        "“%(small)s” stands for a number from 1 to 4, so that no child can be recognised; “%(hidden)s” is left out "
        "with it, so that it can't be computed. Totals are exact.",
        small=labels.SMALL,
        hidden=labels.HIDDEN,
    )


def _heading(text: str) -> Text:
    return Text(text, "heading")


def _blank(text: str) -> Text:
    return Text(text, "to-write")


def _alone_in_text(figures: Figures, number: int) -> str:
    return cell_in_text(publish_alone(number) if figures.is_published else Published(Mark.SHOWN, number))
