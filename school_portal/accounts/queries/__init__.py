"""Reading people, their posts, sessions, devices and links."""

from school_portal.accounts.queries.heads import heads_within
from school_portal.accounts.queries.links import (
    Slip,
    find_link,
    find_link_by_code,
    get_slip,
    what_is_known_of,
)
from school_portal.accounts.queries.pages import (
    OwnAccount,
    PeoplePage,
    PersonLine,
    PostLine,
    all_posts_of,
    get_own,
    get_person,
    get_post,
    list_awaiting,
    list_people,
    may_make_link,
    may_manage,
)
from school_portal.accounts.queries.people import (
    Address,
    PersonAt,
    actor_of,
    address_of,
    name_of,
    people_at,
    responsible_people,
)

__all__ = [
    "Address",
    "OwnAccount",
    "PeoplePage",
    "PersonAt",
    "PersonLine",
    "PostLine",
    "Slip",
    "actor_of",
    "address_of",
    "all_posts_of",
    "find_link",
    "find_link_by_code",
    "get_own",
    "get_person",
    "get_post",
    "get_slip",
    "heads_within",
    "list_awaiting",
    "list_people",
    "may_make_link",
    "may_manage",
    "name_of",
    "people_at",
    "responsible_people",
    "what_is_known_of",
]
