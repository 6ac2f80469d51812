"""Cross-site request forgery: a token in every form, checked before every unsafe view."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect


def init_app(app: Flask) -> None:
    """Protect every view."""
    CSRFProtect(app)
