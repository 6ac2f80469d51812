"""Pages about units: the tree, a unit, what is known of it, what happens to it, its numbers; the calendar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from school_portal.core.clock import today
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import current_language, gettext
from school_portal.core.paging import is_number
from school_portal.organisations import labels, queries, service
from school_portal.organisations.domain import (
    Act,
    CreateUnit,
    Level,
    PeriodUnknown,
    SchoolYear,
    Unit,
    UnitDetails,
    UnitKind,
    parse_school_year,
    school_year_of,
)
from school_portal.organisations.forms import (
    CORRECT,
    CalendarForm,
    CloseForm,
    ContactForm,
    MergeForm,
    MoveForm,
    OfficeForm,
    RenameForm,
    SchoolForm,
    SplitForm,
    UnitSearchForm,
    enrolment_form,
)
from school_portal.web.door import current_actor
from school_portal.web.unit_of_work import current_session

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")

Answer = str | Response | tuple[str, int]


def _to_unit(organisation_id: UUID, said: str = "") -> Response:
    if said:
        flash(said, "done")
    return redirect(url_for("organisations.show", organisation_id=organisation_id), 303)


def _expected(form: Any) -> int | None:
    """The unit's version that the form was filled from."""
    text = form.row_version.data or ""
    return int(text) if is_number(text) else None


@blueprint.get("/")
def index() -> str:
    """The tree from its top, or what a search finds anywhere in it."""
    session, actor = current_session(), current_actor()
    form = UnitSearchForm(request.args)
    looks = bool(form.q.data or form.kind.data or form.level.data or form.closed.data)
    top = queries.top_unit(session, actor)
    filters = queries.UnitFilters(
        parent_id=None if looks else top.id,
        search=form.q.data or "",
        kind=UnitKind(form.kind.data) if form.kind.data in list(UnitKind) else None,
        level=Level(form.level.data) if form.level.data in list(Level) else None,
        closed=bool(form.closed.data),
    )
    page = queries.list_units(session, actor, filters, request.args.get("after"))
    return render_template(
        "organisations/index.html",
        form=form,
        top=top,
        looks=looks,
        page=page,
        total=queries.count_units(session, actor, filters),
        children=queries.count_children(session, actor, [unit.id for unit in page.items]),
        query={
            name: request.args[name] for name in ("q", "kind", "level", "closed") if request.args.get(name)
        },
        labels=labels,
    )


@blueprint.get("/<uuid:organisation_id>")
def show(organisation_id: UUID) -> str:
    """A unit: what is known today and was known before, what stands below it, its numbers of this year."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit(session, actor, organisation_id)
    filters = queries.UnitFilters(parent_id=unit.id, closed=True)
    page = queries.list_units(session, actor, filters, request.args.get("after"))
    successions = queries.successions_of(session, actor, unit.id)
    others = {id_ for each in successions for id_ in (each.organisation_id, each.successor_id)}
    year = school_year_of(today())
    place = queries.get_place(session, actor, unit.details.commune_code)
    return render_template(
        "organisations/show.html",
        unit=unit,
        above=queries.path_to(session, actor, unit.org_path),
        place=place,
        page=page,
        children=queries.count_children(session, actor, [child.id for child in page.items]),
        below=queries.count_below(session, actor, unit.org_path),
        versions=queries.versions_of(session, actor, unit.id)[::-1],
        successions=successions,
        names=queries.names_for(session, actor, others, current_language()),
        year=year,
        enrolment=queries.get_enrolment(session, actor, unit.id, year),
        acts=queries.acts_allowed(session, actor, unit),
        Act=Act,
        labels=labels,
    )


def _details_form(kind: UnitKind) -> OfficeForm:
    """The form for a kind of unit, with its choices."""
    form: OfficeForm = SchoolForm() if kind == UnitKind.SCHOOL else OfficeForm()
    if isinstance(form, SchoolForm):
        form.grow("sites")
    return form


def _offer(form: OfficeForm) -> None:
    if isinstance(form, SchoolForm):
        form.offer(queries.list_places(current_session(), current_actor()), current_language())


@blueprint.route("/<uuid:organisation_id>/new", methods=["GET", "POST"])
def create(organisation_id: UUID) -> Answer:
    """A unit begins below this one."""
    session, actor = current_session(), current_actor()
    manager = queries.get_unit_to(session, actor, organisation_id, Act.BEGIN_BELOW)
    kind = UnitKind.COMMUNE if request.args.get("kind") == UnitKind.COMMUNE else UnitKind.SCHOOL
    form = _details_form(kind)
    if request.method == "GET":
        form.from_day.data = today()
        if isinstance(form, SchoolForm) and manager.kind == UnitKind.COMMUNE:
            form.commune_code.data = manager.code
    _offer(form)
    if form.validate_on_submit():
        try:
            command = CreateUnit(kind, manager.id, form.to_details(None), form.from_day.data or today())
            unit = service.create_unit(session, actor, command)
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("%(name)s has been added.", name=unit.name_vi))
    return render_template(
        "organisations/edit.html", form=form, unit=None, manager=manager, kind=kind
    ), form.status


@blueprint.route("/<uuid:organisation_id>/edit", methods=["GET", "POST"])
def edit(organisation_id: UUID) -> Answer:
    """What is known of a unit: corrected, or changed from a day on."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.EDIT)
    if wanted := request.args.get("version"):
        versions = queries.versions_of(session, actor, organisation_id)
        unit = next((version for version in versions if str(version.version_id) == wanted), unit)
    form = _details_form(unit.kind)
    if request.method == "GET":
        form.fill(unit)
    _offer(form)
    if form.validate_on_submit():
        details = form.to_details(unit.details)
        try:
            if form.mode.data == CORRECT:
                service.correct_unit(session, actor, unit.id, unit.version_id, details, _expected(form))
            else:
                day = form.from_day.data or today()
                service.revise_unit(session, actor, unit.id, details, day, _expected(form))
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("Saved."))
    return render_template(
        "organisations/edit.html", form=form, unit=unit, manager=None, kind=unit.kind
    ), form.status


