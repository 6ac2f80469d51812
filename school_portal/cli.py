"""Operators' commands that belong to no feature: database, audit, reports, worker; and how commands commit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from school_portal import backup, demo
from school_portal.audit import queries as audit
from school_portal.audit.labels import verdict_line
from school_portal.core.actor import SYSTEM
from school_portal.core.clock import today
from school_portal.core.crypto import keyring
from school_portal.core.db import database, see_one_state
from school_portal.core.errors import PortalError
from school_portal.web import migrations
from school_portal.web.feature import Feature

USAGE = 2


@contextmanager
def transaction(*, write: bool = True) -> Iterator[Session]:
    """The one transaction of an operator's command; a PortalError ends the command with its code, exit 2."""
    try:
        with database.transaction(write=write) as session:
            yield session
    except PortalError as error:
        raise click.ClickException(error.code) from None


def init_app(app: Flask) -> None:
    """Register the commands of the features and of this module."""
    features: tuple[Feature, ...] = app.extensions["portal_features"]
    for feature in features:
        for command in feature.commands:
            app.cli.add_command(command)
    for group in (database_group, audit_group, backup.commands, demo.commands):
        app.cli.add_command(group)
    app.cli.add_command(prepare)
    app.cli.add_command(worker)


database_group = AppGroup("db", help="The database.")


@database_group.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to the newest migration and load the shipped lists that it lacks."""
    upgrade(current_app._get_current_object())  # type: ignore[attr-defined]
    click.echo("The database is up to date.")


@database_group.command("downgrade")
@click.argument("target")
def downgrade_command(target: str) -> None:
    """Take migrations back to TARGET, for developers."""
    migrations.downgrade(current_app._get_current_object(), target)  # type: ignore[attr-defined]


def upgrade(app: Flask) -> None:
    """Newest migration, this and next year's data keys, shipped lists."""
    migrations.upgrade(app)
    with database.transaction() as session:
        for year in (today().year, today().year + 1):
            keyring.ensure_year(session, year)
    with database.transaction() as session:
        keyring.learn(session)
        for feature in app.extensions["portal_features"]:
            if feature.loads:
                feature.loads(session)


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """What `make run` does before it starts: upgrade, and in demo the demo data when the database is empty."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if migrations.pending(app):
        upgrade(app)
    if app.config["ENV_NAME"] == "demo":
        demo.ensure(app)


audit_group = AppGroup("audit", help="The audit chains.")


@audit_group.command("verify")
def verify_audit() -> None:
    """Walk every audit chain; a line each, exit 1 and the first break when one is broken."""
    with transaction(write=False) as session:
        see_one_state(session)
        verdicts = audit.verify(session, SYSTEM)
    for verdict in verdicts:
        click.echo(verdict_line(verdict))
    if any(verdict.broken_at is not None for verdict in verdicts):
        sys.exit(1)


@click.command("worker")
def worker() -> None:
    """The background worker alone."""
    from huey.bin.huey_consumer import consumer_main

    sys.argv = [
        str(Path(sys.executable).with_name("huey_consumer")),
        "school_portal.worker.huey",
        "-k",
        "thread",
        "-w",
        "2",
        "--graceful-signal",
        "TERM",
    ]
    consumer_main()
