"""The Allotrope Simple Model as results: what is taken, and what is refused because it is not said."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_core.exchange import asm
from mes_core.exchange.errors import ImportRefused

SHA = "0" * 64


def counted(sample: str = "A1", at: str = "2026-02-20T10:00:00+01:00", **quantities: Any) -> dict[str, Any]:
    """A measurement of a cell counter."""
    processed: dict[str, Any] = {"data processing document": {"dilution factor": {"value": 2.0, "unit": "(unitless)"}}}
    processed |= quantities or {"viability (cell counter)": {"value": 91.5, "unit": "%"}}
    return {
        "device control aggregate document": {
            "device control document": [{"sample volume setting": {"value": 200.0, "unit": "μL"}}]
        },
        "measurement time": at,
        "sample document": {
            "sample identifier": sample,
            "custom information document": {"x": {"value": 1, "unit": "s"}},
        },
        "processed data aggregate document": {"processed data document": [processed]},
    }


def document(*measurements: dict[str, Any]) -> dict[str, Any]:
    """A document that holds measurements."""
    return {
        "$asm.manifest": "http://purl.allotrope.org/manifests/cell-counting/REC/2024/09/cell-counting.manifest",
        "cell counting aggregate document": {
            "data system document": {"ASM converter name": "made by hand", "ASM converter version": "1"},
            "device system document": {"model number": "Counter", "device identifier": "N/A"},
            "cell counting document": [
                {"measurement aggregate document": {"measurement document": [one]}, "analyst": "ana"}
                for one in measurements
            ],
        },
    }


def _refused(made: Any) -> str:
    with pytest.raises(ImportRefused) as refused:
        asm.read(made, "file.csv", SHA)
    return str(refused.value)


def test_quantities_are_taken_and_settings_are_not() -> None:
    """With sample, time in UTC, device and analyst."""
    analytes = {"analyte document": [{"analyte name": "glucose", "mass concentration": {"value": 2.5, "unit": "g/L"}}]}
    other = {**counted("A2"), "analyte aggregate document": analytes, "pH": {"value": 7.4, "unit": "pH"}}
    del other["processed data aggregate document"]
    read = asm.read(document(counted(), other), "file.csv", SHA)
    said = [(one.place, one.sample_id, one.test, one.value, one.unit) for one in read.results]
    assert said == [
        (1, "A1", "viability (cell counter)", 91.5, "%"),
        (2, "A2", "glucose mass concentration", 2.5, "g/L"),
        (3, "A2", "pH", 7.4, "pH"),
    ]
    first = read.results[0]
    assert (first.measured_at, first.device, first.analyst) == (datetime(2026, 2, 20, 9, tzinfo=UTC), "Counter", "ana")
    assert (read.converter, read.left_out) == ("made by hand 1", ())


@pytest.mark.parametrize(
    "said",
    [
        {"error aggregate document": {"error document": {"error": "Clot detected"}}},
        {"error document": [{"error": "Clot detected"}]},
        {"error document": {"error": "Clot detected"}},
    ],
)
def test_what_the_instrument_said_is_heard_without_a_list_around_it(said: dict[str, Any]) -> None:
    """Some converters leave out a list of one, or the document around it."""
    read = asm.read(document({**counted(), **said}), "file.csv", SHA)
    assert [one.error for one in read.results] == ["Clot detected"]


def test_a_spread_is_told_from_the_mean_that_it_belongs_to() -> None:
    """A statistic of a quantity is not the quantity."""
    spread = {"value": 2.5, "unit": "%", "has statistic datum role": "standard deviation role"}
    read = asm.read(document(counted(**{"viability (cell counter)": spread})), "file.csv", SHA)
    assert [one.about for one in read.results] == ["standard deviation role"]


def test_what_stands_beside_a_value_is_said_against_it_and_a_gate_is_no_result() -> None:
    """A flag inside a quantity is not dropped; a threshold is a setting."""
    flagged = {"value": 91.5, "unit": "%", "flag": "out of  range", "@type": "quantity", "remark": ""}
    gate = {"value": 1200, "unit": "RFU"}
    read = asm.read(document(counted(**{"viability (cell counter)": flagged, "gate threshold": gate})), "file.csv", SHA)
    assert [(one.test, one.error) for one in read.results] == [("viability (cell counter)", "flag: out of range")]


@pytest.mark.parametrize("at", ["", "soon", "1970-01-01T00:00:00+00:00", "1970-01-01"])
def test_a_measurement_without_its_date_is_refused(at: str) -> None:
    """Also when a converter filled in the beginning of time."""
    assert "does not say when A1 was measured, and a date is not guessed" in _refused(document(counted(at=at)))


@pytest.mark.parametrize("at", ["2026-02-20T10:00:00", "2026-02-20T10:00:00+23:59"])
def test_a_time_without_its_zone_is_refused(at: str) -> None:
    """The clock of an instrument is where the instrument stands."""
    assert "say it with --timezone" in _refused(document(counted(at=at)))


def test_other_units_and_absent_samples_are_refused() -> None:
    """One sentence each, with the name of the file."""
    wrong = counted(**{"viable cell density (cell counter)": {"value": 1.0, "unit": "cells/mL"}})
    assert "is in cells/mL; it is taken in 10^6 cells/mL" in _refused(document(wrong))
    assert "result 1 is not valid at sample_id" in _refused(document(counted(sample="A" * 201)))
    assert "is in no unit" in _refused(document(counted(anything={"value": 1.0})))
    assert "names no sample" in _refused(document(counted(sample=" ")))
    assert "holds no result" in _refused(document())
    assert "is no document of the Allotrope Simple Model" in _refused({"results": []})
    assert "is no document of the Allotrope Simple Model" in _refused([])


@pytest.mark.parametrize("value", [-0.0, None, "N/A", float("nan"), float("inf"), True, 10**400])
def test_what_has_no_number_is_left_out_and_said(value: Any) -> None:
    """Nothing is made up for it, and the rest of the file is taken."""
    made = counted(**{"total cell count": {"value": value, "unit": "cell"}, "viability": {"value": 0.0, "unit": "%"}})
    read = asm.read(document(made), "file.csv", SHA)
    assert [(one.test, one.value) for one in read.results] == [("viability", 0.0)]
    said = " (N/A)" if value == "N/A" else ""
    assert read.left_out == (f"A1: total cell count has no number{said}",)


_ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["value", "unit", "x"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(st.data())
def test_whatever_stands_in_a_document_it_is_read_or_refused(data: st.DataObject) -> None:
    """With one place of a good document made something else: never another exception, never a number not finite."""
    made = copy.deepcopy(document(counted(), counted("A2")))
    place: Any = made
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 3)) == 0:
            place[key] = data.draw(_ANY)
            break
        place = place[key]
    try:
        read = asm.read(made, "file.csv", SHA)
    except ImportRefused:
        return
    assert all(abs(one.value) < float("inf") for one in read.results)
