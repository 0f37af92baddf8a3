"""The book of clocks: read from YAML, checked, and tried on its own examples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from mes_core.domain.audit import digest
from mes_core.domain.errors import Invalid
from mes_core.filing.decide import decide, started
from mes_core.filing.events import Event, Licence
from mes_core.filing.model import Category, Clock, ClockFile, Example, ExampleLicence

FOLDER = Path(__file__).parent / "clocks"


@dataclass(frozen=True)
class Book:
    """All clocks, and the hash that names their content."""

    clocks: tuple[Clock, ...]
    content_hash: str

    def clock(self, clock_id: str) -> Clock:
        """A clock by its id.

        Raises:
            Invalid: there is none.
        """
        for one in self.clocks:
            if one.id == clock_id:
                return one
        raise Invalid(f"There is no clock {clock_id!r}: see 'batchwright filings clocks'.")


@cache
def book() -> Book:
    """The book of this version."""
    return load(sorted(FOLDER.glob("*.yaml")))


def load(paths: Iterable[Path]) -> Book:
    """Read clocks from files.

    Raises:
        Invalid: a file can't be read, a clock is wrong, an id is there twice, or an example does not come out.
    """
    clocks: list[Clock] = []
    for path in paths:
        try:
            clocks += ClockFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).clocks
        except (yaml.YAMLError, OSError) as error:
            raise Invalid(f"{path.name} can't be read as a file of clocks: {' '.join(str(error).split())}.") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(str(part) for part in first["loc"])[:160]
            raise Invalid(f"{path.name} is wrong at {where}: {first['msg']}.") from None
    seen: set[str] = set()
    for clock in clocks:
        if clock.id in seen:
            raise Invalid(f"Clock {clock.id} is there twice: give one of them another id.")
        seen.add(clock.id)
    for problem in problems(clocks):
        raise Invalid(problem)
    content = [clock.model_dump(mode="json", exclude={"examples"}) for clock in clocks]
    return Book(tuple(clocks), digest(content))


def problems(clocks: Iterable[Clock]) -> Iterator[str]:
    """Examples that do not come out as their clock says."""
    for clock in clocks:
        if clock.category is Category.NOT_APPLICABLE:
            continue
        for number, example in enumerate(clock.examples, start=1):
            found = _try(clock, example)
            if found != (example.due, example.undecided):
                yield (
                    f"Clock {clock.id}, example {number}: it gives {', '.join(found[0]) or 'nothing'}"
                    f"{' (undecided)' if found[1] else ''}, not {', '.join(example.due) or 'nothing'}."
                )


def _try(clock: Clock, example: Example) -> tuple[tuple[str, ...], bool]:
    events, licences = [], []
    if example.event:
        event = example.event
        places = None if event.places is None else frozenset(event.places)
        aware_at = datetime.fromisoformat(event.aware_at)
        more = {"product": "P1", "batch_id": "B1", "day": event.day, "closed_on": event.closed_on}
        events.append(Event("E1", event.kind, aware_at, event.zone, places, answers=event.answers, **more))  # type: ignore[arg-type]
    if example.licence or example.event:
        given = example.licence or ExampleLicence(roles=("holder", "importer", "manufacturer"))
        roles = frozenset(given.roles)
        where = clock.jurisdiction
        licences.append(Licence("L1", where, "P1", given.granted_on, roles, given.ended_on, given.answers))
    found = started(decide((clock,), events, licences, datetime.fromisoformat(example.as_of)))
    times = tuple(f"{one.due_at:%Y-%m-%dT%H:%M:%SZ}" if one.due_at else "-" for one in found)
    return times, any(one.undecided for one in found)
