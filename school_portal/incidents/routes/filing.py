"""Addresses of filing: the calls and the stub, the four steps of a report, its draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from school_portal.accounts import queries as accounts
from school_portal.accounts.labels import role_words
from school_portal.core.actor import Actor
from school_portal.core.clock import local, now, today
from school_portal.core.errors import NotFound, RuleBroken
from school_portal.core.i18n import format_date, format_time, gettext
from school_portal.incidents import labels, queries, service
from school_portal.incidents.domain import (
    RESTRICTED_GROUPS,
    STEPS,
    Answers,
    ReportIncident,
    due_to_open,
    is_weekday,
    masked,
)
from school_portal.incidents.forms.filing import FORMS, Offered, StepForm, StubForm
from school_portal.incidents.queries import OwnDraft
from school_portal.incidents.routes.blueprint import blueprint
from school_portal.web.door import current_actor, remembered_ok
from school_portal.web.unit_of_work import current_session

NOT_KEPT = frozenset({"csrf_token", "key", "step", "lang", "add", "remove", "save"})
"""What a form sends beside answers."""
PAGES = {"what": "incidents/what.html", "who": "incidents/who.html", "done": "incidents/done.html"}
Answer = Response | tuple[str, int]


@blueprint.route("/start", methods=["GET", "POST"])
@remembered_ok
def start() -> Answer:
    """Before the form: whom to call; and a stub, kept as a draft and told to nobody."""
    session, actor = current_session(), current_actor()
    offered = _offered(None)
    form = StubForm()
    form.offer(offered)
    if form.validate_on_submit():
        answers = [("organisation", offered.units[0][0]), *_sent()]
        return _left(service.save_draft(session, actor, uuid4(), STEPS[0], answers))
    schools = [
        (
            service.school_and_above(session, actor, UUID(unit))[0],
            service.readers_at(session, actor, UUID(unit)),
        )
        for unit, _name in offered.units
    ]
    page = render_template("incidents/start.html", form=form, schools=schools, role_words=role_words)
    return page, form.status


@blueprint.route("/new", methods=["GET", "POST"])
@remembered_ok
def new() -> Answer:
    """The first step of a report; its draft begins with the first answers that are sent."""
    return _open("what", _key(), queries.find_draft)


@blueprint.route("/drafts/<uuid:draft_id>/what", methods=["GET", "POST"])
@remembered_ok
def draft_what(draft_id: UUID) -> Answer:
    """What happened."""
    return _open("what", draft_id)


@blueprint.route("/drafts/<uuid:draft_id>/who", methods=["GET", "POST"])
@remembered_ok
def draft_who(draft_id: UUID) -> Answer:
    """Who is concerned."""
    return _open("who", draft_id)


@blueprint.route("/drafts/<uuid:draft_id>/done", methods=["GET", "POST"])
@remembered_ok
def draft_done(draft_id: UUID) -> Answer:
    """What was done."""
    return _open("done", draft_id)


@blueprint.route("/drafts/<uuid:draft_id>/check", methods=["GET", "POST"])
@remembered_ok
def draft_check(draft_id: UUID) -> Answer:
    """Everything on one page, the last question, sending."""
    return _open("check", draft_id)


@blueprint.post("/drafts/save")
@remembered_ok
def save_draft() -> tuple[str, int, dict[str, str]]:
    """Keep what stands in the form, for scripts: every 20 seconds and before the page is hidden."""
    step = request.form.get("step", "")
    if step not in STEPS:
        raise NotFound("draft-not-found")
    draft = service.save_draft(*_asking(), _key(), step, _sent())
    return "", 204, {"X-Draft-Saved": format_time(draft.saved_at)}


@blueprint.post("/drafts/<uuid:draft_id>/discard")
@remembered_ok
def discard_draft(draft_id: UUID) -> Response:
    """Throw a draft away."""
    service.discard_draft(*_asking(), draft_id)
    flash(gettext("The draft has been thrown away."))
    return redirect(url_for("home.index"), 303)


# --- the steps -----------------------------------------------------------------------------------------------------


def _open(step: str, key: UUID, find: Callable[..., OwnDraft | None] = queries.get_draft) -> Answer:
    """A step of her own draft; of one that was sent already, be it this moment from another window, the receipt."""
    try:
        draft = find(*_asking(), key)
        return _check(draft) if draft and step == "check" else _step(step, key, draft)
    except NotFound:
        return _to_receipt(key)


def _step(step: str, key: UUID, draft: OwnDraft | None) -> Answer:
    """Keep what was sent, wrong or right; go on when it is right."""
    what: Any = _form("what", draft, step)
    offered = _offered(what)
    form = what if step == "what" else _form(step, draft, step)
    form.offer(offered)
    if request.method == "POST":
        try:
            draft = service.save_draft(*_asking(), key, step, form.kept(_sent()))
        except RuleBroken as error:
            form.apply(error)
        if "save" in request.form and not form.errors:
            return _left(draft)
    if "problems" in request.args and request.method == "GET":
        form.validate()
    if not form.errors and form.validate_on_submit():
        return redirect(url_for(f"incidents.draft_{STEPS[STEPS.index(step) + 1]}", draft_id=key), 303)
    page = render_template(
        PAGES[step],
        form=form,
        key=key,
        step=step,
        draft=draft,
        what=what,
        readers=_readers(what, offered),
        lists=offered.lists,
        staff=dict(offered.staff),
        days=(today(), today() - timedelta(days=1)),
        labels=labels,
    )
    return page, form.status


def _check(draft: OwnDraft) -> Answer:
    """Back to the first step that is not complete; else what will be sent, and sending it."""
    what: Any = _form("what", draft)
    offered = _offered(what, with_staff=request.method != "POST")  # sending needs no names to choose from
    forms: dict[str, Any] = {"what": what, "who": _form("who", draft), "done": _form("done", draft)}
    for step, part in forms.items():
        part.offer(offered)
        if not part.validate():
            return redirect(url_for(f"incidents.draft_{step}", draft_id=draft.id, problems=1), 303)
    command = forms["done"].add_to(forms["who"].add_to(what.to_command(draft.id)))
    form: Any = _form("check", draft, "check")
    if "save" not in request.form and form.validate_on_submit():
        try:
            own = service.report_incident(*_asking(), form.add_to(command))
            return redirect(url_for("incidents.receipt", incident_id=own.id), 303)
        except RuleBroken as error:
            form.apply(error)
    if request.method == "POST":
        draft = service.save_draft(*_asking(), draft.id, "check", _sent())
        if "save" in request.form:
            return _left(draft)
    shown = _offered(what) if request.method == "POST" else offered
    return _check_page(draft, form, service.completed(*_asking(), command), shown)


def _check_page(draft: OwnDraft, form: Any, command: ReportIncident, offered: Offered) -> tuple[str, int]:
    """What will be sent, how grave it is and why, who will read it, what happens by when."""
    session, actor = _asking()
    coding = service.coding_of_report(command, offered.lists)
    asked: Any = {"is_restricted": coding.is_restricted, "people": command.people}
    page = render_template(
        "incidents/check.html",
        form=form,
        key=draft.id,
        step="check",
        draft=draft,
        command=command,
        coding=coding,
        lists=offered.lists,
        staff=dict(offered.staff),
        readers=service.readers_at(session, actor, offered.school, **asked),
        above=service.readers_at(session, actor, offered.school, concerns_lead=True, **asked),
        school=service.school_and_above(session, actor, offered.school)[0],
        due=due_to_open(coding.severity.level, local(now()), is_weekday),
        today=today(),
        has_name=masked(command.facts, [person.name for person in command.people]) != command.facts,
        role_words=role_words,
        labels=labels,
    )
    return page, form.status


# --- what they share -----------------------------------------------------------------------------------------------


def _asking() -> tuple[Any, Actor]:
    return current_session(), current_actor()


def _key() -> UUID:
    """The uuid that the form carries; a new one when it carries none that could be ours."""
    try:
        return UUID(request.form.get("key", ""))
    except ValueError:
        return uuid4()


def _sent() -> Answers:
    """The answers of the form, as they were typed."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]


