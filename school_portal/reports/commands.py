"""Operators' commands: what kinds of documents there are, and making one without the queue."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import click
from flask.cli import AppGroup

from school_portal.audit.service import record
from school_portal.core.actor import SYSTEM
from school_portal.core.db import database
from school_portal.core.drawing import DrawingRefused
from school_portal.core.errors import NotFound, PortalError, RuleBroken
from school_portal.core.i18n import LANGUAGES, gettext
from school_portal.reports.domain import failure_of
from school_portal.reports.kinds import ReportKind, kinds
from school_portal.reports.labels import FAILURES
from school_portal.reports.rendering import fingerprint
from school_portal.reports.service import build_document

FAILED, WRONG = 1, 2

group = AppGroup("reports", help="Report documents.")


@group.command("kinds")
def list_kinds() -> None:
    """One kind a line: its name, the units it is made for, the periods, with tabs between."""
    for kind in kinds.all():
        click.echo(f"{kind.name}\t{','.join(kind.scopes)}\t{','.join(kind.periods)}")


@group.command("build")
@click.argument("name", metavar="KIND")
@click.option("--organisation", "code", required=True, help="Code of the unit, 25 for the department.")
@click.option("--period", required=True, help="2025-2026/1, /2, /H, 2025-2026, 2026-03, 2026-Q1 or 2026.")
@click.option("--incident", "subject_id", type=click.UUID, help="The case, for a kind of document about one.")
@click.option("--language", type=click.Choice(tuple(LANGUAGES)), default="vi", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Where it goes; ends in .pdf or .docx."
)
def build(name: str, code: str, period: str, subject_id: UUID | None, language: str, output: Path) -> None:
    """Make one document here and now, with the text and the figures of the download.

    A document about one case holds no names; its period only names the file.
    """
    ending = output.suffix.lower()
    if ending not in (".pdf", ".docx"):
        _refuse(gettext("The file must end in .pdf or .docx: %(path)s", path=output))
    if not output.absolute().parent.is_dir():
        _refuse(gettext("There is no folder %(path)s", path=output.absolute().parent))
    kind = _kind(name)
    try:
        with database.transaction(write=False) as session:
            unit_id = kind.find_unit(session, SYSTEM, code)
            asked = (kind.name, unit_id, period, language, subject_id)
            made = build_document(session, SYSTEM, *asked, word=ending == ".docx")
    except DrawingRefused as error:
        click.echo(str(FAILURES[failure_of(error.code, is_refusal=False)]), err=True)
        sys.exit(FAILED)
    except PortalError as error:
        _refuse(_why(error, code, period))
    with database.transaction() as session:
        details = {"kind": kind.name, "period": period, "language": language, "sha256": fingerprint(made)}
        about = ("incident", subject_id) if subject_id else ("organisation", unit_id)
        record(session, SYSTEM, "report-built", *about, **details)
    _write(output, made)
    click.echo(str(output))


def _kind(name: str) -> ReportKind:
    try:
        return kinds.get(name)
    except NotFound:
        known = ", ".join(kind.name for kind in kinds.all())
        _refuse(
            gettext('There is no kind of document "%(name)s"; there is: %(known)s', name=name, known=known)
        )


def _why(error: PortalError, code: str, period: str) -> str:
    values = error.values if isinstance(error, RuleBroken) else {}
    match error.code:
        case "unit-code-unknown":
            return gettext('There is no unit with the code "%(code)s"', code=code)
        case "unit-code-ambiguous":
            return gettext('Several units end in "%(code)s": %(one)s and %(other)s', code=code, **values)
        case "period-unknown":
            return gettext(
                'There is no period "%(period)s"; write it as 2025-2026/1, 2025-2026, 2026-03, 2026-Q1 or 2026',
                period=period,
            )
        case "subject-missing":
            return gettext("This kind of document is about one case: name it with --incident")
        case "subject-unknown":
            return gettext("This kind of document is not about one case: leave --incident out")
        case "subject-not-found":
            return gettext('The unit "%(code)s" has no such case', code=code)
        case "word-not-offered":
            return gettext("There is no Word file of this kind of document")
        case "unit-not-a-school":
            return gettext('This kind of document is made for a school, and "%(code)s" is none', code=code)
        case other:
            return other


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all; for its owner only, as a document may tell of people."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _refuse(text: str) -> NoReturn:
    """The usage is wrong and nothing was made."""
    click.echo(text, err=True)
    sys.exit(WRONG)
