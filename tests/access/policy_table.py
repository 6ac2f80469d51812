"""Who gets what at each address: written from the brief, not from the code. One row an endpoint and method.

A person whom the door lets in gets `ok` when she is in `allowed`, 403 when she only sees the object, 404 otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.access.matrix import ABSENT, DISABLED, INVOLVED, NOBODY, REMEMBERED

Who = frozenset[str]


def who(*words: str) -> Who:
    return frozenset(name for word in words for name in word.split())


STAFF_X = who("teacher_x focal_point_x counsellor_x head_x", INVOLVED)
STAFF_Y = who("teacher_y focal_point_y counsellor_y head_y")
STAFF_Z = who("teacher_z focal_point_z counsellor_z head_z")
DEPARTMENT = who("department_officer administrator")
PROVINCE = DEPARTMENT | who("auditor")
SCHOOL_PEOPLE = STAFF_X | STAFF_Y | STAFF_Z | who("head_sister")
EVERYBODY = SCHOOL_PEOPLE | PROVINCE | who("commune_officer_p commune_officer_q")
HEADS = who("head_x head_y head_z head_sister")
OFFICERS = who("commune_officer_p commune_officer_q department_officer")
LEADS_AND_OFFICERS = HEADS | OFFICERS | who("focal_point_x focal_point_y focal_point_z", INVOLVED)
NONE: Who = frozenset()

# --- units -------------------------------------------------------------------------------------------

SEES_UNIT = {
    "x": STAFF_X | PROVINCE | who("commune_officer_p"),
    "sister": PROVINCE | who("head_sister commune_officer_p"),
    "y": STAFF_Y | PROVINCE | who("commune_officer_q"),
    "z": STAFF_Z | PROVINCE,
    "p": STAFF_X | PROVINCE | who("head_sister commune_officer_p"),
    "q": STAFF_Y | PROVINCE | who("commune_officer_q"),
    "department": EVERYBODY,
    ABSENT: NONE,
}
MANAGES_UNIT = {
    "x": DEPARTMENT | who("commune_officer_p"),
    "sister": DEPARTMENT | who("commune_officer_p"),
    "y": DEPARTMENT | who("commune_officer_q"),
    **dict.fromkeys(("z", "p", "q", "department"), DEPARTMENT),
    ABSENT: NONE,
}
BEGINS_BELOW = {
    **dict.fromkeys(("x", "sister", "y", "z", "department"), DEPARTMENT),
    "p": DEPARTMENT | who("commune_officer_p"),
    "q": DEPARTMENT | who("commune_officer_q"),
    ABSENT: NONE,
}
REORGANISES = {**dict.fromkeys(SEES_UNIT, DEPARTMENT), ABSENT: NONE}
OWN_HEAD = {"x": who("head_x"), "sister": who("head_sister"), "y": who("head_y"), "z": who("head_z")}
OWN_OFFICER = {"p": who("commune_officer_p"), "q": who("commune_officer_q")}
REACHES_UNIT = {
    unit: managers | OWN_HEAD.get(unit, NONE) | OWN_OFFICER.get(unit, NONE)
    for unit, managers in MANAGES_UNIT.items()
}
COUNTS_PUPILS = {unit: managers | OWN_HEAD.get(unit, NONE) for unit, managers in MANAGES_UNIT.items()}

# --- incidents ---------------------------------------------------------------------------------------

READS_CASE = {
    "x": who("focal_point_x head_x"),  # its third lead is involved in it
    "x about a lead": who("commune_officer_p"),
    "x severe": who("focal_point_x head_x", INVOLVED),
    "x restricted": who("focal_point_x head_x"),  # the first focal point and the head are assigned
    "x lowering": who("focal_point_x head_x", INVOLVED),
    "x led": who("focal_point_x head_x teacher_x", INVOLVED),
    "sister": who("head_sister"),
    "y": who("focal_point_y head_y"),
    "z": who("focal_point_z head_z"),
    "z about a lead": who("department_officer"),
    ABSENT: NONE,
}
ABOVE_X = who("commune_officer_p department_officer")
KNOWS_CASE = READS_CASE | {
    name: READS_CASE[name] | ABOVE_X for name in ("x severe", "x restricted", "x lowering")
}
"""Officers know the coded facts of levels 3 and 4; the two about a lead are of level 2."""
TRIAGES = READS_CASE | {"x led": READS_CASE["x severe"]}
GIVES_BACK = dict.fromkeys(READS_CASE, NONE) | {
    name: READS_CASE[name] for name in ("x about a lead", "z about a lead")
}
COUNTERSIGNS = dict.fromkeys(READS_CASE, NONE) | {"x lowering": ABOVE_X}
NOTHING_TO_SIGN = dict.fromkeys(READS_CASE, NONE) | {"x lowering": KNOWS_CASE["x lowering"]}
TRIAGES_PERSON = {
    "x severe": READS_CASE["x severe"],
    "x severe's person at x led": NONE,
    "x severe's comparison at x led": NONE,
    ABSENT: NONE,
}
ONLY_READS = dict.fromkeys(TRIAGES_PERSON, NONE) | {
    "x severe's person at x led": who("teacher_x"),
    "x severe's comparison at x led": who("teacher_x"),
}
"""She reads the case and may not change it, whatever of it she asks for."""
REPORTED = {
    "x": who("teacher_x", REMEMBERED),
    "x about a lead": who("counsellor_x"),
    "x severe": who("teacher_x", REMEMBERED),
    "x restricted": who("teacher_x", REMEMBERED),
    "x lowering": who("teacher_x", REMEMBERED),
    "x led": who("counsellor_x"),
    "sister": who("head_sister"),
    "y": who("teacher_y"),
    "z": who("teacher_z"),
    "z about a lead": who("counsellor_z"),
    ABSENT: NONE,
}

OWN_DRAFT = {"teacher_x": who("teacher_x", REMEMBERED), "head_y": who("head_y"), ABSENT: NONE}
WORDS_OF = {case: people - who(REMEMBERED) for case, people in REPORTED.items()}
"""Her own words are read after a fresh sign-in only."""

# --- people ------------------------------------------------------------------------------------------

SEES_PERSON = {
    "teacher_x": PROVINCE | who("teacher_x head_x commune_officer_p"),
    "head_x": PROVINCE | who("head_x commune_officer_p"),
    "head_sister": PROVINCE | who("head_sister commune_officer_p"),
    "head_y": PROVINCE | who("head_y commune_officer_q"),
    "head_z": PROVINCE | who("head_z"),
    "commune_officer_p": PROVINCE | who("commune_officer_p"),
    "department_officer": PROVINCE,
    "x's post at y's head": NONE,
    ABSENT: NONE,
}
MANAGES_PERSON = {
    "teacher_x": who("head_x administrator"),
    "head_x": who("commune_officer_p") | DEPARTMENT,
    "head_sister": who("commune_officer_p") | DEPARTMENT,
    "head_y": who("commune_officer_q") | DEPARTMENT,
    "head_z": DEPARTMENT,
    "commune_officer_p": DEPARTMENT,
    "department_officer": who("administrator"),
    "x's post at y's head": NONE,
    ABSENT: NONE,
}
MAKES_LINK = {person: roles - who("administrator") for person, roles in MANAGES_PERSON.items()} | {
    "teacher_x": MANAGES_PERSON["teacher_x"]
}
"""A link sets the password: the administrator makes none for who reads cases."""
OWN_ROWS = {"teacher_x": who("teacher_x"), "head_y": who("head_y"), ABSENT: NONE}
ASKED = {
    "head_x": who("head_x"),
    "commune_officer_q": who("commune_officer_q"),
    "department_officer": who("department_officer"),
    ABSENT: NONE,
}


SIGNED_NIL = {"x": who("head_x"), "y": who("head_y"), ABSENT: NONE}
SEES_NIL = {
    "x": who("head_x commune_officer_p department_officer"),
    "y": who("head_y commune_officer_q department_officer"),
    ABSENT: NONE,
}
"""Who sees that a head has signed «nothing happened»; she alone takes it back."""


@dataclass(frozen=True)
class Row:
    """What an address answers."""

    ok: int
    allowed: Mapping[str, Who] | Who = EVERYBODY
    seen: Mapping[str, Who] | Who | None = None
    """Who sees the object and gets 403; None: of an address with an object nobody, else everybody."""
    remembered: int | None = None
    """What the remembered device of x's teacher gets; None: the door's refusal."""

    def expected(self, method: str, person: str, relation: str) -> int:
        """The status for a person and an object."""
        if person in (NOBODY, DISABLED):
            return 302
        if person == REMEMBERED and self.remembered is None:
            return 302 if method == "GET" else 403
        if person == REMEMBERED and not isinstance(self.allowed, Mapping):
            return self.remembered or 0
        if person in _of(self.allowed, relation):
            return self.ok
        seen = self.seen if self.seen is not None else (NONE if relation else EVERYBODY)
        return 403 if person in _of(seen, relation) else 404


@dataclass(frozen=True)
class Open:
    """An address without a door: the same for everybody, or one answer to strangers and one to who is signed in."""

    strangers: int
    signed_in: int | None = None
    absent: int | None = None

    def expected(self, method: str, person: str, relation: str) -> int:
        """The status for a person and an object."""
        if relation == ABSENT and self.absent is not None:
            return self.absent
        stranger = person in (NOBODY, DISABLED, REMEMBERED)
        return self.strangers if stranger or self.signed_in is None else self.signed_in


def _of(groups: Mapping[str, Who] | Who, relation: str) -> Who:
    return groups[relation] if isinstance(groups, Mapping) else groups


def _pages(
    ok_post: int, allowed: Mapping[str, Who] | Who, seen: Mapping[str, Who] | None = None
) -> dict[str, Row]:
    """A form: its page, and its answer to an empty post."""
    return {"GET": Row(200, allowed, seen), "POST": Row(ok_post, allowed, seen)}


def _draft(ok_post: int) -> dict[str, Row]:
    """A step of a draft: its owner's alone, also with a remembered device only."""
    return {"GET": Row(200, OWN_DRAFT, remembered=200), "POST": Row(ok_post, OWN_DRAFT, remembered=ok_post)}


