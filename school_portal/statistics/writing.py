"""Numbers, days and months as official papers write them, in the current language."""

from __future__ import annotations

from datetime import date

from school_portal.core.i18n import current_language, format_number
from school_portal.core.typeset import official_month
from school_portal.statistics import labels
from school_portal.statistics.domain import Mark, Published, tenths_of_percent


def printed(cell: Published) -> str:
    """A cell in figures."""
    if cell.mark is Mark.SHOWN:
        return format_number(cell.value)
    return labels.SMALL if cell.mark is Mark.SMALL else labels.HIDDEN


def in_text(number: int) -> str:
    """A number within a sentence: Vietnamese papers write 05 for five."""
    return f"0{number}" if current_language() == "vi" and 0 < number < 10 else format_number(number)


def cell_in_text(cell: Published) -> str:
    """A cell within a sentence."""
    return in_text(cell.value) if cell.value is not None else printed(cell)


def share_text(number: int, total: int) -> str:
    """A share with one decimal, "38,6" or "38.6"; a dash when there is nothing to share."""
    tenths = tenths_of_percent(number, total)
    if tenths is None:
        return "-"
    mark = "," if current_language() == "vi" else "."
    return f"{tenths // 10}{mark}{tenths % 10}"


def day_in_text(day: date) -> str:
    """05/9/2026, 18/01/2027: zero before days under 10 and months 1 and 2 (Decree 30/2020); 5 September 2026."""
    if current_language() == "vi":
        return f"{day:%d}/{official_month(day)}/{day.year}"
    return f"{day.day} {day:%B} {day.year}"


def month_label(month: str) -> str:
    """A month in words: "Tháng 9/2026"."""
    first = date.fromisoformat(f"{month}-01")
    if current_language() == "vi":
        return f"Tháng {official_month(first)}/{first.year}"
    return f"{first:%B} {first.year}"


def short_month(month: str) -> str:
    """A month in figures: "9/2026"."""
    first = date.fromisoformat(f"{month}-01")
    return f"{official_month(first)}/{first.year}"


def capital(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]
