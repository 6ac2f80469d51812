"""Who sees which incidents, and who may do what with them.

A case is read by the focal points and the head of its school and by its lead; one that concerns the head or a focal
point by one named officer above instead; a restricted one at the school by assigned persons only.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, nobody, within
from school_portal.incidents.domain import Duty, NoticeKind
from school_portal.incidents.models import (
    Assignment,
    AuthorityTold,
    ChronologyEntry,
    Draft,
    Incident,
    IncidentLink,
    Involvement,
    Notice,
    Person,
    PersonToken,
    SamePerson,
)
from school_portal.organisations.domain import ancestors_of

LEADS = (Role.FOCAL_POINT, Role.HEAD)
OFFICERS = (Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)
SCHOOL_ROLES = (Role.TEACHER, Role.FOCAL_POINT, Role.COUNSELLOR, Role.HEAD)
LEVELS = (Incident.unit_1, Incident.unit_2, Incident.unit_3, Incident.unit_4)


# --- which rows --------------------------------------------------------------------------------------------------


def involving(actor: Actor) -> ColumnElement[bool]:
    """Incidents in which the actor is involved, in whatever part."""
    return Incident.id.in_(select(Involvement.incident_id).where(Involvement.user_id == actor.user_id))


def assigned_to(actor: Actor, *duties: Duty) -> ColumnElement[bool]:
    """Incidents to which the actor is assigned now, by one of the duties."""
    mine = select(Assignment.incident_id).where(
        Assignment.user_id == actor.user_id, Assignment.ended_at.is_(None)
    )
    return Incident.id.in_(mine.where(Assignment.duty.in_(duties)) if duties else mine)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Whose whole case she reads, narrative and people: see the module's docstring.

    Nobody involved in an incident sees it, whatever the role; a remembered device opens none. Who is assigned needs
    a post at the school, or above it, all the same.
    """
    above = [and_(_known_above(path), _handled_by(actor)) for path in actor.paths(*OFFICERS)]
    return _seen(actor, [*_at_school(actor), *above])


def known_to(actor: Actor) -> ColumnElement[bool]:
    """Of whose coded facts she may know: what she reads, and for officers all of level 3 and 4 below them.

    Number, school, day, type, severity, state, parts with sex and age band; no narrative, no name, no reporter.
    """
    coded = or_(Incident.severity >= 3, _handled_by(actor))
    above = [and_(_known_above(path), coded) for path in actor.paths(*OFFICERS)]
    return _seen(actor, [*_at_school(actor), *above])


