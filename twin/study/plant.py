"""The plant as a line: which steps a batch takes, at which resource, and how long each takes it.

All scenarios share one network; a lever changes which of its steps a batch takes and how long they are. Every batch has
its own random numbers for every step, so that scenarios differ by the levers alone.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # type: ignore[import-untyped]

from twin.line import ALWAYS, Network, Resource, Step, Work, weekly_calendar
from twin.model.chance import normals
from twin.model.errors import TwinError
from twin.study.inputs import Inputs

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DURATIONS, EVENTS = 4, 5
"""Purposes of random numbers (see `twin.model.chance`)."""
TESTING, ANSWER, MOVING = "testing", "answers", "moving"
_HOUR = 1 / 24

CARE_DAYS: Final = 12
"""Days of culture, at most, on which hands are needed: the longest master record with the day that is added to it."""
_PAIR: Final = (("operators", 2),)


def _cut(name: str, resource: str, *after: str) -> Step:
    """Work that may be laid aside over night: reading, writing, asking."""
    return Step(name, resource, after)


def _whole(name: str, resource: str, *after: str, beside: tuple[tuple[str, int], ...] = (), lag: float = 0.0) -> Step:
    """Work that may not: open cells, a running assay, a bot."""
    return Step(name, resource, after, beside, whole=True, lag=lag)


def _line() -> tuple[Step, ...]:
    """The steps of the line, each with all that it takes: a room and its pair, an instrument and its analyst."""
    care = [_whole(f"care_{day}", "operators", "start", lag=float(day)) for day in range(1, CARE_DAYS + 1)]
    tests = ("flow", "vcn", "mycoplasma", "potency_read", "sterility_read")
    return (
        _whole("start", "clean_rooms", beside=_PAIR),
        Step("culture", "culture_positions", ("start",)),
        *care,
        _whole("harvest", "clean_rooms", "culture", *(one.name for one in care), beside=_PAIR),
        _whole("fill", "clean_rooms", "harvest", beside=_PAIR),
        _whole("flow", "analysts", "fill", beside=(("cytometers", 1),)),
        _whole("vcn", "analysts", "fill", beside=(("pcr_systems", 1),)),
        _whole("mycoplasma", "analysts", "fill", beside=(("pcr_systems", 1),)),
        _whole("potency", "analysts", "fill"),
        _whole("potency_read", "analysts", "potency", beside=(("cytometers", 1),)),
        _whole("sterility", "analysts", "fill", beside=(("isolators", 1),)),
        _whole("sterility_read", "analysts", "sterility"),
        _cut("certificate", "analysts", *tests),
        _cut("out_of_spec", "analysts", "certificate"),
        _cut("assembly", "operators", "fill"),
        _cut("review", "quality_reviewers", "assembly"),
        _whole("bot_review", "bot_workers", "fill"),
        _cut("exception", "quality_reviewers", "bot_review"),
        _cut("answer", "operators", "review", "exception"),
        _cut("again", "quality_reviewers", "answer"),
        _whole("bot_again", "bot_workers", "answer"),
        _cut("answer_2", "operators", "again", "bot_again"),
        _cut("again_2", "quality_reviewers", "answer_2"),
        _whole("bot_again_2", "bot_workers", "answer_2"),
        _cut("deviation", "quality_reviewers", "fill"),
        _cut("reconcile", "quality_reviewers", "certificate", "again_2"),
        _whole("bot_reconcile", "bot_workers", "certificate", "bot_again_2"),
        _cut("certify", "qualified_persons", "reconcile", "bot_reconcile", "deviation", "out_of_spec"),
        _cut("late_answer", "operators", "certify"),
        _cut("certify_again", "qualified_persons", "late_answer"),
        _cut("courier", "logistics", "certify_again"),
        _whole("bot_courier", "bot_workers", "certify_again"),
        _cut("courier_help", "logistics", "bot_courier"),
        Step("pick_up", "", ("courier", "courier_help")),
        _cut("filing", "quality_reviewers", "pick_up"),
        _whole("bot_filing", "bot_workers", "pick_up"),
        _cut("filing_sign", "quality_reviewers", "bot_filing"),
    )


_STEPS: Final = _line()
STEPS: Final = tuple(step.name for step in _STEPS)
DELAYS: Final = {
    **dict.fromkeys(("flow", "vcn", "mycoplasma", "potency", "sterility"), TESTING),
    **dict.fromkeys(("fill", "pick_up"), MOVING),
    **dict.fromkeys(("out_of_spec", "answer", "answer_2", "deviation", "late_answer"), ANSWER),
}
"""What the delay of a step is, by its name; other steps have none."""
HARVEST, RELEASED, DELIVERED = STEPS.index("harvest"), STEPS.index("certify_again"), STEPS.index("pick_up")
STAFF: Final = ("operators", "analysts", "quality_reviewers", "qualified_persons", "logistics")
HANDS: Final = {name: np.array([dict(step.needs).get(name, 0) for step in _STEPS], float) for name in STAFF}
"""How many people of each kind a step takes (steps,)."""
_TIMED: Final = tuple(STEPS.index(name) for name in STEPS if name not in ("culture", "pick_up"))
_DELAYED: Final = tuple(STEPS.index(name) for name in DELAYS)
"""Steps with hands-on times and with delays that are drawn."""
_EVENT_NAMES: Final = (
    "finding",
    "second",
    "missed",
    "found_late",
    "deviation",
    "bot_exception",
    "courier_exception",
    "filing_exception",
)


@dataclass(frozen=True)
class Levers:
    """What is switched on."""

    holds: bool = False
    review: bool = False
    courier: bool = False
    filing: bool = False
    rapid_sterility: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is switched on."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))


LEVERS: Final = tuple(field.name for field in fields(Levers))
BASELINE: Final = Levers()
AUGMENTED: Final = Levers(holds=True, review=True, courier=True, filing=True)


def plant_network(inputs: Inputs) -> Network:
    """Resources of a preset and the steps of its line. Raises `TwinError` for a culture longer than `CARE_DAYS`."""
    if inputs["cells.culture_days"] > CARE_DAYS:
        raise TwinError(
            f"cells.culture_days is {inputs['cells.culture_days']:g}: hands are planned for {CARE_DAYS} days of culture"
            " at most."
        )
    office = weekly_calendar("Mon-Fri", 9, 9 + inputs["plant.office_hours"])
    laboratory = weekly_calendar("Mon-Fri", 8, 8 + inputs["plant.laboratory_hours"])
    certifying = weekly_calendar("Mon-Fri", 10, 10 + inputs["plant.qp_hours"])
    shifts = weekly_calendar("Mon-Sun", 7, 19)
    calendars = {
        "clean_rooms": shifts,
        "culture_positions": ALWAYS,
        "operators": shifts,
        "cytometers": laboratory,
        "pcr_systems": laboratory,
        "isolators": laboratory,
        "analysts": laboratory,
        "quality_reviewers": office,
        "qualified_persons": certifying,
        "logistics": office,
        "bot_workers": ALWAYS,
    }
    resources = (Resource(name, inputs.whole(f"plant.{name}"), calendar) for name, calendar in calendars.items())
    return Network(tuple(resources), _STEPS)


@dataclass(frozen=True)
class Chance:
    """Random numbers of batches: standard normals for hands-on times and for delays, shape (n, steps), zero where a
    step has none, and uniform numbers for what may happen, by name."""

    touch: Array
    delay: Array
    events: dict[str, Array]


def draw_chance(seed: int, first: int, count: int) -> Chance:
    """The numbers of batches `first` onwards; each belongs to its batch, whatever the scenario."""
    drawn = normals(seed, DURATIONS, first, count, len(_TIMED) + len(_DELAYED))
    touch, delay = np.zeros((count, len(STEPS))), np.zeros((count, len(STEPS)))
    touch[:, _TIMED], delay[:, _DELAYED] = drawn[:, : len(_TIMED)], drawn[:, len(_TIMED) :]
    uniform = ndtr(normals(seed, EVENTS, first, count, len(_EVENT_NAMES)))
    events = {name: uniform[:, column] for column, name in enumerate(_EVENT_NAMES)}
    return Chance(touch, delay, events)


def _hours(inputs: Inputs, levers: Levers) -> dict[str, tuple[float, float]]:
    """Typical hands-on hours of each step (medians) and their spread (log sd)."""

    def person(name: str, part: float = 1.0) -> tuple[float, float]:
        return inputs[name] * part, inputs.spread(name, "line.touch_spread")

    def bot(name: str) -> tuple[float, float]:
        return inputs[name] / 3600, inputs.spread(name, "bots.spread")

    same = ("harvest", "fill", "certificate", "assembly", "review", "reconcile", "courier", "filing", "filing_sign")
    return {
        **{name: person(f"line.{name}_hours") for name in same},
        "start": person("line.clean_room_start_hours"),
        **{f"care_{day}": person("line.care_hours") for day in range(1, CARE_DAYS + 1)},
        **dict.fromkeys(("flow", "vcn", "mycoplasma"), person("line.flow_hours")),
        **dict.fromkeys(("potency", "potency_read"), person("line.potency_hours", 0.5)),
        "sterility": person("line.sterility_hours"),
        "sterility_read": person("line.sterility_hours", 0.5),
        **dict.fromkeys(("bot_review", "bot_again", "bot_again_2", "bot_reconcile"), bot("bots.review_seconds")),
        **dict.fromkeys(("answer", "answer_2", "late_answer"), person("line.answer_hours")),
        **dict.fromkeys(("again", "again_2"), person("line.again_hours")),
        **dict.fromkeys(("deviation", "out_of_spec"), person("line.deviation_hours")),
        "exception": person("bots.finding_hours"),
        "certify": person("line.qp_exception_hours" if levers.review else "line.qp_hours"),
        "certify_again": person("line.qp_exception_hours"),
        "bot_courier": bot("bots.courier_seconds"),
        "courier_help": person("bots.exception_hours"),
        "bot_filing": bot("bots.filing_seconds"),
    }


def _delays(inputs: Inputs, levers: Levers) -> dict[str, tuple[float, float]]:
    """Median delay of each step in days and its spread (log sd); tests take as long as they take."""

    def own(name: str, usual: float) -> tuple[float, float]:
        spread = inputs.by_name[name].spread
        return inputs[name], usual if spread is None else spread

    sterility = "line.rapid_sterility_days" if levers.rapid_sterility else "line.sterility_days"
    answers = inputs["line.answer_spread"]
    return {
        "fill": own("line.freeze_days", 0.1),
        **{name: own(f"line.{name}_days", 0.1) for name in ("flow", "vcn", "mycoplasma", "potency")},
        "sterility": own(sterility, 0.0),
        **dict.fromkeys(("answer", "answer_2", "late_answer"), own("line.answer_days", answers)),
        **dict.fromkeys(("deviation", "out_of_spec"), own("line.deviation_days", answers)),
        "pick_up": (
            inputs["line.transport_days"] + inputs["line.courier_slot_days"],
            own("line.courier_slot_days", 0.3)[1],
        ),
    }


@dataclass(frozen=True)
class Happened:
    """What happened to each batch (n,): record with a finding, record passed in spite of a defect, deviation."""

    finding: Flags
    escaped: Flags
    deviation: Flags


def plan_work(
    inputs: Inputs, levers: Levers, chance: Chance, arrivals: Array, failed: Flags, culture_days: Array
) -> tuple[Work, Happened]:
    """What each batch needs under some levers, and what happened to it; everything of shape (n, ...)."""
    n = arrivals.size
    touch, delay = np.zeros((n, len(STEPS))), np.zeros((n, len(STEPS)))
    for name, (hours, spread) in _hours(inputs, levers).items():
        step = STEPS.index(name)
        touch[:, step] = hours * _HOUR * np.exp(spread * chance.touch[:, step])
    for name, (median, spread) in _delays(inputs, levers).items():
        step = STEPS.index(name)
        delay[:, step] = median * np.exp(spread * chance.delay[:, step])
    touch[:, STEPS.index("culture")] = culture_days
    taken, happened = _taken(inputs, levers, chance, failed, culture_days)
    help_step = STEPS.index("exception")
    stuck = (chance.events["bot_exception"] < inputs["bots.exception_share"]) & levers.review
    touch[:, help_step] = touch[:, help_step] * happened.finding + stuck * inputs["bots.exception_hours"] * _HOUR
    signing = STEPS.index("filing_sign")
    touch[:, signing] += (
        (chance.events["filing_exception"] < inputs["bots.exception_share"]) * inputs["bots.exception_hours"] * _HOUR
    )
    return Work(arrivals, touch, delay, taken), happened


def _taken(
    inputs: Inputs, levers: Levers, chance: Chance, failed: Flags, culture_days: Array
) -> tuple[Flags, Happened]:
    """Which steps each batch goes through, and what happened to it."""
    events = chance.events
    faulty = events["finding"] < inputs["line.finding_share"]
    missed = events["missed"] < inputs["bots.misses" if levers.review else "line.person_misses"]
    found, escaped = faulty & ~missed, faulty & missed
    twice = found & (events["second"] < inputs["line.second_finding_share"])
    late = escaped & (events["found_late"] < inputs["line.found_late_share"])
    deviation = events["deviation"] < inputs["line.deviation_share"]
    bot, everyone = np.full(failed.size, levers.review), np.ones(failed.size, bool)
    stuck = (events["bot_exception"] < inputs["bots.exception_share"]) & bot
    unbooked = events["courier_exception"] < inputs["bots.exception_share"]
    shipped = ~failed
    taken = dict.fromkeys(STEPS, everyone)
    taken |= {f"care_{day}": culture_days > day for day in range(1, CARE_DAYS + 1)}
    taken |= {"out_of_spec": failed, "deviation": deviation, "late_answer": late, "certify_again": late}
    taken |= {"assembly": ~bot, "review": ~bot, "reconcile": ~bot, "bot_review": bot, "bot_reconcile": bot}
    taken |= {"exception": bot & (found | stuck), "answer": found, "answer_2": twice}
    taken |= {"again": found & ~bot, "again_2": twice & ~bot, "bot_again": found & bot, "bot_again_2": twice & bot}
    taken |= {"courier": shipped & (not levers.courier), "bot_courier": shipped & levers.courier}
    taken |= {"courier_help": shipped & levers.courier & unbooked, "pick_up": shipped}
    taken |= {"filing": shipped & (not levers.filing), "bot_filing": shipped & levers.filing}
    taken |= {"filing_sign": shipped & levers.filing}
    return np.stack([taken[name] for name in STEPS], axis=1), Happened(found, escaped, deviation)
