"""What the rows of a list leave open: what could be read in two ways, and what nobody has said the meaning of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from keywords.failures import ItemError
from keywords.sites.pages.cells import MASKED, cell_value
from keywords.sites.pages.grids import rows_of
from keywords.sites.values import plain_number
from keywords.sites.words.cells import CellForm, ColumnWords, Kind, NumberWords
from keywords.sites.words.lists import ListWords, StateWords

_DAY = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{2}|\d{4})\b")
_LOCAL = re.compile(r"^\d[\d./-]*[T,\s]+\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?$")
_NUMBER = re.compile(r"^[<>≤≥]?\s*[-+\u2212]?\d[\d.,'’\s]*$")
_FEW = 3


@dataclass(frozen=True)
class Doubt:
    """Something that a person has to settle.

    Attributes:
        what: in short, such as `number in two ways`.
        where: our name of the column, list or form.
        sentence: what is shown, and the word that settles it.
        refused: whether a bot that meets it stops; otherwise it may take one thing for another.
    """

    what: str
    where: str
    sentence: str
    refused: bool = False

    def plain(self) -> dict[str, Any]:
        """Itself as data."""
        return asdict(self)


@dataclass(frozen=True)
class ColumnsRead:
    """The columns of a page of a list, each read by itself: values in the order of the rows, and what stopped it."""

    values: Mapping[str, Sequence[str]]
    doubts: tuple[Doubt, ...]
    rows: int


def read_columns(found: Mapping[str, Any], words: ListWords, where: str, numbers: NumberWords | None) -> ColumnsRead:
    """Read each column of a list alone, as a bot reads them together, so that one refusal hides no other.

    Args:
        found: As the page's tools hand it over.
        words: What the locators say of the list.
        where: The page and the list, for sentences.
        numbers: How the product writes numbers.
    """
    values: dict[str, list[str]] = {}
    doubts: list[Doubt] = []
    count = 0
    for key, column in words.columns.items():
        alone = words.model_copy(update={"columns": {key: column}})
        try:
            cells = [row[key] for row in rows_of(found, alone, where).rows]
        except ItemError as refusal:
            doubts.append(Doubt(_in_short(refusal), key, refusal.sentence, refused=True))
            continue
        count = max(count, len(cells))
        try:
            what = f"'{column.header}' of the list '{words.caption}'"
            values[key] = [cell_value(cell, column, what, numbers) for cell in cells]
        except ItemError as refusal:
            doubts.append(Doubt(_in_short(refusal), key, refusal.sentence, refused=True))
    return ColumnsRead(values, _once_each(doubts), count)


def list_doubts(
    words: ListWords,
    read: ColumnsRead,
    numbers: NumberWords | None,
    states: Sequence[StateWords] = (),
    *,
    shows_form: bool = False,
) -> list[Doubt]:
    """What a list leaves open, also where no bot would stop at it.

    Args:
        words: What the locators say of the list.
        read: Its columns as they were read.
        numbers: How the product writes numbers.
        states: What the forms that show in the list say of its states.
        shows_form: Whether a form shows in it, so that the state of a row decides what becomes of an effect.
    """
    found = list(read.doubts)
    for key, values in read.values.items():
        column = words.columns[key]
        found += _written(key, column, values, numbers)
    found += _rows_known(words, read)
    for state in states or ([words.state] if words.state else []):
        found += _states(state, words, read.values.get(state.column, ()))
    if shows_form and not states and words.state is None:
        found += _without_state(words, read)
    return found


def unread_headers(found: Mapping[str, Any], words: ListWords) -> list[str]:
    """Headers of the page that no column of ours reads."""
    own = {column.header for column in words.columns.values()}
    return [shown for shown, *_ in found.get("headers", ()) if shown and shown not in own]


def _written(key: str, column: ColumnWords, values: Sequence[str], numbers: NumberWords | None) -> Iterator[Doubt]:
    """Numbers and days of a column that is read as text, where they could mean two things."""
    shown = [one for one in values if one and one != MASKED]
    if column.type is not Kind.TEXT or column.cell is not CellForm.TEXT:
        return
    if (column.numbers or numbers) is None:
        two = [one for one in shown if _NUMBER.match(one) and _two_ways(one)]
        if two:
            yield Doubt(
                "number in two ways",
                key,
                f"'{two[0]}' under '{column.header}' could be two numbers; say how they are written with 'numbers',"
                " such as {decimal: '.', thousands: ','}.",
            )
    days = [match for one in shown if (match := _DAY.match(one))]
    if days and all(int(one[1]) <= 12 and int(one[3]) <= 12 for one in days):
        yield Doubt(
            "day in two ways",
            key,
            f"'{days[0][0]}' under '{column.header}' could be two days; say 'type: date' with its 'format', such as"
            " '%d.%m.%Y'.",
        )
    local = [one for one in shown if _LOCAL.match(one)]
    if local:
        yield Doubt(
            "time without a zone",
            key,
            f"'{local[0]}' under '{column.header}' names no zone; say 'type: time' with its 'format' and 'zone'.",
        )


def _two_ways(text: str) -> bool:
    try:
        plain_number(text.lstrip("<>≤≥ "), "")
    except ItemError as refusal:
        return refusal.code == "NUMBER_TWO_WAYS"
    return False


def _rows_known(words: ListWords, read: ColumnsRead) -> Iterator[Doubt]:
    """Rows that can't be told from each other by what they are known by."""
    names = [one for one in words.unique or tuple(words.columns) if one in read.values]
    rows = list(zip(*(read.values[name] for name in names), strict=True)) if names else []
    twice = [row for row in dict.fromkeys(rows) if rows.count(row) > 1]
    if twice:
        by = ", ".join(words.unique) if words.unique else "all columns that are read"
        yield Doubt(
            "rows that are equal",
            "",
            f"{rows.count(twice[0])} rows of '{words.caption}' are equal by {by} ('{' | '.join(twice[0])[:80]}'); say"
            " by which columns a row is known with 'unique', and read one that differs.",
        )
    elif not words.unique and read.rows > 1:
        single = [name for name in names if len(set(read.values[name])) == read.rows and all(read.values[name])]
        if not single:
            yield Doubt(
                "rows without a key",
                "",
                f"no column of '{words.caption}' tells each row from the others; say with 'unique' which ones together"
                " do.",
            )


