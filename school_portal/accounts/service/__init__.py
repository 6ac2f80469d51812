"""What is done to accounts; each act is audited."""

from school_portal.accounts.service.account import (
    disable_account,
    enable_account,
    make_link,
)
from school_portal.accounts.service.links import (
    ask_for_reset,
    code_of,
    make_reset_link,
    note_slip_shown,
    set_password_by_link,
    token_of,
)
from school_portal.accounts.service.own import (
    choose_language,
    end_own_session,
    forget_own_device,
    note_own_act,
    note_refused_sign_in,
    note_sign_in,
    password_was_changed,
    second_factor_was_removed,
    sign_out,
    sign_out_everywhere,
)
from school_portal.accounts.service.people import (
    Invited,
    confirm_post,
    end_post,
    give_post,
    invite_person,
)

__all__ = [
    "Invited",
    "ask_for_reset",
    "choose_language",
    "code_of",
    "confirm_post",
    "disable_account",
    "enable_account",
    "end_own_session",
    "end_post",
    "forget_own_device",
    "give_post",
    "invite_person",
    "make_link",
    "make_reset_link",
    "note_own_act",
    "note_refused_sign_in",
    "note_sign_in",
    "note_slip_shown",
    "password_was_changed",
    "second_factor_was_removed",
    "set_password_by_link",
    "sign_out",
    "sign_out_everywhere",
    "token_of",
]
