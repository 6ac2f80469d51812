"""Addresses of the accounts' own pages; signing in and out are Flask-Security's, wired in extension.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user

from school_portal.accounts import labels, queries, security_forms, service, throttle, units
from school_portal.accounts.datastore import make_hash
from school_portal.accounts.domain import shown_sign_in_name
from school_portal.accounts.forms import (
    CodeOfSlipForm,
    ForgotForm,
    InviteForm,
    LanguageForm,
    LinkPasswordForm,
    PeopleFilter,
    PostForm,
    choices,
)
from school_portal.accounts.passwords import ALONE, WITH_SECOND_FACTOR
from school_portal.accounts.qr import qr_svg
from school_portal.core.authz import decide_own, require
from school_portal.core.db import read_first
from school_portal.core.errors import RuleBroken
from school_portal.core.i18n import gettext as _
from school_portal.web import language
from school_portal.web.door import current_actor, public
from school_portal.web.unit_of_work import current_session

accounts = Blueprint("accounts", __name__, url_prefix="/accounts")


@accounts.get("/")
def index() -> ResponseReturnValue:
    """The people of the units one looks after."""
    session, actor = current_session(), current_actor()
    form = PeopleFilter(request.args)
    page = queries.list_people(
        session,
        actor,
        text=form.text.data or "",
        organisation_id=request.args.get("unit", type=UUID),
        after=request.args.get("after", ""),
    )
    awaiting = queries.list_awaiting(session, actor)
    return render_template(
        "accounts/index.html",
        form=form,
        page=page,
        awaiting=awaiting,
        labels=labels,
        may_invite=units.may_invite(actor),
    )


@accounts.route("/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Somebody new, or a first post here for somebody known; then her slip."""
    session, actor = current_session(), current_actor()
    require(units.may_invite(actor))
    offered = units.offered(session, actor, request.values.get("unit", type=UUID))
    form = InviteForm()
    form.offer(offered.units, choices(offered.roles), offered.givable)
    if form.validate_on_submit():
        try:
            invited = service.invite_person(session, actor, form.to_command())
        except RuleBroken as error:
            form.apply(error)
        else:
            if invited.link is None:
                flash(_("The role was added to the account she has already."), "done")
                return redirect(url_for(".detail", user_id=invited.user.id), 303)
            return redirect(url_for(".slip", link_id=invited.link.id), 303)
    return render_template("accounts/invite.html", form=form, labels=labels), form.status


@accounts.get("/<uuid:user_id>")
def detail(user_id: UUID) -> ResponseReturnValue:
    """One person: posts, state, and what one may do with the account."""
    session, actor = current_session(), current_actor()
    person = queries.get_person(session, actor, user_id)
    offered = units.offered(session, actor, request.args.get("unit", type=UUID), to=user_id)
    form = PostForm(formdata=None)
    form.offer(offered.units, choices(offered.roles), offered.givable)
    return render_template(
        "accounts/detail.html",
        person=person,
        form=form,
        labels=labels,
        may_manage=queries.may_manage(session, actor, user_id),
        may_make_link=queries.may_make_link(session, actor, user_id),
        may_take={post.id for post in person.posts if units.may_give(actor, post)},
        may_confirm={post.id for post in person.posts if units.may_confirm(actor, post)},
    )


@accounts.post("/<uuid:user_id>/posts")
def give_post(user_id: UUID) -> ResponseReturnValue:
    """One more post."""
    session, actor = current_session(), current_actor()
    queries.get_person(session, actor, user_id)  # who is not seen is not there, also for an empty form
    offered = units.offered(session, actor, request.values.get("organisation_id", type=UUID), to=user_id)
    form = PostForm()
    form.offer(offered.units, choices(offered.roles), offered.givable)
    if form.validate_on_submit():
        unit_id, role, is_deputy = form.organisation_id.data, form.role.data, bool(form.is_deputy.data)
        try:
            service.give_post(session, actor, user_id, unit_id, role, is_deputy)
        except RuleBroken as error:
            flash(str(labels.RULES[error.code]), "error")
        else:
            flash(_("The role is given. It counts from her next sign-in."), "done")
    else:
        flash(_("Choose a unit and a role that goes with it."), "error")
    return redirect(url_for(".detail", user_id=user_id), 303)


@accounts.post("/<uuid:user_id>/posts/<uuid:post_id>/end")
def end_post(user_id: UUID, post_id: UUID) -> ResponseReturnValue:
    """Take a post back."""
    service.end_post(current_session(), current_actor(), user_id, post_id)
    flash(_("The role is taken back."), "done")
    return redirect(url_for(".index"), 303)


@accounts.post("/<uuid:user_id>/posts/<uuid:post_id>/confirm")
def confirm_post(user_id: UUID, post_id: UUID) -> ResponseReturnValue:
    """The second person's yes."""
    service.confirm_post(current_session(), current_actor(), user_id, post_id)
    flash(_("The role is confirmed."), "done")
    return redirect(url_for(".detail", user_id=user_id), 303)


@accounts.post("/<uuid:user_id>/disable")
def disable(user_id: UUID) -> ResponseReturnValue:
    """Lock the account."""
    service.disable_account(current_session(), current_actor(), user_id)
    flash(_("The account is locked. Whoever was signed in with it is out."), "done")
    return redirect(url_for(".detail", user_id=user_id), 303)


@accounts.post("/<uuid:user_id>/enable")
def enable(user_id: UUID) -> ResponseReturnValue:
    """Open the account again."""
    service.enable_account(current_session(), current_actor(), user_id)
    flash(_("The account is open again."), "done")
    return redirect(url_for(".detail", user_id=user_id), 303)


