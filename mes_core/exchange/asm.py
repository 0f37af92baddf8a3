"""Instrument results from a document of the Allotrope Simple Model (ASM).

The model nests documents: `<technique> aggregate document` / `<technique> document` / `measurement aggregate document`
/ `measurement document`, which holds a sample document, the time, and quantities as {"value", "unit"} directly, below
`processed data document` and below `analyte document`. Settings (`device control`, `data processing`) are no results,
and calculated data stand apart: they follow from what was measured.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from mes_core.exchange.errors import ImportRefused
from mes_core.messages.instruments import InstrumentFile, InstrumentResult

NO_ZONE = timedelta(hours=23, minutes=59)
"""The offset that a converter is given for times whose file names no zone: no place on earth has it."""
_NO_DATE_BEFORE = datetime(1980, 1, 1, tzinfo=UTC)
"""Converters fill in 1970-01-01 where a file has no date; no instrument with a file interface is that old."""
_SETTINGS = frozenset(
    {"device control aggregate document", "data processing document", "sample document", "custom information document"}
)
_UNITS: Mapping[str, frozenset[str]] = {
    "viability (cell counter)": frozenset({"%"}),
    "total cell density (cell counter)": frozenset({"10^6 cells/mL"}),
    "viable cell density (cell counter)": frozenset({"10^6 cells/mL"}),
    "dead cell density (cell counter)": frozenset({"10^6 cells/mL"}),
    "total cell count": frozenset({"cell"}),
    "viable cell count": frozenset({"cell"}),
    "average total cell diameter": frozenset({"μm"}),
    "average live cell diameter (cell counter)": frozenset({"μm"}),
    "molar concentration": frozenset({"mmol/L"}),
    "mass concentration": frozenset({"g/L"}),
    "number concentration": frozenset({"#/μL"}),
    "pH": frozenset({"pH"}),
    "pO2": frozenset({"mmHg"}),
    "pCO2": frozenset({"mmHg"}),
}
"""Quantities that releases rest on, and the units in which they are taken; others are taken in the unit of the file."""


class _Measured(NamedTuple):
    """What all results of one measurement share."""

    sample_id: str
    batch_id: str | None
    at: datetime
    analyst: str
    device: str
    about: str


def read(document: Any, name: str, sha256: str) -> InstrumentFile:
    """The results in a document.

    Args:
        document: ASM, as JSON gives it.
        name: of the file, for sentences and the trail.
        sha256: of the file, hexadecimal.

    Raises:
        ImportRefused: it is no ASM, holds no result, a measurement has no date, no zone or no sample, a quantity stands
            in a unit in which it is not taken.
    """
    if not isinstance(document, dict) or "$asm.manifest" not in document:
        raise ImportRefused(f"{name} is no document of the Allotrope Simple Model: say what instrument it is from.")
    results: list[InstrumentResult] = []
    left_out: list[str] = []
    for aggregate_name, aggregate in document.items():
        if not isinstance(aggregate, dict) or not aggregate_name.endswith(" aggregate document"):
            continue
        device = _device(aggregate.get("device system document"))
        for one in _listed(aggregate, aggregate_name.replace(" aggregate document", " document")):
            analyst = str(one.get("analyst") or "")
            for number, found in enumerate(_measurements(one), start=1):
                measured = _measured(found, name, number, analyst, device)
                for test, quantity in _quantities(found):
                    taken = _result(measured, test, quantity, len(results) + 1, name)
                    if taken is None:
                        left_out.append(f"{measured.sample_id}: {test} has no number")
                    else:
                        results.append(taken)
    if not results:
        raise ImportRefused(f"{name} holds no result: check that it is the file of a measurement.")
    return InstrumentFile(
        name=name, sha256=sha256, converter=_converter(document), results=tuple(results), left_out=tuple(left_out)
    )


def _measurements(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    aggregate = document.get("measurement aggregate document")
    if isinstance(aggregate, dict):
        yield from _listed(aggregate, "measurement document")


def _measured(found: Mapping[str, Any], name: str, number: int, analyst: str, device: str) -> _Measured:
    sample = found.get("sample document")
    sample_id = str(sample.get("sample identifier") or "").strip() if isinstance(sample, dict) else ""
    if not sample_id:
        raise ImportRefused(
            f"{name}: measurement {number} names no sample: enter it at the instrument and export again."
        )
    assert isinstance(sample, dict)  # noqa: S101 - it named a sample; for the type checker
    about = [
        found.get("target DNA description"),
        sample.get("sample role type"),
        sample.get("well location identifier"),
    ]
    return _Measured(
        sample_id,
        str(sample["batch identifier"]) if sample.get("batch identifier") else None,
        _time(found.get("measurement time"), name, sample_id),
        analyst or str(found.get("analyst") or ""),
        device,
        ", ".join(str(one) for one in about if one),
    )


def _time(text: Any, name: str, sample_id: str) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.replace(tzinfo=UTC) < _NO_DATE_BEFORE:
        raise ImportRefused(
            f"{name} does not say when {sample_id} was measured, and a date is not guessed: export it with its date."
        )
    offset = at.utcoffset()
    if offset is None or abs(offset) == NO_ZONE:
        raise ImportRefused(f"{name} does not say in which time zone {sample_id} was measured: say it with --timezone.")
    return at


def _quantities(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Quantities of a measurement with their names; settings, samples and vendors' own remarks are left alone."""
    for name, value in found.items():
        if name in _SETTINGS:
            continue
        if isinstance(value, dict) and "value" in value:
            analyte = found.get("analyte name")
            yield (f"{analyte} {name}" if analyte else name), value
        elif isinstance(value, dict):
            yield from _quantities(value)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    yield from _quantities(one)


