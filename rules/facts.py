"""Reading facts: paths, tables, numbers and times, always with where they came from."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from rules.errors import BadFact, MissingFact

TABLES = frozenset({"lims", "erp", "instrument"})
"""Systems whose tables are read elsewhere."""
OWN_TABLES = frozenset({"instrument.results"})
"""Tables that the MES puts together itself from files: where nobody brought one, they have no rows."""
_EVERYWHERE = (timezone(timedelta(hours=-12)), timezone(timedelta(hours=14)))
"""Where a day begins last and first on earth."""
_NO_DAYS = frozenset({"00000000", "0000-00-00", "00.00.0000"})
_FIRST_YEAR, _AFTER_LAST_YEAR = 1980, 2100
"""Years outside stand for no date: 1900-01-01, 1970-01-01 and 9999-12-31 are ends of calendars."""
_OPEN_ENDS = frozenset({date(2078, 12, 31), date(2079, 6, 6), date(2099, 12, 31)})
"""Days inside that stand for none: last days of narrower calendars, and the favourite of those who type one."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
Facts = Mapping[str, Any]
RECORD: dict[str, Any] = {"system": "mes", "page": "batch record", "row": "", "read_at": None}
"""Where the facts of the record come from."""


@dataclass(frozen=True)
class Fact:
    """One fact that shows a finding: its path, its value as it stood, and its source."""

    path: str
    value: Any
    source: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"path": self.path, "value": self.value, "source": self.source}


class Item:
    """One entry of a list of facts, with the name people know it by."""

    __slots__ = ("_list", "_source", "name", "values")

    def __init__(self, list_path: str, name: str, values: Mapping[str, Any], source: dict[str, Any]) -> None:
        self._list, self.name, self.values, self._source = list_path, name, values, source

    @property
    def path(self) -> str:
        """Where it stands: `steps[S010]`."""
        return f"{self._list}[{self.name}]"

    @property
    def source(self) -> dict[str, Any]:
        """System, page, row, and the time it was read."""
        return {**self._source, "row": str(self.values.get("row") or self.name)}

    def fact(self, field: str) -> Fact:
        """One field of it as a fact."""
        return Fact(f"{self.path}.{field}", self.values.get(field), self.source)


class UnderReview(dict[str, Any]):
    """The facts of one review, with the lists that were read from them so far: many rules ask for the same ones."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.lists: dict[tuple[str, str], list[Item]] = {}


def look_up(facts: Facts, path: str) -> Any:
    """What stands at a dotted path; in a list, a part is the id of a step or the name of an entry.

    Raises:
        MissingFact: nothing does; None and an empty text count as nothing.
    """
    place: Any = facts
    for part in path.split("."):
        if isinstance(place, list | tuple):
            place = next(
                (one for one in place if isinstance(one, Mapping) and part in (one.get("step_id"), one.get("name"))),
                None,
            )
        elif isinstance(place, Mapping) and part in place:
            place = place[part]
        else:
            raise MissingFact(path)
    if blank(place):
        raise MissingFact(path)
    return place


def items(facts: Facts, path: str, name: str) -> list[Item]:
    """The entries of a list, or the rows of a table that was read elsewhere.

    Args:
        facts: all facts.
        path: `steps`, `lims.results`, ...
        name: field that people know an entry by.

    Raises:
        MissingFact: the list is not there, or the table was not read completely.
    """
    if isinstance(facts, UnderReview):
        if (path, name) not in facts.lists:
            facts.lists[path, name] = _read_list(facts, path, name)
        return facts.lists[path, name]
    return _read_list(facts, path, name)


def _read_list(facts: Facts, path: str, name: str) -> list[Item]:
    system, _, table = path.partition(".")
    source: dict[str, Any] = {"system": "mes", "page": "batch record", "row": "", "read_at": None}
    if system in TABLES:
        if path in OWN_TABLES and system not in facts:
            return []
        read = facts.get(system, {}).get(table) if isinstance(facts.get(system), Mapping) else None
        if not isinstance(read, Mapping) or not isinstance(read.get("rows"), list | tuple):
            raise MissingFact(path)
        if read.get("complete") is not True:
            raise MissingFact(f"{path} (the table was not read to its end)")
        entries = read["rows"]
        source = {"system": system, "page": str(read.get("page", "")), "row": "", "read_at": read.get("read_at")}
    else:
        entries = facts.get(path)
        if not isinstance(entries, list | tuple):
            raise MissingFact(path)
    return list(_entries(entries, path, name, source))


def _entries(entries: Any, path: str, name: str, source: dict[str, Any]) -> Iterator[Item]:
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, Mapping):
            raise BadFact(f"{path} entry {number} is {type(entry).__name__}, not a set of fields.")
        yield Item(path, str(entry.get(name) or number), entry, source)


def blank(value: Any) -> bool:
    """Whether a value says nothing."""
    return value is None or (isinstance(value, str) and value.strip() in ("", "-", "NA", "N/A", "n/a", "nan", "NaN"))


def number(value: Any) -> float | None:
    """A number, or a text that is one (`12.5`, `< 0.5`, `≤ 0.5`); None for anything else.

    Raises:
        BadFact: NaN or infinity.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise BadFact(f"{value} is no value that can be reviewed.")
        return float(value)
    if not isinstance(value, str):
        return None
    # Python also reads digits of other scripts and `1_000`: on the page nobody sees that these are this number.
    written = bound_of(value)[1]
    read = float(written) if _NUMBER.fullmatch(written) else math.nan
    return read if math.isfinite(read) else None


