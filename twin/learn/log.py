"""An event log as a table: read from CSV or XES, checked, and with what is missing in it counted."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from twin.model.errors import TwinError

_CASE: Final = ("case_id", "case", "case:concept:name")
_ACTIVITY: Final = ("activity", "concept:name")
_RESOURCE: Final = ("resource", "org:resource")
_ROLE: Final = ("role", "org:role")
_START: Final = ("start_timestamp", "started", "start")
_END: Final = ("timestamp", "time:timestamp", "ended", "end")
_FORMATS: Final = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S")
_MOST_BYTES: Final = 500_000_000
_MOST_BAD: Final = 0.05


@dataclass(frozen=True)
class Event:
    """One activity of one case.

    Attributes:
        case, activity: names.
        resource: who did it; empty where the log does not say.
        start: in UTC; None where the log does not say when it began.
        end: in UTC; None where it had not ended when the log did (its start is known then).
        role: of who did it; empty where the log does not say.
    """

    case: str
    activity: str
    resource: str
    start: datetime | None
    end: datetime | None
    role: str = ""

    @property
    def last(self) -> datetime:
        """The last time that the log knows of it."""
        found = self.end or self.start
        assert found is not None  # noqa: S101 - one of them is known, see `make_log`
        return found

    @property
    def first(self) -> datetime:
        """The first time that the log knows of it."""
        return self.start or self.last


@dataclass(frozen=True)
class Log:
    """Events by case, each case by time.

    Attributes:
        cases: events of each case, by their beginning, then their end.
        gaps: what is missing or wrong in the log, a sentence each.
    """

    cases: dict[str, tuple[Event, ...]]
    gaps: tuple[str, ...] = field(default=())

    @property
    def until(self) -> datetime:
        """The last time in the log: what had not ended then is longer than that."""
        return max(event.last for event in self.events)

    @property
    def events(self) -> Iterator[Event]:
        """All events."""
        return (event for events in self.cases.values() for event in events)


def make_log(events: Sequence[Event], gaps: Sequence[str] = ()) -> Log:
    """A log of events, whatever their order; events that end before they begin are left out and said."""
    nowhere = [one for one in events if one.start is None and one.end is None]
    backwards = [one for one in events if one.start is not None and one.end is not None and one.end < one.start]
    latest: dict[str, datetime] = {}
    for one in events:
        if one.end is not None:
            latest[one.case] = max(one.end, latest.get(one.case, one.end))
    lost = [one for one in events if one.end is None and one.start and one.start < latest.get(one.case, one.start)]
    left_out = {id(one) for one in (*nowhere, *backwards, *lost)}
    kept = [one for one in events if id(one) not in left_out]
    unknown = sum(one.start is None for one in kept)
    said = list(gaps)
    if backwards:
        said.append(f"{len(backwards)} of {len(events)} events end before they begin and are left out.")
    if nowhere:
        said.append(f"{len(nowhere)} of {len(events)} events have no time at all and are left out.")
    if lost:
        said.append(f"{len(lost)} of {len(events)} events never ended though their case went on, and are left out.")
    going_on = sum(one.end is None for one in kept)
    if going_on:
        said.append(f"{going_on} of {len(kept)} events had not ended when the log did: they count as longer than that.")
    if unknown:
        said.append(f"{unknown} of {len(kept)} events do not say when they began: their touch time is unknown.")
    nobody = sum(not one.resource for one in kept)
    if nobody:
        said.append(f"{nobody} of {len(kept)} events do not say who did them: they are in no hand-over.")
    cases: dict[str, list[Event]] = {}
    for one in sorted(kept, key=lambda event: (event.first, event.last)):
        cases.setdefault(one.case, []).append(one)
    return Log({name: tuple(its) for name, its in cases.items()}, tuple(said))


def read_log(path: Path) -> Log:
    """Read a log from a CSV file (columns case_id, activity, timestamp; resource and start_timestamp where known) or
    an XES file.

    Raises:
        TwinError: It can't be read, lacks a column, or more than one row in twenty is wrong.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TwinError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB: give a shorter period.")
        events, bad, rows = _read_xes(path) if path.suffix.lower() == ".xes" else _read_csv(path)
    except OSError as error:
        raise TwinError(f"{path} can't be read ({error.strerror}): check the path.") from None
    except UnicodeDecodeError:
        raise TwinError(f"{path} is no text in UTF-8: export the log again.") from None
    if not events:
        raise TwinError(f"{path} holds no event that can be used{f' ({bad[0]})' if bad else ''}.")
    if len(bad) > _MOST_BAD * rows:
        raise TwinError(f"{path}: {len(bad)} of {rows} rows are wrong; the first: {bad[0]}.")
    gaps = [f"{len(bad)} of {rows} rows are left out; the first: {bad[0]}."] if bad else []
    return make_log(events, gaps)


