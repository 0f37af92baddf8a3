"""Events from the CSV of a safety database: one a line, each refused or taken for itself."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mes_core.exchange.errors import ImportRefused
from mes_core.messages.bounds import place_of
from mes_core.messages.filing import NewEvent
from mes_core.spelling.csv_text import NoTable, columns_once, decoded, read_grid

COLUMNS = ("key", "kind", "aware_at", "zone", "aware_who", "places", "product", "batch", "case", "day", "text")
"""Columns that are known; the questions of the kinds, such as `serious`, may follow, as yes, no or empty."""
_NEEDED = ("key", "kind", "aware_at")
_NAMES = {"key": "source_key", "batch": "batch_id", "case": "case_id"}
_QUESTIONS = frozenset(
    {
        *("serious", "unexpected", "suspected", "fatal_or_life_threatening", "distributed", "may_affect_safety"),
        *("under_control", "may_mean_recall_or_restriction", "graver_than_class_3", "likely_to_disrupt"),
        *("up_to_12_months", "mra_or_exemption"),
    }
)
MOST_BYTES = 20_000_000


def read(path: Path, source: str) -> list[tuple[int, NewEvent | None, str]]:
    """Every line as an event, or what is wrong with it in a sentence.

    Args:
        path: the file, UTF-8, with a header; separated by commas, semicolons or tabs.
        source: name of the database.

    Returns:
        Number of the line, the event or None, and the sentence or an empty text.

    Raises:
        ImportRefused: it can't be read, or its header lacks a column, or has one twice or one that nobody knows.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path} can't be read ({error.strerror}): check the path.") from None
    if len(content) > MOST_BYTES:
        raise ImportRefused(f"{path} is larger than {MOST_BYTES // 1_000_000} MB: export fewer events.")
    try:
        grid = read_grid(decoded(content))
        columns_once(grid, _NEEDED)
    except NoTable as error:
        raise ImportRefused(f"{path} {error}") from None
    _known(path, grid.header)
    return [_line(number, grid.header, cells, source) for number, cells in grid.rows]


def _known(path: Path, header: list[str]) -> None:
    stray = [name for name in header if name not in COLUMNS and name not in _QUESTIONS]
    if stray:
        raise ImportRefused(f"{path} has a column {stray[0][:40]!r} that nobody knows: rename it or leave it out.")


def _line(number: int, header: list[str], cells: list[str], source: str) -> tuple[int, NewEvent | None, str]:
    if len(cells) != len(header):
        return number, None, "It has more or fewer cells than the header: correct the line."
    said = {name: value.strip() for name, value in zip(header, cells, strict=True) if value.strip()}
    answers = {name: said.pop(name).casefold() for name in tuple(said) if name in _QUESTIONS}
    places = said.pop("places", "")
    body: dict[str, Any] = {_NAMES.get(name, name): value for name, value in said.items()}
    body |= {"source": source, "answers": answers}
    if places:
        body["places"] = tuple(part.strip() for part in places.split(";"))
    try:
        return number, NewEvent.model_validate(body), ""
    except ValidationError as error:
        first = error.errors()[0]
        where = place_of(first)
        return number, None, f"{where}: {first['msg']}."
