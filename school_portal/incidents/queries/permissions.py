"""What somebody may do, as pages need to know it: so that they show only buttons that work."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from school_portal.core.actor import Actor
from school_portal.incidents import policy


@dataclass(frozen=True)
class CaseActs:
    """What she may do with one case that she sees."""

    triage: bool
    names: bool
    give_back: bool
    countersign: bool


def acts_on(
    actor: Actor, org_path: str, concerns_lead: bool, lowering_to: int | None, lowering_by: UUID | None
) -> CaseActs:
    """Of a case that she reads or of whose coded facts she knows; the services ask again."""
    return CaseActs(
        triage=policy.may_triage(actor, org_path, concerns_lead),
        names=policy.may_read_names(actor, org_path),
        give_back=policy.may_give_back(actor, org_path, concerns_lead),
        countersign=lowering_to is not None
        and policy.may_countersign(actor, org_path, concerns_lead, lowering_by),
    )


def may_report(actor: Actor) -> bool:
    """Whether she works at a school and so can report there; who only oversees schools can't."""
    return any(policy.may_report(actor, post.org_path) for post in actor.posts)


def may_report_for_others(actor: Actor, organisation_id: UUID) -> bool:
    """Whether she may write down at this school what a colleague told her by mouth."""
    paths = [post.org_path for post in actor.posts if post.organisation_id == organisation_id]
    return any(policy.may_report_for_others(actor, path) for path in paths)


def sees_schools(actor: Actor) -> bool:
    """Whether her list holds cases of several schools, so that each line says which."""
    return actor.holds(*policy.OFFICERS)


def may_search(actor: Actor) -> bool:
    """Whether the page that looks for names is hers."""
    return policy.may_search_names(actor)
