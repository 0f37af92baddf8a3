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
from twin.study.inputs import Inputs

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DURATIONS, EVENTS = 4, 5
"""Purposes of random numbers (see `twin.model.chance`)."""
TESTING, ANSWER, MOVING = "testing", "answers", "moving"
_HOUR = 1 / 24

_STEPS: Final = (
    # name, resource, after, what its delay is, people
    ("start", "clean_rooms", (), "", 2),
    ("culture", "culture_positions", ("start",), "", 0),
    ("harvest", "clean_rooms", ("culture",), "", 2),
    ("fill", "clean_rooms", ("harvest",), MOVING, 2),
    ("flow", "analysts", ("fill",), TESTING, 1),
    ("vcn", "analysts", ("fill",), TESTING, 1),
    ("mycoplasma", "analysts", ("fill",), TESTING, 1),
    ("potency", "analysts", ("fill",), TESTING, 1),
    ("sterility", "analysts", ("fill",), TESTING, 1),
    ("sterility_read", "analysts", ("sterility",), "", 1),
    ("certificate", "analysts", ("flow", "vcn", "mycoplasma", "potency", "sterility_read"), "", 1),
    ("out_of_spec", "analysts", ("certificate",), ANSWER, 1),
    ("assembly", "operators", ("fill",), "", 1),
    ("review", "quality_reviewers", ("assembly",), "", 1),
    ("bot_review", "bot_workers", ("fill",), "", 0),
    ("exception", "quality_reviewers", ("bot_review",), "", 1),
    ("answer", "operators", ("review", "exception"), ANSWER, 1),
    ("again", "quality_reviewers", ("answer",), "", 1),
    ("bot_again", "bot_workers", ("answer",), "", 0),
    ("answer_2", "operators", ("again", "bot_again"), ANSWER, 1),
    ("again_2", "quality_reviewers", ("answer_2",), "", 1),
    ("bot_again_2", "bot_workers", ("answer_2",), "", 0),
    ("deviation", "quality_reviewers", ("fill",), ANSWER, 1),
    ("reconcile", "quality_reviewers", ("certificate", "again_2"), "", 1),
    ("bot_reconcile", "bot_workers", ("certificate", "bot_again_2"), "", 0),
    ("certify", "qualified_persons", ("reconcile", "bot_reconcile", "deviation", "out_of_spec"), "", 1),
    ("late_answer", "operators", ("certify",), ANSWER, 1),
    ("certify_again", "qualified_persons", ("late_answer",), "", 1),
    ("courier", "logistics", ("certify_again",), "", 1),
    ("bot_courier", "bot_workers", ("certify_again",), "", 0),
    ("courier_help", "logistics", ("bot_courier",), "", 1),
    ("pick_up", "", ("courier", "courier_help"), MOVING, 0),
    ("filing", "quality_reviewers", ("pick_up",), "", 1),
    ("bot_filing", "bot_workers", ("pick_up",), "", 0),
    ("filing_sign", "quality_reviewers", ("bot_filing",), "", 1),
)
STEPS: Final = tuple(name for name, *_ in _STEPS)
DELAYS: Final = tuple(delay for _, _, _, delay, _ in _STEPS)
PEOPLE: Final = np.array([people for *_, people in _STEPS], float)
HARVEST, RELEASED, DELIVERED = STEPS.index("harvest"), STEPS.index("certify_again"), STEPS.index("pick_up")
STAFF: Final = ("operators", "analysts", "quality_reviewers", "qualified_persons", "logistics")
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
    """Resources of a preset and the steps of its line."""
    office = weekly_calendar("Mon-Fri", 9, 9 + inputs["plant.office_hours"])
    certifying = weekly_calendar("Mon-Fri", 10, 10 + inputs["plant.qp_hours"])
    shifts = weekly_calendar("Mon-Sun", 7, 19)
    calendars = {
        "clean_rooms": shifts,
        "culture_positions": ALWAYS,
        "operators": shifts,
        "analysts": office,
        "quality_reviewers": office,
        "qualified_persons": certifying,
        "logistics": office,
        "bot_workers": ALWAYS,
    }
    resources = (Resource(name, inputs.whole(f"plant.{name}"), calendar) for name, calendar in calendars.items())
    return Network(tuple(resources), tuple(Step(name, where, after) for name, where, after, _, _ in _STEPS))


@dataclass(frozen=True)
class Chance:
    """Random numbers of batches: standard normals for hands-on times and for delays, shape (n, steps), and uniform
    numbers for what may happen, by name."""

    touch: Array
    delay: Array
    events: dict[str, Array]


def draw_chance(seed: int, first: int, count: int) -> Chance:
    """The numbers of batches `first` onwards; each belongs to its batch, whatever the scenario."""
    durations = normals(seed, DURATIONS, first, count, 2 * len(STEPS))
    uniform = ndtr(normals(seed, EVENTS, first, count, len(_EVENT_NAMES)))
    events = {name: uniform[:, column] for column, name in enumerate(_EVENT_NAMES)}
    return Chance(durations[:, : len(STEPS)], durations[:, len(STEPS) :], events)


