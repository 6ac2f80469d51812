"""A province of 3,000 schools: its report is whole, and how long it takes is printed."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from school_portal.core.actor import SYSTEM
from school_portal.core.db import database
from school_portal.core.pdf import LARGE, render_html, render_pdf
from school_portal.incidents.domain import PlainGroup, RecordKind, Safety
from school_portal.incidents.models import Incident
from school_portal.organisations.domain import Calendar, UnitKind, parse_period
from school_portal.organisations.models import Organisation, OrganisationVersion
from school_portal.organisations.queries import get_unit
from school_portal.statistics import queries
from school_portal.statistics.models import NilReturn
from school_portal.statistics.report import read
from school_portal.statistics.word import write_word
from tests.statistics.conftest import TEMPLATE
from tests.world import BEGIN, World

TERM = parse_period("2025-2026/1", Calendar())
MOMENT = datetime(2026, 1, 10, tzinfo=UTC)


def fill(session: Session, world: World, schools: int, cases: int) -> None:
    """Schools below the department by plain inserts, every second with a nil return, cases at random."""
    above = world.units["department"]
    chance = random.Random(7)
    units, versions, signed, records = [], [], [], []
    for number in range(10_000, 10_000 + schools):
        key, version, path = uuid4(), uuid4(), f"{above.org_path}{number}/"
        units.append(
            {
                "id": key,
                "number": number,
                "kind": UnitKind.SCHOOL,
                "parent_id": above.id,
                "org_path": path,
                "opened_on": BEGIN,
                "row_version": 1,
            }
        )
        texts = dict.fromkeys(
            (
                "name_en short_name address email former_province former_district letterhead_parent "
                "letterhead_issuer letterhead_place letterhead_signer document_symbol"
            ).split(),
            "",
        )
        versions.append(
            {
                **texts,
                "id": version,
                "organisation_id": key,
                "org_path": path,
                "managed_by_id": above.id,
                "code": f"25-{number}",
                "name_vi": f"Trường số {number}",
                "sort_key": f"truong so {number}",
                "search_text": f"truong so {number}",
                "school_kind": "primary",
                "levels": chance.choice(("MN", "TH", "THCS", "TH&THCS", "THPT")),
                "boarding": "none",
                "ownership": "public",
                "commune_code": "07900",
                "sites": [],
                "phone": "0210 3 846 647",
                "valid_from": BEGIN,
            }
        )
        if number % 2:
            signed.append(
                {
                    "id": uuid4(),
                    "organisation_id": key,
                    "org_path": path,
                    "period": TERM.code,
                    "signed_by": world.people["head_x"].user_id,
                    "signed_at": MOMENT,
                }
            )
    for serial in range(cases):
        place = chance.randrange(schools)
        records.append(
            {
                "id": uuid4(),
                "org_path": units[place]["org_path"],
                "organisation_id": units[place]["id"],
                "organisation_version_id": versions[place]["id"],
                "unit_1": above.number,
                "unit_2": units[place]["number"],
                "number": f"VV-2526-9{serial:05}",
                "school_year": 2025,
                "serial": 900_000 + serial,
                "taxonomy_version": 2,
                "group_code": chance.choice(list(PlainGroup)).value,
                "record_kind": RecordKind.INCIDENT,
                "occurred_on": TERM.first + timedelta(chance.randrange(130)),
                "day_part": "break",
                "learned_at": MOMENT,
                "place": chance.choice(("yard", "toilet", "online", "classroom")),
                "safety": Safety.SAFE,
                "type_codes": chance.choice(("", "TC01", "TL01,TC01")),
                "severity": chance.choice((1, 2, 2, 3, 4)),
                "severity_computed": 2,
                "state": "accepted",
                "concerns_lead": False,
                "check_code": "",
                "reported_at": MOMENT,
                "source": "web",
                "row_version": 1,
            }
        )
    for table, rows in (
        (Organisation, units),
        (OrganisationVersion, versions),
        (NilReturn, signed),
        (Incident, records),
    ):
        session.execute(insert(table), rows)
    session.flush()


@pytest.mark.campaign
def test_a_province_of_three_thousand_schools_has_its_report(
    session: Session, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(session, world, schools=3000, cases=4000)
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        with time_machine.travel(date(2026, 1, 26), tick=True):
            started = time.process_time()
            report = read(session, SYSTEM, get_unit(session, SYSTEM, world.units["department"].id), TERM)
            read_in = time.process_time() - started
            of_report, statements = statements, 0
            found = queries.get_reporting(
                session, world.people["department_officer"], world.units["department"].id, TERM
            )
            of_page = statements
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    started = time.perf_counter()
    pdf = render_pdf(render_html(TEMPLATE, report, "vi"), LARGE)
    drawn_in = time.perf_counter() - started
    word = write_word(report)
    with capsys.disabled():
        print(
            f"\n3,000 schools, 4,000 cases: read in {read_in:.2f} s of CPU ({of_report} statements), PDF in "
            f"{drawn_in:.1f} s ({len(pdf):,} bytes), Word {len(word):,} bytes; page of who has reported: "
            f"{of_page} statements"
        )
    assert report.cases == 4000
    assert found.whole.due == 3004
    assert found.whole.reported + len(found.missing) == 3004
    assert found.whole.cases + len(found.nil) == found.whole.reported
    assert of_page < 20
    assert of_report < 80
