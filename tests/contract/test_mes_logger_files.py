"""What a logger saw on the way: minutes above each limit against the stability budget; an excursion stops the batch."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from journey_plant import DATA, arrived, sign_data, step
from mes_support import PASSWORD, Plant
from typer.testing import CliRunner

from batchwright import cli
from batchwright.support import wiring
from batchwright.support.errors import Refused
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import logger_files as lf
from mes_core.messages import logistics as lo
from mes_core.messages import views as v

BUDGET = {"-150": 30.0, "-120": 0.0}
COLD = -189.0


@pytest.fixture
def received(ready: Plant) -> Plant:
    """A batch that the centre received; its product has a stability budget."""
    sign_data(ready, product__EX1={**DATA["product", "EX1"], "stability_minutes": BUDGET})
    arrived(ready)
    step(ready, "received", identifier="B1", seal="S-1", temperature_c=COLD)
    return ready


def journey(plant: Plant) -> tuple[datetime, datetime]:
    """Packed and received."""
    (packed,) = plant.mes.packings("B1")
    return packed.packing.packed_at, next(
        one.custody.at for one in plant.mes.custody("B1") if one.custody.step == "received"
    )


def file(plant: Plant, warm: dict[int, float] | None = None, *, before: int = 0, left_out: tuple[int, ...] = ()) -> str:
    """The logger's file of the whole journey, a reading every ten minutes; `warm` are others by number."""
    since, until = journey(plant)
    steps = int((until - since) / timedelta(minutes=10)) + 2
    rows = []
    for number in range(-before, steps):
        if number not in left_out:
            celsius = 20.0 if number < 0 else (warm or {}).get(number, COLD)
            rows.append(f"{(since + number * timedelta(minutes=10)).isoformat()},{celsius},LG-1,DS-1")
    return "\n".join(["time,temperature_c,logger,shipper", *rows])


def signed(plant: Plant, content: str, person: Any = None, password: str = PASSWORD) -> lf.LoggerFileView:
    """The file, signed."""
    signing = lf.SignLoggerFile(content=content, password=password)
    return plant.mes.sign_logger_file("B1", signing, person or plant.operator)


@pytest.mark.requirement("URS-077", "URS-241")
def test_a_journey_in_the_cold_is_kept_and_holds_nothing(received: Plant) -> None:
    view = signed(received, file(received))
    assert (view.unknown, view.over, view.minutes_above) == ("", {}, {"-150": 0.0, "-120": 0.0})
    assert (view.coldest_c, view.warmest_c, view.logger, view.shipper) == (COLD, COLD, "LG-1", "DS-1")
    assert view.signature_id
    assert received.mes.get_batch("B1").holds == ()
    assert step(received, "depletion_released").signature_id
    (kept,) = received.mes.logger_files("B1")
    assert received.mes.logger_file("B1", str(kept.number)).content == file(received)
    assert received.mes.verify_audit() == []


@pytest.mark.requirement("URS-077", "URS-241")
def test_an_excursion_stops_the_batch_opens_an_investigation_and_starts_clocks(received: Plant) -> None:
    """Three readings above one limit, one of them above the other: as warm as the warmer one between two readings."""
    view = signed(received, file(received, {9: -140.0, 10: -110.0, 11: -140.0}))
    assert view.minutes_above == {"-150": 40.0, "-120": 20.0}
    assert view.over == {"-150": 40.0, "-120": 20.0}
    (hold,) = received.mes.get_batch("B1").holds
    assert "40 minutes above -150 C, and 30 are allowed" in hold.reason
    assert hold.kind == "quality"
    with pytest.raises(Conflict, match="the batch is on hold"):
        step(received, "depletion_released")
    (deviation,) = [one for one in received.mes.deviations("B1") if one.deviation_key == "excursion:1"]
    assert deviation.severity == "critical"
    assert [one.kind for one in received.mes.filing_events(batch_id="B1")] == ["excursion"]
    with pytest.raises(Forbidden):
        received.mes.lift_hold(hold.hold_id, v.LiftHold(reason="Mine.", password=PASSWORD), received.operator)


@pytest.mark.requirement("URS-241")
def test_what_is_within_the_budget_is_no_excursion(received: Plant) -> None:
    view = signed(received, file(received, {9: -149.0}))
    assert (view.minutes_above["-150"], view.over) == (20.0, {})
    assert received.mes.get_batch("B1").holds == ()


@pytest.mark.requirement("URS-241")
def test_what_the_logger_saw_before_the_packing_is_not_the_product_s(received: Plant) -> None:
    view = signed(received, file(received, before=6))
    assert view.over == {}
    assert view.warmest_c == COLD


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"left_out": (7, 8, 9)}, "has a gap"),
        ({"left_out": tuple(range(80, 300))}, "nothing is known"),
        ({"warm": {9: -127.0}}, "stands for nothing measured"),
        ({"warm": {9: -273.15}}, "colder than liquid nitrogen"),
        ({"warm": {9: float("nan")}}, "how warm it was then nobody knows"),
    ],
)
def test_a_file_that_does_not_tell_how_warm_it_was_is_kept_and_stops_the_batch(
    received: Plant, change: dict[str, Any], says: str
) -> None:
    view = signed(received, file(received, **change))
    assert says in view.unknown
    (hold,) = received.mes.get_batch("B1").holds
    assert says in hold.reason


