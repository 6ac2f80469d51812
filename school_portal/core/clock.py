"""The only reader of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")

_set: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """This moment in UTC, aware."""
    return _set.get() or datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment on a clock in Viet Nam."""
    return moment.astimezone(VIET_NAM)


def today() -> date:
    """The date in Viet Nam."""
    return local(now()).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be another moment inside the block; for the demo, whose cases lie in the past, and for tests.

    Services stamp what they do by this clock and take no time from their callers, so that nobody can antedate an
    act; a test holds that nothing but the demo sets it.
    """
    token = _set.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
