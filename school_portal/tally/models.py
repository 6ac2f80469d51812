"""The one table of the tally."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from school_portal.core.authz import RowProtected
from school_portal.core.db import Base, Path


class Tally(RowProtected, Base):
    """How many records of a unit and all below it have one value of one fact on one day."""

    __tablename__ = "tally"

    org_path: Mapped[str] = mapped_column(Path, primary_key=True)
    fact: Mapped[str] = mapped_column(String(30), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    n: Mapped[int]