@blueprint.route("/<uuid:organisation_id>/contact", methods=["GET", "POST"])
def contact(organisation_id: UUID) -> Answer:
    """How to reach a unit: its own head may change it."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.CONTACT)
    form = ContactForm(obj=unit.details, data={"row_version": str(unit.row_version)})
    if form.validate_on_submit():
        told = (form.address.data or "", form.phone.data or "", form.email.data or "")
        try:
            service.change_contact(session, actor, unit.id, *told, today(), _expected(form))
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("Saved."))
    return render_template("organisations/contact.html", form=form, unit=unit), form.status


@blueprint.route("/<uuid:organisation_id>/rename", methods=["GET", "POST"])
def rename(organisation_id: UUID) -> Answer:
    """Another name from a day on."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.EDIT)
    form = RenameForm(data={"on": today(), "row_version": str(unit.row_version)})
    if form.validate_on_submit():
        names = (form.name_vi.data, form.name_en.data or "", form.short_name.data or "")
        try:
            service.rename_unit(
                session, actor, unit.id, form.on.data, *names, form.code.data or None, _expected(form)
            )
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(
                unit.id, gettext("The new name is kept; papers of earlier days keep the old one.")
            )
    return render_template("organisations/rename.html", form=form, unit=unit), form.status


@blueprint.route("/<uuid:organisation_id>/move", methods=["GET", "POST"])
def move(organisation_id: UUID) -> Answer:
    """Another office is responsible."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.REORGANISE)
    form = MoveForm(data={"on": today(), "row_version": str(unit.row_version)})
    offices = queries.list_managers(session, actor, unit.org_path)
    form.manager_id.choices = _choices(office for office in offices if office.id != unit.parent_id)
    if form.validate_on_submit():
        try:
            service.move_unit(
                session, actor, unit.id, UUID(form.manager_id.data), form.on.data, _expected(form)
            )
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("The unit has a new manager."))
    return render_template("organisations/move.html", form=form, unit=unit), form.status


@blueprint.route("/<uuid:organisation_id>/merge", methods=["GET", "POST"])
def merge(organisation_id: UUID) -> Answer:
    """The unit goes into another one of its kind."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.REORGANISE)
    form = MergeForm(data={"on": today()})
    beside = queries.list_beside(session, actor, unit)
    form.successor_id.choices = _choices(beside)
    if form.validate_on_submit():
        try:
            successor_id = UUID(form.successor_id.data)
            if form.other_code.data:
                successor_id = _by_code(form.other_code.data).id
            service.merge_units(session, actor, [unit.id], successor_id, form.on.data)
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(successor_id, gettext("%(name)s has gone into this unit.", name=unit.name_vi))
    return render_template("organisations/merge.html", form=form, unit=unit), form.status


