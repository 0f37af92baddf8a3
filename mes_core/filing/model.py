"""A clock as its author writes it in YAML, checked field by field."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mes_core.filing.calendars import AUTHORITIES
from mes_core.filing.events import EXEMPTING, KINDS

Facts = tuple[str, ...]
LICENCE_FACTS = ("paediatric_studies", "postmarketing_studies")
"""Questions about a licence."""


class Part(BaseModel):
    """Base: unknown fields are refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(StrEnum):
    """What a clock asks for: a filing, that something is kept or tested, or nothing though it looks like it."""

    FILING = "filing"
    KEEPING = "keeping"
    TESTING = "testing"
    NOT_APPLICABLE = "not_applicable"


class Status(StrEnum):
    """How sure the rule is."""

    FINAL = "final"
    DRAFT = "draft"
    TO_BE_VERIFIED = "to_be_verified"


class CalendarDays(Part):
    """Days after day zero, weekends included; ends with the authority's day."""

    rule: Literal["calendar_days"]
    days: int = Field(ge=1)
    of: Literal["aware", "day"] = "aware"


class WorkingDays(Part):
    """Working days of the authority after day zero; ends with its day."""

    rule: Literal["working_days"]
    days: int = Field(ge=1)


class Hours(Part):
    """Elapsed hours, across daylight saving."""

    rule: Literal["hours"]
    hours: int = Field(ge=1)


class AtOnce(Part):
    """The clause gives no figure: it is due from the moment on."""

    rule: Literal["at_once"]


class Ahead(Part):
    """Months before a planned day. Where it was known too late for that: working days after day zero, 0 for that day.

    And never later than that many working days after the day itself, where the thing happened before it was known.
    """

    rule: Literal["ahead"]
    months: int = Field(ge=1)
    else_working_days: int = Field(ge=0)


class Repeating(Part):
    """Again and again after day zero, until the event is closed."""

    rule: Literal["repeating"]
    days: int = Field(ge=1)


class Periods(Part):
    """Periods of a licence: `quarters` and `years` count from its date, `half_years` are those of the calendar.

    `last_year` is the last year of the licence to which it applies, `first_year` the first. `after` says from where
    `days` are counted: the last day of the period, or the anniversary.
    """

    rule: Literal["quarters", "years", "half_years"]
    days: int = Field(ge=0)
    after: Literal["close", "anniversary"] = "close"
    first_year: int = Field(default=1, ge=1)
    last_year: int | None = Field(default=None, ge=1)


class YearsKept(Part):
    """Nothing is filed: data are kept for years after the day that the event names."""

    rule: Literal["years_kept"]
    years: int = Field(ge=1)


class BeforeCertification(Part):
    """Nothing is filed: it is done before a qualified person certifies."""

    rule: Literal["before_certification"]


DueRule = Annotated[
    CalendarDays | WorkingDays | Hours | AtOnce | Ahead | Repeating | Periods | YearsKept | BeforeCertification,
    Field(discriminator="rule"),
]


class ExampleEvent(Part):
    """An event of an example: where it is silent, a plain value stands."""

    kind: str
    aware_at: str = "2026-03-02T09:00:00Z"
    zone: str | None = "America/New_York"
    places: tuple[str, ...] | None = None
    day: date | None = None
    closed_on: date | None = None
    answers: dict[str, str] = Field(default_factory=dict)


class ExampleLicence(Part):
    """A licence of an example."""

    granted_on: date = date(2024, 2, 29)
    ended_on: date | None = None
    roles: tuple[str, ...] = ("holder", "manufacturer")
    answers: dict[str, str] = Field(default_factory=dict)


class Example(Part):
    """A history, and when the clock is due in it: one time for each filing, UTC; empty where nothing is started."""

    event: ExampleEvent | None = None
    licence: ExampleLicence | None = None
    as_of: str = "2026-03-03T00:00:00Z"
    due: tuple[str, ...] = ()
    undecided: bool = False


