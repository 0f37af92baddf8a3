"""What a rule file may say: one rule set, in rules of the closed family of kinds."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from rules.base import RuleBase, Strict
from rules.kinds import KINDS
from rules.kinds.dose_band import DoseBands
from rules.kinds.master import Master
from rules.product import Product, filled_in

if TYPE_CHECKING:
    Rule = RuleBase
else:
    Rule = Annotated[reduce(or_, (kind.entry for kind in KINDS.values())), Field(discriminator="kind")]


class RuleFile(Strict):
    """One rule set as it stands in a file."""

    rule_set: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: str
    advanced_therapy: bool = False
    """Whether the product is an advanced therapy, to which of EU GMP only Part IV applies."""
    product: Product | None = None
    master: dict[str, tuple[str, float | None, float | None]] = Field(default_factory=dict)
    """Parameters of the master record: name to unit, lower and upper limit."""
    shape: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Facts beyond those of a batch record that these rules ask for: place or list to its fields."""
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, document: Any) -> Any:
        return filled_in(document) if isinstance(document, dict) else document

    @model_validator(mode="after")
    def _hand_out_master(self) -> "RuleFile":
        for name, (_, low, high) in self.master.items():
            if low is not None and high is not None and low > high:
                raise ValueError(f"master parameter {name}: low {low:g} is above high {high:g}")
        for rule in self.rules:
            if isinstance(rule, Master):
                rule.entries.update(self.master)
            if isinstance(rule, DoseBands):
                rule.bands.extend(self.product.dose_bands if self.product else ())
        return self


def known_fields() -> set[str]:
    """Every field that some kind of rule, or a rule file, may have."""
    return {
        info.alias or name
        for fields in (RuleFile.model_fields, *(kind.entry.model_fields for kind in KINDS.values()))
        for name, info in fields.items()
    }


def content_of(file: RuleFile) -> dict[str, Any]:
    """What names a rule set by its hash: everything that it says, in plain JSON types.

    What rule files could not say at first is left out where they don't, so that old files keep their hashes.
    """
    content: dict[str, Any] = file.model_dump(mode="json", by_alias=True)
    for entry, names in ((content, ("advanced_therapy", "product")), *((one, ("unless",)) for one in content["rules"])):
        for name in names:
            if not entry.get(name):
                entry.pop(name, None)
    return content
