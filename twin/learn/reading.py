"""Event logs from files: CSV and XES (IEEE 1849), packed or not, as process-mining tools and systems write them."""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from mes_core.spelling.csv_text import NoTable, decoded, name_form, read_grid
from mes_core.spelling.times import NoDate
from twin.learn.lifecycle import Lifecycle, Row
from twin.learn.log import Event, Log, make_log
from twin.learn.moments import Clock, Moment, read_moment
from twin.model.errors import TwinError

_CASE: Final = ("case_id", "case", "case:concept:name")
_ACTIVITY: Final = ("activity", "concept:name")
_RESOURCE: Final = ("resource", "org:resource")
_ROLE: Final = ("role", "org:role")
_START: Final = ("start_timestamp", "started", "start", "start_time")
_END: Final = ("timestamp", "time:timestamp", "ended", "end", "complete_timestamp", "end_timestamp", "end_time")
_WORD: Final = ("lifecycle:transition", "lifecycle", "transition")
_INSTANCE: Final = ("concept:instance", "instance")
_READ_OF_EVENT: Final = frozenset(
    {"concept:name", "concept:instance", "org:resource", "org:role", "time:timestamp", "lifecycle:transition"}
)
_MOST_BYTES: Final = 500_000_000
_MOST_BAD: Final = 0.05


@dataclass
class _Found:
    """What was read so far: rows of a lifecycle and events, with their times as they stand; what was wrong."""

    clock: Clock
    rows: int = 0
    bad: list[str] = field(default_factory=list)
    events: list[tuple[Event, Moment, Moment]] = field(default_factory=list)
    steps: dict[str, list[tuple[Row, Moment]]] = field(default_factory=dict)
    no_beginning: Counter[str] = field(default_factory=Counter)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    def moment(self, text: str) -> Moment:
        """A time, counted by whether it names its zone; nothing where the text is empty."""
        moment = read_moment(text) if text.strip() else Moment(None)
        self.clock.saw(moment)
        return moment


