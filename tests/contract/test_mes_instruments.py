"""Files of instruments as results of batches: all or nothing, once, and with the trail; on both kinds of store."""

import json
import os
import sys
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mes_support import START, SYSTEM, Plant, observation, record
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from mes_core.domain.errors import DomainError, Invalid
from mes_core.exchange import instrument
from mes_core.exchange.errors import ImportRefused
from mes_core.messages.instruments import InstrumentFile, InstrumentResult
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store

_RUN = CliRunner()
_DATA = Path(os.environ.get("BATCHWRIGHT_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
_REAL = _DATA / "instruments"
_ALLOTROPY = instrument.default_python(os.environ.get("BATCHWRIGHT_ALLOTROPY_PYTHON"))


def _file(*results: tuple[str, str, float, str], sha: str = "a", batch: str | None = None) -> InstrumentFile:
    """Results (sample, test, value, unit) of one file."""
    taken = tuple(
        InstrumentResult(
            place=place, sample_id=one[0], batch_id=batch, test=one[1], value=one[2], unit=one[3], **{
                "measured_at": "2026-02-27T10:00:00Z", "analyst": "ana", "device": "Counter"}
        )
        for place, one in enumerate(results, start=1)
    )  # fmt: skip
    return InstrumentFile(name="run.csv", sha256=sha * 64, converter="made by hand 1", results=taken)


@pytest.fixture
def sampled(plant: Plant) -> Plant:
    """Two batches with samples; one number is in both."""
    for name, samples in (("B1", ("A1", "A2", "SAME")), ("B2", ("A3", "SAME"))):
        plant.mes.submit_batch(
            record(name, samples=[{"sample_id": one, "purpose": "count"} for one in samples]), plant.bot
        )
    return plant


def _rows(plant: Plant, batch_id: str) -> list[dict[str, Any]]:
    return [row for one in plant.mes.observations(batch_id) if one.system == "instrument" for row in one.rows]


@pytest.mark.requirement("URS-067")
def test_results_come_to_the_batches_of_their_samples(sampled: Plant) -> None:
    """Each with its unit, time, device and file; the trail names the file; a verdict from before is overtaken."""
    sampled.mes.review("B1", (observation(),), sampled.at())
    file = _file(("A1", "viability", 91.5, "%"), ("A3", "viability", 90, "%"), ("A1", "pH", 7.4, "pH"))
    done = sampled.mes.import_results(file, sampled.bot)
    assert (done.taken, done.unchanged, done.left_out) == ({"B1": 2, "B2": 1}, 0, ())
    first = _rows(sampled, "B1")[0]
    assert {name: first[name] for name in ("sample_id", "test", "result", "unit", "device", "file")} == {
        "sample_id": "A1", "test": "viability", "result": "91.5", "unit": "%", "device": "Counter", "file": "run.csv",
    }  # fmt: skip
    told = [entry.new for entry in sampled.mes.audit("B1") if entry.action == "instrument results taken"]
    assert told == [{"file": "run.csv", "sha256": "a" * 64, "converter": "made by hand 1", "results": 2}]
    assert not sampled.mes.verdicts("B1")[0].current
    assert sampled.mes.verify_audit() == []


@pytest.mark.requirement("URS-067")
def test_a_file_is_taken_once(sampled: Plant) -> None:
    """Again it changes nothing, exported anew neither; a later measurement adds to it, a contradiction is refused."""
    sampled.mes.import_results(_file(("A1", "viability", 91.5, "%")), sampled.bot)
    before = sampled.dump()
    again = sampled.mes.import_results(_file(("A1", "viability", 91.5, "%")), sampled.bot)
    assert (again.taken, again.unchanged, sampled.dump() == before) == ({}, 1, True)
    anew = sampled.mes.import_results(_file(("A1", "viability", 91.5, "%"), sha="b"), sampled.bot)
    assert (anew.taken, anew.unchanged, sampled.dump() == before) == ({}, 1, True)
    with pytest.raises(Invalid, match=r"is 92.5, but .* says 91.5 of the same measurement"):
        sampled.mes.import_results(_file(("A1", "viability", 92.5, "%"), sha="b"), sampled.bot)
    assert sampled.dump() == before
    later = _file(("A1", "viability", 92.5, "%"), sha="c")
    moved = [one.model_copy(update={"measured_at": one.measured_at + timedelta(hours=1)}) for one in later.results]
    sampled.mes.import_results(later.model_copy(update={"results": tuple(moved)}), sampled.bot)
    assert [row["result"] for row in _rows(sampled, "B1")] == ["91.5", "92.5"]


@pytest.mark.requirement("URS-067")
@pytest.mark.parametrize(
    ("file", "options", "why"),
    [
        (_file(("A1", "pH", 7, "pH"), ("A9", "pH", 7, "pH")), {}, "no record names the sample A9"),
        (_file(("A1", "pH", 7, "pH"), ("SAME", "pH", 7, "pH")), {}, "is in the records of B1, B2"),
        (_file(("A1", "pH", 7, "pH"), batch="B9"), {}, "said to be of batch 'B9', which is not here"),
        (_file(("A1", "pH", 7, "pH"), batch="B2"), {}, "said to be of batch B2, whose record has no such"),
        (_file(("A1", "pH", 7, "pH")), {"batch_id": "B2"}, "said to be of batch B2, whose record has no such"),
        (_file(("A1", "pH", 7, "pH")), {"batch_id": "B9"}, "which is not here"),
        (_file(("A1", "glucose", 7, "g/L"), ("A2", "glucose", 7, "mmol/L")), {}, "but batch B1 has it in g/L"),
    ],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(
    sampled: Plant, file: InstrumentFile, options: dict[str, Any], why: str
) -> None:
    """Not even for the samples that would fit."""
    before = sampled.dump()
    with pytest.raises(DomainError, match=why):
        sampled.mes.import_results(file, sampled.bot, **options)
    assert sampled.dump() == before


@pytest.mark.requirement("URS-067")
def test_a_time_that_lies_ahead_is_refused_and_unknown_samples_can_be_left_out(sampled: Plant) -> None:
    """A clock in another zone shows; controls of an assay are nobody's samples."""
    file = _file(("A1", "pH", 7, "pH"), ("control", "pH", 7, "pH"))
    done = sampled.mes.import_results(file, sampled.bot, known_only=True)
    assert (done.taken, done.left_out) == ({"B1": 1}, ("control: no record names this sample",))
    assert sampled.mes.import_results(_file(("SAME", "pH", 7, "pH")), sampled.bot, batch_id="B2").taken == {"B2": 1}
    ahead = _file(("A1", "pH", 7, "pH"), sha="c")
    later = [one.model_copy(update={"measured_at": sampled.now + timedelta(days=3)}) for one in ahead.results]
    with pytest.raises(Invalid, match="which lies ahead"):
        sampled.mes.import_results(ahead.model_copy(update={"results": tuple(later)}), sampled.bot)


@pytest.mark.requirement("URS-067")
def test_nobody_else_writes_where_instrument_results_stand(sampled: Plant) -> None:
    """A reader of other systems could otherwise speak for an instrument."""
    made_up = observation().model_copy(update={"system": "instrument"})
    with pytest.raises(Invalid, match="not from 'instrument'"):
        sampled.mes.put_observations("B1", (made_up,), sampled.at())


@pytest.mark.requirement("URS-067")
def test_the_command_takes_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also through a converter; the real rules review what is there; bad files are refused and change nothing."""
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    with closing(open_store(tmp_path / "mes.sqlite")) as store:
        mes = Mes(store, BuiltinRules(None), lambda: START)
        mes.submit_batch(record(samples=[{"sample_id": "A1", "purpose": "count"}]), SYSTEM)
    measured = {
        "measurement time": "2026-02-20T10:00:00+01:00",
        "sample document": {"sample identifier": "A1"},
        "viability (cell counter)": {"value": 91.5, "unit": "%"},
    }
    held = {"measurement aggregate document": {"measurement document": [measured]}}
    model = {"$asm.manifest": "x", "cell counting aggregate document": {"cell counting document": [held]}}
    file = tmp_path / "model.json"
    file.write_text(json.dumps(model), encoding="utf-8")
    ended = _RUN.invoke(app, ["import", "instrument", str(file), "--format", "json"])
    assert json.loads(ended.output) == {"taken": {"B1": 1}, "unchanged": 0, "left_out": []}
    assert _RUN.invoke(app, ["review", "B1", "--format", "json"]).exit_code == 0
    converter = tmp_path / "converter"
    converter.write_text(f"#!/bin/sh\ncat '{file}'\n", encoding="utf-8")
    converter.chmod(0o755)
    monkeypatch.setenv("BATCHWRIGHT_ALLOTROPY_PYTHON", str(converter))
    other = tmp_path / "run.csv"
    other.write_text("x", encoding="utf-8")
    said = _RUN.invoke(app, ["import", "instrument", str(other), "--vendor", "counter", "--timezone", "Europe/Berlin"])
    assert "Results taken: none; there already: 1." in said.output, "the same run, by another way"
    for arguments, why in (
        ([str(other)], "is no JSON: say what instrument"),
        ([str(tmp_path / "absent.csv"), "--vendor", "counter"], "can't be read"),
        ([str(other), "--vendor", "counter", "--timezone", "Nowhere"], "is no time zone"),
    ):
        refused = _RUN.invoke(app, ["import", "instrument", *arguments]).exception
        assert isinstance(refused, Refused)
        assert why in str(refused)


@pytest.mark.requirement("URS-067")
def test_a_file_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    """A zip bomb under the name of a workbook: looked at by its table of contents only."""
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(ImportRefused, match="times its size"):
        instrument.read(bomb, vendor="beckman-vi-cell-xr", zone="UTC", python=sys.executable)


@pytest.mark.requirement("URS-067")
def test_a_converter_that_fails_is_told_in_one_sentence(tmp_path: Path) -> None:
    """Absent, without allotropy, silent, or babbling."""
    file = tmp_path / "run.csv"
    file.write_text("x", encoding="utf-8")
    silent, babbling = tmp_path / "silent", tmp_path / "babbling"
    for name, what in ((silent, "exit 1"), (babbling, "echo hello")):
        name.write_text(f"#!/bin/sh\n{what}\n", encoding="utf-8")
        name.chmod(0o755)
    for python, why in (
        (None, "needs allotropy, which is not set up"),
        (str(tmp_path / "absent"), "can't be run"),
        (str(silent), r"is not taken as a file of counter \(it said nothing\)"),
        (str(babbling), "did not answer with JSON"),
    ):
        with pytest.raises(ImportRefused, match=why):
            instrument.read(file, vendor="counter", zone="UTC", python=python)


_BLU, _XR, _NUCLEO, _FLEX = "beckman-vi-cell-blu", "beckman-vi-cell-xr", "chemometec-nucleoview", "novabio-flex2"
_FILES = {
    "blu1": (_BLU, "beckman_vi_cell_blu/Beckman_Vi-Cell-BLU_example01.csv"),
    "blu2": (_BLU, "beckman_vi_cell_blu/Beckman_Vi-Cell-BLU_example02.csv"),
    "xr3": (_XR, "beckman_vi_cell_xr/Beckman_Vi-Cell-XR_example03_instrumentOutput.xls"),
    "xr4": (_XR, "beckman_vi_cell_xr/Beckman_Vi-Cell-XR_example04_instrumentOutput.xlsx"),
    "nucleo1": (_NUCLEO, "chemometec_nucleoview/chemometec_nucleoview_example01.csv"),
    "nucleo3": (_NUCLEO, "chemometec_nucleoview/chemometec_nucleoview_example03.csv"),
    "flex": (_FLEX, "novabio_flex2/SampleResults2022-06-28_142558.csv"),
    "flex without date": (_FLEX, "novabio_flex2/missing_date_time.csv"),
    "dpcr": ("qiacuity-dpcr", "qiacuity_dpcr/qiacuity_dpcr_example01.csv"),
}
_VIABILITY = "viability (cell counter)"
needs_allotropy = [
    pytest.mark.real_data,
    pytest.mark.requirement("URS-067"),
    pytest.mark.skipif(not _REAL.is_dir(), reason="the real instrument files are not here"),
    pytest.mark.skipif(_ALLOTROPY is None, reason="no interpreter with allotropy: set BATCHWRIGHT_ALLOTROPY_PYTHON"),
]


def _marked(test: Any) -> Any:
    for mark in needs_allotropy:
        test = mark(test)
    return test


@_marked
@pytest.mark.parametrize(
    ("name", "sample", "test", "value"),
    [
        ("blu1", "CLB001", _VIABILITY, 96.9),
        ("blu2", "CLB001", _VIABILITY, 92.03),
        ("xr3", "CLB001", _VIABILITY, 98.3447494506836),
        ("xr4", "CLB001", _VIABILITY, 98.1),
        ("nucleo1", "cellsABCD", _VIABILITY, 68.2),
        ("flex", "SMPL_1234", "glucose mass concentration", 2.65),
    ],
)
def test_real_files_are_read(name: str, sample: str, test: str, value: float) -> None:
    """What stands in the file stands in a result."""
    vendor, file = _FILES[name]
    read = instrument.read(_REAL / file, vendor=vendor, zone="UTC", python=_ALLOTROPY)
    assert value in [one.value for one in read.results if (one.sample_id, one.test) == (sample, test)]
    assert vendor.partition("-")[2].replace("-", "_") in read.converter


@_marked
@pytest.mark.parametrize(
    ("name", "vendor", "zone", "why"),
    [
        ("flex without date", None, "UTC", "Missing 'Date & Time'"),
        ("nucleo3", None, "UTC", "a date is not guessed"),
        ("dpcr", None, "UTC", "a date is not guessed"),
        ("blu1", None, None, "say it with --timezone"),
        ("blu1", "nothing", "UTC", "'nothing' is not known"),
        ("flex", _BLU, "UTC", "is not taken as a file of"),
    ],
)
def test_real_files_without_date_or_zone_are_refused(name: str, vendor: str | None, zone: str | None, why: str) -> None:
    """Two of the converters fill in the beginning of 1970 for a file without a date: that is seen."""
    usual, file = _FILES[name]
    with pytest.raises(ImportRefused, match=why):
        instrument.read(_REAL / file, vendor=vendor or usual, zone=zone, python=_ALLOTROPY)
