"""Operators' commands: units and schools from lists."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from school_portal.core.actor import SYSTEM
from school_portal.core.clock import local, now
from school_portal.core.db import database
from school_portal.core.errors import PortalError, RuleBroken
from school_portal.core.i18n import gettext
from school_portal.organisations import importing
from school_portal.organisations.importing.rows import Outcome, RowError, write_rejected
from school_portal.organisations.labels import rule_text

WRONG, PARTLY = 2, 3

group = AppGroup("organisations", help="Units, schools, numbers of pupils.")


@group.command("import-units")
@click.option("--province", type=int, required=True, help="Code of the statistics office, 25 is Phú Thọ.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
def import_units(province: int, dry_run: bool) -> None:
    """The department and its commune offices, from the package vietnam-provinces."""
    try:
        with database.transaction() as session:
            outcome = importing.import_units(session, SYSTEM, province, dry_run=dry_run)
    except importing.InputRefused as error:
        _refuse(error.code, error.values)
    except PortalError as error:
        _refuse(error.code, error.values if isinstance(error, RuleBroken) else {})
    click.echo(outcome.last_line)


@group.command("import-schools")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="How the file's columns and words become ours."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Take the good rows, write the bad ones to a file.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Where the bad rows go.")
def import_schools(
    file: Path, mapping: Path | None, dry_run: bool, skip_bad_rows: bool, rejected: Path | None
) -> None:
    """Add or update schools from a CSV file; all or none unless --skip-bad-rows."""
    where = None
    try:
        words = importing.load_mapping(_shipped(mapping)) if mapping else importing.OWN
        table = importing.read_table(file)
        with database.transaction() as session:
            plan = importing.plan_schools(session, SYSTEM, table, words)
            outcome = plan.outcome
            taken = not outcome.errors or skip_bad_rows
            if taken and not dry_run:
                importing.apply_schools(session, SYSTEM, plan)
                where = _write_rejected(rejected or _default_rejected(), table.columns, outcome)
    except importing.InputRefused as error:
        _refuse(error.code, error.values)
    except PortalError as error:
        _refuse(error.code, error.values if isinstance(error, RuleBroken) else {})
    _tell(outcome)
    if not taken:
        click.echo(Outcome(errors=outcome.errors).last_line)
        sys.exit(WRONG)
    if where is not None:
        click.echo(gettext("The bad rows are in %(path)s", path=where), err=True)
    click.echo(outcome.last_line)
    sys.exit(PARTLY if outcome.errors else 0)


def _shipped(mapping: Path) -> Path:
    """A mapping that comes with the portal may be given by its name alone."""
    own = Path(__file__).parent / "mappings" / mapping.name
    return own if not mapping.exists() and own.exists() else mapping


def _default_rejected() -> Path:
    moment = local(now())
    folder: Path = current_app.extensions["portal_config"].portal_instance
    return folder / "rejected" / f"schools-{moment:%Y%m%d-%H%M%S}.csv"


def _write_rejected(path: Path, columns: Sequence[str], outcome: Outcome) -> Path | None:
    """Before the commit: where the bad rows can't be kept, the good ones don't come in."""
    if not outcome.errors:
        return None
    try:
        write_rejected(path, columns, [(error.row, _reason(error)) for error in outcome.errors])
    except OSError as error:
        why = error.strerror or ""
        raise importing.InputRefused("file-unwritable", path=str(path), why=why) from error
    return path


def _refuse(code: str, values: dict[str, object]) -> NoReturn:
    """The input is wrong and nothing was changed."""
    click.echo(rule_text(code, values), err=True)
    click.echo(Outcome().last_line)
    sys.exit(WRONG)


def _tell(outcome: Outcome) -> None:
    for error in (*outcome.errors, *outcome.notes):
        click.echo(
            gettext(
                'line %(line)s, column %(column)s, value "%(value)s": %(reason)s',
                line=error.row.line,
                column=error.column or "-",
                value=error.value,
                reason=_reason(error),
            ),
            err=True,
        )


def _reason(error: RowError) -> str:
    return rule_text(error.code, error.values)
