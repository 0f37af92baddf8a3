"""Which requirement a test without a mark of its own serves: `docs/test-allocation.yaml`, by file.

A mark (`pytest.mark.requirement`, a tag) says what a test proves. Most unit tests prove one part of that; they are
given to requirements by file, with a reason, so that no test stands alone. Tests of the design serve the design: they
prove nothing that a user asked for, and say so.
"""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from batchwright.validation.yaml_file import Shape, read_yaml, shaped

ALLOCATION = Path("docs/test-allocation.yaml")


class Allocated(Shape):
    """What the unmarked tests of a file are for: requirements, or the design."""

    requirements: tuple[str, ...] = ()
    design: bool = False
    why: str = Field(min_length=10)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.requirements) == self.design:
            raise ValueError("name either requirements or 'design: true'")
        return self


def read_allocation(root: Path) -> dict[str, Allocated]:
    """By path of the test file, relative to the root.

    Raises:
        Refused: The file is missing or has another shape.
    """
    path = root / ALLOCATION
    said = read_yaml(path) or {}
    return {str(name): shaped(path, Allocated, value) for name, value in said.items()}
