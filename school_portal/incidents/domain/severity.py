"""The one rule of severity, which cases are restricted, and what kind of record it is (docs/glossary.md, drafted)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from school_portal.incidents.domain.commands import PersonInvolved
from school_portal.incidents.domain.words import (
    Known,
    Part,
    PersonKind,
    PlainGroup,
    RecordKind,
    Safety,
    SelfHarm,
    Weapon,
)

MIDDLE, HIGHEST = 3, 4
SMALL_CHILD = 6
ADULT = 18
NOT_CLEAR = "CR00"
"""The type «not clear yet»: as good as not coded."""

GROUP_SEVERITY = {
    PlainGroup.FIGHT: 2,
    PlainGroup.BULLYING: 2,
    PlainGroup.WORDS: 2,
    PlainGroup.ONLINE: 2,
    PlainGroup.SEXUAL: 4,
    PlainGroup.ADULT: 3,
    PlainGroup.OUTSIDE: 3,
    PlainGroup.WORRY: 1,
    PlainGroup.UNCLEAR: 2,
}
"""Severity of a group until triage codes the type; drafted by the portal's authors."""

RESTRICTED_GROUPS = frozenset({PlainGroup.SEXUAL, PlainGroup.ADULT, PlainGroup.OUTSIDE, PlainGroup.WORRY})
"""Until it is coded, a report of these groups is read by the assigned persons only."""


@dataclass(frozen=True)
class TypeRule:
    """What the rules need to know of a type of the taxonomy."""

    code: str
    severity: int
    record_kind: RecordKind = RecordKind.INCIDENT
    is_restricted: bool = False
    injured_severity: int = 0
    """Severity when somebody harmed is injured at all; 0 when the type makes no difference."""


@dataclass(frozen=True)
class Severity:
    """The level, the level it began with, the codes of the rules that hold, and of the answers not known yet."""

    level: int
    base: int
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coding:
    """What follows from a report, its people and its types: severity, kind of record, who may know of it."""

    severity: Severity
    record_kind: RecordKind
    is_restricted: bool
    is_staff_case: bool


@dataclass(frozen=True)
class Case:
    """The answers that the rules look at."""

    group: PlainGroup
    safety: Safety
    weapon: Weapon
    repeated: Known
    online: Known
    people: Sequence[PersonInvolved]
    types: Sequence[TypeRule]

    def with_part(self, part: Part) -> list[PersonInvolved]:
        """The people who have this part."""
        return [person for person in self.people if part in person.parts]


def coding_of(
    group: PlainGroup,
    safety: Safety,
    weapon: Weapon,
    repeated: Known,
    online: Known,
    people: Sequence[PersonInvolved],
    types: Sequence[TypeRule] = (),
    injuries: Sequence[int] = (),
) -> Coding:
    """Apply the rules; `injuries` are the levels that the taxonomy gives the people's injuries, in their order.

    Source: the portal's rule of severity, drafted (docs/glossary.md): a default, raised to at least 3 or to 4 by
    what is known. Answers that are not known never lower it.
    """
    case = Case(group, safety, weapon, repeated, online, people, types)
    kind = _record_kind(case)
    is_staff_case = any(person.kind is PersonKind.STAFF for person in case.with_part(Part.ACTING))
    is_flagged = any(person.self_harm in _HARMING for person in people)
    is_coded = bool(types) and all(rule.code != NOT_CLEAR for rule in types)
    by_kind = any(rule.is_restricted for rule in types) or (not is_coded and group in RESTRICTED_GROUPS)
    return Coding(
        severity=_severity(case, kind, injuries),
        record_kind=kind,
        is_restricted=is_staff_case or is_flagged or by_kind,
        is_staff_case=is_staff_case,
    )


_HARMING = (SelfHarm.THOUGHTS, SelfHarm.PLAN, SelfHarm.ATTEMPT)


def _record_kind(case: Case) -> RecordKind:
    """A worry is a risk as long as nothing has happened; between children under six nothing is called violence."""
    if _is_between_small_children(case):
        return RecordKind.WELFARE
    if not case.types:
        return RecordKind.RISK if case.group is PlainGroup.WORRY else RecordKind.INCIDENT
    kinds = {rule.record_kind for rule in case.types}
    return next(kind for kind in RecordKind if kind in kinds)


