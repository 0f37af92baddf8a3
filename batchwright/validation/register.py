"""Requirements and their risks, as people wrote them: `docs/requirements.yaml` and `docs/risk-register.yaml`.

A risk is severity times probability times detectability, each from 1 to 3. GAMP 5 (second edition, appendix M3; to be
verified against the book) combines the same three in two steps; one product ranks the same corner cases first and can
be checked in the head. The limits of the classes stand in the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwright.support.errors import Refused
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

REQUIREMENTS = Path("docs/requirements.yaml")
RISKS = Path("docs/risk-register.yaml")
Score = Annotated[int, Field(ge=1, le=3)]
Class = Literal["high", "medium", "low"]
Reason = Annotated[str, Field(min_length=20)]


class Risk(Shape):
    """The risk of one requirement not being met.

    Attributes:
        severity: 3 harm to a patient or a record that can't be trusted, 2 a batch or a filing late, 1 inconvenience.
        probability: 3 likely without a counter-measure, 1 rare.
        detectability: 3 nobody would notice before it did harm, 1 noticed at once.
        why: The reason in words.
        specified: Links to what implements it (see `links`).
    """

    severity: Score
    probability: Score
    detectability: Score
    why: Reason
    specified: tuple[str, ...] = Field(min_length=1)

    @property
    def score(self) -> int:
        """1 to 27."""
        return self.severity * self.probability * self.detectability


class Limits(Shape):
    """From which score on a risk is of a class."""

    high: int = Field(ge=2, le=27)
    medium: int = Field(ge=2, le=27)


class Assurance(Shape):
    """How risks of a class are tested, and why so."""

    how: str = Field(min_length=10)
    why: Reason


class Category(Shape):
    """GAMP 5 category of a part of the system."""

    part: str
    category: Literal[1, 3, 4, 5]
    why: Reason
    paths: tuple[str, ...] = Field(min_length=1)


class Exploratory(Shape):
    """What is explored by generated input rather than scripted, and why."""

    what: str
    why: Reason
    tests: tuple[str, ...] = Field(min_length=1)


class _File(Shape):
    limits: Limits
    assurance: dict[Class, Assurance]
    categories: tuple[Category, ...] = Field(min_length=1)
    exploratory: tuple[Exploratory, ...]
    risks: dict[str, Risk]


@dataclass(frozen=True)
class Register:
    """Requirements by id, and what people said about their risks."""

    requirements: dict[str, str]
    risks: dict[str, Risk]
    limits: Limits
    assurance: dict[Class, Assurance]
    categories: tuple[Category, ...]
    exploratory: tuple[Exploratory, ...]

    def class_of(self, requirement: str) -> Class | None:
        """high, medium or low; None where nobody judged the risk."""
        risk = self.risks.get(requirement)
        if risk is None:
            return None
        if risk.score >= self.limits.high:
            return "high"
        return "medium" if risk.score >= self.limits.medium else "low"


def read_register(root: Path) -> Register:
    """Both files of a checkout.

    Raises:
        Refused: One of them is missing or has another shape.
    """
    said = read_yaml(root / REQUIREMENTS)
    if not isinstance(said, dict) or not all(isinstance(text, str) and text.strip() for text in said.values()):
        raise Refused(f"{root / REQUIREMENTS} has to give each id one text: correct it.")
    file = shaped(root / RISKS, _File, read_yaml(root / RISKS))
    if file.limits.medium >= file.limits.high:
        raise Refused(f"{root / RISKS}: the limit of medium has to be below that of high: correct it.")
    missing = sorted({"high", "medium", "low"} - set(file.assurance))
    if missing:
        raise Refused(f"{root / RISKS} does not say how {missing[0]} risks are tested: add it below 'assurance'.")
    requirements = {str(name): " ".join(text.split()) for name, text in said.items()}
    return Register(requirements, file.risks, file.limits, file.assurance, file.categories, file.exploratory)