def bound_of(text: str) -> tuple[str, str]:
    """Sign and rest of a text: `<` for what lies below or at it, `>` above or at it; empty for the value itself."""
    stripped = text.strip()
    sign = _SIGNS.get(stripped[:1], "")
    return sign, stripped[1:].removeprefix("=").strip() if sign else stripped


_SIGNS = {**dict.fromkeys("<≤≦⩽＜", "<"), **dict.fromkeys(">≥≧⩾＞", ">")}


def inside(value: Any, low: float | None, high: float | None) -> bool:
    """Whether a value is known to lie between two limits, both allowed.

    `< 0.5` is known to lie below an upper limit of 5, and `> 4` is not: a bound counts only where it shows the point.
    No content is negative, so `< 85` does meet a lower limit of 0. What is no number lies nowhere.
    """
    exact = number(value)
    if exact is None:
        return False
    sign = bound_of(value)[0] if isinstance(value, str) else ""
    at_least = 0.0 if sign == "<" else exact
    at_most = math.inf if sign == ">" else exact
    return (low is None or at_least >= low) and (high is None or at_most <= high)


def moment(value: Any, path: str) -> datetime | None:
    """A time with a zone, in UTC; None where nothing stands.

    Raises:
        BadFact: a time without a zone, or no time at all.
    """
    if blank(value):
        return None
    try:
        read = _parsed(str(value))
    except (ValueError, OverflowError):
        raise BadFact(f"{path} holds {str(value)[:60]!r}, which is no time.") from None
    if read.tzinfo is None:
        raise BadFact(f"{path} holds {str(value)[:60]!r}, a time without a zone: say which zone it is in.")
    return read


@lru_cache(maxsize=4096)
def _parsed(text: str) -> datetime:
    """The same few hundred times are compared by many rules."""
    read = datetime.fromisoformat(text[:64])
    return read if read.tzinfo is None else read.astimezone(UTC)


def day(value: Any, path: str, zone: tzinfo = UTC) -> date | None:
    """A day: a date as it stands, or the day that it was in a zone at a time; None where nothing stands.

    A date that stands for none (00000000, 1900-01-01, 9999-12-31) is nothing.

    Raises:
        BadFact: it is neither.
    """
    if blank(value):
        return None
    text = str(value)
    if text in _NO_DAYS:
        return None
    if len(text) > 10:
        read = moment(text, path)
        try:
            found = read.astimezone(zone).date() if read else None
        except OverflowError:
            return None
    else:
        try:
            found = date.fromisoformat(text)
        except ValueError:
            raise BadFact(f"{path} holds {text!r}, which is no date.") from None
    return found if found and _FIRST_YEAR <= found.year < _AFTER_LAST_YEAR and found not in _OPEN_ENDS else None


def zones(facts: Facts) -> tuple[tzinfo, ...]:
    """The zone in which days are counted, `plant.zone`; where none is named, where a day begins last and first.

    A rule about days judges in each of them: what comes out the same everywhere needs no zone.
    """
    plant = facts.get("plant")
    name = plant.get("zone") if isinstance(plant, Mapping) else None
    return _zones(name) if isinstance(name, str) else _EVERYWHERE


@lru_cache(maxsize=64)
def _zones(name: str) -> tuple[tzinfo, ...]:
    try:
        return (UTC if name == "UTC" else ZoneInfo(name),)
    except (LookupError, ValueError, OSError):
        return _EVERYWHERE


def no_zone(path: str) -> MissingFact:
    """What is missing where a day is one in this zone and another in that."""
    return MissingFact(f"plant.zone (set BATCHWRIGHT_TIMEZONE: it decides on which day {path} was)")
