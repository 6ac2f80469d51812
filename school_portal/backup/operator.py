"""Operators' commands `backup create` and `backup restore`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from config import Config
from school_portal.audit.labels import verdict_line
from school_portal.backup.creating import create
from school_portal.backup.errors import Failed, Refused
from school_portal.backup.restoring import restore
from school_portal.core.db import database
from school_portal.core.files import files
from school_portal.core.i18n import gettext
from school_portal.web import migrations

FAILED, WRONG = 1, 2

commands = AppGroup("backup", help="Backups.")
Folder = click.Path(path_type=Path, file_okay=False)


@commands.command("create")
@click.argument("folder", metavar="DIR", type=Folder)
@click.option(
    "--keys", "keys_folder", metavar="DIR2", type=Folder, help="Copy the keys too, to another place."
)
def create_command(folder: Path, keys_folder: Path | None) -> None:
    """Copy database and stored files into DIR, a new folder, while the portal runs."""
    with _telling():
        made = create(_config(), database, files, folder, keys_folder)
    click.echo(
        gettext(
            "%(path)s: %(rows)s rows, %(files)s files, audit up to event %(head)s",
            path=folder,
            rows=sum(made.rows.values()),
            files=len(made.files),
            head=made.heads[0].seq if made.heads else 0,
        )
    )
    if keys_folder is None:
        click.echo(
            gettext("The keys are not in it; keep them elsewhere, without them it opens nothing."), err=True
        )


@commands.command("restore")
@click.argument("folder", metavar="DIR", type=Folder)
@click.option("--keys", "keys_folder", metavar="DIR2", type=Folder, help="Where the keys were put.")
def restore_command(folder: Path, keys_folder: Path | None) -> None:
    """Put the backup in DIR onto an empty instance and check the audit."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    revisions = frozenset(script.revision for script in migrations.alembic.script_directory.walk_revisions())
    with _telling():
        restored = restore(_config(), database, files, revisions, folder, keys_folder)
    made = restored.manifest
    click.echo(
        gettext(
            "Restored as of %(time)s: %(rows)s rows, %(files)s files",
            time=made.made_at,
            rows=sum(made.rows.values()),
            files=len(made.files),
        )
    )
    if migrations.pending(app):
        click.echo(gettext("It was made by an older version: now run `db upgrade`."), err=True)
    if restored.missing_keys:
        names = ", ".join(name.upper() for name in restored.missing_keys)
        click.echo(
            gettext(
                "No start without the keys: put back %(names)s, then run `audit verify`.",
                names=names,
            ),
            err=True,
        )
    for verdict in restored.verdicts:
        click.echo(verdict_line(verdict))
    if any(verdict.broken_at is not None for verdict in restored.verdicts):
        sys.exit(FAILED)


def _config() -> Config:
    config: Config = current_app.extensions["portal_config"]
    return config


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG)
    except Failed as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)
