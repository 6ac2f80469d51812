"""Words for the acts that the audit tells of."""

from __future__ import annotations

from school_portal.audit.domain import ChainVerdict
from school_portal.core.i18n import gettext
from school_portal.core.i18n import lazy_gettext as _

ACTIONS = {
    "signed-in": _("Signed in"),
    "signed-out": _("Signed out"),
    "signed-out-everywhere": _("Signed out on all devices"),
    "sign-in-refused": _("Sign-in refused"),
    "session-ended": _("Ended a session"),
    "device-remembered": _("Had a device remembered"),
    "device-forgotten": _("Had a device forgotten"),
    "password-set": _("Set a password by a slip"),
    "password-changed": _("Changed the password"),
    "second-factor-set": _("Turned two-step sign-in on"),
    "second-factor-removed": _("Turned two-step sign-in off"),
    "account-created": _("Made an account"),
    "account-disabled": _("Locked an account"),
    "account-enabled": _("Opened an account again"),
    "link-made": _("Made a slip"),
    "slip-shown": _("Looked at a slip"),
    "role-given": _("Gave a role"),
    "role-confirmed": _("Confirmed a role"),
    "role-taken": _("Took a role back"),
    "incident-reported": _("Reported an incident"),
    "nil-return-signed": _("Signed that nothing happened"),
    "nil-return-withdrawn": _("Took back that nothing happened"),
    "incident-facts-read": _("Read the coded facts of an incident"),
    "incident-taken-up": _("Took an incident up"),
    "incident-triaged": _("Decided about an incident"),
    "incident-assigned": _("Somebody was assigned to an incident"),
    "incident-linked": _("Linked two incidents"),
    "incident-given-back": _("Gave an incident back to the school"),
    "facts-added": _("Added facts to an incident"),
    "own-facts-added": _("The reporter added facts"),
    "person-added": _("Added somebody to an incident"),
    "person-corrected": _("Corrected somebody's data"),
    "person-compared": _("Said whether two records are one child"),
    "person-comparison-undone": _("Took such an answer back"),
    "lowering-read": _("Read why a lower severity is proposed"),
    "severity-countersigned": _("Answered a proposed lower severity"),
    "taxonomy-loaded": _("Loaded a version of the lists"),
    "incident-read": _("Read an incident"),
    "names-searched": _("Looked for a name"),
    "names-read": _("Read the names in an incident"),
    "report-requested": _("Asked for a report document"),
    "report-downloaded": _("Downloaded a report document"),
    "report-made": _("A report document was made"),
    "report-failed": _("A report document could not be made"),
    "report-built": _("Built a report document by command"),
    "unit-created": _("Added a unit"),
    "unit-revised": _("Changed a unit from a day on"),
    "unit-corrected": _("Corrected a unit"),
    "unit-contact-changed": _("Changed a unit's contact data"),
    "unit-moved": _("Gave a unit another manager"),
    "unit-merged": _("Merged a unit"),
    "unit-split": _("Split a unit"),
    "unit-closed": _("Ended a unit"),
    "enrolment-recorded": _("Recorded numbers of pupils"),
    "term-dates-set": _("Set the days of a school year"),
    "tally-rebuilt": _("Counted all figures again"),
    "backup-created": _("Made a backup"),
    "backup-restored": _("Restored a backup"),
    "audit-read": _("Read the audit"),
}
SUBJECTS = {
    "user": _("Account"),
    "incident": _("Case"),
    "nil_return": _("Nil return"),
    "taxonomy": _("Lists"),
    "report": _("Document"),
    "organisation": _("Unit"),
    "tally": _("Figures"),
    "backup": _("Backup"),
    "audit": _("Audit"),
}


def action_label(action: str) -> str:
    """The act in words; acts without words of their own are shown by their code."""
    return str(ACTIONS.get(action, action))


def subject_label(subject_type: str) -> str:
    """What the act was about, in words."""
    return str(SUBJECTS.get(subject_type, subject_type))


def verdict_line(verdict: ChainVerdict) -> str:
    """What `audit verify` prints of a chain."""
    if verdict.broken_at is None:
        return gettext("%(chain)s: %(events)s events, whole", chain=verdict.chain, events=verdict.events)
    return gettext(
        "%(chain)s: broken at event %(broken_at)s: %(reason)s",
        chain=verdict.chain,
        broken_at=verdict.broken_at,
        reason=verdict.reason,
    )
