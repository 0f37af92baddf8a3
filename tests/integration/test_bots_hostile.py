"""Items under the full fault plan: no silent wrong write, and each ends done or waiting for a person with a reason.

What was written is counted and compared in the sites' own stores, not in what bots or the MES say. Short here, 200
items with BATCHWRIGHT_SOAK=1 (`make soak`), which prints the counts.
"""

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from crash_plant import BOTS, RETEST, SETTLE_S, CrashPlant, crash_plant

from mes_core.messages.views import Family, WorkItemView
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_benchview
from twin.sites.faults import ONLY_CHANGES, Fault, FaultPlan, full_plan

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
    pytest.mark.requirement("URS-018"),
]
SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"
REVIEW, COURIER, FILING = BOTS
LIMS = ("lims_benchview", "lims_labline")
"""The laboratory system of even and of odd seeds: one of one page, one of many."""
SEEDS = (1, 2, 3, 4, 5, 6) if SOAK else (1,)
BATCHES = {REVIEW: 14, COURIER: 18, RETEST: 6} if SOAK else {REVIEW: 1, COURIER: 1, RETEST: 1}
"""Batches ready for a bot, for each seed; each one that is shipped makes an item of the filing bot."""
# Faults stay within what the sites promise: whatever a request does shows within SETTLE_S.
PLAN: dict[str, Any] = {"slow_s": SETTLE_S * 0.2, "late_s": SETTLE_S * 0.4, "lag_s": SETTLE_S * 0.4, "hang_s": 11.0}
RATE = 0.015
# Few requests change a site, so what only those can meet is drawn more often.
PLAN["rates"] = dict.fromkeys(Fault, RATE) | dict.fromkeys(ONLY_CHANGES, 3 * RATE)


