"""Words for the acts that the audit tells of."""

from __future__ import annotations

from school_portal.core.i18n import lazy_gettext as _

ACTIONS = {
    "signed-in": _("Signed in"),
    "signed-out": _("Signed out"),
    "sign-in-failed": _("Sign-in failed"),
    "incident-reported": _("Reported an incident"),
    "incident-read": _("Read an incident"),
    "names-read": _("Read the names in an incident"),
    "report-requested": _("Asked for a report document"),
    "report-downloaded": _("Downloaded a report document"),
}


def action_label(action: str) -> str:
    """The act in words; acts without words of their own are shown by their code."""
    return str(ACTIONS.get(action, action))