def _post_of_person(ok: int = 303) -> dict[str, Row]:
    return {"POST": Row(ok, MANAGES_PERSON, SEES_PERSON)}


INVITES = HEADS | OFFICERS | who("administrator")
CONFIRMS = {
    "teacher_x": who("head_x commune_officer_p department_officer"),
    "head_x": who("commune_officer_p department_officer"),
    "head_sister": who("commune_officer_p department_officer"),
    "head_y": who("commune_officer_q department_officer"),
    "head_z": who("department_officer"),
    "commune_officer_p": who("department_officer"),
    "department_officer": NONE,
    "x's post at y's head": NONE,
    ABSENT: NONE,
}
"""Whoever manages the unit is a second person; here no post waits for one, so her yes is refused with 422."""
SLIPS = {
    "teacher_x": who("head_x administrator"),
    "head_y": MAKES_LINK["head_y"],
    ABSENT: NONE,
}
AWAY = {"GET": Open(302, 302), "POST": Open(302, 302)}
"""A step of a sign-in that nobody here has begun: led away."""
AGAIN = {"GET": Row(302), "POST": Row(302)}
"""Sensitive parts of the own account: to the password again first, for these sign-ins are not fresh."""

POLICY: dict[str, Mapping[str, Row | Open]] = {
    "static": {"GET": Open(200, absent=404)},
    "home.health": {"GET": Open(200)},
    "home.index": {"GET": Row(200, remembered=200)},
    "style_guide.index": {"GET": Open(200), "POST": Open(422)},
    "audit.index": {"GET": Row(200, who("auditor"))},
    "incidents.index": {"GET": Row(200)},
    "incidents.start": {
        "GET": Row(200, SCHOOL_PEOPLE, remembered=200),
        "POST": Row(422, SCHOOL_PEOPLE, remembered=422),
    },
    "incidents.draft_what": _draft(422),
    "incidents.draft_who": _draft(303),
    "incidents.draft_done": _draft(303),
    "incidents.draft_check": {
        "GET": Row(303, OWN_DRAFT, remembered=303),
        "POST": Row(303, OWN_DRAFT, remembered=303),
    },  # these drafts are not complete: on to what is missing
    "incidents.save_draft": {"POST": Row(404, remembered=404)},  # without a key there is no draft
    "incidents.discard_draft": {"POST": Row(303, OWN_DRAFT, remembered=303)},
    "incidents.case_file": _pages(422, READS_CASE),
    "incidents.paper_form": _pages(422, SCHOOL_PEOPLE),
    "incidents.own": {"GET": Row(200, WORDS_OF)},
    "incidents.add_own_facts": _pages(422, WORDS_OF),
    "incidents.new": {
        "GET": Row(200, SCHOOL_PEOPLE, remembered=200),
        "POST": Row(422, SCHOOL_PEOPLE, remembered=422),
    },
    "incidents.by_name": {
        "GET": Row(200, LEADS_AND_OFFICERS),
        "POST": Row(422, LEADS_AND_OFFICERS),
    },
    "incidents.show": {"GET": Row(200, KNOWS_CASE)},
    "incidents.names": _pages(422, READS_CASE),
    "incidents.facts": _pages(422, READS_CASE),
    "incidents.add_person": _pages(303, TRIAGES, READS_CASE),
    "incidents.correct_person": _pages(409, TRIAGES_PERSON, ONLY_READS),
    "incidents.take_up": {"POST": Row(303, TRIAGES, READS_CASE)},
    "incidents.triage": _pages(422, TRIAGES, READS_CASE),
    "incidents.set_aside": _pages(422, TRIAGES, READS_CASE),
    "incidents.mark_duplicate": _pages(422, TRIAGES, READS_CASE),
    "incidents.link": _pages(422, TRIAGES, READS_CASE),
    "incidents.same_person": {"POST": Row(404, TRIAGES_PERSON, ONLY_READS)},
    "incidents.undo_same_person": {"POST": Row(303, TRIAGES_PERSON, ONLY_READS)},
    "incidents.countersign": _pages(422, COUNTERSIGNS, NOTHING_TO_SIGN),
    "incidents.give_back": _pages(409, GIVES_BACK, READS_CASE),
    "incidents.receipt": {"GET": Row(200, REPORTED, remembered=200)},
    "organisations.index": {"GET": Row(200)},
    "organisations.show": {"GET": Row(200, SEES_UNIT)},
    "organisations.calendar": {"GET": Row(200)},
    "organisations.edit_calendar": _pages(422, DEPARTMENT),
    "organisations.create": _pages(422, BEGINS_BELOW, SEES_UNIT),
    "organisations.edit": _pages(422, MANAGES_UNIT, SEES_UNIT),
    "organisations.rename": _pages(422, MANAGES_UNIT, SEES_UNIT),
    "organisations.contact": _pages(303, REACHES_UNIT, SEES_UNIT),
    "organisations.enrolment": _pages(303, COUNTS_PUPILS, SEES_UNIT),
    "organisations.move": _pages(422, REORGANISES, SEES_UNIT),
    "organisations.merge": _pages(422, REORGANISES, SEES_UNIT),
    "organisations.split": _pages(422, REORGANISES, SEES_UNIT),
    "organisations.close": _pages(422, REORGANISES, SEES_UNIT),
    "reports.index": _pages(422, HEADS | OFFICERS),
    "reports.detail": {"GET": Row(200, ASKED)},
    "reports.again": {"POST": Row(303, ASKED)},
    "reports.download": {"GET": Row(404, ASKED)},  # none of them is made yet
    "reports.download_word": {"GET": Row(404, ASKED)},
    "statistics.index": {"GET": Row(200, HEADS | OFFICERS)},
    "statistics.reporting": {"GET": Row(200, OFFICERS)},
    "statistics.nil_return": _pages(422, HEADS),
    "statistics.withdraw": {"POST": Row(303, SIGNED_NIL, SEES_NIL)},
    "accounts.index": {"GET": Row(200)},
    "accounts.invite": _pages(422, INVITES),
    "accounts.detail": {"GET": Row(200, SEES_PERSON)},
    "accounts.give_post": {"POST": Row(303, SEES_PERSON)},
    "accounts.end_post": _post_of_person(),
    "accounts.confirm_post": {"POST": Row(422, CONFIRMS, SEES_PERSON)},
    "accounts.disable": _post_of_person(),
    "accounts.enable": _post_of_person(),
    "accounts.make_link": {"POST": Row(303, MAKES_LINK, SEES_PERSON)},
    "accounts.slip": {"GET": Row(200, SLIPS)},
    "accounts.code": {"GET": Open(200), "POST": Open(422)},
    "accounts.forgot": {"GET": Open(200), "POST": Open(422)},
    "accounts.link": {"GET": Open(200, absent=404), "POST": Open(422, absent=404)},
    "accounts.me": {"GET": Row(200)},
    "accounts.choose_language": {"POST": Row(422)},
    "accounts.sign_out_everywhere": {"POST": Row(303)},
    "accounts.end_session": {"POST": Row(303, OWN_ROWS)},
    "accounts.forget_device": {"POST": Row(303, {"teacher_x": who("teacher_x"), ABSENT: NONE})},
    "security.login": {"GET": Open(200, 302), "POST": Open(422, 302)},
    "security.logout": {"POST": Open(302, 302)},
    "security.two_factor_token_validation": AWAY,
    "security.two_factor_rescue": AWAY,
    "security.tf_select": AWAY,
    "security.mf_recovery": AWAY,
    "security.two_factor_setup": AWAY,
    "security.two_factor_setup_validate": {"POST": Row(302)},
    "security.mf_recovery_codes": AGAIN,
    "security.change_password": AGAIN,
    "security.verify": _pages(422, EVERYBODY),
}
OFFICES = ("p", "q", "department")
NO_PUPILS = {(unit, "organisations.enrolment", "POST") for unit in OFFICES}
DECIDED = {(case, "incidents.take_up", "POST") for case in ("x lowering", "x led")}
REFUSED_THERE = frozenset(NO_PUPILS | DECIDED)
"""An office has no pupils: its empty form is refused. A case that is decided is not taken up again."""
