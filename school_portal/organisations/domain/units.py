"""Kinds of units, what they teach, who is responsible for whom, and the paths that say so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID


class UnitKind(StrEnum):
    """What the rules branch on; how deep a unit stands is never asked."""

    DEPARTMENT = "department"
    COMMUNE = "commune"
    SCHOOL = "school"


class SchoolKind(StrEnum):
    """Kinds of institutions (Education Law 2019; Circulars 13 and 38 of 2020; Decree 125/2024)."""

    KINDERGARTEN = "kindergarten"
    NURSERY = "nursery"
    PRIMARY = "primary"
    LOWER_SECONDARY = "lower_secondary"
    PRIMARY_LOWER_SECONDARY = "primary_lower_secondary"
    UPPER_SECONDARY = "upper_secondary"
    LOWER_UPPER_SECONDARY = "lower_upper_secondary"
    ALL_LEVELS = "all_levels"
    GIFTED = "gifted"
    ETHNIC_BOARDING = "ethnic_boarding"
    SPECIAL = "special"
    CONTINUING_CENTRE = "continuing_centre"
    VOCATIONAL = "vocational"


class Level(StrEnum):
    """What is taught, by its Vietnamese short name (domain 8.1)."""

    MN = "MN"
    TH = "TH"
    THCS = "THCS"
    THPT = "THPT"
    GDTX = "GDTX"
    GDNN = "GDNN"


class Boarding(StrEnum):
    """Whether learners stay: at noon (bán trú) or over night (nội trú)."""

    NONE = "none"
    SEMI = "semi"
    FULL = "full"


class Ownership(StrEnum):
    """Who owns the institution: the state (công lập), a community (dân lập) or somebody private (tư thục)."""

    PUBLIC = "public"
    COMMUNITY = "community"
    PRIVATE = "private"


class SuccessionKind(StrEnum):
    """How one unit follows another; a renamed unit follows itself."""

    MERGED = "merged"
    SPLIT = "split"
    RENAMED = "renamed"


class Act(StrEnum):
    """What somebody may do to a unit, one right each."""

    EDIT = "edit"
    CONTACT = "contact"
    BEGIN_BELOW = "begin_below"
    REORGANISE = "reorganise"
    ENROL = "enrol"


class HeadWord(StrEnum):
    """What the person at the top is called: hiệu trưởng, giám đốc, chủ cơ sở, trưởng phòng."""

    PRINCIPAL = "principal"
    DIRECTOR = "director"
    OWNER = "owner"
    CHIEF = "chief"


class LearnerWord(StrEnum):
    """What those who learn are called: học sinh, trẻ, học viên."""

    PUPIL = "pupil"
    CHILD = "child"
    LEARNER = "learner"


LEVELS_OF: dict[SchoolKind, tuple[Level, ...]] = {
    SchoolKind.KINDERGARTEN: (Level.MN,),
    SchoolKind.NURSERY: (Level.MN,),
    SchoolKind.PRIMARY: (Level.TH,),
    SchoolKind.LOWER_SECONDARY: (Level.THCS,),
    SchoolKind.PRIMARY_LOWER_SECONDARY: (Level.TH, Level.THCS),
    SchoolKind.UPPER_SECONDARY: (Level.THPT,),
    SchoolKind.LOWER_UPPER_SECONDARY: (Level.THCS, Level.THPT),
    SchoolKind.ALL_LEVELS: (Level.TH, Level.THCS, Level.THPT),
    SchoolKind.GIFTED: (Level.THPT,),
    SchoolKind.ETHNIC_BOARDING: (Level.THPT,),
    SchoolKind.SPECIAL: (Level.TH,),
    SchoolKind.CONTINUING_CENTRE: (Level.GDTX,),
    SchoolKind.VOCATIONAL: (Level.GDNN,),
}
"""What each kind teaches unless its record says otherwise."""

_OF_THE_DEPARTMENT = frozenset({Level.THPT, Level.GDTX, Level.GDNN})


def is_managed_by_department(levels: Iterable[Level]) -> bool:
    """Whether the department is responsible rather than the commune office where the school stands.

    Upper secondary (THPT, THCS&THPT, boarding THPT), continuing and vocational education belong to the
    department; MN, TH, THCS and TH&THCS to the commune (Circular 15/2025; domain 5.1).
    """
    return not _OF_THE_DEPARTMENT.isdisjoint(levels)


def parse_levels(text: str) -> tuple[Level, ...]:
    """Levels from "TH, THCS" or "TH&THCS", in the order of age, each once; ValueError names what is unknown."""
    words = {
        Level(word) for word in text.upper().replace("&", " ").replace(",", " ").replace("-", " ").split()
    }
    return tuple(level for level in Level if level in words)


def format_levels(levels: Iterable[Level]) -> str:
    """Levels as they are stored and shown: "TH&THCS"."""
    wanted = set(levels)
    return "&".join(level.value for level in Level if level in wanted)


def head_word(kind: UnitKind, school_kind: SchoolKind | None) -> HeadWord:
    """Hiệu trưởng of a school, giám đốc of a centre or the department, chủ cơ sở of a nursery (2.3)."""
    if kind == UnitKind.DEPARTMENT or school_kind == SchoolKind.CONTINUING_CENTRE:
        return HeadWord.DIRECTOR
    if kind == UnitKind.COMMUNE:
        return HeadWord.CHIEF
    return HeadWord.OWNER if school_kind == SchoolKind.NURSERY else HeadWord.PRINCIPAL


def learner_word(levels: Iterable[Level]) -> LearnerWord:
    """Trẻ where only preschool is taught, học viên where only adults' tracks are, else học sinh (2.3)."""
    taught = set(levels)
    if taught == {Level.MN}:
        return LearnerWord.CHILD
    return LearnerWord.LEARNER if taught and taught <= {Level.GDTX, Level.GDNN} else LearnerWord.PUPIL


