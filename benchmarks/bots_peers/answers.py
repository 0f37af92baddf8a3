"""What the suites of the peers share: the values to enter, and handing in what was read."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import pages
from robot.api.deco import library


@library(scope="GLOBAL", auto_keywords=True)
class answers:  # noqa: N801 - Robot Framework finds a library by the name of its file
    """Values by the id of their field, and the answer as one line for the benchmark."""

    def values_to_enter(self, number: str) -> dict[str, str]:
        """What to enter into a record, by the id of the field."""
        return {pages.key_of(label): value for label, value in pages.values_of(int(number)).items()}

    def hand_in(self, number: str, rows: Sequence[Sequence[str]]) -> None:
        """Print what was read."""
        hand_in(int(number), rows)


def hand_in(number: int, rows: Sequence[Sequence[Any]]) -> None:
    """Print an answer for the benchmark, which compares it with what the site has."""
    sys.__stdout__.write(json.dumps({"number": number, "rows": [[str(cell) for cell in row] for row in rows]}) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]
