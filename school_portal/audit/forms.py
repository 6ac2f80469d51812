"""What the auditor looks for."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField

from school_portal.audit.labels import ACTIONS
from school_portal.core.i18n import lazy_gettext as _


class EventFilterForm(FlaskForm):
    """Filters of the list; sent by GET, so without a token."""

    class Meta:
        """No token: nothing is changed."""

        csrf = False

    action = SelectField(_("Act"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.action.choices = [("", _("All acts")), *ACTIONS.items()]
