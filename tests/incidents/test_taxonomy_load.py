"""A newer version of the lists is loaded whole or not at all; older records keep the version they were made with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from school_portal.audit.models import AuditEvent
from school_portal.core.actor import SYSTEM
from school_portal.core.authz import everybody, scope
from school_portal.core.db import PortalSession
from school_portal.core.errors import NotPermitted, RuleBroken
from school_portal.incidents import queries, service
from school_portal.incidents.domain import PlainGroup
from school_portal.incidents.models import IncidentType, TaxonomyEntry, TaxonomyVersion
from tests.incidents.cases import card, command, decide, file, stored
from tests.world import World

SHIPPED = 2
NEWER = """
version = 3
label_vi = "Bộ danh mục thử nghiệm"
label_en = "Lists for a trial"

[[place]]
code = "yard"
vi = "Sân trường"
en = "Yard"

[[place]]
code = "roof"
vi = "Sân thượng"
en = "Roof"

[[day_part]]
code = "break"
vi = "Ra chơi"
en = "Break"

[[injury]]
code = "clinic"
vi = "Phải đến trạm y tế"
en = "Clinic"
severity = 3

[[relation]]
code = "tutor"
vi = "Người dạy thêm"
en = "Tutor"
is_adult = true

[[type]]
code = "TC01"
vi = "Đánh nhau"
en = "Fight"
groups = ["fight"]
severity = 2

