"""All writes of incidents, and the reads that the audit is told of."""

from school_portal.incidents.service.drafts import discard_draft, forget_drafts, save_draft
from school_portal.incidents.service.filing import (
    coding_of_report,
    completed,
    own_schools,
    report_incident,
    school_and_above,
)
from school_portal.incidents.service.lists import load_shipped_lists, load_taxonomy
from school_portal.incidents.service.moving import assign_again, follow_move
from school_portal.incidents.service.notices import (
    Parcel,
    claim_mails,
    escalate,
    mail_is_due,
    mark_mailed,
    settle_notices,
)
from school_portal.incidents.service.people import (
    add_person,
    correct_person,
    decide_same_person,
    undo_same_person,
)
from school_portal.incidents.service.readers import Readers, readers_at
from school_portal.incidents.service.reading import (
    OpenedNames,
    add_facts,
    add_own_facts,
    read_case,
    read_case_to_change,
    read_case_to_give_back,
    read_coded_case,
    read_names,
    read_own_readers,
    require_search,
    search_by_name,
)
from school_portal.incidents.service.triage import (
    countersign,
    give_back,
    link_incident,
    list_possible_leads,
    lowering_reason,
    newest_lists,
    take_up,
    triage_incident,
)

__all__ = [
    "OpenedNames",
    "Parcel",
    "Readers",
    "add_facts",
    "add_own_facts",
    "add_person",
    "assign_again",
    "claim_mails",
    "coding_of_report",
    "completed",
    "correct_person",
    "countersign",
    "decide_same_person",
    "discard_draft",
    "escalate",
    "follow_move",
    "forget_drafts",
    "give_back",
    "link_incident",
    "list_possible_leads",
    "load_shipped_lists",
    "load_taxonomy",
    "lowering_reason",
    "mail_is_due",
    "mark_mailed",
    "newest_lists",
    "own_schools",
    "read_case",
    "read_case_to_change",
    "read_case_to_give_back",
    "read_coded_case",
    "read_names",
    "read_own_readers",
    "readers_at",
    "report_incident",
    "require_search",
    "save_draft",
    "school_and_above",
    "search_by_name",
    "settle_notices",
    "take_up",
    "triage_incident",
    "undo_same_person",
]