def _hours(inputs: Inputs) -> dict[str, float]:
    """Typical hands-on hours of each step (medians)."""
    second = 1 / 3600
    given = {name: inputs[f"line.{name}_hours"] for name in ("harvest", "fill", "certificate", "assembly", "review")}
    flow, sterility = inputs["line.flow_hours"], inputs["line.sterility_hours"]
    review, answer, again = (
        inputs["bots.review_seconds"] * second,
        inputs["line.answer_hours"],
        inputs["line.again_hours"],
    )
    return {
        **given,
        "start": inputs["line.clean_room_start_hours"],
        **dict.fromkeys(("flow", "vcn", "mycoplasma"), flow),
        "potency": inputs["line.potency_hours"],
        "sterility": sterility,
        "sterility_read": sterility / 2,
        **dict.fromkeys(("bot_review", "bot_again", "bot_again_2", "bot_reconcile"), review),
        **dict.fromkeys(("answer", "answer_2", "late_answer"), answer),
        **dict.fromkeys(("again", "again_2"), again),
        **dict.fromkeys(("deviation", "out_of_spec"), inputs["line.deviation_hours"]),
        "exception": inputs["bots.finding_hours"],
        "reconcile": inputs["line.reconcile_hours"],
        "certify_again": inputs["line.qp_exception_hours"],
        "courier": inputs["line.courier_hours"],
        "bot_courier": inputs["bots.courier_seconds"] * second,
        "courier_help": inputs["bots.exception_hours"],
        "filing": inputs["line.filing_hours"],
        "bot_filing": inputs["bots.filing_seconds"] * second,
        "filing_sign": inputs["line.filing_sign_hours"],
    }


def _delays(inputs: Inputs, levers: Levers) -> dict[str, tuple[float, float]]:
    """Median delay of each step in days and its spread (log sd); tests take as long as they take."""
    answers = (inputs["line.answer_days"], inputs["line.answer_spread"])
    deviation = (inputs["line.deviation_days"], inputs["line.answer_spread"])
    sterility = inputs["line.rapid_sterility_days" if levers.rapid_sterility else "line.sterility_days"]
    return {
        "fill": (inputs["line.freeze_days"], 0.1),
        "flow": (inputs["line.flow_days"], 0.1),
        "vcn": (inputs["line.vcn_days"], 0.1),
        "mycoplasma": (inputs["line.mycoplasma_days"], 0.1),
        "potency": (inputs["line.potency_days"], 0.1),
        "sterility": (sterility, 0.0),
        **dict.fromkeys(("answer", "answer_2", "late_answer"), answers),
        **dict.fromkeys(("deviation", "out_of_spec"), deviation),
        "pick_up": (inputs["line.courier_slot_days"] + inputs["line.transport_days"], 0.3),
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
    person, bot = inputs["line.touch_spread"], inputs["bots.spread"]
    for name, hours in _hours(inputs).items():
        step = STEPS.index(name)
        touch[:, step] = hours * _HOUR * np.exp((bot if name.startswith("bot_") else person) * chance.touch[:, step])
    for name, (median, spread) in _delays(inputs, levers).items():
        step = STEPS.index(name)
        delay[:, step] = median * np.exp(spread * chance.delay[:, step])
    touch[:, STEPS.index("culture")] = culture_days
    certify = STEPS.index("certify")
    certifying = inputs["line.qp_exception_hours" if levers.review else "line.qp_hours"]
    touch[:, certify] = certifying * _HOUR * np.exp(person * chance.touch[:, certify])
    taken, happened = _taken(inputs, levers, chance, failed)
    help_step = STEPS.index("exception")
    stuck = (chance.events["bot_exception"] < inputs["bots.exception_share"]) & levers.review
    touch[:, help_step] = touch[:, help_step] * happened.finding + stuck * inputs["bots.exception_hours"] * _HOUR
    signing = STEPS.index("filing_sign")
    touch[:, signing] += (
        (chance.events["filing_exception"] < inputs["bots.exception_share"]) * inputs["bots.exception_hours"] * _HOUR
    )
    return Work(arrivals, touch, delay, taken), happened


def _taken(inputs: Inputs, levers: Levers, chance: Chance, failed: Flags) -> tuple[Flags, Happened]:
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
    taken |= {"out_of_spec": failed, "deviation": deviation, "late_answer": late, "certify_again": late}
    taken |= {"assembly": ~bot, "review": ~bot, "reconcile": ~bot, "bot_review": bot, "bot_reconcile": bot}
    taken |= {"exception": bot & (found | stuck), "answer": found, "answer_2": twice}
    taken |= {"again": found & ~bot, "again_2": twice & ~bot, "bot_again": found & bot, "bot_again_2": twice & bot}
    taken |= {"courier": shipped & (not levers.courier), "bot_courier": shipped & levers.courier}
    taken |= {"courier_help": shipped & levers.courier & unbooked, "pick_up": shipped}
    taken |= {"filing": shipped & (not levers.filing), "bot_filing": shipped & levers.filing}
    taken |= {"filing_sign": shipped & levers.filing}
    return np.stack([taken[name] for name in STEPS], axis=1), Happened(found, escaped, deviation)
