"""Inputs of a study: every number with its unit, its range and its source, and the presets that change some of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

from mes_core.spelling import yaml_text
from twin.model.errors import TwinError
from twin.model.population import Population

KINDS = ("published", "measured", "calibrated", "assumed")
PRESETS = ("paper", "uk-lbcl", "mcl", "academic")
_SHARES = ("share", "fraction")
_TIMES = ("h", "d", "s")
_ENTRY = {"value", "low", "high", "spread", "source"}
_WHOLE = ("places", "people a shift", "batches")


@dataclass(frozen=True)
class Input:
    """One number: `low` to `high` is the range over which its sensitivity is shown; `kind` is one of `KINDS`; `words`
    say what it is where people read it. `spread` is the log sd of single durations about this median, where it was
    measured; without it they spread as all of their kind do."""

    name: str
    words: str
    value: float
    unit: str
    low: float
    high: float
    kind: str
    source: str
    spread: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise TwinError(f"{self.name}: the kind {self.kind!r} is not one of {', '.join(KINDS)}.")
        for number in (self.value, self.low, self.high):
            self._check(number)
        spread = self.spread
        if spread is not None and (
            isinstance(spread, bool) or not isinstance(spread, int | float) or not 0 <= spread <= 3
        ):
            raise TwinError(f"{self.name}: a spread of {spread!r} is no log sd: give a number from 0 to 3.")

    def _check(self, number: float) -> None:
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise TwinError(f"{self.name} is {number!r}: give a number.")
        if number < 0 and not self.unit.startswith("log fitness"):
            raise TwinError(f"{self.name} is {number}: it can't be negative.")
        if self.unit == "1/month" and number == 0:
            raise TwinError(f"{self.name} is 0: a plant that makes nothing has no days to save; give more than 0.")
        if self.unit in _SHARES and number > 1:
            raise TwinError(f"{self.name} is {number}: a share lies between 0 and 1.")
        if self.unit in _WHOLE and (number < 1 or number != int(number)):
            raise TwinError(f"{self.name} is {number}: give a whole number of one or more.")


@dataclass(frozen=True)
class Inputs:
    """All inputs of one preset by name (see `twin/presets/base.yaml`)."""

    preset: str
    title: str
    by_name: Mapping[str, Input]

    def __getitem__(self, name: str) -> float:
        return float(self.by_name[name].value)

    def spread(self, name: str, usual: str) -> float:
        """Log sd of durations about a median: its own where it was measured, otherwise that of an input `usual`."""
        own = self.by_name[name].spread
        return self[usual] if own is None else float(own)

    def whole(self, name: str) -> int:
        """A number of places, people or batches."""
        return int(self.by_name[name].value)

    def with_values(self, values: Mapping[str, float], *, kind: str = "assumed", source: str = "") -> "Inputs":
        """The same inputs with other values. Raises `TwinError` for an unknown name or an impossible value."""
        changed = dict(self.by_name)
        for name, value in values.items():
            old = self._known(name)
            whole = old.unit in _WHOLE
            number = int(value) if whole and float(value).is_integer() else value
            low, high = min(old.low, number), max(old.high, number)
            changed[name] = replace(
                old, value=number, low=low, high=high, kind=kind, source=source or "given by the caller"
            )
        return replace(self, by_name=changed)

    def with_file(self, path: Path | None) -> "Inputs":
        """The same inputs with those of a YAML file: below `inputs`, for each name `value`, and where they are known
        `low`, `high`, `spread` and `source`; no path changes nothing.

        Raises:
            TwinError: The file can't be read, or holds an unknown name or an impossible value.
        """
        if path is None:
            return self
        try:
            document = yaml_text.load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise TwinError(f"{path} can't be read ({error.strerror}): check the path.") from None
        except (UnicodeDecodeError, yaml_text.NoYaml) as error:
            raise TwinError(f"{path} can't be read as YAML ({str(error).splitlines()[0]}): correct it.") from None
        entries = document.get("inputs") if isinstance(document, dict) else None
        if not isinstance(entries, dict):
            raise TwinError(f"{path} holds no inputs: write them below 'inputs:', each with a 'value'.")
        changed = dict(self.by_name)
        for name, entry in entries.items():
            old = self._known(str(name))
            if not isinstance(entry, dict) or not {"value"} <= set(entry) <= _ENTRY:
                raise TwinError(f"{path}: {name} needs a 'value', and may have 'low', 'high', 'spread' and 'source'.")
            if "spread" in entry and old.unit not in _TIMES:
                raise TwinError(f"{path}: {name} is in {old.unit}: only times have a spread.")
            value = entry["value"]
            given = {"value": value, "low": entry.get("low", value), "high": entry.get("high", value)}
            given |= {"spread": entry["spread"]} if "spread" in entry else {}
            changed[name] = replace(old, **given, kind="measured", source=str(entry.get("source", path.name)))
        return replace(self, by_name=changed)

    def _known(self, name: str) -> Input:
        if name not in self.by_name:
            near = [known for known in self.by_name if name.split(".")[-1] in known]
            hint = f"did you mean {near[0]}?" if near else "see 'batchwright twin inputs'."
            raise TwinError(f"There is no input {name!r}: {hint}")
        return self.by_name[name]

    def population(self) -> Population:
        """The patients, handling and assays of this preset."""
        own = {field.name for field in fields(Population)}
        given: dict[str, Any] = {
            name.removeprefix("cells."): one.value for name, one in self.by_name.items() if name.startswith("cells.")
        }
        given["culture_days"] = int(given["culture_days"])
        return Population(**{name: value for name, value in given.items() if name in own})


def _read(name: str) -> dict[str, Any]:
    text = files("twin.presets").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml_text.load(text)
    return found


@cache
def _base() -> Mapping[str, Input]:
    inputs = {name: Input(name=name, **entry) for name, entry in _read("base").items()}
    for name, entry in _read("measured").items():
        inputs[name] = replace(inputs[name], kind="measured", **entry)
    return inputs


@cache
def load_preset(name: str) -> Inputs:
    """The inputs of a preset, calibrated values included. Raises `TwinError` for an unknown preset."""
    if name not in PRESETS:
        raise TwinError(f"There is no preset {name!r}: choose one of {', '.join(PRESETS)}.")
    document = _read(name)
    by_name = dict(_base())
    for key, entry in {**document["inputs"], **_calibrated(name)}.items():
        if key not in by_name:
            raise TwinError(f"Preset {name}: there is no input {key!r}.")
        merged = {**vars(by_name[key]), **entry}
        merged["low"], merged["high"] = min(merged["low"], merged["value"]), max(merged["high"], merged["value"])
        by_name[key] = Input(**merged)
    return Inputs(name, document["title"], by_name)


def _calibrated(name: str) -> dict[str, Any]:
    found: dict[str, Any] = _read("calibrated").get(name, {})
    return {key: {"kind": "calibrated", **entry} for key, entry in found.items()}
