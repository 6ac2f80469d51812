"""Letters to people, for every feature: a pointer to the portal and no more. How they leave is `web/mail.py`'s."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_ONE_ADDRESS = re.compile(r"[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]+@[^\s@,;:<>()\[\]\"\\]+")
_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What ends a line somewhere, and what no header may hold."""


class LetterRefused(ValueError):
    """An address or a subject that no header may hold: trying again won't help. The text tells neither."""


class MailDown(Exception):
    """The mail server can't be reached or refuses: the caller's job tries again later. The text tells no address."""


@dataclass(frozen=True)
class Letter:
    """A letter in plain text to one person; raises LetterRefused for line breaks and for more than one address."""

    to: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        if _BREAK.search(self.to) or not _ONE_ADDRESS.fullmatch(self.to):
            raise LetterRefused("the address is not one address")
        if _BREAK.search(self.subject):
            raise LetterRefused("the subject has a line break")


class Post:
    """Where letters are handed over: to a mail server, into a folder, or nowhere."""

    public_url = ""
    """The portal's address, for the links in letters."""

    def __init__(self) -> None:
        self._deliver: Callable[[Letter], None] | None = None

    def connect(self, deliver: Callable[[Letter], None] | None) -> None:
        """Send with this function from now on; with None nothing is sent."""
        self._deliver = deliver

    @property
    def is_on(self) -> bool:
        """Whether the portal sends e-mails at all (MAIL_URL)."""
        return self._deliver is not None

    def send(self, letter: Letter) -> None:
        """Hand a letter over, outside of any transaction; raises MailDown, and LetterRefused for a bad address."""
        if self._deliver is None:
            raise MailDown("MAIL_URL is not set")
        self._deliver(letter)


post = Post()
"""The process's post."""
