"""Rules of the engine: leases, tries, names of files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from school_portal.reports.domain import (
    BEAT,
    LEASE,
    Claim,
    Failure,
    Order,
    ReportStatus,
    Step,
    after_lost_lease,
    expires_at,
    failure_of,
    file_keys,
    file_name,
    most_beats,
    read_options,
    write_options,
)
from school_portal.reports.labels import FAILURES, STATUSES, STEPS, TONES

ORDER = Order("term-report", uuid4(), "2026-2027/1", "vi")


@pytest.mark.parametrize(
    ("tries", "status"),
    [
        (1, ReportStatus.REQUESTED),
        (2, ReportStatus.REQUESTED),
        (3, ReportStatus.FAILED),
        (4, ReportStatus.FAILED),
    ],
)
def test_a_lost_worker_is_replaced_twice(tries: int, status: ReportStatus) -> None:
    assert after_lost_lease(tries) == status


def test_a_lease_outlives_some_missed_beats_and_beats_outlive_a_document_that_waits_for_another_as_slow() -> (
    None
):
    assert LEASE > 4 * BEAT
    assert most_beats(120) * BEAT > timedelta(seconds=240)


def test_a_document_is_kept_for_thirty_days() -> None:
    made = datetime(2026, 11, 1, tzinfo=UTC)
    assert expires_at(made) == datetime(2026, 12, 1, tzinfo=UTC)
    assert expires_at(made, timedelta(hours=24)) == datetime(2026, 11, 2, tzinfo=UTC)


def test_the_file_is_named_by_kind_period_and_language_only() -> None:
    assert file_name(ORDER) == "term-report-2026-2027-1-vi.pdf"
    assert file_name(ORDER, "docx") == "term-report-2026-2027-1-vi.docx"


def test_two_claims_of_a_request_never_share_a_file() -> None:
    report_id = uuid4()
    claims = [Claim(report_id, tries, uuid4(), "/1/", ORDER, timedelta(), 0) for tries in (1, 2)]
    assert len({key for claim in claims for key in (claim.file_key, claim.word_key)}) == 4
    assert file_keys(report_id, 2) == (claims[1].file_key, claims[1].word_key)


def test_options_are_stored_in_order_and_read_back() -> None:
    options = frozenset({"witnesses", "names", "reason-help"})
    assert write_options(options) == "names,reason-help,witnesses"
    assert read_options(write_options(options)) == options
    assert read_options("") == frozenset()


@pytest.mark.parametrize(
    ("code", "is_refusal", "failure"),
    [
        ("too-slow", False, Failure.TOO_SLOW),
        ("not-permitted", True, Failure.RIGHTS_LOST),
        ("unit-not-found", True, Failure.RIGHTS_LOST),
        ("not-offered", True, Failure.NOT_OFFERED),
        ("address-refused", False, Failure.NOT_DRAWABLE),
        ("not-stored", False, Failure.NOT_STORED),
    ],
)
def test_an_error_becomes_a_reason_that_a_person_is_told(
    code: str, is_refusal: bool, failure: Failure
) -> None:
    assert failure_of(code, is_refusal=is_refusal) == failure


def test_every_state_step_and_reason_has_words() -> None:
    assert set(STATUSES) == set(TONES) == set(ReportStatus)
    assert set(STEPS) == set(Step)
    assert set(FAILURES) == set(Failure)
