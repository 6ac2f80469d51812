"""States of a requested document, its steps, leases and limits; knows no kind of document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

MAX_TRIES = 3
KEEP = timedelta(days=30)
RESEND_AFTER = timedelta(minutes=1)
LEASE = timedelta(seconds=45)
BEAT = timedelta(seconds=10)
MAX_OPEN = 10
SEAL_LABEL = "report.file.v1"
WORD_SEAL_LABEL = "report.word.v1"


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
    NOT_STORED = "not-stored"


_FAILURES = {
    "too-large": Failure.TOO_LARGE,
    "too-slow": Failure.TOO_SLOW,
    "not-offered": Failure.NOT_OFFERED,
    "not-stored": Failure.NOT_STORED,
}


def failure_of(code: str, *, is_refusal: bool) -> Failure:
    """The reason that a person is told when making her document ends with an error of this code.

    `is_refusal`: what she asked for is hidden from her or not allowed to her at this moment.
    """
    return _FAILURES.get(code, Failure.RIGHTS_LOST if is_refusal else Failure.NOT_DRAWABLE)


@dataclass(frozen=True)
class Order:
    """What somebody asks for: a kind of document of a unit over a period in a language.

    `subject_id` is the one record that it is about, where the kind is about one; `options` are codes of the kind.
    """

    kind: str
    organisation_id: UUID
    period: str
    language: str
    subject_id: UUID | None = None
    options: frozenset[str] = field(default=frozenset())


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
    keep: timedelta
    beats: int
    """How often at most the lease is renewed: a worker that hangs loses it all the same."""

    @property
    def file_key(self) -> str:
        """Where this claim's PDF lies: two claims never share a file."""
        return file_keys(self.report_id, self.tries)[0]

    @property
    def word_key(self) -> str:
        """Where this claim's Word file lies."""
        return file_keys(self.report_id, self.tries)[1]


@dataclass(frozen=True)
class MadeFile:
    """What is known of a document once its files are stored."""

    key: str
    size: int
    sha256: str
    content_hash: str
    word_key: str | None = None
    word_size: int | None = None
    word_sha256: str | None = None


def file_keys(report_id: UUID, tries: int) -> tuple[str, str]:
    """Where the PDF and the Word file of one try lie."""
    return f"reports/{report_id}/{tries}.pdf.sealed", f"reports/{report_id}/{tries}.docx.sealed"


def most_beats(seconds: float) -> int:
    """How often a lease is renewed at most: for the document before it in its process, its own, and five minutes."""
    return int((timedelta(seconds=2 * seconds) + timedelta(minutes=5)) / BEAT)


def write_options(options: frozenset[str]) -> str:
    """Codes as they are stored: by commas, in order."""
    return ",".join(sorted(options))


def read_options(text: str) -> frozenset[str]:
    """The codes of `write_options`."""
    return frozenset(filter(None, text.split(",")))


def after_lost_lease(tries: int) -> ReportStatus:
    """A worker died: try again, and give up after three tries."""
    return ReportStatus.FAILED if tries >= MAX_TRIES else ReportStatus.REQUESTED


def expires_at(finished_at: datetime, keep: timedelta = KEEP) -> datetime:
    """A document is kept for 30 days unless its kind says less; it can be made again from the records."""
    return finished_at + keep


def file_name(order: Order, ending: str = "pdf") -> str:
    """Name of the download: kind, period and language, never a person, a case or a school."""
    return f"{order.kind}-{order.period.replace('/', '-')}-{order.language}.{ending}"