def _result(
    measured: _Measured, test: str, quantity: Mapping[str, Any], place: int, name: str
) -> InstrumentResult | None:
    """A result; None where there is no number. Converters write -0.0 beside a remark where an instrument gave none."""
    value, unit = _number(quantity["value"]), str(quantity.get("unit") or "").replace("µ", "μ")
    if value is None:
        return None
    known = next((units for word, units in _UNITS.items() if test == word or test.endswith(f" {word}")), None)
    if not unit or (known is not None and unit not in known):
        wanted = f"; it is taken in {' or '.join(sorted(known))}" if known else ""
        raise ImportRefused(
            f"{name}: {test} of {measured.sample_id} is in {unit or 'no unit'}{wanted}: check the file."
        )
    try:
        return InstrumentResult(
            place=place,
            sample_id=measured.sample_id,
            batch_id=measured.batch_id,
            test=test,
            value=value,
            unit=unit,
            measured_at=measured.at,
            analyst=measured.analyst,
            device=measured.device,
            about=measured.about,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        raise ImportRefused(
            f"{name}: result {place} is not valid at {where} ({first['msg']}): check the file."
        ) from None


def _number(value: Any) -> float | None:
    """A number that was measured; None for what is none, is not finite, or is -0.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and math.copysign(1.0, number) * (number == 0) >= 0 else None


def _device(document: Any) -> str:
    """Model and serial number, as far as they are known."""
    if not isinstance(document, dict):
        return ""
    names = ("model number", "brand name", "device identifier", "equipment serial number")
    said = [str(document[name]) for name in names if document.get(name) not in (None, "", "N/A")]
    return " ".join(dict.fromkeys(said))


def _converter(document: Mapping[str, Any]) -> str:
    for aggregate in document.values():
        system = aggregate.get("data system document") if isinstance(aggregate, dict) else None
        if isinstance(system, dict) and system.get("ASM converter name"):
            return f"{system['ASM converter name']} {system.get('ASM converter version') or ''}".strip()
    return "not named"


def _listed(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
