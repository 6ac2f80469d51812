"""Rules of the case file: its five steps, what each line of the chronology belongs to, what may be printed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from school_portal.incidents.domain.words import EntryKind, IncidentState, NamesReason

NAMES, WITNESSES, REPORTER = "names", "witnesses", "reporter"
_REASON = "reason-"
OPTIONS = frozenset({NAMES, WITNESSES, REPORTER, *(f"{_REASON}{reason.value}" for reason in NamesReason)})
KEEP_NAMES = timedelta(hours=24)
CHILD_UNTIL = 16
"""The age at which the Children's Law 2016 ends to apply."""


class Step(IntEnum):
    """The five steps of letter 616/SGD&ĐT-HSSV: detect, alert, intervene, handle, report."""

    DETECT = 1
    ALERT = 2
    INTERVENE = 3
    HANDLE = 4
    REPORT = 5


class Progress(StrEnum):
    """Where a step stands in the record; what is not recorded is said so, never guessed."""

    DONE = "done"
    NOW = "now"
    NOT_RECORDED = "not-recorded"


_DETECTING = frozenset(
    {
        EntryKind.REPORTED,
        EntryKind.FACTS_ADDED,
        EntryKind.PERSON_ADDED,
        EntryKind.PERSON_CORRECTED,
        EntryKind.SAME_PERSON,
        EntryKind.SAME_PERSON_UNDONE,
        EntryKind.LINKED,
    }
)
_HANDLING = frozenset({EntryKind.NOT_SUBSTANTIATED, EntryKind.MARKED_DUPLICATE})
_SET_ASIDE = frozenset({IncidentState.NOT_SUBSTANTIATED, IncidentState.DUPLICATE})


def step_of(kind: EntryKind) -> Step:
    """To which step a line of the chronology belongs."""
    if kind in _DETECTING:
        return Step.DETECT
    return Step.HANDLE if kind in _HANDLING else Step.ALERT


def progress_of(
    state: IncidentState, *, family_answered: bool, first_aid_given: bool
) -> dict[Step, Progress]:
    """How far each step is by what is recorded.

    The alert is done once the case is accepted and the family was told, or a reason written why not (domain 9, step
    2). Intervening, handling and reporting have records of their own later; first aid is the only care known today.
    """
    accepted = state is IncidentState.ACCEPTED
    alerted = state in _SET_ASIDE or (accepted and family_answered)
    return {
        Step.DETECT: Progress.DONE,
        Step.ALERT: Progress.DONE if alerted else Progress.NOW,
        Step.INTERVENE: Progress.NOW if first_aid_given else Progress.NOT_RECORDED,
        Step.HANDLE: Progress.DONE if state in _SET_ASIDE else Progress.NOT_RECORDED,
        Step.REPORT: Progress.NOT_RECORDED,
    }


@dataclass(frozen=True)
class FilePrint:
    """What of the people is printed in a case file. Without a reason: no name; witnesses and reporter in an annex."""

    reason: NamesReason | None = None
    witnesses: bool = False
    reporter: bool = False

    @property
    def has_annex(self) -> bool:
        """Whether anybody is printed on the sheet that is kept apart."""
        return self.witnesses or self.reporter

    def options(self) -> frozenset[str]:
        """As the order of a document carries it; nothing of the annex without a reason."""
        if self.reason is None:
            return frozenset()
        chosen = {NAMES, f"{_REASON}{self.reason.value}"}
        return frozenset(
            chosen | ({WITNESSES} if self.witnesses else set()) | ({REPORTER} if self.reporter else set())
        )


def read_print(options: Iterable[str]) -> FilePrint:
    """Back from an order. Names without a reason are no names."""
    given = frozenset(options)
    reason = next((reason for reason in NamesReason if f"{_REASON}{reason.value}" in given), None)
    if NAMES not in given or reason is None:
        return FilePrint()
    return FilePrint(reason, WITNESSES in given, REPORTER in given)
