"""Background jobs of accounts: the mail with a link to a new password, and forgetting old tries."""

from __future__ import annotations

from uuid import UUID

from school_portal.accounts import service, throttle
from school_portal.accounts.mail import reset_letter
from school_portal.core.clock import now
from school_portal.core.jobs import JobContext
from school_portal.core.mail import post


def mail_reset(run: JobContext, /, *, user_id: str) -> None:
    """Mail a link of one hour. Without MAIL_URL nothing is made: people then ask their school for a slip."""
    if not post.is_on:
        return
    with run.transaction(write=True) as session:
        made = service.make_reset_link(session, UUID(user_id))
        if made is None:
            return
        user, link = made
        address, language, token = user.email, user.language, service.token_of(link.id)
    post.send(reset_letter(address, language, token))


def forget_tries(run: JobContext, /) -> None:
    """Remove counters of failed tries after a day."""
    with run.transaction(write=True) as session:
        throttle.forget_old(session, now())
