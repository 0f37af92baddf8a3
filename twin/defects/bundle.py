"""One batch as the plant's systems hold it, and what a defect operator says about the damage it did."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from twin.model.errors import TwinError

Row = dict[str, str]
"""One row of a LIMS or ERP table: cells as text under the page's column keys."""
Item = TypeVar("Item")
Entry = dict[str, Any]
"""One entry of the record (a step, a parameter, ...), in plain JSON types."""


class NotApplicableError(TwinError):
    """The operator finds nothing in this batch that it could damage."""


@dataclass(frozen=True)
class PlantedDefect:
    """What was planted: the operator, whether it must stop a release, the clause it offends, and the places touched.

    `fields` are paths like `parameters/viability_pct/value`, `steps/S05/checker` or `lims.results/R-1/result`.
    """

    operator: str
    critical: bool
    clause: str
    description: str
    fields: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {**asdict(self), "fields": list(self.fields)}


@dataclass
class Bundle:
    """One batch: its executed record (the JSON shape of `BatchRecord`), its rows in LIMS and ERP, and its shipment.

    `instrument_results` are rows of files that instruments wrote, as the MES holds them: some batches have none.
    `shipped` is what the plant holds of it after its release, as the rules on shipping and filing are given it.
    """

    record: Entry
    lims_samples: list[Row] = field(default_factory=list)
    lims_results: list[Row] = field(default_factory=list)
    erp_stock: list[Row] = field(default_factory=list)
    erp_consumption: list[Row] = field(default_factory=list)
    shipped: Entry = field(default_factory=dict)
    instrument_results: list[Entry] = field(default_factory=list)

    @property
    def batch_id(self) -> str:
        """The batch's identifier."""
        return str(self.record["batch_id"])

    def copy(self) -> "Bundle":
        """A copy that shares no list or mapping with this bundle."""
        record = {key: _copied(value) for key, value in self.record.items()}
        tables = (self.lims_samples, self.lims_results, self.erp_stock, self.erp_consumption)
        samples, results, stock, used = ([dict(row) for row in table] for table in tables)
        measured = [dict(row) for row in self.instrument_results]
        return Bundle(record, samples, results, stock, used, deepcopy(self.shipped), measured)

    def entries(self, section: str) -> list[Entry]:
        """The list of a section of the record: steps, parameters, materials, equipment, samples or deviations."""
        found: list[Entry] = self.record[section]
        return found

    def entry(self, section: str, key: str, value: str) -> Entry:
        """The first entry of a section whose `key` is `value`; raises `NotApplicableError` when there is none."""
        for one in self.entries(section):
            if one.get(key) == value:
                return one
        raise NotApplicableError(f"Batch {self.batch_id} has no {value!r} among its {section}.")

    def parameter(self, name: str) -> Entry:
        """The parameter of that name; raises `NotApplicableError` when there is none."""
        return self.entry("parameters", "name", name)

    def result(self, test: str) -> Row:
        """The LIMS result row of a test; raises `NotApplicableError` when there is none."""
        for row in self.lims_results:
            if row["test"] == test:
                return row
        raise NotApplicableError(f"Batch {self.batch_id} has no LIMS result for {test!r}.")


def _copied(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return [{k: list(v) if isinstance(v, list | tuple) else v for k, v in one.items()} if isinstance(one, dict) else one
            for one in value]  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """What one application of an operator did, in words, and the paths it touched."""

    description: str
    fields: tuple[str, ...]


Apply = Callable[[Bundle, np.random.Generator], Damage]
"""Changes the bundle in place and says what it did; raises `NotApplicableError` when it cannot."""


@dataclass(frozen=True)
class Operator:
    """One way in which a batch record goes wrong.

    `critical` means that a release with it would offend the clause in a way that can reach the patient or voids the
    record; the others ought to be noticed. `detectable` is False, with `why_not`, where nothing in the record, the
    LIMS or the ERP can show the damage. With `after_release` it damages the shipment, which other rules look at.
    """

    operator_id: str
    critical: bool
    clause: str
    description: str
    apply: Apply
    detectable: bool = True
    why_not: str = ""
    after_release: bool = False


class Family:
    """Collects the operators of one module; `Family.operator` is a decorator."""

    def __init__(self, *, after_release: bool = False) -> None:
        self.operators: list[Operator] = []
        self._after_release = after_release

    def operator(
        self, operator_id: str, clause: str, description: str, *, critical: bool = True, why_not: str = ""
    ) -> Callable[[Apply], Apply]:
        """Register the decorated function as an operator."""

        def keep(apply: Apply) -> Apply:
            said = (operator_id, critical, clause, description, apply, not why_not, why_not, self._after_release)
            self.operators.append(Operator(*said))
            return apply

        return keep


def pick(rng: np.random.Generator, items: Iterable[Item], what: str) -> Item:
    """One of the items, drawn evenly; raises `NotApplicableError` naming `what` when there are none."""
    choices = list(items)
    if not choices:
        raise NotApplicableError(f"There is no {what} in this batch to damage.")
    return choices[int(rng.integers(len(choices)))]


def moved(text: str, *, days: float = 0.0, minutes: float = 0.0) -> str:
    """An ISO time shifted; a date (ten characters) stays a date."""
    if len(text) == 10:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    shifted = datetime.fromisoformat(text).astimezone(UTC) + timedelta(days=days, minutes=minutes)
    return shifted.isoformat(timespec="seconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """An ISO time with zone as a UTC instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def set_value(parameter: Entry, value: float, digits: int | None = None) -> None:
    """Write a number into a parameter as an operator at a terminal would: the text and the number agree."""
    places = decimals(parameter) if digits is None else digits
    parameter["text"] = f"{value:.{places}f}"
    parameter["value"] = float(parameter["text"])


def decimals(parameter: Entry) -> int:
    """How many decimals the recorded text has."""
    _, _, tail = str(parameter.get("text") or "").partition(".")
    return len(tail) if tail.isdigit() else 0


def numeric(bundle: Bundle, *, limits: bool = False) -> list[Entry]:
    """Parameters that hold a number other than zero; with `limits`, only those with at least one limit."""
    return [
        one
        for one in bundle.entries("parameters")
        if one.get("value") and (not limits or one.get("low") is not None or one.get("high") is not None)
    ]


def outside(parameter: Entry, value: float) -> bool:
    """Whether the value lies outside the limits that the parameter carries."""
    low, high = parameter.get("low"), parameter.get("high")
    return (low is not None and value < low) or (high is not None and value > high)
