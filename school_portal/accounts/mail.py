"""E-mails of accounts: a pointer to the portal, no more."""

from __future__ import annotations

from flask import current_app, url_for
from flask_mailman import EmailMessage

from school_portal.core.i18n import gettext, use_language


def is_on() -> bool:
    """Whether the portal sends e-mails at all (MAIL_URL)."""
    return bool(current_app.extensions["portal_config"].mail_url)


def send_reset(address: str, language: str, token: str) -> None:
    """The address of a one-time link, in the person's language."""
    with use_language(language):
        EmailMessage(
            gettext("A new password for the School Safety Portal"),
            gettext(
                "Open this address within an hour to set a new password:\n\n%(address)s\n\n"
                "If you did not ask for it, do nothing.",
                address=current_app.config["PUBLIC_URL"] + url_for("accounts.link", token=token),
            ),
            to=[address],
        ).send()