# --- paths of responsibility ------------------------------------------------------------------------------


def path_of(parent_path: str | None, number: int) -> str:
    """The path of a unit below `parent_path` (None: it is the top)."""
    return f"{parent_path or '/'}{number}/"


def ancestors_of(org_path: str) -> tuple[str, ...]:
    """The paths of all units above, from the top: those of '/1/37/412/' are '/1/' and '/1/37/'."""
    numbers = org_path.strip("/").split("/")
    return tuple("/" + "/".join(numbers[:depth]) + "/" for depth in range(1, len(numbers)))


def depth_of(org_path: str) -> int:
    """How many units stand on the path, itself included."""
    return org_path.count("/") - 1


def level_numbers(org_path: str, depth: int) -> tuple[int | None, ...]:
    """The unit numbers at depth 1, 2, ... `depth`, for the columns by which long lists are filtered."""
    numbers: list[int | None] = [int(number) for number in org_path.strip("/").split("/")]
    return tuple((numbers + [None] * depth)[:depth])


def moved_path(org_path: str, old: str, new: str) -> str:
    """Where `org_path`, at or below `old`, stands once `old` has become `new`."""
    if not org_path.startswith(old):
        raise ValueError("not in the moved subtree")
    return new + org_path[len(old) :]


# --- versions ---------------------------------------------------------------------------------------------


class _Begins(Protocol):
    @property
    def valid_from(self) -> date: ...


V = TypeVar("V", bound=_Begins)


def version_on(versions: Sequence[V], on: date) -> V:
    """What held on a day: the last version that had begun, else the first. `versions` in the order of time."""
    begun = [version for version in versions if version.valid_from <= on]
    return begun[-1] if begun else versions[0]


# --- what is known of a unit ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """One place of a school (điểm trường); it may stand in another commune."""

    name: str
    commune_code: str = ""


