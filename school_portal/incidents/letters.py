"""The mail about a case: its number and a link. What it is about is read in the portal."""

from __future__ import annotations

from school_portal.core.i18n import gettext, use_language
from school_portal.core.mail import Letter, post
from school_portal.incidents import labels
from school_portal.incidents.domain import NoticeKind
from school_portal.incidents.service import Parcel


def notice_letter(parcel: Parcel) -> Letter:
    """The letter for a notice, in the reader's language. Raises LetterRefused for an address that is none."""
    own = parcel.kind is NoticeKind.TOLD_FOR_YOU
    path = f"/incidents/{parcel.incident_id}" + ("/receipt" if own else "")
    with use_language(parcel.language):
        what = str(labels.NOTICES[parcel.kind])
        return Letter(
            parcel.address,
            f"{what}: {parcel.number}",
            gettext(
                "%(what)s: %(number)s.\n\nOpen it here after signing in:\n\n%(address)s\n\n"
                "This mail holds no names and no facts. Do not forward it.",
                what=what,
                number=parcel.number,
                address=f"{post.public_url}{path}",
            ),
        )