@accounts.post("/<uuid:user_id>/link")
def make_link(user_id: UUID) -> ResponseReturnValue:
    """A new invitation, or a reset for who has a password."""
    link = service.make_link(current_session(), current_actor(), user_id)
    return redirect(url_for(".slip", link_id=link.id), 303)


@accounts.get("/links/<uuid:link_id>")
def slip(link_id: UUID) -> ResponseReturnValue:
    """The printable slip, A5. Who looked at it is audited."""
    session, actor = current_session(), current_actor()
    found = queries.get_slip(session, actor, link_id)
    service.note_slip_shown(session, actor, found.link)
    base = current_app.config["PUBLIC_URL"]
    address = base + url_for(".link", token=service.token_of(link_id))
    return render_template(
        "accounts/slip.html",
        slip=found,
        labels=labels,
        address=address,
        qr=qr_svg(address, str(_("QR code of the invitation"))),
        code=service.code_of(link_id),
        code_address=base.partition("://")[2] + url_for(".code"),
        sign_in_name=_sign_in_name(found.user),
    )


# --- signed out ------------------------------------------------------------------------------------------------


@accounts.route("/link/<token>", methods=["GET", "POST"])
@public("who holds the one-time link sets a password and has none yet")
def link(token: str) -> ResponseReturnValue:
    """Set a password by a one-time link. An invitation signs in at once; a reset never skips the second step."""
    session = current_session()
    with read_first(session):
        found = queries.find_link(session, token)
        person = queries.what_is_known_of(session, found[1].id) if found else None
    if found is None or person is None:
        return render_template("accounts/link_dead.html"), 404
    one_time_link, user = found
    has_second_factor = user.tf_primary_method is not None
    form = LinkPasswordForm()
    if form.validate_on_submit() and security_forms.check_new_password(
        form.password, person, has_second_factor
    ):
        service.set_password_by_link(session, token, make_hash(form.password.data or ""))
        if user.tf_primary_method or user.check_tf_required_setup() or one_time_link.purpose.value == "reset":
            flash(_("The password is set. Sign in with it."), "done")
            return redirect(url_for("security.login"), 303)
        cookie[security_forms.REMEMBER] = bool(form.remember_device.data)
        login_user(user, authn_via=["invitation"])
        return redirect("/", 303)
    least = WITH_SECOND_FACTOR if has_second_factor else ALONE
    page = render_template(
        "accounts/link.html", form=form, user=user, least=least, sign_in_name=_sign_in_name(user)
    )
    return page, form.status


def _sign_in_name(user: Any) -> str:
    return shown_sign_in_name(user.email, user.phone, user.staff_code)


@accounts.route("/code", methods=["GET", "POST"])
@public("the address on the slip, for who can't read its QR code")
def code() -> ResponseReturnValue:
    """From the short code of a slip to its link."""
    session = current_session()
    form = CodeOfSlipForm()
    counters = [throttle.of_address(request.remote_addr)]
    if form.validate_on_submit() and not form.is_shut(session, counters):
        found = queries.find_link_by_code(session, form.code.data or "")
        if form.try_secret(counters, found is not None) and found:
            return redirect(url_for(".link", token=service.token_of(found[0].id)), 303)
        if not form.is_throttled:
            form.apply(RuleBroken("code-unknown", "code"))
    return render_template("accounts/code.html", form=form), form.status


@accounts.route("/forgot", methods=["GET", "POST"])
@public("who forgot her password can't sign in")
def forgot() -> ResponseReturnValue:
    """Ask for a link by e-mail. The answer is the same for every name."""
    session = current_session()
    form = ForgotForm()
    counters = [throttle.of_address(request.remote_addr)]
    if form.validate_on_submit() and form.may_ask(counters):
        service.ask_for_reset(session, form.name.data or "")
        return render_template("accounts/forgot_sent.html")
    return render_template("accounts/forgot.html", form=form), form.status


# --- one's own account -----------------------------------------------------------------------------------------


@accounts.get("/me")
def me() -> ResponseReturnValue:
    """One's own account."""
    own = queries.get_own(current_session(), current_actor())
    form = LanguageForm(formdata=None, language=own.user.language)
    return render_template(
        "accounts/me.html", own=own, form=form, labels=labels, here=g.signed_in.row.id, devices=units.describe
    )


@accounts.post("/me/language")
def choose_language() -> ResponseReturnValue:
    """The language of one's pages and papers, on every device."""
    decide_own()
    service.choose_language(current_session(), current_actor(), request.form.get("language", ""))
    response = redirect(url_for(".me"), 303)
    response.delete_cookie(language.COOKIE)
    return response


@accounts.post("/me/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session and forget every device, this one too."""
    decide_own()
    service.sign_out_everywhere(current_session(), current_actor())
    cookie.clear()
    flash(_("You are signed out on all devices."), "done")
    return redirect(url_for("security.login"), 303)


@accounts.post("/me/sessions/<uuid:session_id>/end")
def end_session(session_id: UUID) -> ResponseReturnValue:
    """End one of one's own sessions."""
    service.end_own_session(current_session(), current_actor(), session_id)
    flash(_("That device is signed out."), "done")
    return redirect(url_for(".me"), 303)


@accounts.post("/me/devices/<uuid:device_id>/forget")
def forget_device(device_id: UUID) -> ResponseReturnValue:
    """Forget one of one's own devices."""
    service.forget_own_device(current_session(), current_actor(), device_id)
    flash(_("That device is forgotten."), "done")
    return redirect(url_for(".me"), 303)
