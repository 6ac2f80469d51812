"""Errors that a person can be told about; each has a code that the pages put into words."""

from __future__ import annotations


class PortalError(Exception):
    """Expected; rolls the request back and becomes a page."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotFound(PortalError):
    """What you may not see does not exist."""

    def __init__(self, code: str = "not-found") -> None:
        super().__init__(code)


class NotPermitted(PortalError):
    """You may see it but not do this."""

    def __init__(self, code: str = "not-permitted") -> None:
        super().__init__(code)


class FreshSignInNeeded(NotPermitted):
    """A remembered device vouches for filing only; this needs a fresh sign-in."""

    def __init__(self) -> None:
        super().__init__("fresh-sign-in-needed")


class RuleBroken(PortalError):
    """Input breaks a rule; `field` names the form field it belongs to, `values` fill the message."""

    def __init__(self, code: str, field: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.field = field
        self.values = values


class Conflict(PortalError):
    """Somebody else changed the record since it was read."""

    def __init__(self, code: str = "changed-meanwhile") -> None:
        super().__init__(code)


class Unavailable(PortalError):
    """Storage, queue or disk refuses for now; nothing was changed."""

    def __init__(self, code: str = "unavailable") -> None:
        super().__init__(code)
