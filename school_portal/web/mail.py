"""How letters leave, by Flask-Mailman: to a mail server, into a folder, or not at all, as MAIL_URL says."""

from __future__ import annotations

import smtplib
from email.utils import make_msgid
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail
from flask_mailman.backends import smtp
from flask_mailman.backends.file import ImproperlyConfigured
from flask_mailman.message import sanitize_address

from config import Config, SettingsError
from school_portal.core.mail import Letter, LetterRefused, MailDown, post

TIMEOUT = 20
"""Seconds that the mail server may be silent."""
_PORTS = {"smtp": 25, "smtps": 465}
_FORMS = (
    "MAIL_URL must be smtp://user:password@host:port, smtps://user:password@host:port or file:///folder; "
    "other signs than letters and digits in user and password are written %XX."
)


class SmtpWithTlsWhereOffered(smtp.EmailBackend):
    """Flask-Mailman demands STARTTLS or never asks for it, and greets with the machine's name, which every
    receiver then reads in the letter. A certificate is checked with smtps:// only: a server that offers nothing
    gets letters in clear, so checking what is offered would protect nobody."""

    connection: smtplib.SMTP | None

    def open(self) -> bool:
        """Connect, greet, encrypt, sign in; False when that was done already."""
        if self.connection:
            return False
        greeting = current_app.config["MAIL_GREETING"]
        tls = {"context": self.ssl_context} if self.use_ssl else {}
        server = self.connection_class(self.host, self.port, greeting, timeout=self.timeout, **tls)
        self.connection = server  # close() finds it there, whatever goes wrong from here
        server.ehlo()
        if not self.use_ssl and server.has_extn("starttls"):
            server.starttls()
        if self.username:
            server.login(self.username, self.password)
        return True


def init_app(app: Flask, config: Config) -> None:
    """Make Flask-Mailman's Mail and connect `post` with it. Raises SettingsError for an impossible MAIL_URL."""
    app.config.update(
        _settings(config.mail_url),
        MAIL_DEFAULT_SENDER=_checked_sender(config.mail_from),
        MAIL_TIMEOUT=TIMEOUT,
        MAIL_GREETING=_name_in_letters(config.public_url),
    )
    mail = Mail(app)
    post.public_url = config.public_url
    post.connect(partial(_deliver, app, mail) if config.mail_url else None)


def _settings(url: str) -> dict[str, Any]:
    """Flask-Mailman's settings; its dummy sends nothing."""
    if not url:
        return {"MAIL_BACKEND": "dummy"}
    if url.startswith("file:///"):
        return {"MAIL_BACKEND": "file", "MAIL_FILE_PATH": url.removeprefix("file://")}
    try:
        server = urlsplit(url)
        port = server.port or _PORTS[server.scheme]
    except (KeyError, ValueError):
        raise SettingsError(_FORMS) from None
    user, password = unquote(server.username or ""), unquote(server.password or "")
    is_more = server.path.strip("/") or server.query or server.fragment
    if is_more or not server.hostname or not f"{user}{password}".isascii():
        raise SettingsError(_FORMS)
    return {
        "MAIL_BACKEND": SmtpWithTlsWhereOffered,
        "MAIL_SERVER": server.hostname,
        "MAIL_PORT": port,
        "MAIL_USE_SSL": server.scheme == "smtps",
        "MAIL_USERNAME": user,
        "MAIL_PASSWORD": password,
    }


def _checked_sender(sender: str) -> str:
    try:
        is_address = "@" in sanitize_address(sender, "utf-8") and sender.isprintable()
    except ValueError:
        is_address = False
    if not is_address:
        raise SettingsError(f"MAIL_FROM must be an e-mail address, not {sender!r}.")
    return sender


def _name_in_letters(public_url: str) -> str:
    """The portal's host, as greetings and Message-IDs write it: the machine's own name is nobody's business."""
    try:
        host = urlsplit(public_url).hostname or "localhost"
        if ":" in host:
            return f"[IPv6:{host}]"
        return f"[{host}]" if host.replace(".", "").isdigit() else host.encode("idna").decode("ascii")
    except ValueError:
        raise SettingsError(f"PUBLIC_URL must be https://host, not {public_url!r}.") from None


def _deliver(app: Flask, mail: Mail, letter: Letter) -> None:
    """Send one letter; the worker has no request and no context of its own."""
    with app.app_context():
        message = _message(letter)
        try:
            if folder := app.config.get("MAIL_FILE_PATH"):
                Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)  # letters hold one-time links
            with mail.get_connection() as connection:
                connection.send_messages([message])
        except (OSError, ImproperlyConfigured) as error:
            raise MailDown(_reason(error)) from None


def _message(letter: Letter) -> EmailMessage:
    try:
        to = sanitize_address(letter.to, "utf-8")
        message_id = make_msgid(domain=current_app.config["MAIL_GREETING"])
        message = EmailMessage(letter.subject, letter.text, to=[to], headers={"Message-ID": message_id})
        message.message()  # looks at every header before a server is asked
    except ValueError:
        raise LetterRefused("the letter has no address or subject that could be written") from None
    return message


def _reason(error: Exception) -> str:
    """What went wrong in a word and the server's number; its sentence may repeat the address."""
    codes = [getattr(error, "smtp_code", None)]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _sentence in error.recipients.values()]
    return " ".join([type(error).__name__, *(str(code) for code in codes if code)])
