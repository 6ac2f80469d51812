"""Whoever changes something, or reads a case, is told of in the audit, once."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.access.matrix import Scene
from tests.access.policy_table import POLICY
from tests.access.test_route_matrix import expected, rules

DRAFT = "nothing has been told to anybody yet: drafts are their owner's own"
NOTHING_CHANGED = {
    **{(f"incidents.draft_{step}", "*"): DRAFT for step in ("who", "done", "check")},
    ("incidents.discard_draft", "*"): DRAFT,
    ("accounts.give_post", "*"): "an empty form gives no role",
    ("reports.again", "*"): "it is still being made, so the same request is shown",
    ("organisations.contact", "*"): "the empty form of a unit without a contact changes nothing",
    ("organisations.enrolment", "*"): "the empty form of a school without numbers changes nothing",
}


def events(scene: Scene) -> list[str]:
    rows = scene.connection.execute(text("SELECT action FROM audit_event ORDER BY seq"))
    return list(rows.scalars())


@pytest.mark.parametrize("endpoint", sorted(name for name, row in POLICY.items() if "POST" in row))
def test_each_change_by_the_web_is_told_in_the_audit(scene: Scene, endpoint: str) -> None:
    silent, told = [], 0
    for rule in rules(scene, endpoint):
        for relation in scene.relations(rule):
            for person in scene.people:
                if expected(endpoint, "POST", person, relation) != 303:
                    continue
                with scene.undone():
                    before = events(scene)
                    scene.ask(person, "POST", scene.address(rule, relation), keep=True)
                    added = events(scene)[len(before) :]
                told += len(added)
                if not added:
                    silent.append(f"{endpoint} [{relation}] by {person}")
    if (endpoint, "*") in NOTHING_CHANGED:
        assert told == 0, NOTHING_CHANGED[endpoint, "*"]
    else:
        assert silent == []


@pytest.mark.parametrize(("person", "relation"), [("head_x", "x"), ("commune_officer_p", "x about a lead")])
def test_a_case_that_is_read_is_told_once_and_one_that_is_refused_never(
    scene: Scene, person: str, relation: str
) -> None:
    (rule,) = rules(scene, "incidents.show")
    for reader, count in ((person, 1), ("teacher_y", 0), ("administrator", 0)):
        with scene.undone():
            before = events(scene)
            scene.ask(reader, "GET", scene.address(rule, relation), keep=True)
            assert events(scene)[len(before) :] == ["incident-read"] * count