@pytest.mark.parametrize("seed", SEEDS)
def test_hostile_sites_and_no_silent_wrong_write(tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    with crash_plant(tmp_path, LIMS[seed % 2]) as plant:
        batches = [plant.ready_for(bot) for bot in (COURIER, REVIEW, RETEST) for _ in range(BATCHES[bot])]
        began = {item.item_id for item in plant.mes.work_items() if item.state == "done"}
        more = {} if SOAK else {"maintenance": ((1.0, 1.6),), "hang_s": 0.5}
        for number, site in enumerate(plant.hostile.values()):
            site.follow(full_plan(10 * seed + number, **{**PLAN, **more}))
        assert [plant.run(bot)[0] for bot in (REVIEW, COURIER, FILING, RETEST)] == ["exit 0"] * 4
        met: Counter[str] = sum((site.met for site in plant.hostile.values()), Counter())
        down = sum(site.in_maintenance for site in plant.hostile.values())
        items = [item for item in plant.mes.work_items() if item.item_id not in began]
        wrong = [fault for item in items for fault in wrong_with(plant, item)] + foreign_rows(plant, items)
        states = Counter(item.state for item in items)
        why = Counter(f"{item.family} {item.code}" for item in items if item.state == "waiting")
        later = when_the_sites_are_well(plant, items)
    with capsys.disabled():
        print(  # noqa: T201 - the counts are the point of the run
            f"\n  seed {seed}: {len(items)} items of {len(batches)} batches, {met.total()} faults of {len(met)} kinds"
            f" and {down} requests in maintenance; {dict(states)}, waiting: {dict(why)};"
            f" {len(wrong)} silent wrong writes; once the sites are well: {dict(later)}"
        )
    assert wrong == []
    assert set(states) <= {"done", "waiting"}
    assert met.total() + down > 0
    assert not SOAK or len(met) >= 12


def wrong_with(plant: CrashPlant, item: WorkItemView) -> list[str]:
    """What is wrong with an item: an end without a reason, or a write that nobody was told of."""
    name = f"{item.job} {item.business_key}"
    if item.state == "waiting":
        wrong = [] if item.family and item.message and item.message.strip() else [f"{name} waits without a reason"]
    else:
        wrong = [] if item.state == "done" else [f"{name} is {item.state}"]
    counts = plant.counts(item.batch_id, item.job)
    counts = {what: count for what, count in counts.items() if item.job != FILING or item.business_key in what}
    for what, count in counts.items():
        if item.state == "done" and count != 1:
            wrong.append(f"{name} is done, but the site has {count} of {what}")
        told = re.search(rf"Sent and not read back: [^;]*{re.escape(item.business_key)}", item.message or "")
        if count > 1 and item.family is not Family.QUALITY and not told:
            wrong.append(f"{name}: the site has {count} of {what}, and the item only says {item.family} {item.code}")
    if item.state == "done" and item.job == COURIER:
        wrong += [f"{name}: {one}" for one in wrong_words(plant, item)]
    if item.state == "done" and item.job == RETEST:
        wrong += [f"{name}: {one}" for one in wrong_request(plant, item)]
    return wrong


def wrong_words(plant: CrashPlant, item: WorkItemView) -> list[str]:
    """Fields in the sites' stores that are not what this batch needs."""
    said = item.output or {}
    booked = {row["customer_reference"]: row for row in courier_cryorun.bookings(plant.folder / "courier.sqlite")}
    posted = {row["our_reference"]: row for row in erp_stockroom.shipments(plant.folder / "erp.sqlite")}
    booking, posting = booked[item.business_key], posted[item.business_key]
    pairs = {
        "booked slot": (booking["slot"], said.get("slot_id")),
        "contents": (booking["contents"], f"Cryopreserved cells, batch {item.batch_id}"),
        "booking reference": (booking["reference"], said.get("booking_reference")),
        "posted batch": (posting["batch"], item.batch_id),
        "posted booking": (posting["booking_reference"], booking["reference"]),
        "ship to": (posting["ship_to"], "Utrecht"),
        "posting": (posting["posting"], said.get("erp_posting")),
    }
    return [
        f"{what} is '{found}' and should be '{wanted}'" for what, (found, wanted) in pairs.items() if found != wanted
    ]


def wrong_request(plant: CrashPlant, item: WorkItemView) -> list[str]:
    """Fields of a request for a retest that are not what this batch needs, whatever stood in the form before."""
    made = {row["our_reference"]: row for row in lims_benchview.requests(plant.folder / "bench.sqlite")}
    wanted = {
        "batch": item.batch_id,
        "sample_id": f"S-{item.batch_id}",
        "test": "Viability",
        "reason": "Doubtful",
        "number": (item.output or {}).get("number"),
    }
    row = made[item.business_key]
    return [f"{key} is '{row[key]}' and should be '{value}'" for key, value in wanted.items() if row[key] != value]


def foreign_rows(plant: CrashPlant, items: list[WorkItemView]) -> list[str]:
    """Rows in the sites' stores that belong to no item."""
    keys = {item.business_key for item in items}
    written = [row["customer_reference"] for row in courier_cryorun.bookings(plant.folder / "courier.sqlite")]
    written += [row["our_reference"] for row in erp_stockroom.shipments(plant.folder / "erp.sqlite")]
    written += [row["applicant_reference"] for row in agency_reggate.submissions(plant.folder / "agency.sqlite")]
    written += [row["our_reference"] for row in lims_benchview.requests(plant.folder / "bench.sqlite")]
    return [f"'{key}' was written for no item" for key in written if key not in keys]


def when_the_sites_are_well(plant: CrashPlant, items: list[WorkItemView]) -> Counter[str]:
    """A person tries again what only met faults; how the items end, with what is wrong then."""
    for site in plant.hostile.values():
        site.follow(FaultPlan())
    tired = [one for one in items if one.state == "waiting" and one.family is Family.APPLICATION]
    for item in tired:
        plant.mes.retry_item(item.item_id, "the sites are well again", plant.person)
    for bot in (REVIEW, COURIER, FILING, RETEST):
        plant.run(bot)
    ends = {item.item_id: item for item in plant.mes.work_items()}
    wrong = [fault for item in tired for fault in wrong_with(plant, ends[item.item_id])]
    assert wrong == []
    return Counter(ends[item.item_id].state for item in items)


def test_the_plan_covers_what_hostile_sites_do() -> None:
    """Every kind of fault, maintenance windows over a long run, and a clock that is off."""
    plan = full_plan(1)
    assert set(plan.rates) == set(Fault)
    assert all(rate > 0 for rate in plan.rates.values())
    assert len(plan.maintenance) > 10
    assert plan.clock_off_s != 0
