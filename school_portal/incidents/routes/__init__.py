"""Addresses of incidents: filing, the case, triage."""

from school_portal.incidents.routes import cases, documents, filing, own, triage
from school_portal.incidents.routes.blueprint import blueprint

__all__ = ["blueprint", "cases", "documents", "filing", "own", "triage"]
