"""E-mails of accounts: a pointer to the portal, no more. Flask-Security sends none."""

from __future__ import annotations

from typing import Any

from flask_security import MailUtil

from school_portal.core.i18n import gettext, use_language
from school_portal.core.mail import Letter, post


class NoMail(MailUtil):
    """What Flask-Security would mail (help with a lost second factor) is done by people at the unit."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing."""


def reset_letter(address: str, language: str, token: str) -> Letter:
    """The address of a one-time link, in the person's language."""
    with use_language(language):
        return Letter(
            address,
            gettext("A new password for the School Safety Portal"),
            gettext(
                "Open this address within an hour to set a new password:\n\n%(address)s\n\n"
                "If you did not ask for it, do nothing.",
                address=f"{post.public_url}/accounts/link/{token}",
            ),
        )
