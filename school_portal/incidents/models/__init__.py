"""Tables of incidents: the lists, the incident, its people, what is done about it, drafts."""

from school_portal.incidents.models.draft import Draft
from school_portal.incidents.models.handling import (
    Assignment,
    AuthorityTold,
    ChronologyEntry,
    IncidentLink,
    Notice,
)
from school_portal.incidents.models.incident import Incident, IncidentSerial, Submission
from school_portal.incidents.models.lists import IncidentType, TaxonomyEntry, TaxonomyVersion
from school_portal.incidents.models.people import Involvement, Person, PersonToken, SamePerson

__all__ = [
    "Assignment",
    "AuthorityTold",
    "ChronologyEntry",
    "Draft",
    "Incident",
    "IncidentLink",
    "IncidentSerial",
    "IncidentType",
    "Involvement",
    "Notice",
    "Person",
    "PersonToken",
    "SamePerson",
    "Submission",
    "TaxonomyEntry",
    "TaxonomyVersion",
]