@dataclass(frozen=True)
class UnitDetails:
    """What a version of a unit says. Codes are text: leading zeros count."""

    code: str
    name_vi: str
    name_en: str = ""
    short_name: str = ""
    school_kind: SchoolKind | None = None
    levels: tuple[Level, ...] = ()
    boarding: Boarding = Boarding.NONE
    ownership: Ownership = Ownership.PUBLIC
    commune_code: str = ""
    sites: tuple[Site, ...] = ()
    address: str = ""
    phone: str = ""
    email: str = ""
    former_province: str = ""
    former_district: str = ""
    letterhead_parent: str = ""
    letterhead_issuer: str = ""
    letterhead_place: str = ""
    letterhead_signer: str = ""
    document_symbol: str = ""


LIMITS: dict[str, int] = {
    "code": 40,
    "name_vi": 200,
    "name_en": 200,
    "short_name": 80,
    "commune_code": 10,
    "address": 300,
    "phone": 40,
    "email": 200,
    "former_province": 80,
    "former_district": 80,
    "letterhead_parent": 200,
    "letterhead_issuer": 200,
    "letterhead_place": 80,
    "letterhead_signer": 80,
    "document_symbol": 40,
}
"""How many characters each text of a unit may have."""

CONTACT_FIELDS = ("address", "phone", "email")
"""What a head may change of her own school."""


def problems_of(kind: UnitKind, details: UnitDetails) -> tuple[tuple[str, str], ...]:
    """What is missing or too long, as pairs of field and code; empty when the details can be kept."""
    found = [(name, "text-too-long") for name, limit in LIMITS.items() if len(getattr(details, name)) > limit]
    if not details.code:
        found.append(("code", "unit-code-missing"))
    if not details.name_vi:
        found.append(("name_vi", "unit-name-missing"))
    if kind == UnitKind.SCHOOL:
        if details.school_kind is None:
            found.append(("school_kind", "school-kind-missing"))
        if not details.levels:
            found.append(("levels", "levels-missing"))
        if not details.commune_code:
            found.append(("commune_code", "commune-missing"))
    if details.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", details.email):
        found.append(("email", "email-bad"))
    return tuple(found)


@dataclass(frozen=True)
class CreateUnit:
    """A unit that begins: below whom (None: the top), and what is known of it from `opened_on`."""

    kind: UnitKind
    parent_id: UUID | None
    details: UnitDetails
    opened_on: date


@dataclass(frozen=True)
class Figures:
    """Numbers of one level in one school year; None: not told."""

    level: Level
    pupils: int
    girls: int | None = None
    staff: int | None = None


@dataclass(frozen=True)
class Unit:
    """A unit with the version that holds on a date (before the first version: the first)."""

    id: UUID
    number: int
    kind: UnitKind
    org_path: str
    parent_id: UUID | None
    opened_on: date
    closed_on: date | None
    row_version: int
    version_id: UUID
    valid_from: date
    valid_to: date | None
    managed_by_id: UUID | None
    details: UnitDetails = field(repr=False)

    @property
    def code(self) -> str:
        """The official code on that date."""
        return self.details.code

    @property
    def name_vi(self) -> str:
        """The official name on that date."""
        return self.details.name_vi

    @property
    def levels(self) -> tuple[Level, ...]:
        """What is taught."""
        return self.details.levels

    @property
    def is_open(self) -> bool:
        """Whether it has no closing date."""
        return self.closed_on is None

    @property
    def head_word(self) -> HeadWord:
        """What its head is called."""
        return head_word(self.kind, self.details.school_kind)

    @property
    def learner_word(self) -> LearnerWord:
        """What its learners are called."""
        return learner_word(self.details.levels)

    def name(self, language: str) -> str:
        """The name in the language, Vietnamese where there is no other."""
        return (self.details.name_en if language == "en" else "") or self.details.name_vi


@dataclass(frozen=True)
class Succession:
    """One unit followed another from a day on; a renamed unit follows itself."""

    organisation_id: UUID
    successor_id: UUID
    kind: SuccessionKind
    happened_on: date


@dataclass(frozen=True)
class Letterhead:
    """Who writes, from where and who signs, as official documents have it; Vietnamese but for `full_name_en`."""

    parent_line: str
    issuer_line: str
    place_name: str
    signer_title: str
    full_name_vi: str
    full_name_en: str
    document_symbol: str = ""
