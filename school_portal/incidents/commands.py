"""Operators' commands of incidents: newer versions of the taxonomy."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from school_portal.core.actor import SYSTEM
from school_portal.core.db import database
from school_portal.core.errors import RuleBroken
from school_portal.incidents import service

USAGE = 2

taxonomy_group = AppGroup("taxonomy", help="Types, places and the other lists that a report chooses from.")


@taxonomy_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_command(file: Path) -> None:
    """Load a newer version of the lists from FILE (TOML); older records keep the version they were made with."""
    try:
        with database.transaction() as session:
            version = service.load_taxonomy(session, SYSTEM, file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        click.echo(f"{file}: not UTF-8. Nothing was changed.", err=True)
        sys.exit(USAGE)
    except RuleBroken as error:
        click.echo(f"{file}: {error.values.get('at', error.code)}. Nothing was changed.", err=True)
        sys.exit(USAGE)
    click.echo(f"Version {version} of the lists is loaded.")