def _seen(actor: Actor, places: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    if actor.is_system:
        return everybody(Incident.org_path)
    if not actor.is_fresh or not places:
        return nobody(Incident.org_path)
    return and_(or_(*places), ~involving(actor))


_AT_SCHOOL = (Duty.FOCAL_POINT, Duty.HEAD, Duty.LEAD)


def _at_school(actor: Actor) -> list[ColumnElement[bool]]:
    """What leads read, and what is assigned to anybody at a school; never what is handled above."""
    leads = actor.paths(*LEADS)
    assigned = and_(Incident.concerns_lead.is_(False), assigned_to(actor, *_AT_SCHOOL))
    of_leads = or_(Incident.is_open_at_school.is_(True), assigned)
    others = [path for path in actor.paths(*SCHOOL_ROLES) if path not in leads]
    return [
        *(and_(_at_or_below(path), of_leads) for path in leads),
        *(and_(_at_or_below(path), assigned) for path in others),
    ]


def _known_above(path: str) -> ColumnElement[bool]:
    """One condition for all that officers may know of, so that an index serves their lists in order."""
    return and_(_at_or_below(path), Incident.is_known_above.is_(True))


def _handled_by(actor: Actor) -> ColumnElement[bool]:
    return and_(Incident.concerns_lead.is_(True), assigned_to(actor, Duty.OFFICER))


def _at_or_below(path: str) -> ColumnElement[bool]:
    """The unit and what was merged into it, by the level column that the lists are sorted along."""
    depth = len(ancestors_of(path))
    inside = within(Incident.org_path, path)
    if depth >= len(LEVELS):
        return inside
    return and_(LEVELS[depth] == int(path.strip("/").rpartition("/")[2]), inside)


def reported_by(actor: Actor) -> ColumnElement[bool]:
    """One's own reports: her words, their number and state, never what became of them in detail.

    Who has come to be named as acting in what she reported follows it no more.
    """
    return and_(Incident.reported_by == actor.user_id, Incident.org_path >= "/", ~_acting(actor))


def filed_by(actor: Actor) -> ColumnElement[bool]:
    """What she sent, for herself or for a colleague who told her by mouth: both have the receipt."""
    entered = and_(Incident.entered_by == actor.user_id, Incident.org_path >= "/", ~_acting(actor))
    return or_(reported_by(actor), entered)


def _acting(actor: Actor) -> ColumnElement[bool]:
    acting = select(Involvement.incident_id).where(Involvement.user_id == actor.user_id)
    return Incident.id.in_(acting.where(Involvement.is_acting.is_(True)))


def hidden_at_school(actor: Actor, org_path: str) -> ColumnElement[bool]:
    """What a school's people must not know of, unless it is assigned to them."""
    hidden = Incident.is_open_at_school.is_(False)
    at_school = and_(Incident.concerns_lead.is_(False), assigned_to(actor, *_AT_SCHOOL))
    return and_(within(Incident.org_path, org_path), hidden, or_(~at_school, involving(actor)))


def hidden_by_involvement(actor: Actor, org_path: str) -> ColumnElement[bool]:
    """What she must not know of because she is in it; at a school, of what is open there."""
    own = and_(within(Incident.org_path, org_path), involving(actor))
    return own if counts_whole(actor, org_path) else and_(own, Incident.is_open_at_school.is_(True))


def has_figures(actor: Actor, org_path: str) -> bool:
    """Figures of a unit are for its leads and for officers of it or above; a remembered device shows none."""
    return actor.is_system or (actor.is_fresh and actor.holds_over(org_path, *LEADS, *OFFICERS))


def counted_for(actor: Actor, org_path: str) -> ColumnElement[bool]:
    """The records of a unit and below that stand behind her figures: those of which she may know that they exist.

    Officers' figures are whole but for what they are involved in; a school's leads miss what is hidden at school.
    """
    inside = _at_or_below(org_path)
    if actor.is_system:
        return inside
    if not has_figures(actor, org_path):
        return nobody(Incident.org_path)
    if counts_whole(actor, org_path):
        return and_(inside, ~involving(actor))
    assigned = and_(Incident.concerns_lead.is_(False), assigned_to(actor, *_AT_SCHOOL))
    return and_(inside, or_(Incident.is_open_at_school.is_(True), assigned), ~involving(actor))


def harmed_counted_for(actor: Actor, org_path: str) -> ColumnElement[bool]:
    """The persons harmed in those records, by coded facts; to be read together with the incident."""
    return and_(
        counted_for(actor, org_path),
        Involvement.incident_id == Incident.id,
        Involvement.is_harmed.is_(True),
    )


def counts_whole(actor: Actor, org_path: str) -> bool:
    """Whether figures of the unit are hers with restricted cases and those handled above: officers'."""
    return actor.is_system or actor.holds_over(org_path, *OFFICERS)


def involvements_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Those of the incidents that she reads."""
    return Involvement.incident_id.in_(select(Incident.id).where(visible_to(actor)))


def involvements_known_to(actor: Actor) -> ColumnElement[bool]:
    """Those of the incidents of which she may know the coded facts."""
    return Involvement.incident_id.in_(select(Incident.id).where(known_to(actor)))


def people_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Those involved in the incidents that she reads."""
    return Person.id.in_(select(Involvement.person_id).where(involvements_visible_to(actor)))


def tokens_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Search tokens of the people whom she may see."""
    people = select(Involvement.person_id).where(involvements_visible_to(actor))
    return PersonToken.person_id.in_(people)


def _with(table: type, actor: Actor) -> ColumnElement[bool]:
    return table.incident_id.in_(select(Incident.id).where(visible_to(actor)))  # type: ignore[attr-defined,no-any-return]


def entries_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The chronology of the incidents that she reads."""
    return _with(ChronologyEntry, actor)


def assignments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who is assigned to the incidents that she reads."""
    return _with(Assignment, actor)


def told_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which places were told of the incidents that she reads."""
    return _with(AuthorityTold, actor)


def own_assignments(actor: Actor) -> ColumnElement[bool]:
    """What is assigned to her now."""
    return and_(Assignment.user_id == actor.user_id, Assignment.ended_at.is_(None))


def same_person_visible_to(actor: Actor) -> ColumnElement[bool]:
    """What was decided about people of the incidents that she reads."""
    return _with(SamePerson, actor)


def links_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Links between two incidents that she both reads."""
    seen = select(Incident.id).where(visible_to(actor))
    return and_(IncidentLink.incident_id.in_(seen), IncidentLink.other_id.in_(seen))


def own_added_facts(actor: Actor) -> ColumnElement[bool]:
    """What a reporter has added to her own reports."""
    own = select(Incident.id).where(reported_by(actor))
    return and_(ChronologyEntry.incident_id.in_(own), ChronologyEntry.by_reporter.is_(True))


def own_notices(actor: Actor) -> ColumnElement[bool]:
    """Notices to her; of what she is involved in she is told nothing more than that her word was written down."""
    if actor.is_system:
        return everybody(Notice.org_path)
    mine = select(Involvement.incident_id).where(Involvement.user_id == actor.user_id)
    told_for_her = Notice.kind == NoticeKind.TOLD_FOR_YOU
    return and_(Notice.user_id == actor.user_id, or_(told_for_her, Notice.incident_id.not_in(mine)))


def own_drafts(actor: Actor) -> ColumnElement[bool]:
    """A draft is its owner's alone."""
    return Draft.user_id == actor.user_id


def all_drafts() -> ColumnElement[bool]:
    """Every draft, for rules that look past whose it is and tell nothing but yes or no, and for forgetting."""
    return Draft.user_id.is_not(None)


# --- which acts --------------------------------------------------------------------------------------------------


def may_report(actor: Actor, org_path: str) -> bool:
    """Everybody who works at the school, also with a remembered device only."""
    return actor.is_system or actor.holds_at(org_path, *SCHOOL_ROLES)


def may_report_for_others(actor: Actor, org_path: str) -> bool:
    """The focal point writes down what a colleague told her by mouth; a head without one does too."""
    return actor.is_fresh and actor.holds_at(org_path, *LEADS)


def may_search_names(actor: Actor) -> bool:
    """Who may see cases: leads and officers; each finds among those that she sees."""
    return actor.is_fresh and actor.holds(*LEADS, *OFFICERS)


def may_read_names(actor: Actor, org_path: str) -> bool:
    """Whoever reads the case; the row scope has already decided."""
    return actor.is_fresh and actor.holds_over(org_path, *SCHOOL_ROLES, *OFFICERS)


def may_triage(actor: Actor, org_path: str, concerns_lead: bool) -> bool:
    """The focal points and the head of the school; in a case that concerns one of them the officer who has it."""
    roles = OFFICERS if concerns_lead else LEADS
    return actor.is_fresh and actor.holds_over(org_path, *roles)


def may_give_back(actor: Actor, org_path: str, concerns_lead: bool) -> bool:
    """The officer who has a case that concerns a lead, when it no longer does."""
    return concerns_lead and may_triage(actor, org_path, concerns_lead)


def may_countersign(actor: Actor, org_path: str, concerns_lead: bool, asked_by: object) -> bool:
    """An officer above the school, other than who asked; of a case that an officer has, an officer above her."""
    if not actor.is_fresh or actor.user_id == asked_by:
        return False
    if concerns_lead:
        return actor.holds_over(org_path, Role.DEPARTMENT_OFFICER)
    return actor.holds_over(org_path, *OFFICERS)
