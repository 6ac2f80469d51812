"""What Flask-Security says, in the portal's words and catalogue; only messages that our settings can show."""

from __future__ import annotations

from school_portal.core.i18n import gettext, ngettext


def N_(message: str) -> str:  # noqa: N802  (the name the extractor knows)
    """Marks a text for the catalogue and leaves it as it is."""
    return message


MESSAGES: dict[str, tuple[str, str]] = {
    "SECURITY_MSG_UNAUTHENTICATED": (N_("Sign in to see this page."), "info"),
    "SECURITY_MSG_UNAUTHORIZED": (N_("Your account may not open this page."), "error"),
    "SECURITY_MSG_REAUTHENTICATION_REQUIRED": (N_("Type your password once more to go on."), "info"),
    "SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL": (N_("Thank you. You can go on."), "done"),
    "SECURITY_MSG_ANONYMOUS_USER_REQUIRED": (N_("You are signed in already."), "info"),
    "SECURITY_MSG_API_ERROR": (N_("This page was opened in a way that does not work."), "error"),
    "SECURITY_MSG_PASSWORD_CHANGE": (
        N_("The password is changed. All other devices were signed out."),
        "done",
    ),
    "SECURITY_MSG_INVALID_PASSWORD": (N_("The password is not right."), "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": (N_("Type your password."), "error"),
    "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (
        N_("This code is not right, or it was used already. Wait for the next one."),
        "error",
    ),
    "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("The code is right. You are signed in."), "done"),
    "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        N_("Two-step sign-in is on. Make recovery codes now, in case the phone is lost."),
        "done",
    ),
    "SECURITY_MSG_TWO_FACTOR_DISABLED": (N_("Two-step sign-in is off."), "done"),
    "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": (
        N_("The sign-in took too long. Start again with your name and password."),
        "error",
    ),
    "SECURITY_MSG_TWO_FACTOR_METHOD_NOT_AVAILABLE": (N_("This way of signing in is not offered."), "error"),
    "SECURITY_MSG_TWO_FACTOR_SETUP_EXPIRED": (
        N_("Setting up took longer than 30 minutes. Start again."),
        "error",
    ),
    "SECURITY_MSG_INVALID_RECOVERY_CODE": (N_("This recovery code is not right, or it was used."), "error"),
    "SECURITY_MSG_NO_RECOVERY_CODES_SETUP": (N_("There are no recovery codes yet."), "info"),
}


class PortalDomain:
    """The catalogue that Flask-Security asks."""

    def gettext(self, string: str, **variables: object) -> str:
        """The text in the current language."""
        return gettext(string, **variables)

    def ngettext(self, singular: str, plural: str, num: int, **variables: object) -> str:
        """The text for a number of things."""
        return ngettext(singular, plural, num, **variables)

    @staticmethod
    def format_list(items: list[str], **options: object) -> str:
        """The items, separated by commas."""
        return ", ".join(items)
