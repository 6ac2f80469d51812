"""Every endpoint, every kind of person, every relation to the object; what they get is in policy_table.py."""

from __future__ import annotations

import re

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.access.matrix import ABSENT, Scene
from tests.access.policy_table import POLICY, REFUSED_THERE

ALIKE = {"focal_point_y", "counsellor_y", "focal_point_z", "commune_officer_q"}
"""People who add nothing to a quick run: others of their role and place's kind are in it."""
FAR_UNITS = {"sister", "q"}
"""Units left out of a quick run for forms about units."""
UNSAFE = {"POST"}


def rules(scene: Scene, endpoint: str) -> list[Rule]:
    return [rule for rule in scene.app.url_map.iter_rules() if rule.endpoint == endpoint]


def expected(endpoint: str, method: str, person: str, relation: str) -> int:
    status = POLICY[endpoint][method].expected(method, person, relation)
    return 422 if status == 303 and (relation, endpoint, method) in REFUSED_THERE else status


def walk(scene: Scene, endpoint: str, *, quick: bool) -> tuple[int, list[str]]:
    """Ask every cell of an endpoint; how many there were, and what differs from the table."""
    cells, wrong = 0, []
    people = [name for name in scene.people if not (quick and name in ALIKE)]
    for rule in rules(scene, endpoint):
        relations = [name for name in scene.relations(rule) if not (quick and name in FAR_UNITS)]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for person in people:
                answers = {name: scene.ask(person, method, scene.address(rule, name)) for name in relations}
                cells += len(answers)
                wrong += differences(scene, endpoint, method, person, answers)
    return cells, wrong


def differences(
    scene: Scene, endpoint: str, method: str, person: str, answers: dict[str, TestResponse]
) -> list[str]:
    wrong = []
    for relation, answer in answers.items():
        wanted = expected(endpoint, method, person, relation)
        if answer.status_code != wanted:
            wrong.append(f"{method} {endpoint} [{relation}] as {person}: {answer.status_code}, not {wanted}")
        elif wanted == 404 and ABSENT in answers and told(answer) != told(answers[ABSENT]):
            wrong.append(f"{method} {endpoint} [{relation}] as {person}: tells that it exists")
    return wrong


def told(answer: TestResponse) -> tuple[int, str, list[tuple[str, str]]]:
    """All that an answer tells, without the form's token and the address that was asked for."""
    body = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", answer.text)
    body = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", body)
    headers = [pair for pair in answer.headers if pair[0] not in ("Content-Length", "Set-Cookie")]
    return answer.status_code, body, headers


def test_each_endpoint_and_method_has_its_row_and_each_row_its_endpoint(scene: Scene) -> None:
    """A route that isn't in the table fails here."""
    methods: dict[str, set[str]] = {}
    for rule in scene.app.url_map.iter_rules():
        methods.setdefault(rule.endpoint, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    assert methods == {endpoint: set(row) for endpoint, row in POLICY.items()}


def test_each_parameter_of_an_address_is_known_and_has_an_object_that_is_absent(scene: Scene) -> None:
    for rule in scene.app.url_map.iter_rules():
        if rule.arguments:
            assert ABSENT in scene.relations(rule), rule


def test_all_changes_are_posts_and_nothing_else_is_offered(scene: Scene) -> None:
    offered = set().union(*(rule.methods or set() for rule in scene.app.url_map.iter_rules()))
    assert offered == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize("endpoint", sorted(POLICY))
def test_everybody_gets_what_the_table_says(scene: Scene, endpoint: str) -> None:
    cells, wrong = walk(scene, endpoint, quick=True)
    assert wrong == []
    assert cells >= len(scene.people) - len(ALIKE)


@pytest.mark.campaign
def test_the_whole_matrix_has_thousands_of_cells_and_no_mismatch(scene: Scene) -> None:
    walks = [walk(scene, endpoint, quick=False) for endpoint in POLICY]
    assert [line for _, wrong in walks for line in wrong] == []
    assert sum(cells for cells, _ in walks) > 5000
