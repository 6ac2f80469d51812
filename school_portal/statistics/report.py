"""The term report: how it is read, and the frame around its five parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.clock import local, now
from school_portal.core.i18n import current_language, format_date, format_time, gettext
from school_portal.incidents import queries as incidents
from school_portal.incidents.labels import entry_name
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Letterhead, Period, Unit, UnitKind
from school_portal.organisations.labels import period_label
from school_portal.reports.domain import Order, Scope
from school_portal.statistics import labels, queries
from school_portal.statistics.domain import period_before, year_before
from school_portal.statistics.outline import marks_text, parts_of
from school_portal.statistics.paper import Head, TermReport
from school_portal.statistics.tables import Figures, Names, Reporting
from school_portal.statistics.writing import day_in_text


@dataclass(frozen=True)
class Sender:
    """Who writes, to whom, when."""

    unit: Unit
    manager: Unit | None
    letterhead: Letterhead
    moment: datetime


def build(session: Session, actor: Actor, order: Order, scope: Scope) -> TermReport:
    """Read the figures of the unit over the period, in the order's language, for who asks."""
    period = organisations.get_period(session, actor, order.period)
    return read(session, actor, organisations.get_unit(session, actor, scope.organisation_id), period)


def read(session: Session, actor: Actor, unit: Unit, period: Period) -> TermReport:
    """The same for the screen."""
    moment = local(now())
    return compose(
        Sender(
            unit,
            organisations.get_unit(session, actor, unit.parent_id) if unit.parent_id else None,
            organisations.get_letterhead(session, actor, unit.id, moment.date()),
            moment,
        ),
        _read_figures(session, actor, unit, period, moment),
    )


def _read_figures(session: Session, actor: Actor, unit: Unit, period: Period, moment: datetime) -> Figures:
    calendar = organisations.get_calendar(session, actor)
    earlier = dict.fromkeys(
        found for found in (period_before(period, calendar), year_before(period, calendar)) if found
    )
    terms = queries.terms_within(session, actor, period)
    pupils = organisations.sum_enrolment(session, actor, unit.org_path, period.school_year)
    lists = incidents.get_taxonomy(session, actor)
    nil = [queries.find_nil(session, actor, unit.id, term.code) for term in terms]
    return Figures(
        kind=unit.kind,
        period=period,
        counts=queries.count_cases(session, actor, unit.org_path, period),
        today=moment.date(),
        earlier=tuple(
            (before, queries.count_cases(session, actor, unit.org_path, before)) for before in earlier
        ),
        reporting=tuple(
            Reporting(term, *queries.completeness(session, actor, unit.org_path, term)) for term in terms
        ),
        pupils=sum(level.pupils for level in pupils) if pupils else None,
        types=_types(session, actor, lists),
        places=tuple((entry.code, entry_name(entry)) for entry in lists.places),
        day_parts=tuple((entry.code, entry_name(entry)) for entry in lists.day_parts),
        nil_signed_at=nil[-1].signed_at if nil and all(nil) else None,
    )


def _types(session: Session, actor: Actor, newest: incidents.Taxonomy) -> Names:
    """Types with their words, of all versions of the list: a record keeps the code it was given."""
    found = {entry.code: entry_name(entry) for entry in newest.types}
    for version in range(newest.version - 1, 0, -1):
        older = incidents.get_taxonomy(session, actor, version)
        found = {**found, **{e.code: entry_name(e) for e in older.types if e.code not in found}}
    return tuple((code, f"{words} ({code})") for code, words in sorted(found.items()))


def compose(sender: Sender, figures: Figures) -> TermReport:
    """Put what was read into the words of the current language."""
    unit, moment, period = sender.unit, sender.moment, figures.period
    words = period_label(period)
    area = str(labels.AREAS[unit.kind])
    head = _head(unit, sender.letterhead)
    first, last = day_in_text(period.first), day_in_text(period.last)
    is_running = period.first <= moment.date() < period.last
    return TermReport(
        language=current_language(),
        title=gettext(
            "Results of preventing school violence and protecting children in educational institutions, %(period)s",
            period=words,
        ),
        period=words,
        head=head,
        made_on=moment.date(),
        draft_line=gettext(
            "DRAFT, not signed or issued. Made by the School Safety Portal at %(time)s on %(day)s.",
            time=format_time(moment),
            day=format_date(moment),
        ),
        addressees=_addressees(unit, sender.manager, sender.letterhead),
        recipients=tuple(str(line) for line in labels.RECIPIENTS[unit.kind]),
        bases=tuple(str(line) for line in labels.BASES),
        opening=gettext(
            "%(issuer)s reports the results of preventing school violence and protecting children %(area)s, "
            "%(period)s (from %(first)s to %(last)s), as follows:",
            issuer=head.full_name,
            area=area,
            period=words,
            first=first,
            last=last,
        ),
        parts=parts_of(figures),
        closing=gettext(
            "This is the report on preventing school violence and protecting children %(area)s, %(period)s; "
            "respectfully reported by %(issuer)s./.",
            area=area,
            period=words,
            issuer=head.full_name,
        ),
        cases=figures.counts.cases,
        first_day=first,
        last_day=last,
        until=day_in_text(moment.date()) if is_running else None,
        marks=marks_text() if figures.is_published else "",
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
