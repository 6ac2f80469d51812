"""From what a kind built to PDF bytes; no session, so that nothing is locked while a document is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from school_portal.core.drawing import ASSETS_FOLDER, DrawingRefused, Limits
from school_portal.core.i18n import use_language
from school_portal.core.pdf import render_html, render_pdf


@dataclass(frozen=True)
class Document:
    """The values of a document and how it is drawn."""

    values: object
    template: str
    language: str
    limits: Limits
    word: Callable[[Any], bytes] | None = None


def fill(document: Document) -> str:
    """The page, charts included."""
    return render_html(document.template, document.values, document.language)


def lay_out(document: Document, html: str) -> bytes:
    """The PDF; raises DrawingRefused. A renderer that somebody killed is replaced, and asked once more."""
    try:
        return render_pdf(html, document.limits)
    except DrawingRefused as refused:
        if refused.code != "drawing-died":
            raise
    return render_pdf(html, document.limits)


def write_word(document: Document) -> bytes | None:
    """The Word file of the same values, for kinds that have one."""
    if document.word is None:
        return None
    with use_language(document.language):
        return document.word(document.values)


def hash_content(html: str) -> str:
    """What decides how the PDF looks: the page, its style sheet and the program that lays it out."""
    return fingerprint(_surroundings() + html.encode())


@cache
def _surroundings() -> bytes:
    assets = b"".join(path.name.encode() + path.read_bytes() for path in sorted(ASSETS_FOLDER.iterdir()))
    return fingerprint(assets + version("weasyprint").encode()).encode()


def fingerprint(data: bytes) -> str:
    """SHA-256 as text."""
    return hashlib.sha256(data).hexdigest()
