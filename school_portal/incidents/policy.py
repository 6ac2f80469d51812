"""Who sees which incidents, and who may do what with them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from school_portal.core.actor import Actor, Role
from school_portal.core.authz import everybody, nobody, within
from school_portal.incidents.models import Incident, Involvement, Person, PersonToken
from school_portal.organisations import policy as organisations
from school_portal.organisations.domain import ancestors_of

LEADS = (Role.FOCAL_POINT, Role.HEAD)
OFFICERS = (Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER)
SCHOOL_ROLES = (Role.TEACHER, Role.FOCAL_POINT, Role.COUNSELLOR, Role.HEAD)
LEVELS = (Incident.unit_1, Incident.unit_2, Incident.unit_3, Incident.unit_4)


def involving(actor: Actor) -> ColumnElement[bool]:
    """Incidents in which the actor is involved, in whatever part."""
    return Incident.id.in_(select(Involvement.incident_id).where(Involvement.user_id == actor.user_id))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The focal points and the head of a school see its incidents, except those that concern one of them.

    So do they those of a school that was merged into theirs. What concerns a lead goes to the officer of the office
    directly above. Nobody involved in an incident sees it, whatever the role;
    a remembered device opens none.
    """
    if actor.is_system:
        return everybody(Incident.org_path)
    if not actor.is_fresh:
        return nobody(Incident.org_path)
    posts = [and_(_at_or_below(path), Incident.concerns_lead.is_(False)) for path in actor.paths(*LEADS)]
    posts += [and_(_of_schools_below(path), Incident.concerns_lead) for path in actor.paths(*OFFICERS)]
    if not posts:
        return nobody(Incident.org_path)
    return and_(or_(*posts), ~involving(actor))


def _at_or_below(path: str) -> ColumnElement[bool]:
    """The unit and what was merged into it, by the level column that the lists are sorted along."""
    depth = len(ancestors_of(path))
    inside = within(Incident.org_path, path)
    if depth >= len(LEVELS):
        return inside
    return and_(LEVELS[depth] == int(path.strip("/").rpartition("/")[2]), inside)


def _of_schools_below(path: str) -> ColumnElement[bool]:
    """Incidents of the schools directly below an office, and of what was merged into them; not of other offices."""
    return and_(
        within(Incident.org_path, path),
        LEVELS[len(ancestors_of(path)) + 1].in_(organisations.school_numbers_below(path)),
    )


def reported_by(actor: Actor) -> ColumnElement[bool]:
    """One's own reports: their number and state, never what became of them in detail."""
    return and_(Incident.reported_by == actor.user_id, Incident.org_path >= "/")


def hidden_in_figures(actor: Actor, org_path: str) -> ColumnElement[bool]:
    """Incidents that are counted for the unit but of which the actor must not know.

    Those that involve her; and for people of the school itself those that concern its leads.
    """
    hidden = involving(actor)
    if not (actor.is_system or actor.holds_over(org_path, *OFFICERS)):
        hidden = or_(hidden, Incident.concerns_lead)
    return and_(within(Incident.org_path, org_path), hidden)


def involvements_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Those of the incidents that she sees."""
    return Involvement.incident_id.in_(select(Incident.id).where(visible_to(actor)))


def people_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Those involved in the incidents that she sees."""
    return Person.id.in_(select(Involvement.person_id).where(involvements_visible_to(actor)))


def tokens_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Search tokens of the people whom she may see."""
    people = select(Involvement.person_id).where(involvements_visible_to(actor))
    return PersonToken.person_id.in_(people)


def may_report(actor: Actor, org_path: str) -> bool:
    """Everybody who works at the school, also with a remembered device only."""
    return actor.is_system or actor.holds_at(org_path, *SCHOOL_ROLES)


def may_search_names(actor: Actor) -> bool:
    """Who may see cases: leads and officers; each finds among those that she sees."""
    return actor.is_fresh and actor.holds(*LEADS, *OFFICERS)


def may_read_names(actor: Actor, org_path: str) -> bool:
    """The leads of the school, and the officer above when the incident is hers; the row scope has already decided."""
    return actor.is_fresh and actor.holds_over(org_path, *LEADS, *OFFICERS)