def _severity(case: Case, kind: RecordKind, injuries: Sequence[int]) -> Severity:
    is_injured = any(person.is_injured for person in case.with_part(Part.HARMED))
    base = max(
        (max(rule.severity, rule.injured_severity * is_injured) for rule in case.types),
        default=GROUP_SEVERITY[case.group],
    )
    to_four = [code for code, holds in _raises_to_four(case, injuries).items() if holds]
    to_three = [code for code, holds in _raises_to_three(case, injuries).items() if holds]
    is_risk = kind is RecordKind.RISK
    if is_risk:  # nothing has happened yet: only danger counts
        to_three = []
    if kind is RecordKind.WELFARE:
        base, to_three = min(base, 2), []
    level = max(base, MIDDLE if to_three else 0, HIGHEST if to_four else 0)
    reasons = [*to_four, *to_three]
    if level < HIGHEST and not is_risk and _is_small_child_before_bigger(case):
        reasons, level = [*reasons, "small-child"], level + 1
    return Severity(level, base, tuple(reasons), _unknown(case))


def _raises_to_four(case: Case, injuries: Sequence[int]) -> dict[str, bool]:
    return {
        "not-safe": case.safety is Safety.NOT_SAFE,
        "hospital": max(injuries, default=0) >= HIGHEST,
        "weapon-used": case.weapon is Weapon.USED,
        "self-harm": any(p.self_harm in (SelfHarm.PLAN, SelfHarm.ATTEMPT) for p in case.people),
    }


def _raises_to_three(case: Case, injuries: Sequence[int]) -> dict[str, bool]:
    acting, harmed = case.with_part(Part.ACTING), case.with_part(Part.HARMED)
    return {
        "clinic": max(injuries, default=0) == MIDDLE,
        "weapon-carried": case.weapon is Weapon.CARRIED,
        "repeated": case.repeated is Known.YES,
        "online": case.online is Known.YES,
        "adult-acting": any(is_adult(person) for person in acting),
        "group-on-one": len(acting) >= 3 and len(harmed) == 1,
        "many-harmed": len(harmed) >= 4,
        "cannot-tell": any(person.can_tell is Known.NO for person in harmed),
    }


def is_adult(person: PersonInvolved) -> bool:
    """Somebody of the staff, by her relation, or known to be eighteen; of whom nothing is known is not called one."""
    return person.kind is PersonKind.STAFF or person.is_adult or (person.age or 0) >= ADULT


def _ages(people: Iterable[PersonInvolved]) -> list[int | None]:
    return [ADULT if is_adult(person) else person.age for person in people]


def _is_between_small_children(case: Case) -> bool:
    """All who acted and all who were harmed are known to be under six: conduct of small children, not violence."""
    acting, harmed = _ages(case.with_part(Part.ACTING)), _ages(case.with_part(Part.HARMED))
    return bool(acting and harmed) and all(age is not None and age < SMALL_CHILD for age in acting + harmed)


def _is_small_child_before_bigger(case: Case) -> bool:
    """Somebody under six was harmed, and an adult or a child of six or more acted."""
    acting, harmed = _ages(case.with_part(Part.ACTING)), _ages(case.with_part(Part.HARMED))
    return any(age is not None and age < SMALL_CHILD for age in harmed) and any(
        age is not None and age >= SMALL_CHILD for age in acting
    )


def _unknown(case: Case) -> tuple[str, ...]:
    answers = {
        "safety": case.safety is Safety.UNKNOWN,
        "injury": any(person.injury == "unknown" for person in case.with_part(Part.HARMED)),
        "weapon": case.weapon is Weapon.UNKNOWN,
        "repeated": case.repeated is Known.UNKNOWN,
        "online": case.online is Known.UNKNOWN,
    }
    return tuple(code for code, is_unknown in answers.items() if is_unknown)


def decide_severity(
    in_force: int, computed: int, wanted: int | None, is_staff_case: bool
) -> tuple[int, int | None]:
    """The level that holds from now on, and the lower one that waits for the manager's counter-signature, if any.

    `wanted` None keeps what the rule says. Raising needs nobody. Lowering a case of level 3 or 4, or one that
    concerns staff, waits for the manager, and until then the higher level holds (domain review, U20): also when it
    would fall only because the type was coded anew.
    """
    target = computed if wanted is None else wanted
    if target >= in_force:
        return target, None
    if in_force >= MIDDLE or is_staff_case:
        return in_force, (None if wanted is None else target)
    return target, None