def _form(step: str, draft: OwnDraft | None, posted: str = "") -> StepForm:
    """A step's form with what was sent just now, or with what the draft has kept of it."""
    is_sent = request.method == "POST" and posted == step
    answers = _sent() if is_sent else draft.answers(step) if draft else []
    return FORMS[step](MultiDict(answers) if answers or is_sent else None)


def _offered(what: Any, *, with_staff: bool = True) -> Offered:
    """What can be chosen for a report to the school of the first step."""
    session, actor = _asking()
    units = service.own_schools(session, actor)
    told = what.organisation.data if what else None
    school = UUID(told if told in dict(units) else units[0][0])
    for_others = queries.may_report_for_others(actor, school)
    staff = accounts.people_at(session, actor, school) if with_staff or for_others else []
    return Offered(
        units,
        school,
        queries.get_taxonomy(session, actor),
        [(str(person.user_id), person.name) for person in staff],
        for_others,
        what.occurred_on.data if what else None,
    )


def _readers(what: Any, offered: Offered) -> service.Readers:
    """Who would read it, as far as the group tells."""
    is_restricted = what.group.data in RESTRICTED_GROUPS
    return service.readers_at(*_asking(), offered.school, is_restricted=is_restricted)


def _left(draft: OwnDraft | None) -> Response:
    """Away from the form: kept until when, and told to nobody."""
    if draft:
        flash(
            gettext("Kept until %(day)s. It has not been sent to anybody.", day=format_date(draft.expires_at))
        )
    return redirect(url_for("home.index"), 303)


def _to_receipt(key: UUID) -> Response:
    """The receipt of what was sent; raises NotFound when it is not hers or was never sent."""
    queries.get_own_report(*_asking(), key)
    return redirect(url_for("incidents.receipt", incident_id=key), 303)
