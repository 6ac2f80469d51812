"""Words for roles, reasons and messages of accounts."""

from __future__ import annotations

from school_portal.accounts.domain import EndReason, LinkPurpose
from school_portal.core.actor import Role
