"""All writes of units, their numbers and the days of school years."""

from school_portal.organisations.service.changes import (
    close_unit,
    merge_units,
    move_unit,
    rename_unit,
    split_unit,
)
from school_portal.organisations.service.moving import on_moved
from school_portal.organisations.service.numbers import record_enrolment, set_term_dates
from school_portal.organisations.service.units import (
    change_contact,
    correct_unit,
    create_unit,
    create_units,
    revise_unit,
)

__all__ = [
    "change_contact",
    "close_unit",
    "correct_unit",
    "create_unit",
    "create_units",
    "merge_units",
    "move_unit",
    "on_moved",
    "record_enrolment",
    "rename_unit",
    "revise_unit",
    "set_term_dates",
    "split_unit",
]
