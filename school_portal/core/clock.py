"""The only reader of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """This moment in UTC, aware."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The moment on a clock in Viet Nam."""
    return moment.astimezone(VIET_NAM)


def today() -> date:
    """The date in Viet Nam."""
    return local(now()).date()