@pytest.mark.requirement("URS-241")
def test_a_product_without_a_budget_waits_for_quality_assurance(received: Plant) -> None:
    sign_data(received, product__EX1=DATA["product", "EX1"])
    assert signed(received, file(received)).budget == {}
    (hold,) = received.mes.get_batch("B1").holds
    assert "no stability budget" in hold.reason


@pytest.mark.requirement("URS-073")
@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda text: text.replace("LG-1", "LG-2"), "is of logger LG-2, not of LG-1"),
        (lambda text: text.replace("DS-1", "DS-9"), "is of shipper DS-9"),
        (lambda text: text.replace("T", "T1"), "is no time"),
        (lambda _: "no table", "logger"),
    ],
)
def test_a_file_of_another_journey_changes_nothing(received: Plant, spoilt: Any, says: str) -> None:
    before = received.dump()
    with pytest.raises(Invalid, match=says):
        signed(received, spoilt(file(received)))
    assert received.dump() == before


@pytest.mark.requirement("URS-241")
def test_who_may_not_or_comes_too_early_is_told(ready: Plant) -> None:
    sign_data(ready)
    with pytest.raises(Conflict, match="receipt of batch B1 is not signed yet"):
        signed(ready, "time,temperature_c\n")
    arrived(ready)
    step(ready, "received", identifier="B1", seal="S-1", temperature_c=COLD)
    with pytest.raises(Forbidden):
        signed(ready, file(ready), ready.at("B1"))
    with pytest.raises(Forbidden):
        signed(ready, file(ready), password="not it")


@pytest.mark.requirement("URS-241")
def test_the_same_file_again_changes_nothing_and_a_second_hold_is_a_second_excursion(received: Plant) -> None:
    first = signed(received, file(received, {9: -110.0}))
    before = received.dump()
    assert signed(received, file(received, {9: -110.0})) == first
    assert received.dump() == before
    signed(received, file(received, {19: -110.0}))
    assert len(received.mes.get_batch("B1").holds) == 2


@pytest.mark.requirement("URS-111")
def test_columns_of_a_maker_are_those_of_the_signed_data(received: Plant) -> None:
    columns = {
        "time": "Zeit",
        "temperature": "Temp",
        "serial": "Gerät",
        "unit": "F",
        "interval_min": 10,
        "decimal": "comma",
    }
    received.mes.sign_logistics(
        lo.SignLogistics(
            documents=(
                lo.NewLogistics(
                    kind=lo.LogisticsKind.LOGGER,
                    name="LG-1",
                    document={"maker": "Example", "calibrated_until": "2027-06-30", "columns": columns},
                ),
            ),
            reason="Its columns.",
            password=PASSWORD,
        ),
        received.qp,
    )
    rows = [line.split(",") for line in file(received, {9: -110.0}).splitlines()[1:]]
    told = [f"{at};{str(round(float(celsius) * 1.8 + 32, 1)).replace('.', ',')};LG-1" for at, celsius, *_ in rows]
    view = signed(received, "\n".join(["Zeit;Temp;Gerät", *told]))
    assert (view.warmest_c, view.minutes_above["-120"]) == (-110.0, 20.0)
    assert json.dumps(view.model_dump(mode="json"))