class Clock(Part):
    """One clock.

    Attributes:
        events: kinds of event that start it; those of a licence have none.
        unit: what one filing is about.
        bound: whom it binds; `not_bound` are those whom another clock binds instead.
        scope: `place` where it asks where the thing happened or was distributed, `licensed` where the licence decides,
            and where none is on record it concerns everybody; `place_or_licence` where either is enough.
        when: answers that start it unless one of them is no; `either`: unless all of them are no; `only_if_no`: start
            it when no was said; `unless`: when yes was not said.
        approve: roles whose signature lets it be submitted.
        looks: for what is not applicable: what it looks like it applied to.
        instead: for what is not applicable: the clocks, or the way, that there are.
    """

    id: str = Field(pattern=r"^(US|EU|UK|CH|ANY)-[A-Z0-9.-]+$")
    title: str = Field(min_length=5)
    jurisdiction: Literal["US", "EU", "GB", "CH", "ANY"]
    authority: str = ""
    category: Category = Category.FILING
    events: tuple[str, ...] = ()
    unit: Literal["licence", "product", "case", "event", "batch"]
    bound: tuple[Literal["holder", "manufacturer", "importer"], ...] = ()
    not_bound: tuple[Literal["holder", "manufacturer", "importer"], ...] = ()
    scope: Literal["place", "licensed", "place_or_licence"] = "place"
    when: Facts = ()
    either: Facts = ()
    only_if_no: Facts = ()
    unless: Facts = ()
    due: DueRule | None = None
    clause: str = Field(min_length=3)
    status: Status
    note: str = ""
    channel: str = ""
    form: str = ""
    approve: tuple[Literal["pharmacovigilance", "quality_assurance", "qualified_person"], ...] = ()
    reason: str = ""
    looks: str = ""
    instead: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def periodic(self) -> bool:
        """Whether a licence starts it, not an event."""
        return isinstance(self.due, Periods)

    @model_validator(mode="after")
    def _whole(self) -> "Clock":
        for problem in _problems(self):
            raise ValueError(f"clock {self.id}: {problem}")
        return self


class ClockFile(Part):
    """One file of clocks."""

    clocks: tuple[Clock, ...] = Field(min_length=1)


def _asked(clock: Clock) -> Facts:
    return (*clock.when, *clock.either, *clock.only_if_no, *clock.unless)


def _problems(clock: Clock) -> list[str]:
    if clock.category is Category.NOT_APPLICABLE:
        found = [] if clock.reason and clock.looks else ["what is not applicable says why, and what it looks like"]
        return found + (["what is not applicable has no due time"] if clock.due else [])
    found = [f"there is no kind of event {kind!r}" for kind in clock.events if kind not in KINDS]
    if clock.authority not in AUTHORITIES:
        found.append(f"there is no authority {clock.authority!r}")
    if clock.due is None:
        found.append("it needs a due rule")
    if clock.periodic == bool(clock.events):
        found.append("periods belong to licences, every other rule to events")
    known = (
        set(LICENCE_FACTS)
        if clock.periodic
        else {f for kind in clock.events if kind in KINDS for f in KINDS[kind].facts}
    )
    found += [f"nobody is asked {fact!r}" for fact in _asked(clock) if fact not in known]
    turned = set(clock.unless) - EXEMPTING | {*clock.when, *clock.either, *clock.only_if_no} & EXEMPTING
    found += [f"{fact!r} is asked the other way round (EXEMPTING)" for fact in sorted(turned)]
    if clock.category is Category.FILING and not (clock.form and clock.channel and clock.approve and clock.bound):
        found.append("a filing names its form, its channel, whom it binds, and who approves it")
    started = [one for one in clock.examples if one.due or one.undecided]
    if not started or len(started) == len(clock.examples):
        found.append("it needs an example that starts it and one that does not")
    return found
