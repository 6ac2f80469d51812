"""The one blueprint of the feature."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")
