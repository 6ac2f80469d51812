"""States of a requested document, its steps, leases and limits; knows no kind of document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

MAX_TRIES = 3
KEEP = timedelta(days=30)
RESEND_AFTER = timedelta(minutes=1)
LEASE_MARGIN = timedelta(minutes=1)
MAX_OPEN = 10
SEAL_LABEL = "report.file.v1"


class ReportStatus(StrEnum):
    """Where a requested document stands."""

    REQUESTED = "requested"
    RENDERING = "rendering"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


OPEN = frozenset({ReportStatus.REQUESTED, ReportStatus.RENDERING})
ENDED = frozenset({ReportStatus.FAILED, ReportStatus.EXPIRED})


class Step(IntEnum):
    """What the worker is doing; shown to who waits."""

    READ = 1
    FILL = 2
    LAY_OUT = 3
    STORE = 4


class Failure(StrEnum):
    """Why there is no document; each has its words."""

    RIGHTS_LOST = "rights-lost"
    NOT_OFFERED = "not-offered"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    NOT_DRAWABLE = "not-drawable"
    GAVE_UP = "gave-up"


_FAILURES = {
    "too-large": Failure.TOO_LARGE,
    "too-slow": Failure.TOO_SLOW,
    "not-offered": Failure.NOT_OFFERED,
}


def failure_of(code: str, *, is_refusal: bool) -> Failure:
    """The reason that a person is told when making her document ends with an error of this code.

    `is_refusal`: what she asked for is hidden from her or not allowed to her at this moment.
    """
    return _FAILURES.get(code, Failure.RIGHTS_LOST if is_refusal else Failure.NOT_DRAWABLE)


@dataclass(frozen=True)
class Order:
    """What somebody asks for: a kind of document of a unit over a period in a language."""

    kind: str
    organisation_id: UUID
    period: str
    language: str


@dataclass(frozen=True)
class Scope:
    """A unit that a document may be about."""

    organisation_id: UUID
    org_path: str
    name: str


@dataclass(frozen=True)
class Claim:
    """A request that this worker holds. `tries` tells it from a later claim of the same request."""

    report_id: UUID
    tries: int
    requested_by: UUID
    org_path: str
    order: Order
    lease: timedelta

    @property
    def file_key(self) -> str:
        """Where this claim's file lies: two claims never share one."""
        return f"reports/{self.report_id}/{self.tries}.pdf.sealed"


@dataclass(frozen=True)
class MadeFile:
    """What is known of a file once it is stored."""

    key: str
    size: int
    sha256: str
    content_hash: str


def lease_for(seconds: float) -> timedelta:
    """How long a worker may be silent: the document before it in the queue of its process, its own, and a minute."""
    return timedelta(seconds=2 * seconds) + LEASE_MARGIN


def after_lost_lease(tries: int) -> ReportStatus:
    """A worker died: try again, and give up after three tries."""
    return ReportStatus.FAILED if tries >= MAX_TRIES else ReportStatus.REQUESTED


def expires_at(finished_at: datetime) -> datetime:
    """A document is kept for 30 days; it can be made again from the records at any time."""
    return finished_at + KEEP


def file_name(order: Order) -> str:
    """Name of the download: kind, period and language, never a person or a school."""
    return f"{order.kind}-{order.period.replace('/', '-')}-{order.language}.pdf"