def _read_csv(path: Path) -> tuple[list[Event], list[str], int]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header = reader.fieldnames or ()
        case, activity, end = (_column(path, header, names) for names in (_CASE, _ACTIVITY, _END))
        start = next((name for name in _START if name in header), None)
        who = next((name for name in _RESOURCE if name in header), None)
        role = next((name for name in _ROLE if name in header), None)
        events: list[Event] = []
        bad: list[str] = []
        rows = 0
        for number, row in enumerate(reader, start=2):
            rows += 1
            try:
                began = _known_time(row[start]) if start else None
                events.append(
                    Event(
                        _filled(row[case], "case"),
                        _filled(row[activity], "activity"),
                        (row[who] or "").strip() if who else "",
                        began,
                        _known_time(row[end]) if began else _time(row[end]),  # one that began may go on
                        (row[role] or "").strip() if role else "",
                    )
                )
            except ValueError as error:
                bad.append(f"line {number}: {error}")
    return events, bad, rows


def _column(path: Path, header: Sequence[str], names: Sequence[str]) -> str:
    for name in names:
        if name in header:
            return name
    raise TwinError(f"{path} has no column {names[0]!r} (it has {', '.join(header) or 'no header'}).")


def _filled(text: str | None, what: str) -> str:
    if not text or not text.strip():
        raise ValueError(f"the {what} is missing")
    return text.strip()


def _known_time(text: str | None) -> datetime | None:
    """A time; None where the cell is empty."""
    return _time(text) if text and text.strip() else None


def _time(text: str | None) -> datetime:
    """A time; one without a zone is taken as UTC, which changes no duration."""
    value = _filled(text, "time")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = next(iter(_parsed(value)), None) or _no_time(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _parsed(value: str) -> Iterator[datetime]:
    for pattern in _FORMATS:
        try:
            yield datetime.strptime(value, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue


def _no_time(value: str) -> datetime:
    raise ValueError(f"{value!r} is no time")


def _read_xes(path: Path) -> tuple[list[Event], list[str], int]:
    import lxml.etree as etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise TwinError(f"{path} is no well-formed XML ({error.msg}): export the log again.") from None
    if root.getroottree().docinfo.doctype:
        raise TwinError(f"{path} declares a document type, which a log never needs: export it again.")
    events: list[Event] = []
    bad: list[str] = []
    rows = 0
    for trace in root.iter("{*}trace"):
        case = _attributes(trace).get("concept:name", "")
        open_since: dict[tuple[str, str], list[Event]] = {}
        for element in trace.iter("{*}event"):
            rows += 1
            try:
                _take(events, open_since, case, _attributes(element))
            except ValueError as error:
                bad.append(f"trace {case or '?'}, line {element.sourceline}: {error}")
        events += [begun for left in open_since.values() for begun in left]
    return events, bad, rows


def _take(
    events: list[Event], open_since: dict[tuple[str, str], list[Event]], case: str, about: dict[str, str]
) -> None:
    """A beginning is kept until its end comes; one without a beginning is a moment of unknown length."""
    activity = _filled(about.get("concept:name"), "activity")
    at = _time(about.get("time:timestamp"))
    key = (activity, about.get("concept:instance", ""))
    step = about.get("lifecycle:transition", "complete").lower()
    event = Event(_filled(case, "case"), activity, about.get("org:resource", ""), None, at, about.get("org:role", ""))
    if step == "start":
        open_since.setdefault(key, []).append(replace(event, start=at, end=None))
    elif step == "complete":
        begun = open_since.get(key)
        events.append(replace(event, start=begun.pop(0).start if begun else None))


def _attributes(element: Any) -> dict[str, str]:
    return {str(child.get("key")): str(child.get("value")) for child in element if child.get("key")}
