"""Background jobs of accounts: the mail with a link to a new password."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, url_for
from flask_mailman import EmailMessage

from school_portal.accounts import service
from school_portal.core.i18n import gettext, use_language
from school_portal.core.jobs import JobContext


def mail_reset(run: JobContext, /, *, user_id: str) -> None:
    """Mail a link of one hour. Without MAIL_URL nothing is made: people then ask their school for a slip."""
    if not current_app.extensions["portal_config"].mail_url:
        return
    with run.transaction(write=True) as session:
        made = service.make_reset_link(session, UUID(user_id))
        if made is None:
            return
        user, link = made
        address, language, token = user.email, user.language, service.token_of(link.id)
    with use_language(language):
        EmailMessage(
            gettext("A new password for the School Safety Portal"),
            gettext(
                "Open this address within an hour to set a new password:\n\n%(address)s\n\nIf you did not ask for it, do nothing.",
                address=current_app.config["PUBLIC_URL"] + url_for("accounts.link", token=token),
            ),
            to=[address],
        ).send()
