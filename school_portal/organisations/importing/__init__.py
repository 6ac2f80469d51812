"""Lists from elsewhere: read, checked row by row, compared with what is known, then added or updated."""

from school_portal.organisations.importing.mapping import OWN, Mapping, load_mapping
from school_portal.organisations.importing.rows import InputRefused, Outcome, RowError, read_table
from school_portal.organisations.importing.schools import apply_schools, plan_schools
from school_portal.organisations.importing.units import import_units

__all__ = [
    "OWN",
    "InputRefused",
    "Mapping",
    "Outcome",
    "RowError",
    "apply_schools",
    "import_units",
    "load_mapping",
    "plan_schools",
    "read_table",
]