[[type]]
code = "XX01"
vi = "Loại mới"
en = "A new type"
groups = ["fight", "unclear"]
severity = 4
injured_severity = 4
notification = "B"
icvac = 2
restricted = true
record_kind = "incident"
"""


def counted(session: PortalSession) -> list[int]:
    models = (TaxonomyVersion, TaxonomyEntry, IncidentType)
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


def test_a_newer_version_is_the_one_that_new_reports_choose_from(
    session: PortalSession, world: World
) -> None:
    before = counted(session)
    assert queries.newest_version(session, SYSTEM) == SHIPPED
    assert service.load_taxonomy(session, SYSTEM, NEWER) == 3
    session.commit()
    lists = queries.get_taxonomy(session, world.people["teacher_x"])
    assert (lists.version, lists.label_vi) == (3, "Bộ danh mục thử nghiệm")
    assert [entry.code for entry in lists.places] == ["yard", "roof"]
    assert [entry.severity for entry in lists.injuries] == [3]
    [tutor] = lists.relations
    assert tutor.is_adult
    new = lists.types[1]
    assert (new.rule.severity, new.rule.is_restricted, new.rule.injured_severity) == (4, True, 4)
    assert new.groups == (PlainGroup.FIGHT, PlainGroup.UNCLEAR)
    assert counted(session) == [n + more for n, more in zip(before, (1, 5, 2), strict=True)]
    statement = scope(select(func.count()).select_from(AuditEvent), everybody(AuditEvent.org_path))
    assert session.scalar(statement.where(AuditEvent.action == "taxonomy-loaded")) == 1
    roof = service.report_incident(session, world.people["teacher_x"], command(world, place="roof"))
    assert stored(session, roof.id).taxonomy_version == 3
    for place in ("corridor", "moon"):
        with pytest.raises(RuleBroken):
            service.report_incident(session, world.people["teacher_x"], command(world, place=place))


def test_an_older_record_keeps_its_version_and_is_coded_by_the_types_of_that_version(
    session: PortalSession, world: World
) -> None:
    old = file(world, place="corridor", people=(card(injury="minor"),))
    service.load_taxonomy(session, SYSTEM, NEWER)
    new = file(world)
    assert [stored(session, each).taxonomy_version for each in (old, new)] == [SHIPPED, 3]
    decide(world, "head_x", old, types=("TC02",))
    decide(world, "head_x", new, types=("XX01",))
    for each, other in ((old, "XX01"), (new, "TC02")):
        with pytest.raises(RuleBroken) as refusal:
            decide(world, "head_x", each, types=(other,))
        assert refusal.value.code == "type-unknown"
    assert [stored(session, each).taxonomy_version for each in (old, new)] == [SHIPPED, 3]
    lists = service.newest_lists(session, world.people["head_x"], old)
    assert lists.version == SHIPPED
    assert "corridor" in {entry.code for entry in lists.places}


WRONG = {
    "no TOML at all": "version = = 3",
    "no version": NEWER.replace("version = 3", ""),
    "a version as text": NEWER.replace("version = 3", 'version = "3"'),
    "true is no number": NEWER.replace("version = 3", "version = true"),
    "the version that stands": NEWER.replace("version = 3", "version = 2"),
    "an older version": NEWER.replace("version = 3", "version = 1"),
    "a version beyond all numbers": NEWER.replace("version = 3", f"version = {10**12}"),
    "no places": NEWER.replace("[[place]]", "[[somewhere]]"),
    "no types": NEWER.replace("[[type]]", "[[kind]]"),
    "a list that is a text": 'place = "yard"\n' + NEWER.replace("[[place]]", "[[somewhere]]"),
    "a list of texts": 'place = ["yard"]\n' + NEWER.replace("[[place]]", "[[somewhere]]"),
    "a list that is a table": NEWER.replace("[[injury]]", "[injury]"),
    "a code twice": NEWER.replace('code = "roof"', 'code = "yard"'),
    "a type twice": NEWER.replace('code = "XX01"', 'code = "TC01"'),
    "no code": NEWER.replace('code = "roof"', 'kode = "roof"'),
    "a code that is a list": NEWER.replace('code = "roof"', 'code = ["roof"]'),
    "a code too long for its column": NEWER.replace('code = "XX01"', 'code = "XX0123456789"'),
    "a comma in a code": NEWER.replace('code = "XX01"', 'code = "X,Y"'),
    "no Vietnamese": NEWER.replace('vi = "Loại mới"', ""),
    "no English": NEWER.replace('en = "A new type"', 'en = ""'),
    "a name that is a number": NEWER.replace('vi = "Loại mới"', "vi = 7"),
    "a name too long for its column": NEWER.replace("Sân thượng", "Sân thượng " * 30),
    "a character that no database keeps": NEWER.replace("Sân thượng", "Sân\\u0000thượng"),
    "a severity of five": NEWER.replace("severity = 4\ninjured", "severity = 5\ninjured"),
    "a severity of true": NEWER.replace("severity = 4\ninjured", "severity = true\ninjured"),
    "no severity": NEWER.replace("severity = 4\ninjured", "injured"),
    "an injury of nine": NEWER.replace("severity = 3", "severity = 9"),
    "an injury as text": NEWER.replace("severity = 3", 'severity = "clinic"'),
    "a relation that is adult by text": NEWER.replace("is_adult = true", 'is_adult = "yes"'),
    "restricted as text": NEWER.replace("restricted = true", 'restricted = "no"'),
    "a kind of record that there is not": NEWER.replace('"incident"', '"crime"'),
    "a kind of record that is a list": NEWER.replace('"incident"', '["incident"]'),
    "a class of notification that there is not": NEWER.replace('"B"', '"Z"'),
    "a group that there is not": NEWER.replace('"unclear"', '"mystery"'),
    "groups as text": NEWER.replace('["fight", "unclear"]', '"fight"'),
    "groups of numbers": NEWER.replace('["fight", "unclear"]', "[1]"),
    "a label that is a number": NEWER.replace('"Lists for a trial"', "7"),
    "icvac beyond all numbers": NEWER.replace("icvac = 2", f"icvac = {10**12}"),
    "icvac as text": NEWER.replace("icvac = 2", 'icvac = "2"'),
}


def test_a_file_with_anything_wrong_in_it_is_refused_and_changes_nothing(session: PortalSession) -> None:
    before = counted(session)
    for what, text in WRONG.items():
        assert text != NEWER, what
        with pytest.raises(RuleBroken) as refusal, session.begin_nested():
            pytest.fail(f"{what}: taken as {service.load_taxonomy(session, SYSTEM, text)}")
        assert refusal.value.values["at"], what
    assert counted(session) == before
    assert service.load_taxonomy(session, SYSTEM, NEWER) == 3


def test_only_an_operator_loads_lists(session: PortalSession, world: World) -> None:
    for who in ("head_x", "department_officer", "administrator"):
        with pytest.raises(NotPermitted):
            service.load_taxonomy(session, world.people[who], NEWER)
    assert queries.newest_version(session, SYSTEM) == SHIPPED


@pytest.fixture
def load(app: Flask, tmp_path: Path) -> Callable[[bytes], tuple[int, str]]:
    """`flask taxonomy load` on a file with this content: its exit code and what it says."""

    def run(content: bytes) -> tuple[int, str]:
        path = tmp_path / "lists.toml"
        path.write_bytes(content)
        result = app.test_cli_runner().invoke(args=["taxonomy", "load", str(path)])
        return result.exit_code, result.output + result.stderr

    return run


def test_the_command_says_what_it_loaded_or_what_is_wrong_and_that_nothing_was_changed(
    load: Callable[[bytes], tuple[int, str]], web_session: PortalSession, app: Flask
) -> None:
    before = counted(web_session)
    web_session.commit()
    for wrong, said in (
        (WRONG["a code twice"].encode(), "yard"),
        (WRONG["no TOML at all"].encode(), "line 1"),
        (WRONG["a name too long for its column"].encode(), "roof"),
        (NEWER.encode("utf-16"), "UTF-8"),
        (b"", "version"),
    ):
        code, output = load(wrong)
        assert code == 2, output
        assert "Nothing was changed." in output
        assert said in output
    assert counted(web_session) == before
    web_session.commit()
    assert load(NEWER.encode()) == (0, "Version 3 of the lists is loaded.\n")
    assert load(NEWER.encode())[0] == 2, "the same version a second time"
    assert app.test_cli_runner().invoke(args=["taxonomy", "load", "/nowhere.toml"]).exit_code == 2
