"""Forms about units: shape only; rules are the service's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from school_portal.core.i18n import lazy_gettext as _
from school_portal.organisations import labels
from school_portal.organisations.domain import (
    LEVELS_OF,
    LIMITS,
    Boarding,
    Figures,
    Level,
    Ownership,
    SchoolKind,
    Site,
    Unit,
    UnitDetails,
    UnitKind,
    YearDates,
)
from school_portal.web.forms import BaseForm, CardList, PartForm

CORRECT, FROM_A_DAY = "correct", "from_a_day"
_NEEDED = _("Fill this in.")
_DAY_NEEDED = _("Enter a day.")


def _text(name: str, label: Any, *, required: bool = False, **options: Any) -> StringField:
    checks = [InputRequired(_NEEDED)] if required else []
    return StringField(label, [*checks, Length(max=LIMITS[name])], **options)


def _day(label: Any, **options: Any) -> DateField:
    return DateField(label, [InputRequired(_DAY_NEEDED)], **options)


class UnitSearchForm(FlaskForm):
    """What somebody looks for in the tree; sent by GET, so without a token."""

    class Meta:
        """Nothing is changed."""

        csrf = False

    q = StringField(_("Name or code"), description=_("Without accents is fine: «doan hung»."))
    kind = SelectField(
        _("Kind"), choices=[("", _("All")), *((k.value, v) for k, v in labels.UNIT_KINDS.items())]
    )
    level = SelectField(
        _("Level"), choices=[("", _("All")), *((k.value, v) for k, v in labels.LEVELS.items())]
    )
    closed = BooleanField(_("Units that have ended, too"))


class ContactForm(BaseForm):
    """How to reach a unit."""

    rule_messages = labels.RULES

    address = _text("address", _("Address"))
    phone = TelField(_("Telephone"), [Length(max=LIMITS["phone"])])
    email = EmailField(_("E-mail"), [Length(max=LIMITS["email"])])
    row_version = HiddenField()


class OfficeForm(ContactForm):
    """What is known of a commune office or the department."""

    code = _text(
        "code", _("Code"), required=True, description=_("As the official list has it, with its zeros.")
    )
    name_vi = _text("name_vi", _("Name"), required=True)
    name_en = _text("name_en", _("Name in English"))
    short_name = _text("short_name", _("Short name"))
    letterhead_parent = _text("letterhead_parent", _("First line of the letterhead"))
    letterhead_issuer = _text("letterhead_issuer", _("Second line of the letterhead"))
    letterhead_place = _text("letterhead_place", _("Place name on documents"))
    letterhead_signer = _text("letterhead_signer", _("Title of who signs"))
    document_symbol = _text("document_symbol", _("Symbol in document numbers"))
    mode = RadioField(
        _("How does this hold?"),
        choices=[
            (CORRECT, _("It was written wrongly: correct it")),
            (FROM_A_DAY, _("It changes from a day on: keep the old version")),
        ],
        default=CORRECT,
    )
    from_day = DateField(_("From this day"), [Optional()])

    kind = UnitKind.COMMUNE

    def fill(self, unit: Unit) -> None:
        """Show what is known."""
        for name in LIMITS:
            if name in self:
                self[name].data = getattr(unit.details, name)
        self.row_version.data = str(unit.row_version)

    def values(self) -> dict[str, Any]:
        """What was entered, by name of the detail."""
        return {name: self[name].data or "" for name in LIMITS if name in self}

    def to_details(self, before: UnitDetails | None) -> UnitDetails:
        """What was entered over what is known."""
        known = vars(before).copy() if before else {}
        return UnitDetails(**(known | self.values()))


class SiteForm(PartForm):
    """A place of a school."""

    name = StringField(_("Name of the site"), [Length(max=120)])
    commune_code = SelectField(_("Commune"), validate_choice=False)


class SchoolForm(OfficeForm):
    """What is known of a school."""

    school_kind = SelectField(
        _("Kind of school"),
        [InputRequired(_NEEDED)],
        choices=[(kind.value, text) for kind, text in labels.SCHOOL_KINDS.items()],
    )
    levels = SelectMultipleField(
        _("Levels taught"),
        choices=[(level.value, text) for level, text in labels.LEVELS.items()],
        description=_("Leave empty for the usual levels of this kind."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    boarding = RadioField(
        _("Do learners stay?"),
        choices=[(value.value, text) for value, text in labels.BOARDINGS.items()],
        default=Boarding.NONE.value,
    )
    ownership = RadioField(
        _("Owned by"),
        choices=[(value.value, text) for value, text in labels.OWNERSHIPS.items()],
        default=Ownership.PUBLIC.value,
    )
    commune_code = SelectField(_("Stands in the commune"), [InputRequired(_NEEDED)])
    sites = CardList(FormField(SiteForm), label=_("Further sites"), max_entries=30)
    former_province = _text("former_province", _("Province before 2025"))
    former_district = _text("former_district", _("District before 2025"))

    kind = UnitKind.SCHOOL

    def offer(self, communes: Iterable[Unit], language: str) -> None:
        """Choices of communes."""
        choices = [(place.code, place.name(language)) for place in communes]
        self.commune_code.choices = choices
        for entry in self.sites:
            entry.form.commune_code.choices = [("", _("The same")), *choices]

    def fill(self, unit: Unit) -> None:
        """Show what is known."""
        super().fill(unit)
        details = unit.details
        self.school_kind.data = details.school_kind.value if details.school_kind else ""
        self.levels.data = [level.value for level in details.levels]
        self.boarding.data = details.boarding.value
        self.ownership.data = details.ownership.value
        for site in details.sites:
            self.sites.append_entry({"name": site.name, "commune_code": site.commune_code})

    def values(self) -> dict[str, Any]:
        """What was entered; without levels, the usual ones of the kind."""
        kind = SchoolKind(self.school_kind.data)
        entered = tuple(level for level in Level if level.value in (self.levels.data or []))
        return super().values() | {
            "school_kind": kind,
            "levels": entered or LEVELS_OF[kind],
            "boarding": Boarding(self.boarding.data or Boarding.NONE),
            "ownership": Ownership(self.ownership.data or Ownership.PUBLIC),
            "sites": tuple(
                Site(entry.form.name.data, entry.form.commune_code.data or "")
                for entry in self.sites
                if entry.form.name.data
            ),
        }


class RenameForm(BaseForm):
    """Another name from a day on."""

    rule_messages = labels.RULES

    name_vi = _text("name_vi", _("New name"), required=True)
    name_en = _text("name_en", _("New name in English"))
    short_name = _text("short_name", _("New short name"))
    code = _text("code", _("New code"), description=_("Leave empty when the code stays."))
    on = _day(_("From this day"))
    row_version = HiddenField()


class MoveForm(BaseForm):
    """Another office is responsible."""

    rule_messages = labels.RULES

    manager_id = SelectField(_("New manager"), [InputRequired(_NEEDED)])
    on = _day(_("From this day"))
    row_version = HiddenField()


class MergeForm(BaseForm):
    """The unit goes into another one."""

    rule_messages = labels.RULES

    successor_id = SelectField(_("Goes into"), [InputRequired(_NEEDED)])
    other_code = _text("code", _("Or the code of another unit"), description=_("When it is not in the list."))
    on = _day(_("From this day"))
    row_version = HiddenField()


class PartOfUnitForm(PartForm):
    """A unit that comes out of another."""

    code = StringField(_("Code"), [InputRequired(_NEEDED), Length(max=LIMITS["code"])])
    name_vi = StringField(_("Name"), [InputRequired(_NEEDED), Length(max=LIMITS["name_vi"])])


class SplitForm(BaseForm):
    """New units come out of this one."""

    rule_messages = labels.RULES

    parts = CardList(FormField(PartOfUnitForm), label=_("New units"), min_entries=1, max_entries=10)
    on = _day(_("From this day"))
    closes = BooleanField(_("The unit itself ends; the first new unit is responsible for its records"))
    row_version = HiddenField()


class CloseForm(BaseForm):
    """The unit ends."""

    rule_messages = labels.RULES

    on = _day(_("From this day"))
    row_version = HiddenField()


class CalendarForm(BaseForm):
    """The days of a school year."""

    rule_messages = labels.RULES

    term1_last = _day(_("Last day of term I"))
    term2_last = _day(_("Last day of term II"))
    term1_due = _day(_("Reports of term I are due on"))
    year_due = _day(_("Reports of the year are due on"))

    def to_dates(self) -> YearDates:
        """What was entered."""
        return YearDates(self.term1_last.data, self.term2_last.data, self.term1_due.data, self.year_due.data)


class EnrolmentForm(BaseForm):
    """Numbers of a school year; `enrolment_form()` adds three fields for each level."""

    rule_messages = labels.RULES
    levels: tuple[Level, ...] = ()

    def to_figures(self) -> list[Figures]:
        """The levels for which a number of learners was entered."""
        return [
            Figures(
                level,
                self[f"pupils_{level.value}"].data,
                self[f"girls_{level.value}"].data,
                self[f"staff_{level.value}"].data,
            )
            for level in self.levels
            if self[f"pupils_{level.value}"].data is not None
        ]

    def fill(self, figures: Iterable[Figures]) -> None:
        """Show what is known."""
        for each in figures:
            for name in ("pupils", "girls", "staff"):
                if f"{name}_{each.level.value}" in self:
                    self[f"{name}_{each.level.value}"].data = getattr(each, name)


def enrolment_form(levels: tuple[Level, ...], learners: Any) -> type[EnrolmentForm]:
    """The form for a school that teaches these levels; `learners` is what they are called there."""
    shown = {
        "pupils": _("Number of %(learners)s", learners=learners),
        "girls": _("Girls among them"),
        "staff": _("Staff"),
    }
    fields: dict[str, Any] = {
        f"{name}_{level.value}": IntegerField(
            label, [Optional(), NumberRange(0, 100_000)], render_kw={"inputmode": "numeric"}
        )
        for level in levels
        for name, label in shown.items()
    }
    return type("SchoolEnrolmentForm", (EnrolmentForm,), fields | {"levels": levels})
