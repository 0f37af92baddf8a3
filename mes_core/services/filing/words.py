"""Clocks and filings in words, as others see them."""

import json

from mes_core.filing import model as m
from mes_core.filing.calendars import AUTHORITIES
from mes_core.filing.loading import book
from mes_core.messages.filing import ClockView, FilingView
from mes_core.services.ports.rows import FilingRow

_HIDDEN = ("place", "signature_id")


def filing_view(row: FilingRow) -> FilingView:
    """A filing; those from before there was a book of clocks say less."""
    shown = {name: value for name, value in row.items() if name not in _HIDDEN and value is not None}
    shown["undecided"] = json.loads(row["undecided"]) if row["undecided"] else []
    return FilingView.model_validate(shown)


def at_once(row: FilingRow) -> bool:
    """Whether the clause of a filing gives no figure: its due time says since when, not until when."""
    return bool(row["clock_id"]) and isinstance(book().clock(row["clock_id"] or "").due, m.AtOnce)


def clock_view(clock: m.Clock) -> ClockView:
    """A clock of the book."""
    known = AUTHORITIES.get(clock.authority)
    shown = clock.model_dump(mode="json", include=set(ClockView.model_fields) - {"due", "zone"})
    return ClockView.model_validate({**shown, "due": due_words(clock.due), "zone": known.zone if known else ""})


def due_words(rule: m.DueRule | None) -> str:
    """A due rule in words."""
    match rule:
        case m.CalendarDays():
            return f"{rule.days} calendar days" + (" after the data lock" if rule.of == "day" else "")
        case m.WorkingDays():
            return f"{rule.days} working days"
        case m.Hours():
            return f"{rule.hours} hours"
        case m.AtOnce():
            return "at once, no figure"
        case m.Ahead():
            late = f"{rule.else_working_days} working days" if rule.else_working_days else "on the day it is known"
            return f"{rule.months} months ahead, else {late}"
        case m.Repeating():
            return f"each {rule.days} days until it is closed"
        case m.Periods():
            return _period_words(rule)
        case m.YearsKept():
            return f"kept {rule.years} years"
        case m.BeforeCertification():
            return "before the certification"
        case _:
            return "not applicable"


def _period_words(rule: m.Periods) -> str:
    each = {"quarters": "quarter", "half_years": "half-year", "years": "year"}[rule.rule]
    when = f"{rule.after} + {rule.days} days" if rule.days else f"at its {rule.after}"
    years = f", years {rule.first_year} to {rule.last_year}" if rule.last_year else ""
    years = f", from year {rule.first_year}" if rule.first_year > 1 else years
    return f"each {each} of a licence, {when}{years}"
