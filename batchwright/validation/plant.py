"""What a plant fills in: who answers, its time source, its procedures, what its people explored."""

from datetime import date
from pathlib import Path

from pydantic import Field

from batchwright.validation.model import Problem
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

TEMPLATE = Path("docs/validation-plant.yaml")


class TimeSource(Shape):
    """What the machine's clock follows, and until when that is known to be right."""

    name: str = ""
    calibrated_on: date | None = None
    valid_until: date | None = None
    certificate: str = ""


class Procedure(Shape):
    """A procedure of the plant."""

    number: str = Field(min_length=1)
    title: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    valid_until: date


class Explored(Shape):
    """What somebody tried by hand."""

    requirement: str
    person: str = Field(min_length=1)
    on: date
    what: str = Field(min_length=1)
    found: str = Field(min_length=1)


class Plant(Shape):
    """The plant's entries; empty ones are shown as not filled in."""

    plant: str = ""
    system_owner: str = ""
    process_owner: str = ""
    quality: str = ""
    time_source: TimeSource = TimeSource()
    holes_asked_within_days: int = Field(default=90, ge=1, le=3650)
    procedures: dict[str, Procedure] = Field(default_factory=dict)
    explored: tuple[Explored, ...] = ()


def read_plant(path: Path) -> Plant:
    """The entries of a file.

    Raises:
        Refused: It can't be read or has another shape.
    """
    return shaped(path, Plant, read_yaml(path) or {})


def plant_problems(plant: Plant, requirements: dict[str, str], procedures: set[str], on: date) -> list[Problem]:
    """What a plant's entries get wrong on a day: what has expired, and names that nothing has."""
    found = []
    source = plant.time_source
    if source.name and source.valid_until is None:
        said = f"The time source {source.name} has no day until which its calibration is valid: fill it in."
        found.append(Problem("time_source_without_calibration", source.name, said))
    if source.valid_until and source.valid_until < on:
        said = f"The calibration of the time source {source.name or '(no name)'} expired on {source.valid_until}."
        found.append(Problem("time_source_expired", source.name, said))
    if source.calibrated_on and source.calibrated_on > on:
        said = f"The calibration of the time source is dated {source.calibrated_on}, after the run of {on}."
        found.append(Problem("time_source_ahead", source.name, said))
    for name, one in sorted(plant.procedures.items()):
        if name not in procedures:
            said = f"The plant's procedure {name!r} meets no clause: see the keys in docs/clauses.yaml."
            found.append(Problem("unknown_procedure", name, said))
        if one.valid_until < on:
            said = f"The plant's procedure {one.number} ({name}) was valid until {one.valid_until}."
            found.append(Problem("procedure_expired", name, said))
    missing = sorted(name.replace("_", " ") for name in procedures - set(plant.procedures))
    if missing and on != date.max:  # before a run nobody asks the plant
        said = (
            f"The plant has not named {len(missing)} of its {len(procedures)} procedures that clauses rest on"
            f" ({', '.join(missing)}): fill them in."
        )
        found.append(Problem("procedures_not_filled_in", "procedures", said))
    for explored in plant.explored:
        if explored.requirement not in requirements:
            said = f"{explored.person} explored {explored.requirement}, which is no requirement."
            found.append(Problem("unknown_requirement", explored.requirement, said))
        if explored.on > on:
            said = f"{explored.person} explored {explored.requirement} on {explored.on}, after the run of {on}."
            found.append(Problem("explored_ahead", explored.requirement, said))
    return found
