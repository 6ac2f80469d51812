"""The acts of the past in the order of their time: each by a person with an account, through the services.

The clock is set to each act's moment, so that chronology, audit and figures tell what they would have told then.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core import clock
from school_portal.core.actor import Actor
from school_portal.demo import calendar
from school_portal.demo.calendar import DAY, HOUR, MINUTE
from school_portal.demo.cases import Case
from school_portal.demo.people import Accounts, Staff
from school_portal.demo.stories import phrase
from school_portal.incidents import queries, service
from school_portal.incidents.domain import IncidentState, NamesReason, PlainGroup, TriageIncident

Act = Callable[[Session], None]
PHRASES = {
    PlainGroup.ONLINE: "online",
    PlainGroup.SEXUAL: "sexual",
    PlainGroup.ADULT: "staff",
    PlainGroup.OUTSIDE: "home",
    PlainGroup.WORRY: "worry",
}
SET_ASIDE, HEAD_TRIAGES = 0.042, 0.12
ADDS_FACTS, REPORTER_ADDS, READS_NAMES, HEAD_READS, OFFICER_READS = 0.35, 0.1, 0.15, 0.5, 0.4
RAISES, LOWERS_BACK, LOWERS_ONE = 0.02, 0.7, 0.04
OFFICER_AGREES, GIVES_BACK = 0.8, 0.15
LEVELS_ABOVE_SCHOOL = 3


@dataclass(frozen=True)
class Fate:
    """What becomes of a report where it is not left to chance.

    `ends_in` is the state in which it stays; `same_as` and `linked_to` are the uuids of earlier reports.
    """

    ends_in: IncidentState | None = None
    same_as: UUID | None = None
    linked_to: UUID | None = None
    asks_lower: bool = False
    officer_says: bool | None = None
    """Whether the officer agrees to the lower severity; None: chance says, or nobody has answered yet."""
    waits: bool = False
    """The lower severity waits for the officer."""
    gives_back: bool = False
    adds: bool = False


class Past:
    """A queue of acts by time. `end` is the first moment that is no past any more: what lies after it never happens."""

    def __init__(self, random: Random, people: Accounts, end: datetime, opened_by: datetime, *, reads: bool):
        self.random, self.people, self.end, self.opened_by, self.reads = random, people, end, opened_by, reads
        self.on_decided: Callable[[Case], None] = lambda case: None
        """Told of each case of chance that somebody has decided about."""
        self._acts: list[tuple[datetime, int, Act]] = []
        self._turn = count()
        self._numbers: dict[UUID, str] = {}

    def add(self, at: datetime, act: Act) -> None:
        """Have something done at a moment, if that is past."""
        if at < self.end:
            heapq.heappush(self._acts, (at, next(self._turn), act))

    def run(self, session: Session, before: datetime) -> None:
        """Do everything that lies before a moment."""
        while self._acts and self._acts[0][0] < before:
            at, _, act = heapq.heappop(self._acts)
            with clock.at(at):
                act(session)

    def tell(self, case: Case, fate: Fate = Fate()) -> None:
        """Have a case reported, and looked after as fate says."""
        self.add(case.at, lambda session: self._report(session, case, fate))

    # --- one case ----------------------------------------------------------------------------------------------------

    def _report(self, session: Session, case: Case, fate: Fate) -> None:
        told = service.report_incident(session, case.reporter, case.report)
        self._numbers[told.id] = told.number
        staff = self.people.staff[case.school.unit.id]
        handler = self._handler(staff, above=told.was_sent_above)
        severity = queries.get_incident(session, handler, told.id).severity
        follow = _Following(self, case, fate, staff, handler, severity)
        opens = calendar.taken_up_at(self.random, case.at, severity)
        if fate.ends_in is IncidentState.SUBMITTED:
            if told.due_to_open is not None and told.due_to_open <= self.opened_by:
                self.add(min(opens, self.end - MINUTE), follow.read)
            return
        self.add(opens, follow.take_up)

    def _handler(self, staff: Staff, *, above: bool) -> Actor:
        if above:
            return staff.officer
        return staff.head if self.random.random() < HEAD_TRIAGES else staff.focal_point

    def number_of(self, incident_id: UUID) -> str:
        """The number that a report was given."""
        return self._numbers[incident_id]


@dataclass
class _Following:
    """What is done about one report, step by step; each step has the next one done later."""

    past: Past
    case: Case
    fate: Fate
    staff: Staff
    handler: Actor
    severity: int

    @property
    def _id(self) -> UUID:
        return self.case.report.id

    @property
    def _is_above(self) -> bool:
        return self.handler is self.staff.officer

    def _chance(self, share: float) -> bool:
        return self.past.random.random() < share

    def _later(self, least: timedelta, most: timedelta, act: Act) -> None:
        self.past.add(calendar.later(self.past.random, clock.local(clock.now()), least, most), act)

    def read(self, session: Session) -> None:
        service.read_case(session, self.handler, self._id)

    def take_up(self, session: Session) -> None:
        """Open it and take it up; others read it as their office has it."""
        if self.past.reads:
            self.read(session)
            if self._chance(READS_NAMES):
                self.past.add(clock.now() + 2 * MINUTE, self._read_names)
            if self.severity >= LEVELS_ABOVE_SCHOOL:
                self._have_read_above()
        service.take_up(session, self.handler, self._id)
        if self._chance(REPORTER_ADDS) or self.fate.adds:
            self._later(20 * HOUR, 2 * DAY, self._reporter_adds)
        if self.fate.ends_in is IncidentState.IN_TRIAGE:
            return
        taken_up = clock.local(clock.now())
        self.past.add(calendar.decided_at(self.past.random, taken_up, soon=self.fate != Fate()), self.decide)

    def _read_names(self, session: Session) -> None:
        reason = self.past.random.choice((NamesReason.HELP, NamesReason.FAMILY, NamesReason.VERIFY))
        service.read_names(session, self.handler, self._id, reason)

    def _have_read_above(self) -> None:
        if self._chance(HEAD_READS) and not self._is_above and self.handler is not self.staff.head:
            self._later(10 * MINUTE, 6 * HOUR, self._head_reads)
        if self._chance(OFFICER_READS):
            self._later(HOUR, 30 * HOUR, self._officer_reads)

    def _head_reads(self, session: Session) -> None:
        service.read_case(session, self.staff.head, self._id)

    def _officer_reads(self, session: Session) -> None:
        if queries.get_incident(session, self.handler, self._id).severity >= LEVELS_ABOVE_SCHOOL:
            service.read_coded_case(session, self.staff.officer, self._id)

    def decide(self, session: Session) -> None:
        """Code it, or set it aside."""
        if self.fate == Fate():
            self.past.on_decided(self.case)
        if self.fate.same_as is not None:
            number = self.past.number_of(self.fate.same_as)
            self._triage(session, IncidentState.DUPLICATE, other_number=number)
            return
        aside = self.fate.ends_in is IncidentState.NOT_SUBSTANTIATED
        if aside or (self.fate == Fate() and self._chance(SET_ASIDE)):
            reason = self._phrase("not_substantiated", self._sort("pupils", "other"))
            self._triage(session, IncidentState.NOT_SUBSTANTIATED, reason=reason)
            return
        self._triage(session, IncidentState.ACCEPTED, types=self.case.types)
        self._after_decision(session)

    def _sort(self, common: str, other: str) -> str:
        sort = PHRASES.get(self.case.story.group, common)
        return sort if sort in ("online", "staff", common) else other

    def _phrase(self, *keys: str) -> str:
        return phrase(self.past.random, *keys) + "."

    def _triage(
        self,
        session: Session,
        state: IncidentState,
        *,
        types: tuple[str, ...] = (),
        severity: int | None = None,
        reason: str = "",
        other_number: str = "",
    ) -> None:
        version = queries.get_incident(session, self.handler, self._id).row_version
        command = TriageIncident(
            self._id, version, state, types, severity=severity, reason=reason, other_number=other_number
        )
        service.triage_incident(session, self.handler, command)

    def _after_decision(self, session: Session) -> None:
        found = queries.get_incident(session, self.handler, self._id)
        self.severity = found.severity
        if self.fate.linked_to is not None:
            self._later(10 * MINUTE, 5 * HOUR, self._link)
        if self.fate.adds or self._chance(ADDS_FACTS):
            self._later(DAY, 4 * DAY, self._add_facts)
        if self.fate.gives_back or (self._is_above and not found.is_staff_case and self._chance(GIVES_BACK)):
            if not found.is_staff_case:
                self._later(5 * DAY, 9 * DAY, self._give_back)
            return
        wanted = self._wanted_level(found.severity, found.severity_computed)
        if wanted is not None:
            self._later(20 * MINUTE, 4 * HOUR, lambda later: self._set_level(later, wanted))

    def _wanted_level(self, in_force: int, computed: int) -> int | None:
        """Another level than the one that holds: back to the rule's, one lower, or one higher."""
        if self.staff.officer is self.handler is self.past.people.department_officer:
            return None  # nobody stands above her to countersign
        lowers = in_force >= LEVELS_ABOVE_SCHOOL
        if self.fate.asks_lower:
            return min(computed, in_force - 1) if lowers else None
        if lowers and computed < in_force and self._chance(LOWERS_BACK):
            return computed
        if lowers and self._chance(LOWERS_ONE):
            return in_force - 1
        return in_force + 1 if in_force < LEVELS_ABOVE_SCHOOL and self._chance(RAISES) else None

    def _set_level(self, session: Session, wanted: int) -> None:
        lowers = wanted < self.severity
        if lowers:
            sort = "sexual" if self.case.story.group is PlainGroup.SEXUAL else self._sort("pupils", "other")
            reason = self._phrase("lowering", "other" if sort == "staff" else sort)
        else:
            reason = self._phrase("reasons", "raising")
        self._triage(session, IncidentState.ACCEPTED, types=self.case.types, severity=wanted, reason=reason)
        if lowers and not self.fate.waits:
            self._later(3 * HOUR, 3 * DAY, self._countersign)

    def _countersign(self, session: Session) -> None:
        officer = self.past.people.department_officer if self._is_above else self.staff.officer
        agrees = self.fate.officer_says
        service.lowering_reason(session, officer, self._id)
        version = queries.get_coded_case(session, officer, self._id).version
        agrees = self._chance(OFFICER_AGREES) if agrees is None else agrees
        service.countersign(session, officer, self._id, version, agrees=agrees)

    def _link(self, session: Session) -> None:
        assert self.fate.linked_to is not None
        service.link_incident(session, self.handler, self._id, self.past.number_of(self.fate.linked_to))

    def _add_facts(self, session: Session) -> None:
        key = PHRASES.get(self.case.story.group, "pupils")
        key = "restricted" if key == "sexual" else key
        service.add_facts(session, self.handler, self._id, self._phrase("added", key))

    def _reporter_adds(self, session: Session) -> None:
        reporter = self.case.reporter
        if self.case.report.told_by is None:
            service.add_own_facts(session, reporter, self._id, self._phrase("added", "own"))

    def _give_back(self, session: Session) -> None:
        version = queries.get_incident(session, self.handler, self._id).row_version
        service.give_back(session, self.handler, self._id, version)
