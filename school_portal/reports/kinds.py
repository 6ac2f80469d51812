"""What a feature offers as a document, and the list of what is offered; the application fills it at start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.drawing import Limits
from school_portal.core.errors import NotFound
from school_portal.core.pdf import LARGE, ORDINARY
from school_portal.reports.domain import KEEP, Order, Scope


@dataclass(frozen=True)
class Choices:
    """What the form offers one person for a kind; the first of each is the default."""

    scopes: tuple[Scope, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """A page: its endpoint and the values of its address."""

    endpoint: str
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportKind:
    """A kind of document. `build` gives a frozen dataclass of plain values, the only thing its template reaches.

    `find_scope` finds any unit that the person may ask for, by id, `find_unit` a unit's id by its code;
    `check_period` raises RuleBroken for a code that is no period. Functions that read take the session and who asks.
    `find_scope` is asked when a document is ordered, when it is built and at each download: of a kind about one
    record it raises NotFound when the person may not read the record at that moment.
    """

    name: str
    label: Any
    scopes: tuple[str, ...]
    periods: tuple[str, ...]
    template: str
    build: Callable[[Session, Actor, Order, Scope], object]
    may_request: Callable[[Actor, str], bool]
    find_scope: Callable[[Session, Actor, Order], Scope]
    find_unit: Callable[[Session, Actor, str], UUID]
    check_period: Callable[[Session, Actor, str], None]
    period_label: Callable[[str], str]
    choices: Callable[[Session, Actor], Choices] = lambda session, actor: Choices()
    """What /reports/ offers; nothing for a kind that is asked for elsewhere."""
    limits: Limits = ORDINARY
    word: Callable[[Any], bytes] | None = None
    """Writes the Word file of the same values; None for a kind without one."""
    keep: Callable[[Order], timedelta] = lambda order: KEEP
    """How long it may be downloaded."""
    options: frozenset[str] = frozenset()
    """The codes that an order may carry."""
    subjects: Callable[[Session, Actor, Collection[UUID]], Collection[UUID]] | None = None
    """For a kind about one record: those of the records of whose documents the person may know now."""
    on_download: Callable[[Session, Actor, Order, Scope], None] | None = None
    """Told of each download, for a record that keeps who has read it."""
    asked_at: Callable[[UUID | None], Place] | None = None
    """The page on which it is asked for, when that isn't /reports/."""
    remark: Any = None
    """What stands beside a document that is ready, instead of that it is a draft."""
    rank: int = 0
    """Kinds of a lower rank stand first, whatever the order of the features."""

    def limits_at(self, org_path: str) -> Limits:
        """A document of the unit at the top may use more: it tells of all below."""
        return LARGE if org_path.count("/") == 2 else self.limits


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
        self._kinds = {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.rank)}

    def all(self) -> tuple[ReportKind, ...]:
        """All kinds, the first one first."""
        return tuple(self._kinds.values())

    def get(self, name: str) -> ReportKind:
        """The kind of this name; NotFound when no feature offers it."""
        try:
            return self._kinds[name]
        except KeyError:
            raise NotFound("not-offered") from None

    def find(self, name: str) -> ReportKind | None:
        """The kind of this name, if it is offered still."""
        return self._kinds.get(name)

    def label(self, name: str) -> str:
        """The kind in words; its bare name for a kind of former days."""
        return str(self._kinds[name].label) if name in self._kinds else name

    def asked_at(self, name: str, subject_id: UUID | None) -> Place | None:
        """The page on which a document of this kind is asked for; None for /reports/."""
        kind = self.find(name)
        return kind.asked_at(subject_id) if kind and kind.asked_at else None

    def remark(self, name: str) -> Any:
        """What stands beside a document of this kind that is ready; None when nothing of its own."""
        kind = self.find(name)
        return kind.remark if kind else None

    def period_label(self, name: str, period: str) -> str:
        """The period in words."""
        return self._kinds[name].period_label(period) if name in self._kinds else period


kinds = ReportKinds()
"""The process's list."""
