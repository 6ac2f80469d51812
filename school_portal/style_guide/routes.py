"""The one page of the style guide."""

from __future__ import annotations

from flask import Blueprint, render_template

from school_portal.core.i18n import lazy_gettext as _
from school_portal.style_guide.forms import SampleForm
from school_portal.web.door import public

blueprint = Blueprint("style_guide", __name__, url_prefix="/style-guide")
LONG_NAME = (
    "Trường Phổ thông dân tộc nội trú Trung học cơ sở và Trung học phổ thông huyện Thanh Sơn, cơ sở hai"
)
LONG_WORD = "Nghiêngngảnghiêngngảnghiêngngảnghiêngngả"
COLUMNS = [
    {"key": "number", "label": _("Case number")},
    {"key": "what", "label": _("What")},
    {"key": "level", "label": _("Severity")},
    {"key": "step", "label": _("Step")},
    {"key": "count", "label": _("How many people"), "num": True},
]
ROWS = [
    {"number": "VV-2627-000145", "what": "Đe dọa", "level": 2, "step": (2, "Cảnh báo"), "count": 2},
    {"number": "VV-2627-000142", "what": LONG_WORD, "level": 3, "step": (3, "Can thiệp"), "count": 1957},
    {"number": "VV-2627-000111", "what": LONG_NAME, "level": 4, "step": (5, "Báo cáo"), "count": 11},
    {"number": "VV-2627-000098", "what": "", "level": None, "step": (1, "Phát hiện"), "count": None},
]


@blueprint.route("", methods=["GET", "POST"])
@public("shows components only, no data; not there in production")
def index() -> tuple[str, int]:
    """Every component; a post shows the form with its errors."""
    form = SampleForm()
    form.grow("people", at_least=1)
    form.validate_on_submit()
    sample = {"columns": COLUMNS, "rows": ROWS, "long_name": LONG_NAME, "long_word": LONG_WORD}
    return render_template("style_guide/index.html", form=form, **sample), form.status
