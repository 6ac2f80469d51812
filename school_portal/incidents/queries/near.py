"""Cases that may tell of the same thing: of one school and around one day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import scope
from school_portal.incidents import policy
from school_portal.incidents.domain import IncidentState
from school_portal.incidents.models import Incident
from school_portal.incidents.queries.cases import Case
from school_portal.incidents.queries.lists import COLUMNS, IncidentRow, rows_of

AROUND = timedelta(days=60)
MOST_NEAR = 20


def list_near(session: Session, actor: Actor, case: Case) -> list[IncidentRow]:
    """Cases of the same school within 60 days that she reads, the newest first; no duplicates among them."""
    statement = scope(select(*COLUMNS), policy.visible_to(actor)).where(
        Incident.org_path == case.org_path,
        Incident.id != case.id,
        Incident.state != IncidentState.DUPLICATE,
        Incident.occurred_on.between(case.occurred_on - AROUND, case.occurred_on + AROUND),
    )
    newest = statement.order_by(Incident.occurred_on.desc(), Incident.id.desc()).limit(MOST_NEAR)
    return rows_of(session, actor, session.execute(newest).all())
