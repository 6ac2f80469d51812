"""What a feature offers as a document, and the list of what is offered; the application fills it at start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.drawing import Limits
from school_portal.core.errors import NotFound
from school_portal.core.pdf import ORDINARY
from school_portal.reports.domain import Order, Scope


@dataclass(frozen=True)
class Choices:
    """What the form offers one person for a kind; the first of each is the default."""

    scopes: tuple[Scope, ...]
    periods: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportKind:
    """A kind of document. `build` gives a frozen dataclass of plain values, the only thing its template reaches.

    `find_scope` finds any unit that the person may ask for, by id, `find_unit` a unit's id by its code;
    `check_period` raises RuleBroken for a code that is no period. Functions that read take the session and who asks.
    """

    name: str
    label: Any
    scopes: tuple[str, ...]
    periods: tuple[str, ...]
    template: str
    build: Callable[[Session, Actor, Order, Scope], object]
    may_request: Callable[[Actor, str], bool]
    choices: Callable[[Session, Actor], Choices]
    find_scope: Callable[[Session, Actor, Order], Scope]
    find_unit: Callable[[Session, Actor, str], UUID]
    check_period: Callable[[Session, Actor, str], None]
    period_label: Callable[[str], str]
    limits: Limits = ORDINARY


@dataclass(frozen=True)
class Offer:
    """A kind and what one person may choose for it."""

    kind: ReportKind
    choices: Choices


class ReportKinds:
    """The kinds that the features offer, in their order."""

    def __init__(self) -> None:
        self._kinds: dict[str, ReportKind] = {}

    def offer(self, kinds: Iterable[ReportKind]) -> None:
        """Take the kinds of all features; replaces an earlier list."""
        self._kinds = {kind.name: kind for kind in kinds}

    def all(self) -> tuple[ReportKind, ...]:
        """All kinds, the first one first."""
        return tuple(self._kinds.values())

    def get(self, name: str) -> ReportKind:
        """The kind of this name; NotFound when no feature offers it."""
        try:
            return self._kinds[name]
        except KeyError:
            raise NotFound("not-offered") from None

    def label(self, name: str) -> str:
        """The kind in words; its bare name for a kind of former days."""
        return str(self._kinds[name].label) if name in self._kinds else name

    def period_label(self, name: str, period: str) -> str:
        """The period in words."""
        return self._kinds[name].period_label(period) if name in self._kinds else period


kinds = ReportKinds()
"""The process's list."""
