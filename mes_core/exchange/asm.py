"""Instrument results from a document of the Allotrope Simple Model (ASM).

The model nests documents: `<technique> aggregate document` / `<technique> document` / `measurement aggregate document`
/ `measurement document`, which holds a sample document, the time, and quantities as {"value", "unit"} directly, below
`processed data document` and below `analyte document`. Sample, time, analyst and errors of an outer document hold for
those in it. Settings (`device control`, `data processing`, gates) are no results, and calculated data stand apart: they
follow from what was measured.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from mes_core.exchange.asm_values import Objection, Said, attributed, said_of
from mes_core.exchange.errors import ImportRefused
from mes_core.messages.bounds import place_of
from mes_core.messages.instruments import InstrumentFile, InstrumentResult
from mes_core.spelling.times import no_date, read_time

NO_ZONE = timedelta(hours=23, minutes=59)
"""The offset that a converter is given for times whose file names no zone: no place on earth has it."""
MOST_DEPTH = 64
"""Documents nested deeper than this are none of an instrument (real ones reach about 15)."""
_NO_RESULTS = re.compile(
    r"(device control|data processing|custom information|data region|vertex|compensation matrix|calibration|error|image"
    r"|sample|configuration)( \w+)* document|.* (setting|threshold)|gate .*|[xyz] coordinate"
)
"""Documents and fields that say how something was measured: settings, gates and their corners, remarks."""
_OF_A_QUANTITY = frozenset({"value", "unit", "has statistic datum role"})
_LABELS = ("written name", "peak name", "statistical feature", "feature")
"""Fields that say of what part of the sample the quantities beside and below them are."""
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
    objections: tuple[Objection, ...]


class _Found(NamedTuple):
    """One quantity: its name with that of its analyte, the analyte, of what part it is, and how it stands there."""

    test: str
    analyte: str
    about: str
    quantity: Mapping[str, Any]


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
    _refuse_deep(document, name)
    results: list[InstrumentResult] = []
    left_out: list[str] = []
    for measured, found in _everything(document, name):
        quantities = list(_quantities(found))
        own, general = attributed(measured.objections, [(one.test, one.analyte) for one in quantities])
        for one, words in zip(quantities, own, strict=True):
            said = said_of(one.quantity.get("value"), [*words, *_beside(one.quantity)], general)
            if said.value is None:
                left_out.append(f"{measured.sample_id}: {one.test} {said.words}")
            else:
                results.append(_result(measured, one, said, len(results) + 1, name))
    if not results:
        why = f" ({left_out[0]})" if left_out else ""
        raise ImportRefused(f"{name} holds no result{why}: check that it is the file of a measurement.")
    return InstrumentFile(
        name=name, sha256=sha256, converter=_converter(document), results=tuple(results), left_out=tuple(left_out)
    )


def _refuse_deep(document: Any, name: str) -> None:
    level = [document]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ImportRefused(f"{name} is nested more than {MOST_DEPTH} deep, which no instrument writes: it is not read.")


def _everything(document: Mapping[str, Any], name: str) -> Iterator[tuple[_Measured, dict[str, Any]]]:
    """Every measurement, with what holds for all of its results."""
    number = 0
    for aggregate_name, aggregate in document.items():
        if not isinstance(aggregate, dict) or not aggregate_name.endswith(" aggregate document"):
            continue
        device = _device(aggregate.get("device system document"))
        for one in _listed(aggregate, aggregate_name.replace(" aggregate document", " document")):
            inner = one.get("measurement aggregate document")
            inner = inner if isinstance(inner, dict) else {}
            for found in _listed(inner, "measurement document"):
                number += 1
                yield _measured((aggregate, one, inner, found), name, number, device), found


def _measured(levels: tuple[Mapping[str, Any], ...], name: str, number: int, device: str) -> _Measured:
    """What holds for a measurement: said by itself, or by a document around it (outermost first)."""
    sample: dict[str, Any] = {}
    for level in levels:
        own = level.get("sample document")
        sample |= {key: value for key, value in own.items() if value not in (None, "")} if isinstance(own, dict) else {}
    sample_id = str(sample.get("sample identifier") or "").strip()
    if not sample_id:
        raise ImportRefused(
            f"{name}: measurement {number} names no sample: enter it at the instrument and export again."
        )
    about = [
        levels[-1].get("target DNA description"),
        sample.get("sample role type"),
        sample.get("well location identifier"),
        *_wavelengths(levels[-1].get("device control aggregate document")),
    ]
    return _Measured(
        sample_id,
        str(sample["batch identifier"]).strip() if sample.get("batch identifier") else None,
        _time(_innermost(levels, "measurement time"), name, sample_id),
        str(_innermost(levels, "analyst") or ""),
        device,
        ", ".join(str(one) for one in about if one),
        (*(one for level in levels[:-1] for one in _objections(level)), *_all_objections(levels[-1])),
    )


def _innermost(levels: tuple[Mapping[str, Any], ...], field: str) -> Any:
    return next((level[field] for level in reversed(levels) if level.get(field) not in (None, "")), None)


def _wavelengths(control: Any) -> Iterator[str]:
    """At which wavelengths it was measured: two absorbances of a sample are two quantities."""
    for one in _listed(control, "device control document") if isinstance(control, dict) else ():
        for name, value in one.items():
            if "wavelength setting" in name and isinstance(value, dict) and value.get("value") is not None:
                yield f"{value['value']} {value.get('unit') or ''}".strip()


def _objections(level: Mapping[str, Any]) -> Iterator[Objection]:
    """What the instrument itself says against a document: the words, and what they are about."""
    aggregate = level.get("error aggregate document")
    beside = _listed(aggregate, "error document") if isinstance(aggregate, dict) else []
    for one in (*beside, *_listed(level, "error document")):
        if one.get("error") not in (None, "", "N/A"):
            feature = one.get("error feature")
            yield Objection(" ".join(str(one["error"]).split()), "" if feature in (None, "N/A") else str(feature))


def _beside(quantity: Mapping[str, Any]) -> Iterator[str]:
    """What stands beside a value and is no part of a quantity, such as a flag: it is said against it."""
    for name, said in quantity.items():
        if name not in _OF_A_QUANTITY and not name.startswith("@") and isinstance(said, str | bool) and said:
            yield f"{name}: {' '.join(str(said).split())}"


def _all_objections(found: Mapping[str, Any]) -> Iterator[Objection]:
    """The same of a measurement and of every document in it."""
    yield from _objections(found)
    for value in found.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _all_objections(one)


def _time(text: Any, name: str, sample_id: str) -> datetime:
    try:
        at = read_time(str(text).strip())
    except ValueError:
        at = None
    if at is None or no_date(at):
        raise ImportRefused(
            f"{name} does not say when {sample_id} was measured, and a date is not guessed: export it with its date."
        )
    offset = at.utcoffset()
    if offset is None or abs(offset) == NO_ZONE:
        raise ImportRefused(f"{name} does not say in which time zone {sample_id} was measured: say it with --timezone.")
    return at.astimezone(UTC)


def _quantities(found: Mapping[str, Any], analyte: str = "", about: tuple[str, ...] = ()) -> Iterator[_Found]:
    """Quantities of a measurement; settings, samples, gates and vendors' own remarks are left alone."""
    analyte = str(found.get("analyte name") or analyte)
    about = (*about, *(str(found[label]) for label in _LABELS if isinstance(found.get(label), str) and found[label]))
    for name, value in found.items():
        if _NO_RESULTS.fullmatch(name):
            continue
        if isinstance(value, dict) and "value" in value:
            role = value.get("has statistic datum role")
            said = (*about, role) if isinstance(role, str) and role else about
            yield _Found(f"{analyte} {name}" if analyte else name, analyte, ", ".join(said), value)
        elif isinstance(value, dict):
            yield from _quantities(value, analyte, about)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    yield from _quantities(one, analyte, about)


def _result(measured: _Measured, found: _Found, said: Said, place: int, name: str) -> InstrumentResult:
    test, unit = found.test, str(found.quantity.get("unit") or "").replace("µ", "μ")
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
            value=said.value,
            sign=said.sign,
            error=said.words,
            unit=unit,
            measured_at=measured.at,
            analyst=measured.analyst,
            device=measured.device,
            about=", ".join(one for one in (measured.about, found.about) if one),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = place_of(first)
        raise ImportRefused(
            f"{name}: result {place} is not valid at {where} ({first['msg']}): check the file."
        ) from None


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
    if isinstance(found, dict):  # some converters write the only one of a list without its list
        return [found]
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