@blueprint.route("/<uuid:organisation_id>/split", methods=["GET", "POST"])
def split(organisation_id: UUID) -> Answer:
    """New units come out of this one; they begin with what is known of it."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.REORGANISE)
    form = SplitForm(data={"on": today(), "row_version": str(unit.row_version)})
    form.grow("parts", at_least=1)
    if form.validate_on_submit():
        try:
            parts = [_part(unit, entry.form) for entry in form.parts]
            service.split_unit(
                session,
                actor,
                unit.id,
                parts,
                form.on.data,
                closes=form.closes.data,
                expected=_expected(form),
            )
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("The new units have been added."))
    return render_template("organisations/split.html", form=form, unit=unit), form.status


@blueprint.route("/<uuid:organisation_id>/close", methods=["GET", "POST"])
def close(organisation_id: UUID) -> Answer:
    """The unit ends without a successor."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.REORGANISE)
    form = CloseForm(data={"on": today(), "row_version": str(unit.row_version)})
    if form.validate_on_submit():
        try:
            service.close_unit(session, actor, unit.id, form.on.data, _expected(form))
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("The unit has ended; its records are kept."))
    manages = queries.open_units_below(session, actor, unit.org_path)
    page = render_template("organisations/close.html", form=form, unit=unit, manages=manages, labels=labels)
    return page, form.status


@blueprint.route("/<uuid:organisation_id>/enrolment", methods=["GET", "POST"])
def enrolment(organisation_id: UUID) -> Answer:
    """Numbers of learners and staff in a school year."""
    session, actor = current_session(), current_actor()
    unit = queries.get_unit_to(session, actor, organisation_id, Act.ENROL)
    year = _year()
    form = enrolment_form(unit.levels, labels.LEARNER_WORDS[unit.learner_word])()
    if request.method == "GET":
        form.fill(queries.get_enrolment(session, actor, unit.id, year))
    if form.validate_on_submit():
        try:
            service.record_enrolment(session, actor, unit.id, year, form.to_figures())
        except RuleBroken as error:
            form.apply(error)
        else:
            return _to_unit(unit.id, gettext("The numbers of %(year)s are saved.", year=year.code))
    return render_template(
        "organisations/enrolment.html", form=form, unit=unit, year=year, labels=labels
    ), form.status


@blueprint.get("/calendar")
def calendar() -> str:
    """Terms, summer and report days of the school years around today."""
    session, actor = current_session(), current_actor()
    top = queries.top_unit(session, actor)
    year = school_year_of(today())
    years = [SchoolYear(year.start_year + step) for step in (1, 0, -1, -2)]
    known = queries.get_calendar(session, actor)
    return render_template(
        "organisations/calendar.html",
        top=top,
        years=[(each, known.dates(each)) for each in years],
        now=year,
        may_edit=queries.may_edit_calendar(session, actor),
    )


@blueprint.route("/calendar/edit", methods=["GET", "POST"])
def edit_calendar() -> Answer:
    """The department sets the days of a school year."""
    session, actor = current_session(), current_actor()
    known = queries.get_calendar_to_edit(session, actor)
    year = _year()
    form = CalendarForm(obj=known.dates(year))
    if form.validate_on_submit():
        try:
            service.set_term_dates(session, actor, year, form.to_dates())
        except RuleBroken as error:
            form.apply(error)
        else:
            flash(gettext("The days of %(year)s are saved.", year=year.code), "done")
            return redirect(url_for("organisations.calendar"), 303)
    return render_template("organisations/calendar_edit.html", form=form, year=year), form.status


def _year() -> SchoolYear:
    """The school year in the address, this one by default."""
    code = request.args.get("year")
    try:
        return parse_school_year(code) if code else school_year_of(today())
    except PeriodUnknown:
        raise NotFound("period-unknown") from None


def _choices(units: Any) -> list[tuple[str, str]]:
    language = current_language()
    return [(str(unit.id), unit.name(language)) for unit in units]


def _by_code(code: str) -> Unit:
    try:
        return queries.find_by_code(current_session(), current_actor(), code)
    except NotFound:
        raise RuleBroken("unit-code-unknown", "other_code") from None


def _part(unit: Unit, form: Any) -> UnitDetails:
    return replace(
        unit.details, code=form.code.data, name_vi=form.name_vi.data, name_en="", short_name="", sites=()
    )
