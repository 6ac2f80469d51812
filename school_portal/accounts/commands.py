"""Operators' commands: a first account, and staff from a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from school_portal.accounts import service, staff_file
from school_portal.accounts.domain import InvitePerson, normal_email, normal_phone
from school_portal.core.actor import SYSTEM, Role
from school_portal.core.db import database
from school_portal.core.errors import PortalError
from school_portal.organisations import queries as organisations

WRONG_INPUT = 2
SOME_REJECTED = 3

accounts_group = AppGroup("accounts", help="People who sign in.")


@accounts_group.command("create")
@click.argument("sign_in_name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", "code", required=True, help="The unit's code; the department's is 25.")
@click.option("--name", "full_name", required=True, help="The full name.")
def create(sign_in_name: str, role: str, code: str, full_name: str) -> None:
    """Make an account for SIGN_IN_NAME (e-mail, phone number or staff code); prints its one-time link."""
    try:
        with database.transaction() as session:
            unit = organisations.find_by_code(session, SYSTEM, code)
            field = _field_of(sign_in_name)
            command = InvitePerson(full_name, unit.id, Role(role), **{field: sign_in_name})
            invited = service.invite_person(session, SYSTEM, command)
            token = service.token_of(invited.link.id) if invited.link else None
    except PortalError as error:
        click.echo(f"{sign_in_name}: {error.code}", err=True)
        sys.exit(WRONG_INPUT)
    if token is None:
        click.echo("The role was added to the account that has this name.")
    else:
        with current_app.test_request_context():
            click.echo(current_app.config["PUBLIC_URL"] + url_for("accounts.link", token=token))


def _field_of(sign_in_name: str) -> str:
    if normal_email(sign_in_name):
        return "email"
    return "phone" if normal_phone(sign_in_name) else "staff_code"


@accounts_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Change nothing; only tell what would happen.")
@click.option(
    "--skip-bad-rows", is_flag=True, help="Take the good rows, write the others to the rejected file."
)
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Where the bad rows go.")
def import_staff(file: Path, dry_run: bool, skip_bad_rows: bool, rejected: Path | None) -> None:
    """Add or update people from a CSV file with the columns name, email, phone, staff_code, role, organisation_code."""
    target = rejected or current_app.extensions["portal_config"].portal_instance / "rejected-accounts.csv"
    try:
        table = staff_file.read_table(file)
    except staff_file.UnreadableTable as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_INPUT)
    with database.transaction() as session:
        trial = session.begin_nested()
        outcome = staff_file.take(session, SYSTEM, table)
        keeps = not dry_run and (skip_bad_rows or not outcome.bad)
        if not keeps:
            trial.rollback()
    for problem in outcome.bad:
        click.echo(str(problem), err=True)
    if outcome.bad and skip_bad_rows and not dry_run:
        staff_file.write_rejected(target, table, outcome.bad)
        click.echo(f"The rejected rows are in {target}.", err=True)
    counted = outcome if keeps or dry_run else staff_file.Outcome(bad=outcome.bad)
    click.echo(counted.line())
    if outcome.bad:
        sys.exit(SOME_REJECTED if skip_bad_rows else WRONG_INPUT)
