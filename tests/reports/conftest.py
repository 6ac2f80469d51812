"""People who ask, and an engine whose documents are drawn by a stand-in, so that its rules are tested alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from school_portal.accounts.models import Membership
from school_portal.accounts.queries import actor_of
from school_portal.core.actor import Actor, Role
from school_portal.core.authz import scope
from school_portal.core.db import PortalSession, database
from school_portal.core.jobs import JobContext, jobs
from school_portal.reports import tasks
from school_portal.reports.domain import Order
from school_portal.reports.rendering import Document
from tests.world import BEGIN, World

PDF = b"%PDF-1.7 stand-in"
Sent = list[tuple[str, dict[str, str]]]


@pytest.fixture
def colleague(session: PortalSession, world: World) -> Actor:
    """A second officer of the department."""
    return world.add_person("colleague", Role.DEPARTMENT_OFFICER, "department")


def end_posts(session: Session, actor: Actor) -> None:
    """Take the person's posts away."""
    for membership in session.scalars(scope(select(Membership), Membership.user_id == actor.user_id)):
        membership.valid_to = BEGIN
    session.flush()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What was handed to the queue, instead of the queue."""
    handed: Sent = []
    monkeypatch.setattr(jobs, "send", lambda name, ids: handed.append((name, ids)))
    return handed


@pytest.fixture
def run(sent: Sent) -> JobContext:
    """What a job gets from the worker."""
    return JobContext(database, actor_of)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """The documents that were drawn, by a stand-in."""
    documents: list[Document] = []

    def fill(document: Document) -> str:
        documents.append(document)
        return "<html></html>"

    monkeypatch.setattr(tasks, "fill", fill)
    monkeypatch.setattr(tasks, "lay_out", lambda document, html: PDF)
    return documents


@pytest.fixture
def order(world: World) -> Callable[..., Order]:
    """An order of the term report, of the province's first term unless told otherwise."""

    def make(unit: str = "department", period: str = "2026-2027/1", language: str = "vi") -> Order:
        return Order("term-report", world.units[unit].id, period, language)

    return make
