"""The department and its commune offices, from the statistics office's list in the package vietnam-provinces."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from school_portal.core.actor import Actor
from school_portal.core.authz import require
from school_portal.organisations import policy, queries, service
from school_portal.organisations.domain import CreateUnit, UnitDetails, UnitKind, fold, plain_latin
from school_portal.organisations.importing.rows import InputRefused, Outcome

SINCE = date(2025, 7, 1)
"""Two levels of government, and the communes of today, since 1 July 2025 (Law 72/2025/QH15)."""

_ENGLISH_WORDS = {"xã": "Commune", "phường": "Ward", "đặc khu": "Special Zone"}


def import_units(session: Session, actor: Actor, province: int, *, dry_run: bool = False) -> Outcome:
    """Begin what is missing of a province's department and commune offices; put right names that differ.

    A name that differs only in marks or case counts as the same: two official lists spell differently.
    """
    require(policy.may_import(actor))
    department, communes = _official_list(province)
    known = {unit.code: unit for unit in queries.all_units(session, actor)}
    gone = queries.codes_of_ended_units(session, actor)
    outcome = Outcome()
    top = known.get(department.code)
    if top is None and queries.has_units(session, actor):
        raise InputRefused("another-department")
    new = []
    for kind, details in [
        (UnitKind.DEPARTMENT, department),
        *((UnitKind.COMMUNE, commune) for commune in communes),
    ]:
        standing = known.get(details.code)
        if standing is None and details.code not in gone:
            new.append((kind, details))
            outcome.added += 1
        elif standing is None or fold(standing.name_vi) == fold(details.name_vi):
            outcome.unchanged += 1
        else:
            outcome.updated += 1
            if not dry_run:
                service.rename_unit(
                    session, actor, standing.id, standing.valid_from, details.name_vi, details.name_en
                )
    if dry_run or not new:
        return outcome
    if top is None:
        top = service.create_unit(session, actor, CreateUnit(UnitKind.DEPARTMENT, None, department, SINCE))
        new = new[1:]
    service.create_units(session, actor, [CreateUnit(kind, top.id, details, SINCE) for kind, details in new])
    return outcome


def _official_list(code: int) -> tuple[UnitDetails, list[UnitDetails]]:
    from vietnam_provinces import Province, ProvinceCode, Ward  # 0.3 s and 20 MB that only this needs

    try:
        province = Province.from_code(ProvinceCode(code))
    except ValueError:
        raise InputRefused("province-unknown", province=code) from None
    word = "thành phố" if province.division_type.value.startswith("thành phố") else "tỉnh"
    name = province.name.removeprefix("Thành phố ").removeprefix("Tỉnh ")
    department = UnitDetails(
        code=f"{code:02d}",
        name_vi=f"Sở Giáo dục và Đào tạo {word} {name}",
        name_en=f"{plain_latin(name)} Department of Education and Training",
        short_name=f"Sở GD&ĐT {name}",
        letterhead_parent=f"UBND {word} {name}".upper(),
        letterhead_place=name,
        document_symbol="SGD&ĐT",
    )
    communes = [
        UnitDetails(
            code=f"{int(ward.code):05d}",
            name_vi=ward.name,
            name_en=_english(ward.name, ward.division_type.value),
        )
        for ward in sorted(Ward.iter_by_province(ProvinceCode(code)), key=lambda ward: int(ward.code))
    ]
    return department, communes


def _english(name: str, kind: str) -> str:
    own = name[len(kind) :].strip() if name.lower().startswith(kind) else name
    return f"{plain_latin(own)} {_ENGLISH_WORDS[kind]}"
