"""Which events are decided together: those of a case, and all reports of one event."""

import json

from mes_core.filing import events
from mes_core.services.filing import rows
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingEventRow


def with_old(work: UnitOfWork, row: FilingEventRow, old: FilingEventRow | None) -> list[FilingEventRow]:
    """The group of an event as it is now, and of what it was decided with before."""
    found = {one["event_id"]: one for one in (group(work, old) if old else [])}
    return list((found | {one["event_id"]: one for one in group(work, row)}).values())


def group(work: UnitOfWork, row: FilingEventRow) -> list[FilingEventRow]:
    """Events that are decided together: all of a case, and all reports of the same event."""
    event = rows.as_event(row)
    found = {row["event_id"]: row}
    if event.case_id:
        found |= {one["event_id"]: one for one in of_case(work, event.case_id)}
    before, met = event.duplicate_of, {row["event_id"]}
    while before and before not in met and (first := rows.the_event(work, before)) is not None:
        met.add(before)
        found[before] = first
        before = json.loads(first["document"]).get("duplicate_of")
    _add_reports(work, found)
    found[row["event_id"]] = row
    return list(found.values())


def first_known(work: UnitOfWork, row: FilingEventRow) -> FilingEventRow:
    """The report by which an event was known first: its own row, or that of another report of it."""
    found = {one["event_id"]: one for one in group(work, row)}
    first = events.first_known(map(rows.as_event, found.values()), row["event_id"])
    return found[first.event_id] if first else row


def _add_reports(work: UnitOfWork, found: dict[str, FilingEventRow]) -> None:
    """Add the other reports of these events, whatever batch or kind they were told under, and reports of reports.

    A report that was one once may be an event of its own by now: its newest version says.
    """
    names = {one["event_id"] for one in work.find("filing_events", state=rows.DUPLICATE)}
    others = [one for name in sorted(names) if (one := rows.the_event(work, name)) is not None]
    reports = [(one, event.duplicate_of) for one, event in rows.readable_events(others)]
    grown = True
    while grown:
        more = {one["event_id"]: one for one, first in reports if first in found and one["event_id"] not in found}
        found |= more
        grown = bool(more)


def of_case(work: UnitOfWork, case_id: str) -> list[FilingEventRow]:
    """Events of a case by what they say now: one whose number was corrected is of another."""
    found = rows.newest(work.find("filing_events", case_id=case_id))
    now = [one for row in found if (one := rows.the_event(work, row["event_id"])) is not None]
    return [one for one in now if one["case_id"] == case_id]
