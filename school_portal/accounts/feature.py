"""What accounts offer to the application."""

from __future__ import annotations

from school_portal.accounts import extension
from school_portal.accounts.commands import accounts_group
from school_portal.accounts.routes import accounts
from school_portal.accounts.tasks import forget_tries, mail_reset
from school_portal.core.actor import Role
from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.feature import Feature, NavItem

FEATURE = Feature(
    name="accounts",
    blueprint=accounts,
    nav=(
        NavItem(
            "accounts.index",
            _("People"),
            frozenset({Role.HEAD, Role.COMMUNE_OFFICER, Role.DEPARTMENT_OFFICER, Role.ADMINISTRATOR}),
        ),
    ),
    jobs={"accounts.mail_reset": mail_reset, "accounts.forget_tries": forget_tries},
    sweeps=("accounts.forget_tries",),
    commands=(accounts_group,),
    init_app=extension.init_app,
)
