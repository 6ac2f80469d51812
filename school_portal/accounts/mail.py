"""E-mails of accounts: a pointer to the portal, no more. Flask-Security sends none."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from flask_security import MailUtil

from school_portal.core.i18n import gettext, use_language

_TIMEOUT = 20


class NoMail(MailUtil):
    """What Flask-Security would mail (help with a lost second factor) is done by people at the unit."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing."""


class Post:
    """Where e-mails go and whence; set by the factory, read by the worker."""

    url = ""
    sender = ""
    public_url = ""


def open_post(url: str, sender: str, public_url: str) -> None:
    """Take the settings MAIL_URL, MAIL_FROM and PUBLIC_URL."""
    Post.url, Post.sender, Post.public_url = url, sender, public_url


def is_on() -> bool:
    """Whether the portal sends e-mails at all (MAIL_URL)."""
    return bool(Post.url)


def send_reset(address: str, language: str, token: str) -> None:
    """The address of a one-time link, in the person's language."""
    message = EmailMessage()
    message["From"], message["To"] = Post.sender, address
    with use_language(language):
        message["Subject"] = gettext("A new password for the School Safety Portal")
        message.set_content(
            gettext(
                "Open this address within an hour to set a new password:\n\n%(address)s\n\n"
                "If you did not ask for it, do nothing.",
                address=f"{Post.public_url}/accounts/link/{token}",
            )
        )
    _send(message)


def _send(message: EmailMessage) -> None:
    """Hand the message to the server of MAIL_URL: smtp:// (with STARTTLS where offered) or smtps://."""
    server = urlsplit(Post.url)
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with connect(server.hostname or "localhost", server.port or 0, timeout=_TIMEOUT) as smtp:
        smtp.ehlo()
        if server.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls()
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        smtp.send_message(message)
