"""Workers die and sites are hostile; afterwards exactly one effect stands in each site's own store.

Short here, exhaustive with BATCHWRIGHT_SOAK=1 (`make soak`), which prints how many points were tried.
"""

import os
import random
from collections.abc import Iterator, Sequence

import pytest
from crash_plant import BOTS, EARLY, RETEST, SETTLE_S, CrashPlant, crash_plant

from bots.runtime.capsule import check
from twin.sites.faults import Fault, FaultPlan

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
    pytest.mark.requirement("URS-018"),
]
SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"
PART, PARTS = (int(number) for number in os.environ.get("BATCHWRIGHT_SOAK_PART", "1/1").split("/"))
"""Which part of the points to try, where all of them take too long: `2/5` is every fifth from the second on."""
SITES = {"courier": BOTS[1], "erp": BOTS[1], "agency": BOTS[2], "bench": RETEST}
LATE = {"late_s": SETTLE_S * 0.5, "lag_s": SETTLE_S * 0.4}
HOSTILE = (Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.LATE_COMMIT, Fault.LOST_ANSWER, Fault.STALE_LIST)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashPlant]:
    with crash_plant(tmp_path_factory.mktemp("crash")) as running:
        yield running


def restarted(plant: CrashPlant, batch: str, bot: str) -> list[str]:
    """Start the worker again and say what is wrong afterwards; its evidence has to be whole too."""
    how, _ = plant.run(bot)
    wrong = [] if how == "exit 0" else [f"the restarted worker ended with {how}"]
    return wrong + plant.faults(batch, bot) + unsealed(plant, batch, bot)


def unsealed(plant: CrashPlant, batch: str, bot: str) -> list[str]:
    """Capsules that are not whole, not the ones the MES knows, or not linked to those of the attempts before."""
    wrong = []
    for item in plant.mes.work_items(batch_id=batch):
        if item.job != bot or item.evidence is None:
            continue
        report = check(plant.folder / str(item.evidence.capsule))
        wrong += report.problems
        if (report.sha256, report.manifest_sha256) != (item.evidence.capsule_sha256, item.evidence.sha256):
            wrong.append(f"{report.path} is not the capsule that the MES knows")
        for earlier in report.manifest.get("previous", []):
            linked = check(report.path.with_name(f"{earlier['folder']}.capsule.zip"))
            wrong += [f"{linked.path}: {problem}" for problem in linked.problems]
            if linked.manifest_sha256 != earlier["sha256"]:
                wrong.append(f"{linked.path} is not the attempt that the next one names")
    return wrong