@pytest.mark.requirement("URS-241")
def test_the_command_says_what_the_file_says_and_what_becomes_of_the_batch(
    received: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    monkeypatch.setenv("BATCHWRIGHT_PASSWORD", PASSWORD)
    monkeypatch.setattr(wiring, "clock", lambda: received.now)
    given, run = tmp_path / "logger.csv", CliRunner()
    given.write_text(file(received, {9: -110.0}), encoding="utf-8")
    words = ["shipments", "logger", "B1", str(given), "--user", "operator"]
    said = run.invoke(cli.app, words)
    assert "-189 to -110 C; 20 minutes above -150 C, 20 minutes above -120 C." in " ".join(said.output.split())
    assert "Batch B1 is on hold: quality assurance decides." in said.output
    given.write_text("x" * 900_001, encoding="utf-8")
    for words_, says in (
        (words, "can't be taken"),
        ([*words[:3], str(tmp_path / "none"), *words[4:]], "can't be read"),
    ):
        refused = run.invoke(cli.app, words_).exception
        assert isinstance(refused, Refused)
        assert says in str(refused)


def holds(plant: Plant) -> tuple[v.HoldView, ...]:
    """Those that are open."""
    return tuple(one for one in plant.mes.get_batch("B1").holds if one.lifted_at is None)


def budget(plant: Plant, **minutes: float) -> None:
    """Another budget for the product."""
    sign_data(plant, product__EX1={**DATA["product", "EX1"], "stability_minutes": minutes})


@pytest.mark.requirement("URS-077", "URS-241")
def test_what_is_held_against_other_data_is_judged_again(received: Plant) -> None:
    """A receipt signed too early clips the warm end off: the same file counts anew once the receipt is put right."""
    last = int((journey(received)[1] - journey(received)[0]) / timedelta(minutes=10))
    warm = dict.fromkeys(range(last - 10, last + 3), 20.0)
    content = file(received, warm)
    step(received, "received", at=journey(received)[1] - timedelta(hours=4), identifier="B1", seal="S-1")
    early = signed(received, content)
    assert early.over == {}
    received.later(minutes=1)
    step(received, "received", at=early.until + timedelta(hours=4), identifier="B1", seal="S-1", temperature_c=COLD)
    for hold in holds(received):
        received.mes.lift_hold(
            hold.hold_id, v.LiftHold(reason="Receipts were mixed up.", password=PASSWORD), received.qp
        )
    with pytest.raises(Conflict, match=r"was judged before its packing, receipt"):
        step(received, "depletion_released")
    assert signed(received, content).over["-120"] > 90
    assert holds(received)


@pytest.mark.requirement("URS-077")
def test_no_depletion_before_the_logger_was_read_out(received: Plant) -> None:
    with pytest.raises(Conflict, match="nobody has read out logger LG-1"):
        step(received, "depletion_released")


@pytest.mark.requirement("URS-241")
def test_an_excursion_is_lifted_by_a_qualified_person_after_its_investigation(received: Plant) -> None:
    signed(received, file(received, {9: -110.0}), received.reviewer)
    (hold,) = holds(received)
    lifting = v.LiftHold(reason="Looked at.", password=PASSWORD)
    with pytest.raises(Forbidden, match="qualified person alone"):
        received.mes.lift_hold(hold.hold_id, lifting, received.reviewer)
    with pytest.raises(Conflict, match="its investigation 'excursion:1' is open"):
        received.mes.lift_hold(hold.hold_id, lifting, received.qp)
    told = [one for one in received.mes.due_items() if "too warm" in one.text]
    assert told
    assert any("treating physician" in one.text for one in told)


@pytest.mark.requirement("URS-170")
def test_who_signed_the_file_does_not_lift_its_hold(received: Plant) -> None:
    signed(received, file(received, {9: -110.0}), received.qp)
    (hold,) = holds(received)
    with pytest.raises(Forbidden, match="does not lift"):
        received.mes.lift_hold(hold.hold_id, v.LiftHold(reason="Fine.", password=PASSWORD), received.qp)


@pytest.mark.requirement("URS-073")
@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        ({"-150": 30, "-150.0": 99}, "limit -150 C twice"),
        ({"150": 30}, "no temperature in Celsius below zero"),
        ({"-150 C": 30}, "no temperature"),
        ({"nan": 30}, "no temperature"),
        ({"-150": 1e308}, "is no limit"),
        ({"-150": -1}, "is no limit"),
        ({"-150": 5, "-120": 30}, "allows longer above -120 C"),
    ],
)
def test_a_budget_that_limits_nothing_is_not_put_in_force(ready: Plant, minutes: dict[str, float], says: str) -> None:
    before = ready.dump()
    with pytest.raises(Invalid, match=says):
        budget(ready, **minutes)
    assert ready.dump() == before


@pytest.mark.requirement("URS-241")
def test_a_receipt_from_before_the_packing_says_nothing_of_the_journey(received: Plant) -> None:
    content = file(received, dict.fromkeys(range(300), 20.0))
    step(received, "received", at=journey(received)[0] - timedelta(hours=1), identifier="B1", seal="S-1")
    assert "lies before the packing" in signed(received, content).unknown
    assert any(one.kind == "quality" for one in holds(received))


@pytest.mark.requirement("URS-073")
@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"interval_min": 10}, "serial"),
        ({"serial": "S", "interval_min": 1440}, "less than or equal to 60"),
        ({"serial": "S", "interval_min": 10, "temperature": "Temp (°F)"}, "is not in c"),
    ],
)
def test_columns_that_would_switch_a_check_off_are_not_put_in_force(
    ready: Plant, columns: dict[str, Any], says: str
) -> None:
    document = {"maker": "Example", "columns": {"time": "Zeit", "temperature": "Temp", **columns}}
    with pytest.raises(Invalid, match=says):
        sign_data(ready, logger__LG1=document)


@pytest.mark.requirement("URS-114")
def test_lines_more_make_no_other_file(received: Plant) -> None:
    first = signed(received, file(received, {9: -110.0}))
    assert signed(received, file(received, {9: -110.0}) + "\n\n\n").number == first.number
    assert len(holds(received)) == 1
