"""A form with every kind of field, and nothing behind it."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    FormField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from school_portal.core.i18n import lazy_gettext as _
from school_portal.web.forms import BaseForm, PartForm, options

YES_NO_UNKNOWN = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not known yet")}
ANSWERS = {
    "met": _("Met"),
    "partly": _("Partly met"),
    "not_met": _("Not met"),
    "not_applicable": _("Not applicable"),
}
SAFETY = {"safe": _("Yes, the child is safe now"), "unsafe": _("Not safe yet"), "unknown": _("Not known yet")}
PLACES = {
    "classroom": _("Classroom"),
    "yard": _("School yard"),
    "toilets": _("Toilet block"),
    "online": _("Online"),
}
PARTS = {"harmed": _("Harmed"), "involved": _("Reported as involved"), "witness": _("Witness")}


class SamplePersonForm(PartForm):
    """One card of the list of people."""

    parts = SelectMultipleField(
        _("Parts"),
        choices=options(PARTS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    injured = RadioField(_("Injured?"), choices=options(YES_NO_UNKNOWN), default="unknown")
    full_name = StringField(_("Full name"), [Length(max=120)])


class SampleForm(BaseForm):
    """Every kind of field once."""

    safety = RadioField(_("Is the child safe now?"), [InputRequired()], choices=options(SAFETY))
    weapon = RadioField(_("Was a weapon there?"), choices=options(YES_NO_UNKNOWN), default="unknown")
    answer = RadioField(_("How far is this criterion met?"), choices=options(ANSWERS), default="met")
    title = StringField(_("One line, without names"), [InputRequired(), Length(max=200)])
    email = EmailField(_("E-mail"), [InputRequired(), Email()])
    phone = TelField(_("Telephone"), [Length(max=20)])
    passphrase = PasswordField(_("Passphrase"), [InputRequired()])
    happened_on = DateField(_("Day"), [InputRequired()])
    happened_at = TimeField(_("Time of day"), [Optional()])
    pupils = IntegerField(_("Pupils"), [InputRequired(), NumberRange(min=0, max=100)])
    place = SelectField(_("Where?"), choices=options(PLACES))
    facts = TextAreaField(
        _("What the child said or you saw"),
        [InputRequired(), Length(max=1000)],
        description=_("Do not ask further just to fill this in. No names here."),
    )
    sheet = FileField(_("File"))
    agreed = BooleanField(_("I have read who will see this"), [InputRequired()])
    people = FieldList(FormField(SamplePersonForm), min_entries=1, max_entries=5)