def killed_at_each(
    plant: CrashPlant, bot: str, tried: Sequence[int], names: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Kill a worker at each of some points, restart it, and see that nothing is wrong; how many is printed."""
    wrong = {}
    for at in tried:
        batch = plant.ready_for(bot)
        ended, passed = plant.run(bot, at=at)
        assert ended == "SIGKILL", (at, ended, passed)
        if faults := restarted(plant, batch, bot):
            wrong[f"{at} ({passed[-1]})"] = faults
    with capsys.disabled():
        print(  # noqa: T201 - the count is the point of the run
            f"\n  {bot}: killed at {len(tried)} of {len(names)} points, {len(wrong)} wrong"
        )
    assert wrong == {}


@pytest.mark.parametrize("bot", [*BOTS, RETEST, EARLY])
def test_killed_at_every_boundary_and_done_once(
    plant: CrashPlant, bot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ends of every keyword, every call of the MES, and each step of every changing request through the gate."""
    for _ in range(2 if bot == BOTS[2] else 1):  # a plant's first filing passes more points than those after it
        batch = plant.ready_for(bot)
        how, names = plant.run(bot)
        assert (how, plant.faults(batch, bot)) == ("exit 0", []), "a clean run gives the points"
    every = range(1, len(names) + 1)
    telling = "MES answered: POST batches" if bot == EARLY else "changing request sent"
    sent = [number for number in every if names[number - 1] == telling]
    if bot == RETEST:  # its site is read by POST as well: the one that was permitted is meant
        sent = [next(number for number in sent if number > _permitted(names))]
    some = {sent[-1]} if bot == EARLY else {sent[-1], random.Random(bot).choice(every)}
    tried = list(every)[PART - 1 :: PARTS] if SOAK else sorted(some)
    killed_at_each(plant, bot, tried, names, capsys)


@pytest.mark.parametrize("moment", ["arrived", "committed"])
@pytest.mark.parametrize("site", SITES)
def test_killed_while_the_site_answers(plant: CrashPlant, site: str, moment: str) -> None:
    """The request is at the site: before its commit, and after the commit but before the answer."""
    if not SOAK and (site, moment) not in {("courier", "committed"), ("bench", "committed")}:
        pytest.skip("in make soak")
    for fault in (None, Fault.LATE_COMMIT, Fault.STALE_LIST) if SOAK else (None,):
        batch = plant.ready_for(SITES[site])
        plant.hostile[site].follow(_plan(fault))
        plant.killers[site].moment = moment
        assert plant.run(SITES[site])[0] == "SIGKILL"
        assert restarted(plant, batch, SITES[site]) == []
        plant.hostile[site].follow(FaultPlan())


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("fault", HOSTILE, ids=lambda fault: str(fault.value))
def test_a_hostile_answer_and_done_once(plant: CrashPlant, site: str, fault: Fault) -> None:
    """The connection is cut, the commit comes late, the list is stale: one effect all the same."""
    if not SOAK and (site, fault) not in {
        ("courier", Fault.LOST_ANSWER),
        ("erp", Fault.RESET_AFTER),
        ("bench", Fault.LOST_ANSWER),
    }:
        pytest.skip("in make soak")
    batch = plant.ready_for(SITES[site])
    plant.hostile[site].follow(_plan(fault))
    how, _ = plant.run(SITES[site])
    met = plant.hostile[site].met[fault]
    plant.hostile[site].follow(FaultPlan())
    assert (how, met > 0) == ("exit 0", True)
    assert plant.faults(batch, SITES[site]) == []


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("where", ["changing request at the gate", "permission given"])
def test_a_stopped_worker_that_wakes_up_after_another_adopted_its_item_sends_nothing(
    plant: CrashPlant, site: str, where: str
) -> None:
    """SIGSTOP before the request, adoption by another worker when the lease is over, SIGCONT."""
    if not SOAK and (site, where) != ("courier", "permission given"):
        pytest.skip("in make soak")
    bot = SITES[site]
    batch = plant.ready_for(bot)
    names = plant.run(bot)[1]
    at = _before_change(names, site)[where]
    batch = plant.ready_for(bot)
    how, _ = plant.run(bot, at=at, end="stop", worker="w-stopped")
    assert how == "stopped"
    stopped = plant.pid
    plant.forward(130)
    assert restarted(plant, batch, bot) == []
    plant.resume(stopped)
    assert plant.faults(batch, bot) == [], "the worker that woke up did it again"


def _before_change(names: list[str], site: str) -> dict[str, int]:
    """Numbers of the points just before the request that brings the effect about on a site, out of a clean run."""
    acts = [n for n, name in enumerate(names, start=1) if name == "permission given" and names[n - 2].startswith("MES")]
    place = {"courier": 0, "erp": 1, "agency": 0, "bench": 0}[site]
    gates = [n for n, name in enumerate(names, start=1) if name == "changing request at the gate" and n < acts[place]]
    return {"changing request at the gate": gates[-1], "permission given": acts[place]}


def _permitted(names: list[str]) -> int:
    """Number of the point at which a request was permitted for the last time."""
    return max(number for number, name in enumerate(names, start=1) if name == "permission given")


def _plan(fault: Fault | None) -> FaultPlan:
    if fault is Fault.STALE_LIST:
        return FaultPlan(rates={fault: 1.0}, **LATE)
    return FaultPlan(script=[fault], **LATE)
