"""The form to print empty and fill in by hand: the portal's four steps on a sheet of A5, two to a page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from school_portal.accounts import queries as accounts
from school_portal.accounts.labels import role_words
from school_portal.core.actor import Actor
from school_portal.core.i18n import current_language, gettext
from school_portal.incidents.domain import PlainGroup
from school_portal.incidents.labels import PLAIN_GROUPS
from school_portal.organisations import queries as organisations
from school_portal.organisations.domain import Unit
from school_portal.reports.domain import Order, Scope

MOST_PEOPLE = 3


@dataclass(frozen=True)
class Contact:
    """Whom to call, or where to hand it in."""

    name: str
    post: str
    phone: str


@dataclass(frozen=True)
class PaperForm:
    """Everything that the sheet prints; nothing of it is filled in."""

    title: str
    author: str
    school_name: str
    people: tuple[Contact, ...]
    office: Contact | None
    groups: tuple[str, ...]


def build(session: Session, actor: Actor, order: Order, scope: Scope) -> PaperForm:
    """The school's people in charge with their telephones, and the office above it."""
    school = organisations.get_unit(session, actor, scope.organisation_id)
    above = organisations.get_unit(session, actor, school.parent_id) if school.parent_id else None
    people = [
        Contact(person.name, str(role_words(person.roles[0], school)), person.phone)
        for person in accounts.responsible_people(session, actor, school.id)[:MOST_PEOPLE]
    ]
    return compose(school.name(current_language()), people, _office(above))


def _office(unit: Unit | None) -> Contact | None:
    return Contact(unit.name(current_language()), "", unit.details.phone) if unit else None


def compose(school_name: str, people: list[Contact], office: Contact | None) -> PaperForm:
    """The sheet in the current language."""
    return PaperForm(
        title=gettext("Paper form for reporting"),
        author=school_name,
        school_name=school_name,
        people=tuple(people),
        office=office,
        groups=tuple(str(PLAIN_GROUPS[group]) for group in PlainGroup),
    )
