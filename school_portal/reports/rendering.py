"""From what a kind built to PDF bytes; no session, so that nothing is locked while a document is drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from school_portal.core.drawing import Limits
from school_portal.core.pdf import render_html, render_pdf


@dataclass(frozen=True)
class Document:
    """The values of a document and how it is drawn."""

    values: object
    template: str
    language: str
    limits: Limits


def fill(document: Document) -> str:
    """The page, charts included."""
    return render_html(document.template, document.values, document.language)


def lay_out(document: Document, html: str) -> bytes:
    """The PDF; raises DrawingRefused."""
    return render_pdf(html, document.limits)


def fingerprint(data: bytes) -> str:
    """SHA-256 as text."""
    return hashlib.sha256(data).hexdigest()
