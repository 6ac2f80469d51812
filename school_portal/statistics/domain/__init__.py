"""Rules of figures: arithmetic, counting of plain values, what may be printed, nil returns, periods to compare with."""

from school_portal.statistics.domain.arithmetic import highest, months_between, tenths_of_percent
from school_portal.statistics.domain.counting import (
    NO_SCHOOL,
    SEVERAL_LEVELS,
    UNCODED,
    Counts,
    Cut,
    count,
    level_of,
)
from school_portal.statistics.domain.disclosure import (
    THRESHOLD,
    Mark,
    Published,
    publish,
    publish_alone,
    show_all,
)
from school_portal.statistics.domain.returns import (
    Completeness,
    SignNil,
    Standing,
    add_up,
    due_day,
    is_asked_for,
    may_be_withdrawn,
    period_before,
    standing_of,
    year_before,
)

__all__ = [
    "NO_SCHOOL",
    "SEVERAL_LEVELS",
    "THRESHOLD",
    "UNCODED",
    "Completeness",
    "Counts",
    "Cut",
    "Mark",
    "Published",
    "SignNil",
    "Standing",
    "add_up",
    "count",
    "due_day",
    "highest",
    "is_asked_for",
    "level_of",
    "may_be_withdrawn",
    "months_between",
    "period_before",
    "publish",
    "publish_alone",
    "show_all",
    "standing_of",
    "tenths_of_percent",
    "year_before",
]
