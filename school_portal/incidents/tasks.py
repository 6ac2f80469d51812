"""Background jobs of incidents: mail to those in charge, reports that nobody opened, drafts and readers that ended."""

from __future__ import annotations

import logging

from school_portal.core.actor import SYSTEM
from school_portal.core.clock import now
from school_portal.core.jobs import JobContext
from school_portal.core.mail import LetterRefused, MailDown, post
from school_portal.incidents import service
from school_portal.incidents.letters import notice_letter

log = logging.getLogger(__name__)
TIDY_EVERY = 10


def mail_notices(run: JobContext, /) -> None:
    """Send what waits to be mailed. A server that is down is tried again later; the report itself is long stored."""
    if not post.is_on:
        return
    with run.transaction(write=False) as session:
        if not service.mail_is_due(session, SYSTEM):
            return
    with run.transaction(write=True) as session:
        parcels = service.claim_mails(session, SYSTEM)
    for parcel in parcels:
        try:
            post.send(notice_letter(parcel))
        except MailDown as error:
            log.warning("notices wait, the mail server can't be reached: %s", error)
            return  # the others would fail too; all were put back when they were claimed
        except LetterRefused:
            pass  # no mail will ever reach this address: the first page tells her
        with run.transaction(write=True) as session:
            service.mark_mailed(session, SYSTEM, parcel.notice_id)


def escalate(run: JobContext, /) -> None:
    """Tell the next person of reports that were not opened in time."""
    with run.transaction(write=True) as session:
        service.escalate(session, SYSTEM)


def tidy(run: JobContext, /) -> None:
    """Every ten minutes: drafts that have expired, and cases whose readers have lost their posts."""
    if now().minute % TIDY_EVERY:
        return
    with run.transaction(write=True) as session:
        service.forget_drafts(session, SYSTEM)
        service.assign_again(session, SYSTEM)
