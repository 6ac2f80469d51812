"""Operators' commands: the tally made again from the records, and compared with them."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM
from school_portal.core.db import database, see_one_state
from school_portal.core.i18n import gettext
from school_portal.incidents import queries as incidents
from school_portal.tally import queries as tally
from school_portal.tally import service

group = AppGroup("statistics", help="The figures.")


@group.command("rebuild")
def rebuild() -> None:
    """Make all counts again from the records; nobody files meanwhile."""
    with database.transaction() as session:
        number = service.rebuild(session, SYSTEM, incidents.records_for_tally(session, SYSTEM))
        record(session, SYSTEM, "tally-rebuilt", "tally", None, records=number)
    click.echo(gettext("Counted again: %(number)s records.", number=number))


@group.command("verify")
def verify() -> None:
    """Compare all counts with the records; exit 1 and the first difference when one is wrong."""
    with database.transaction(write=False) as session:
        see_one_state(session)
        records = incidents.records_for_tally(session, SYSTEM)
        number, wrong = tally.first_difference(session, SYSTEM, records)
    if wrong is None:
        click.echo(gettext("All counts equal the records: %(number)s records.", number=number))
        return
    click.echo(
        gettext(
            "%(path)s, %(day)s, %(fact)s %(value)s: %(stands)s stands there, the records say %(counted)s",
            path=wrong.org_path,
            day=wrong.day.isoformat(),
            fact=wrong.fact,
            value=wrong.value or "-",
            stands=wrong.stands,
            counted=wrong.counted,
        )
    )
    sys.exit(1)