def read_log(path: Path, zone: ZoneInfo | None = None) -> Log:
    """Read a log from a CSV file (columns case_id, activity, timestamp; resource, start_timestamp and
    lifecycle:transition where known) or an XES file, which may be packed with gzip.

    Args:
        path: the file.
        zone: of the times that name none.

    Raises:
        TwinError: It can't be read, lacks a column, more than one row in twenty is wrong, its words of the lifecycle
            say nothing of beginnings and ends, or some times name their zone and others don't.
    """
    found = _Found(Clock(zone))
    content = _content(path)
    start = content[:400].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    (_read_xes if start.startswith(b"<") or path.suffix.lower() == ".xes" else _read_csv)(path, content, found)
    if len(found.bad) > _MOST_BAD * found.rows and (found.events or found.steps):
        raise TwinError(f"{path}: {len(found.bad)} of {found.rows} rows are wrong; the first: {found.bad[0]}.")
    found.clock.check(str(path))
    events, gaps = _together(path, found)
    if not events:
        raise TwinError(f"{path} holds no event that can be used{f' ({found.bad[0]})' if found.bad else ''}.")
    bad = [f"{len(found.bad)} of {found.rows} rows are left out; the first: {found.bad[0]}."] if found.bad else []
    return make_log(events, [*bad, *gaps], zoned=bool(found.clock.zoned or found.clock.zone))


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TwinError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB: give a shorter period.")
        content = path.read_bytes()
        if not content.startswith(b"\x1f\x8b"):
            return content
        with gzip.open(path) as packed:
            content = packed.read(_MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TwinError(f"{path} is a damaged archive ({error}): pack it again, or give the file itself.") from None
    except OSError as error:
        raise TwinError(f"{path} can't be read ({error.strerror}): check the path.") from None
    if len(content) > _MOST_BYTES:
        raise TwinError(f"{path} unpacks to more than {_MOST_BYTES // 1_000_000} MB: give a shorter period.")
    return content


def _read_csv(path: Path, content: bytes, found: _Found) -> None:
    try:
        grid = read_grid(decoded(content))
    except NoTable as error:
        raise TwinError(f"{path} {error}") from None
    places = {_key(name): place for place, name in reversed(list(enumerate(grid.header)))}
    wanted = (_CASE, _ACTIVITY, _END)
    missing = next((names for names in wanted if _place(places, names) is None), None)
    if missing:
        raise TwinError(f"{path} has no column {missing[0]!r} (it has {', '.join(grid.header) or 'no header'}).")
    cells = _cells(places)
    unread = _unread(places)
    for line, row in grid.rows:
        found.rows += 1
        for place in unread:
            found.lifecycle.saw_beside(grid.header[place], row[place] if place < len(row) else "")
        try:
            if len(row) > len(grid.header):
                raise ValueError(f"it has {len(row)} cells and the header {len(grid.header)}")
            _take_cells(cells, row, found)
        except ValueError as error:
            found.bad.append(f"line {line}: {error}")


def _cells(places: Mapping[str, int]) -> Callable[[list[str], Sequence[str]], str | None]:
    """Gives the cell of a row under one of several names; None where there is no such column."""
    by_names: dict[tuple[str, ...], int | None] = {
        names: _place(places, names) for names in (_CASE, _ACTIVITY, _RESOURCE, _ROLE, _START, _END, _WORD, _INSTANCE)
    }

    def cell(row: list[str], names: Sequence[str]) -> str | None:
        place = by_names[tuple(names)]
        return None if place is None else _name(row[place]) if place < len(row) else ""

    return cell


def _unread(places: Mapping[str, int]) -> list[int]:
    """Columns that nothing is read from, where none of those that are read holds the steps of a lifecycle."""
    if _place(places, _WORD) is not None:
        return []
    read = {_place(places, names) for names in (_CASE, _ACTIVITY, _RESOURCE, _ROLE, _START, _END, _INSTANCE)}
    return sorted(set(places.values()) - read)


def _take_cells(cell: Callable[[list[str], Sequence[str]], str | None], row: list[str], found: _Found) -> None:
    case, activity = _filled(cell(row, _CASE), "case"), _filled(cell(row, _ACTIVITY), "activity")
    who, role = cell(row, _RESOURCE) or "", cell(row, _ROLE) or ""
    began, word = cell(row, _START), cell(row, _WORD)
    if word is not None and not began:
        moment = found.moment(_filled(cell(row, _END), "time"))
        step = Row(case, activity, cell(row, _INSTANCE) or "", who, role, word, None)
        found.steps.setdefault(case, []).append((step, moment))
        return
    if word is not None and not found.lifecycle.is_work(word):
        return
    start = found.moment(began or "")
    # What began may go on; where nothing says when it began, a time has to say when it ended.
    end = found.moment((cell(row, _END) or "") if began else _filled(cell(row, _END), "time"))
    found.events.append((Event(case, activity, who, None, None, role), start, end))


def _place(places: Mapping[str, int], names: Sequence[str]) -> int | None:
    return next((places[key] for key in map(_key, names) if key in places), None)


def _key(name: str) -> str:
    return re.sub(r"[\s_:.\-]+", " ", name.strip().lower())


def _name(text: str) -> str:
    """A cell or an attribute in one form: what looks the same names the same."""
    return text.strip() if text.isascii() else name_form(text)


def _filled(text: str | None, what: str) -> str:
    if not text or not text.strip():
        raise ValueError(f"the {what} is missing")
    return text.strip()


def _read_xes(path: Path, content: bytes, found: _Found) -> None:
    import lxml.etree as etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise TwinError(f"{path} is no well-formed XML ({error.msg}): export the log again.") from None
    if root.getroottree().docinfo.doctype:
        raise TwinError(f"{path} declares a document type, which a log never needs: export it again.")
    if str(root.tag).rpartition("}")[2] != "log":
        raise TwinError(f"{path} is no XES log (its root is {str(root.tag).rpartition('}')[2]!r}): export it as XES.")
    # Elements of the log's own namespace where the standard has them: what a vendor adds beside is none of its events.
    for number, trace in enumerate(root.iterchildren(_own(root, "trace"))):
        try:
            of_trace = _attributes(trace)
        except ValueError as error:
            raise TwinError(f"{path}, the trace at line {trace.sourceline}: {error}; export the log again.") from None
        case = of_trace.get("concept:name", "").strip()
        for element in trace.iterchildren(_own(root, "event")):
            found.rows += 1
            try:
                row, moment = _take_event(case, of_trace, _attributes(element), found)
                # Traces of one name are one case each in their file: their order counts within each.
                found.steps.setdefault(f"{number}", []).append((row, moment))
            except ValueError as error:
                found.bad.append(f"trace {case or '?'}, line {element.sourceline}: {error}")


def _take_event(case: str, of_trace: Mapping[str, str], about: Mapping[str, str], found: _Found) -> tuple[Row, Moment]:
    """One event; who did it may be said of its whole trace."""
    activity = _filled(about.get("concept:name"), "activity")
    who = about.get("org:resource") or of_trace.get("org:resource") or ""
    role = about.get("org:role") or of_trace.get("org:role") or ""
    moment = found.moment(_filled(about.get("time:timestamp"), "time"))
    word = about.get("lifecycle:transition", "complete")
    if "lifecycle:transition" not in about:
        for key in about.keys() - _READ_OF_EVENT:
            found.lifecycle.saw_beside(key, about[key])
    return Row(_filled(case, "case"), activity, about.get("concept:instance", ""), who, role, word, None), moment


def _own(element: Any, name: str) -> str:
    """A name in the namespace of an element."""
    space = str(element.tag).rpartition("}")[0]
    return f"{space}}}{name}" if space else name


def _attributes(element: Any) -> dict[str, str]:
    """What an element says of itself, by key.

    Raises:
        ValueError: it says one thing twice.
    """
    said: dict[str, str] = {}
    for child in element:
        key = str(child.get("key") or "")
        if not key or child.tag != _own(element, str(child.tag).rpartition("}")[2]):
            continue
        if key in said:
            raise ValueError(f"{key!r} stands there twice")
        said[key] = _name(str(child.get("value") or ""))
    return said


def _together(path: Path, found: _Found) -> tuple[list[Event], list[str]]:
    """Events in UTC, and what their words and times said beside."""
    events = [_placed(event, start, end, found) for event, start, end in found.events]
    lifecycle = found.lifecycle
    for rows in found.steps.values():
        placed = [row._replace(at=_at(moment, found, row.word)) for row, moment in rows]
        lifecycle.take_case(_in_order(placed))
    why = lifecycle.refused()
    if why:
        raise TwinError(f"{path} can't be learnt from: {why}.")
    gaps = lifecycle.gaps()
    for text, count in found.no_beginning.items():
        times = "1 time is" if count == 1 else f"{count} times are"
        gaps.append(f"{times} {text}, which stands for no time: when these events began or ended isn't known.")
    return [*events, *lifecycle.events], gaps


def _placed(event: Event, start: Moment, end: Moment, found: _Found) -> Event:
    """An event with its times: what ends with a calendar has not ended; what begins with one began unknown when."""
    if start.none:
        found.no_beginning[start.text] += 1
    if end.none is NoDate.UNKNOWN or (end.none and start.at is None):
        found.no_beginning[end.text] += 1
    began = found.clock.utc(start.at) if start.at else None
    ended = found.clock.utc(end.at) if end.at else None
    return Event(event.case, event.activity, event.resource, began, ended, event.role)


def _at(moment: Moment, found: _Found, word: str) -> datetime | None:
    if moment.at is not None:
        return found.clock.utc(moment.at)
    if moment.none is not NoDate.NEVER or "start" in word.lower():
        found.no_beginning[moment.text] += 1
    return None


def _in_order(rows: list[Row]) -> list[Row]:
    """Rows by their time, those of one time as they stand; one without a time stays behind the one before it."""
    keyed: list[tuple[datetime, int, Row]] = []
    last = next((row.at for row in rows if row.at is not None), None)
    if last is None:
        return rows
    for number, row in enumerate(rows):
        last = row.at or last
        keyed.append((last, number, row))
    return [row for _, _, row in sorted(keyed, key=lambda one: one[:2])]
