"""Case files of made-up cases for tests: what is read of a case, put together by hand, and drawn as PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from school_portal.core.clock import local
from school_portal.core.i18n import use_language
from school_portal.core.pdf import render_html, render_pdf
from school_portal.incidents.domain import (
    Duty,
    EntryKind,
    IncidentState,
    Known,
    NamesReason,
    Part,
    PersonKind,
    PlainGroup,
    Receiver,
    RecordKind,
    Safety,
    SelfHarm,
    Sex,
    TypeRule,
    Weapon,
)
from school_portal.incidents.domain.documents import FilePrint
from school_portal.incidents.queries import Assigned, Case, InvolvedPerson, Taxonomy, Type
from school_portal.incidents.queries import Entry as ListEntry
from school_portal.incidents.queries.cases import Entry, ToldPlace, View
from school_portal.incidents.report.incident_file import IncidentFile, Read, compose
from school_portal.incidents.report.paper_form import Contact, PaperForm
from school_portal.incidents.report.paper_form import compose as compose_paper
from school_portal.organisations.domain import Letterhead

FILE, PAPER = "incidents/pdf/incident_file.html", "incidents/pdf/paper_form.html"
DAY = date(2026, 11, 9)
MOMENT = local(datetime(2026, 11, 12, 1, 0, tzinfo=UTC))
NO_NAMES = FilePrint()
ALL_NAMES = FilePrint(NamesReason.FAMILY, witnesses=True, reporter=True)
HEAD = Letterhead(
    parent_line="UBND XÃ ĐỒI CHÈ",
    issuer_line="TRƯỜNG TRUNG HỌC CƠ SỞ ĐỒI CHÈ",
    place_name="Đồi Chè",
    signer_title="HIỆU TRƯỞNG",
    full_name_vi="Trường Trung học cơ sở Đồi Chè",
    full_name_en="Đồi Chè Lower Secondary School",
)
LISTS = Taxonomy(
    2,
    places=(ListEntry("yard", "Sân trường", "School yard"),),
    day_parts=(ListEntry("break", "Giờ ra chơi", "Break"),),
    channels=(ListEntry("seen", "Thầy cô tận mắt thấy", "Seen by a teacher"),),
    injuries=(
        ListEntry("bruise", "Bầm tím, xây xát", "Bruises"),
        ListEntry("clinic", "Đã khám tại trạm y tế", "Seen at a clinic", 3),
    ),
    types=(
        Type(
            "TC02", "Đánh hội đồng", "Several hitting one", "", "", (PlainGroup.FIGHT,), "C", "",
            TypeRule("TC02", 3, RecordKind.INCIDENT, False, 3),
        ),
    ),
)  # fmt: skip


def person(number: int, *parts: Part, name: str, **changes: Any) -> InvolvedPerson:
    base = InvolvedPerson(
        id=uuid4(), code=chr(65 + number), person_code=f"DC-{number}K7Q", parts=parts, kind=PersonKind.PUPIL,
        relation="unknown", is_adult=False, sex=Sex.MALE, class_name="8A2", age=13, injury="none",
        can_tell=Known.YES, self_harm=SelfHarm.NONE, version=1, name=name,
    )  # fmt: skip
    return replace(base, **changes)


PEOPLE = (
    person(0, Part.HARMED, name="Nguyễn Hoà Mai", sex=Sex.FEMALE, class_name="7A1", age=12, injury="clinic"),
    person(1, Part.ACTING, name="Trần Văn Dũng"),
    person(2, Part.ACTING, name="Lê Quang Vinh", age=16),
    person(3, Part.WITNESS, name="Phạm Thị Thuý", sex=Sex.FEMALE),
    person(4, name="Đỗ Kiên", sex=Sex.UNKNOWN, age=None, class_name=""),
)


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    return datetime(2026, 11, 9, hour - 7, minute, tzinfo=UTC) + timedelta(days=days)


def entry(when: datetime, kind: EntryKind, by: str = "Cô Lan", detail: str = "", text: str = "") -> Entry:
    return Entry(when, kind, by, by == "", detail, text)


CHRONOLOGY = (
    entry(at(9, 25), EntryKind.TAKEN_UP),
    entry(at(9, 40), EntryKind.CODED, detail="TC02"),
    entry(at(9, 41), EntryKind.SEVERITY_SET, detail="2>3"),
    entry(at(9, 50), EntryKind.FAMILY_TOLD),
    entry(at(10, 15), EntryKind.AUTHORITY_TOLD, "Thầy Hùng", "police"),
    entry(
        at(11, 30), EntryKind.FACTS_ADDED, "",
        text="Nguyễn Hoà Mai nói là hai bạn đợi em ở sau nhà đa năng. Em được đưa đến phòng y tế.",
    ),
    entry(at(14, 0, 1), EntryKind.LEAD_NAMED, detail="Cô Lan"),
)  # fmt: skip


def a_case(**changes: Any) -> Case:
    base = Case(
        id=UUID(int=1), org_path="/1/2/3/", organisation_id=UUID(int=2), organisation_version_id=UUID(int=3),
        number="VV-2627-000123", version=3, taxonomy_version=2, group=PlainGroup.FIGHT, types=("TC02",),
        record_kind=RecordKind.INCIDENT, occurred_on=DAY, occurred_time=time(9, 5),
        day_part="break", place="yard", channel="seen", learned_at=at(9, 10), reported_at=at(9, 20),
        due_to_open=None, safety=Safety.SAFE, weapon=Weapon.NO, repeated=Known.NO, online=Known.YES,
        first_aid=Known.YES, family_danger=Known.NO, family_told_at=at(9, 50), family_reason="", severity=3,
        severity_computed=3, lowering_to=None, lowering_by=None, lowering_reason="", state=IncidentState.ACCEPTED,
        duplicate_of=None, concerns_lead=False, is_staff_case=False, is_restricted=False, source="portal",
        facts="Ba học sinh khối 8 dùng tay, chân đánh một học sinh khối 7 là Nguyễn Hoà Mai ở sân trường, sau nhà đa"
        " năng.\nMột học sinh khác quay phim. Giáo viên can ngăn sau khoảng ba phút. Em A bầm tím ở vai.",
        people=PEOPLE,
        told=(
            ToldPlace(Receiver.POLICE, at(10, 15), "Thầy Hùng", "12/CAX"),
            ToldPlace(Receiver.HEALTH, None, "", ""),
        ),
    )  # fmt: skip
    return replace(base, **changes)


EMPTY = {
    "types": (), "occurred_time": None, "day_part": "unknown", "channel": "unknown", "place": "unknown",
    "safety": Safety.UNKNOWN, "weapon": Weapon.UNKNOWN, "repeated": Known.UNKNOWN, "online": Known.UNKNOWN,
    "first_aid": Known.UNKNOWN, "family_told_at": None, "severity": 2, "severity_computed": 2,
    "state": IncidentState.SUBMITTED, "people": (), "told": (), "facts": "Em A bị đẩy ngã.",
}  # fmt: skip


def what_was_read(case: Case | None = None, **changes: Any) -> Read:
    views = (
        View(at(16, 42), "", False),
        View(at(9, 31), "Thầy Hùng", True),
        View(at(9, 25), "Cô Lan", False),
    )
    base = Read(
        case=case or a_case(), lists=LISTS, letterhead=HEAD, school_name=HEAD.full_name_vi, chronology=CHRONOLOGY,
        views=views, assigned=(Assigned(UUID(int=9), "Cô Lan", Duty.LEAD),),
        posts={"Cô Lan": "Người phụ trách bảo vệ trẻ em", "Thầy Hùng": "Hiệu trưởng"},
        reporter="Hoàng Thị Báo Tin",
    )  # fmt: skip
    return replace(base, **changes)


def a_file(
    language: str = "vi", printed: FilePrint = NO_NAMES, case: Case | None = None, **changes: Any
) -> IncidentFile:
    with use_language(language):
        return compose(what_was_read(case, **changes), printed, "Cô Ngọc Lan", MOMENT)


def a_paper_form(language: str = "vi") -> PaperForm:
    people = [
        Contact("Ngô Thị Lan", "Người phụ trách bảo vệ trẻ em", "0912 345 678"),
        Contact("Đinh Công Hùng", "Hiệu trưởng", "0987 654 321"),
    ]
    office = Contact("Phòng Văn hóa - Xã hội xã Đồi Chè", "", "0210 3 846 000")
    with use_language(language):
        return compose_paper("Trường Trung học cơ sở Đồi Chè", people, office)


def draw(template: str, values: Any, language: str, path: Path) -> Path:
    path.write_bytes(render_pdf(render_html(template, values, language)))
    return path
