"""What the style guide offers to the application."""

from __future__ import annotations

from school_portal.style_guide.routes import blueprint
from school_portal.web.feature import Feature

FEATURE = Feature(name="style_guide", blueprint=blueprint)
