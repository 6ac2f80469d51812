"""The mail about a case: its number, a link, and whether it is urgent. What it is about is read in the portal."""

from __future__ import annotations

from school_portal.core.i18n import gettext, use_language
from school_portal.core.mail import Letter, post
from school_portal.incidents.domain import NoticeKind
from school_portal.incidents.service import Parcel


def notice_letter(parcel: Parcel) -> Letter:
    """The letter for a notice, in the reader's language. Raises LetterRefused for an address that is none."""
    own = parcel.kind is NoticeKind.TOLD_FOR_YOU
    path = f"/incidents/{parcel.incident_id}" + ("/receipt" if own else "")
    with use_language(parcel.language):
        what = gettext("Please open at once") if parcel.kind is NoticeKind.URGENT else gettext("Please open")
        return Letter(
            parcel.address,
            f"{what}: {parcel.number}",
            gettext(
                "%(number)s waits for you.\n\nOpen it here after signing in:\n\n%(address)s\n\n"
                "This mail holds no names and no facts. Do not forward it.",
                number=parcel.number,
                address=f"{post.public_url}{path}",
            ),
        )
