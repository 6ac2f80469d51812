"""Why there is no backup or nothing was restored; the text is for the operator."""

from __future__ import annotations


class Refused(Exception):
    """The usage or the input is wrong; nothing was changed."""


class Failed(Exception):
    """It broke on the way."""
