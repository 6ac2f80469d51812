"""A whole copy of the portal's data, made while it runs, and put back onto an empty instance; keys apart."""

from school_portal.backup.operator import commands

__all__ = ["commands"]
