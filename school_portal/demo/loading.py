"""Loading the demo: units, accounts, and two school years of cases, told and triaged in their own time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from school_portal.core import clock
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import now, today
from school_portal.core.crypto import keyring
from school_portal.core.db import database, waiting
from school_portal.demo.calendar import Days, first_day, midnight
from school_portal.demo.copies import Copies
from school_portal.demo.past import Past
from school_portal.demo.people import ACCOUNTS_FILE, make_accounts, write_accounts
from school_portal.demo.plot import Copied, Planned, Plot, first_moment
from school_portal.demo.schools import make_schools
from school_portal.incidents import queries as incidents
from school_portal.incidents import service
from school_portal.organisations import importing
from school_portal.organisations import queries as organisations
from school_portal.tally import service as tally

PROVINCE = 25
DEFAULTS = {"schools": 60, "incidents": 300, "seed": 7}
BATCH = 2000
"""Cases in one transaction: a small demo is there or not at all, a large one does not grow in memory."""
MOST_PLAYED = 2000
"""So many are told and triaged through the services; more are for measuring, and are copied from those."""
NOBODY_NEEDS_TO_HURRY = timedelta(hours=2)

commands = AppGroup("demo", help="Demo data.")


@commands.command("load")
@click.option("--schools", type=click.IntRange(2), default=DEFAULTS["schools"])
@click.option("--incidents", "number", type=click.IntRange(3), default=DEFAULTS["incidents"])
@click.option("--seed", type=int, default=DEFAULTS["seed"])
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which somebody looks at it all.")
def load_command(schools: int, number: int, seed: int, until: datetime | None) -> None:
    """Fill an empty database with an invented province, and write the accounts to the instance folder."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if app.config["ENV_NAME"] == "production":
        raise click.UsageError("There is no demo data in production.")
    if until is not None and until.date() > today():
        raise click.UsageError("--until lies in the future.")
    with database.transaction(write=False) as session:
        if organisations.has_units(session, SYSTEM):
            raise click.UsageError("The database is not empty. Demo data goes into an empty one only.")
    path = load(app, schools, number, seed, until.date() if until else today())
    click.echo(f"Demo accounts: {path}")


def ensure(app: Flask) -> None:
    """Load the demo when there are no units yet."""
    with database.transaction(write=False) as session:
        is_empty = not organisations.has_units(session, SYSTEM)
    if is_empty:
        load(app, DEFAULTS["schools"], DEFAULTS["incidents"], DEFAULTS["seed"], today())


def load(app: Flask, schools: int, number: int, seed: int, until: date) -> Path:
    """Units, accounts and cases up to the day before `until`; returns the file with the accounts.

    Each part draws its own chance from the seed, so that a word more in one leaves the others as they were.
    """
    path: Path = app.extensions["portal_config"].portal_instance / ACCOUNTS_FILE
    first = first_day(until)
    _make_keys(first.year, until.year)
    with database.transaction() as session:
        with clock.at(first_moment(first)):
            importing.import_units(session, SYSTEM, PROVINCE)
            made = make_schools(session, _random(seed, "schools"), schools)
            people = make_accounts(session, _random(seed, "people"), made)
        lists = incidents.get_taxonomy(session, SYSTEM)
        plot = Plot(_random(seed, "cases"), made, people, lists, Days(first, until))
        past = Past(
            _random(seed, "acts"),
            people,
            midnight(until),
            opened_by=now() + NOBODY_NEEDS_TO_HURRY,
            reads=number <= MOST_PLAYED,
        )
        copies = Copies(_random(seed, "copies"), past)
        past.on_decided = copies.learn
        days = groupby(plot.cases(number, MOST_PLAYED), key=lambda planned: planned.day)
        is_over = _play(session, plot, past, copies, days)
        write_accounts(path, people.rows)
    while not is_over:
        with database.transaction() as session:
            is_over = _play(session, plot, past, copies, days)
    if copies.made:
        with database.transaction() as session:
            tally.rebuild(session, SYSTEM, incidents.records_for_tally(session, SYSTEM))
    return path


def _random(seed: int, part: str) -> Random:
    return Random(f"{seed} {part}")  # noqa: S311 (invented people, not secrets)


def _make_keys(first: int, last: int) -> None:
    """A data key for each year in which something is sealed, stored before the first seal asks for it."""
    with database.transaction() as session:
        for year in range(first, last + 1):
            keyring.ensure_year(session, year)
    with database.transaction(write=False) as session:
        keyring.learn(session)


def _play(
    session: Session,
    plot: Plot,
    past: Past,
    copies: Copies,
    days: Iterator[tuple[date, Iterator[Planned | Copied]]],
) -> bool:
    """Let cases happen until the transaction holds enough of them; True when all have."""
    told = 0
    while told < BATCH:
        day, cases = next(days, (None, iter(())))
        past.run(session, before=midnight(day) if day else past.end)
        for planned in cases:
            told += 1
            if isinstance(planned, Copied):
                if copies.add(session, planned.day):
                    continue
                planned = plot.by_chance(planned.day)
            past.tell(planned.case, planned.fate)
        copies.store(session)
        if day is None:
            break
    _send_nothing(session)
    return day is None


def _send_nothing(session: Session) -> None:
    """What people of the past were told by mail went out then; no letter of theirs leaves today."""
    service.settle_notices(session, SYSTEM)
    waiting(session, "after_commit").clear()
