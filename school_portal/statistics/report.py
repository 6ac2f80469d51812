"""The term report: a frozen dataclass of plain values, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.clock import local, now
from school_portal.core.i18n import current_language, format_date, format_number, format_time, gettext
from school_portal.core.typeset import official_month
from school_portal.incidents.domain import PlainGroup
from school_portal.incidents.labels import PLAIN_GROUPS
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Letterhead, Period, Unit, UnitKind
from school_portal.organisations.labels import period_label
from school_portal.reports.domain import Order, Scope
from school_portal.statistics import labels
from school_portal.statistics.domain import highest, months_between, tenths_of_percent
from school_portal.statistics.queries import CaseCounts, count_cases


@dataclass(frozen=True)
class Head:
    """The letterhead as printed."""

    parent_line: str
    issuer_line: str
    place_name: str
    signer_title: str
    symbol: str
    full_name: str


@dataclass(frozen=True)
class Row:
    """A line of a table: what, how many, and its share of all as text."""

    label: str
    number: int
    share: str


@dataclass(frozen=True)
class TermReport:
    """Everything that the term report prints."""

    title: str
    period: str
    head: Head
    made_on: date
    month_name: str
    draft_line: str
    addressees: tuple[str, ...]
    recipients: tuple[str, ...]
    area: str
    first_day: str
    last_day: str
    until: str | None
    total: int
    total_share: str
    risks: int
    risk_group: str
    groups: tuple[Row, ...]
    months: tuple[Row, ...]
    bars: tuple[tuple[str, int, str], ...]
    leading: Row | None


def build(session: Session, actor: Actor, order: Order, scope: Scope) -> TermReport:
    """Read the figures of the unit over the period, in the order's language, for who asks."""
    moment = local(now())
    period = organisations.get_period(session, actor, order.period)
    unit = organisations.get_unit(session, actor, scope.organisation_id)
    letterhead = organisations.get_letterhead(session, actor, unit.id, moment.date())
    manager = organisations.get_unit(session, actor, unit.parent_id) if unit.parent_id else None
    counts = count_cases(session, actor, scope.org_path, period)
    return compose(unit, manager, letterhead, period, counts, moment)


def compose(
    unit: Unit,
    manager: Unit | None,
    letterhead: Letterhead,
    period: Period,
    counts: CaseCounts,
    moment: datetime,
) -> TermReport:
    """Put what was read into the words of the current language.

    A worry about a child is a record of a risk and no case (domain review, table B): it has a row only when a case
    was left in that group, and a line of its own under the table.
    """
    today = moment.date()
    words = period_label(period)
    area = str(labels.AREAS[unit.kind])
    months = months_between(period.first, min(period.last, max(today, period.first)))
    months += sorted(month for month in counts.by_month if month > months[-1])
    groups = [group for group in PlainGroup if group != PlainGroup.WORRY or counts.by_group.get(group.value)]
    leader = highest(counts.by_group, [group.value for group in groups])
    group_rows = {
        group.value: _row(str(PLAIN_GROUPS[group]), counts.by_group.get(group.value, 0), counts.total)
        for group in groups
    }
    return TermReport(
        title=gettext(
            "Results of preventing school violence and protecting children in educational institutions, %(period)s",
            period=words,
        ),
        period=words,
        head=_head(unit, letterhead),
        made_on=today,
        month_name=f"{moment:%B}",
        draft_line=gettext(
            "DRAFT, not signed or issued. Made by the School Safety Portal at %(time)s on %(day)s.",
            time=format_time(moment),
            day=format_date(moment),
        ),
        addressees=_addressees(unit, manager, letterhead),
        recipients=tuple(str(line) for line in labels.RECIPIENTS[unit.kind]),
        area=area,
        first_day=day_in_text(period.first),
        last_day=day_in_text(period.last),
        until=day_in_text(today) if period.first <= today < period.last else None,
        total=counts.total,
        total_share=share_text(counts.total, counts.total),
        risks=counts.risks,
        risk_group=str(PLAIN_GROUPS[PlainGroup.WORRY]),
        groups=tuple(group_rows.values()),
        months=tuple(
            _row(_month_label(month), counts.by_month.get(month, 0), counts.total) for month in months
        ),
        bars=tuple(_bar(month, counts.by_month.get(month, 0), len(months)) for month in months),
        leading=group_rows[leader] if leader else None,
    )


def _head(unit: Unit, letterhead: Letterhead) -> Head:
    language = current_language()
    signer = letterhead.signer_title
    return Head(
        parent_line=letterhead.parent_line,
        issuer_line=letterhead.issuer_line,
        place_name=letterhead.place_name,
        signer_title=labels.SIGNERS_IN_ENGLISH.get(signer, signer) if language == "en" else signer,
        symbol="-".join(filter(None, ("BC", letterhead.document_symbol))),
        full_name=_issuer(unit, letterhead),
    )


def _issuer(unit: Unit, letterhead: Letterhead) -> str:
    name = letterhead.full_name_en if current_language() == "en" else letterhead.full_name_vi
    if unit.kind == UnitKind.COMMUNE:
        return gettext("Office of Culture and Social Affairs of %(commune)s", commune=_within_sentence(name))
    return name


def _addressees(unit: Unit, manager: Unit | None, letterhead: Letterhead) -> tuple[str, ...]:
    """Whom a report goes to: always the body above (Decree 30/2020, annex I, box 9a)."""
    department = str(labels.DEPARTMENT)
    if unit.kind == UnitKind.DEPARTMENT:
        place = letterhead.place_name
        return gettext("People's Committee of %(place)s province", place=place), str(labels.MINISTRY)
    if unit.kind == UnitKind.COMMUNE:
        return _committee(unit), department
    if manager is not None and manager.kind == UnitKind.COMMUNE:
        return (_committee(manager), department)
    return (department,)


def _committee(commune: Unit) -> str:
    name = _within_sentence(commune.name(current_language()))
    return gettext("People's Committee of %(commune)s", commune=name)


def _within_sentence(name: str) -> str:
    """ "Xã Hiền Lương" is written "xã Hiền Lương" after another word."""
    return name[:1].lower() + name[1:] if current_language() == "vi" else name


def _row(label: str, number: int, total: int) -> Row:
    return Row(label, number, share_text(number, total))


def share_text(number: int, total: int) -> str:
    """A share with one decimal, "38,6" or "38.6"; a dash when there is nothing to share."""
    tenths = tenths_of_percent(number, total)
    if tenths is None:
        return "-"
    mark = "," if current_language() == "vi" else "."
    return f"{tenths // 10}{mark}{tenths % 10}"


def day_in_text(day: date) -> str:
    """05/9/2026, 18/01/2027: zero before days under 10 and months 1 and 2 (Decree 30/2020); 5 September 2026."""
    if current_language() == "vi":
        return f"{day:%d}/{official_month(day)}/{day.year}"
    return f"{day.day} {day:%B} {day.year}"


def _month_label(month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    if current_language() == "vi":
        return f"Tháng {official_month(first)}/{first.year}"
    return f"{first:%B} {first.year}"


def _bar(month: str, number: int, months: int) -> tuple[str, int, str]:
    """The table's label where there is room, else month and year in figures."""
    first = date.fromisoformat(f"{month}-01")
    label = _month_label(month) if months <= 5 else f"{official_month(first)}/{first.year}"
    return label, number, format_number(number)
