"""What several tables are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index


def partial_index(name: str, *columns: Any, where: Any) -> None:
    """An index over the rows that fulfil a condition only."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


def of_incident(table: str) -> ForeignKeyConstraint:
    """What belongs to an incident stands in its place and moves along with it."""
    return ForeignKeyConstraint(
        ["incident_id", "org_path"],
        ["incident.id", "incident.org_path"],
        name=f"fk_{table}_incident",
        onupdate="CASCADE",
    )
