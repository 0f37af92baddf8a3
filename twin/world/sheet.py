"""The parameter sheet of one batch while it is being filled in."""

from datetime import datetime
from random import Random
from typing import Any

from twin.world.clock import iso

Row = dict[str, Any]


class Sheet:
    """Collects parameters in the shape of `mes_core.messages.Parameter`; values are those that stand in the text."""

    def __init__(self, rng: Random, steps: dict[str, tuple[datetime, datetime, str]]) -> None:
        self._rng = rng
        self._when = {key: (iso(start + (end - start) * 0.7), who) for key, (start, end, who) in steps.items()}
        self.rows: list[Row] = []
        self.values: dict[str, float] = {}

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def put(
        self,
        name: str,
        step: str,
        value: float,
        unit: str,
        limits: tuple[float | None, float | None] = (None, None),
        places: int = 1,
    ) -> float:
        """Record a number with `places` decimals and give back what then stands in the record."""
        text = f"{value:.{places}f}"
        number = float(text)
        at, who = self._when[step]
        low, high = limits
        self.rows.append(
            {
                "name": name,
                "step_id": step,
                "text": text,
                "value": number,
                "unit": unit,
                "low": None if low is None else float(low),
                "high": None if high is None else float(high),
                "recorded_at": at,
                "recorded_by": who,
            }
        )
        self.values[name] = number
        return number

    def near(
        self,
        name: str,
        step: str,
        target: float,
        spread: float,
        unit: str,
        limits: tuple[float, float],
        places: int = 1,
    ) -> float:
        """Record a reading that scatters about `target` and stays within the limits."""
        low, high = limits
        return self.put(name, step, min(max(self._rng.gauss(target, spread), low), high), unit, limits, places)

    def say(self, name: str, step: str, text: str) -> None:
        """Record a word instead of a number, such as Pass."""
        at, who = self._when[step]
        self.rows.append(
            {
                "name": name,
                "step_id": step,
                "text": text,
                "value": None,
                "unit": "1",
                "low": None,
                "high": None,
                "recorded_at": at,
                "recorded_by": who,
            }
        )