def _states(state: StateWords, words: ListWords, values: Sequence[str]) -> Iterator[Doubt]:
    known = {*state.done, *state.open, *state.void, ""}
    strange = [one for one in dict.fromkeys(values) if one not in known]
    if strange:
        yield Doubt(
            "state without a meaning",
            state.column,
            f"{_some(strange)} under '{words.columns[state.column].header}' {'is' if len(strange) == 1 else 'are'} in"
            " none of 'done', 'open' and 'void'; a row in such a state goes to a person.",
        )


_STATE = re.compile(r"^(status|state|zustand|stand|statut|stato|estado)\b", re.IGNORECASE)


def _without_state(words: ListWords, read: ColumnsRead) -> Iterator[Doubt]:
    """A column of states of which nobody said what they mean."""
    for key, column in words.columns.items():
        shown = [one for one in dict.fromkeys(read.values.get(key, ())) if one]
        if _STATE.match(column.header) and shown:
            yield Doubt(
                "states that nobody explains",
                key,
                f"'{column.header}' shows {_some(shown)}, and a form shows in this list; say with 'state' which of them"
                " stand (done), are to be waited for (open) and do not count (void).",
            )


def _some(texts: Sequence[str]) -> str:
    said = ", ".join(f"'{one}'" for one in texts[:_FEW])
    return f"{said} and {len(texts) - _FEW} more" if len(texts) > _FEW else said


def _in_short(refusal: ItemError) -> str:
    return {
        "COLUMN_MISSING": "column missing",
        "COLUMN_NOT_ONE": "header stands twice",
        "COLUMN_HIDDEN": "column hidden",
        "NUMBER_TWO_WAYS": "number in two ways",
        "ROW_UNLIKE_OTHERS": "row unlike the others",
    }.get(refusal.code, refusal.code.lower().replace("_", " "))


def _once_each(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """A row that is unlike the others stops every column; it is told once."""
    return tuple({one.sentence: one for one in doubts}.values())
