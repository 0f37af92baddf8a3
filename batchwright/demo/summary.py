"""What the bots found, against what the twin planted: computed after the bots are done, where they can't reach."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Planted:
    """One defect that the twin planted: the batch, what was done to it, and whether it must stop a release."""

    batch_id: str
    operator: str
    description: str
    critical: bool = True
    field: str = ""


@dataclass(frozen=True)
class Found:
    """What a review said of one batch: its verdict, the rules that fired, and the fields they named."""

    batch_id: str
    verdict: str
    rules: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comparison:
    """Planted defects that were caught and missed, and clean batches that were held all the same."""

    caught: tuple[Planted, ...] = ()
    missed: tuple[Planted, ...] = ()
    false_holds: tuple[str, ...] = ()
    clean: int = 0
    reviewed: int = 0
    extra: tuple[tuple[str, str], ...] = field(default=())

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types, for `--format json`."""
        return {
            "reviewed": self.reviewed,
            "planted": len(self.caught) + len(self.missed),
            "caught": [vars(one) for one in self.caught],
            "missed": [vars(one) for one in self.missed],
            "clean": self.clean,
            "false_holds": list(self.false_holds),
            "extra": [{"batch_id": batch, "field": name} for batch, name in self.extra],
        }


def compare(planted: Iterable[Planted], found: Sequence[Found]) -> Comparison:
    """Batch by batch: a critical defect is caught when its batch is not READY, another one when anything was found.

    A clean batch that is not READY is a false hold. A batch that was never reviewed counts as missed.
    """
    by_batch = {one.batch_id: one for one in found}
    caught: list[Planted] = []
    missed: list[Planted] = []
    dirty: set[str] = set()
    for defect in planted:
        dirty.add(defect.batch_id)
        (caught if _is_caught(defect, by_batch) else missed).append(defect)
    clean = [one for one in found if one.batch_id not in dirty]
    return Comparison(
        caught=tuple(caught),
        missed=tuple(missed),
        false_holds=tuple(one.batch_id for one in clean if one.verdict != "READY"),
        clean=len(clean),
        reviewed=len(found),
    )


def _is_caught(defect: Planted, by_batch: Mapping[str, Found]) -> bool:
    found = by_batch.get(defect.batch_id)
    if found is None:
        return False
    return found.verdict != "READY" if defect.critical else bool(found.rules)


def _held_for(found: Found, watched: frozenset[str]) -> bool:
    """Whether a batch is held for what was watched: a hold for a genuine defect of the record is none of it."""
    return found.verdict in ("UNDECIDED", "none") or (found.verdict != "READY" and bool(found.fields & watched))


def compare_fields(planted: Iterable[Planted], found: Sequence[Found], watched: frozenset[str]) -> Comparison:
    """Field by field: a changed value is caught when a finding on its batch names its field, and only then.

    Args:
        planted: the changed values, each with its field.
        found: what the reviews said.
        watched: fields that can differ between the two sources; a finding on one that was not changed is `extra`.
    """
    by_batch = {one.batch_id: one for one in found}
    changed = list(planted)
    caught = [one for one in changed if one.batch_id in by_batch and one.field in by_batch[one.batch_id].fields]
    expected = {(one.batch_id, one.field) for one in changed}
    seen = {(one.batch_id, name) for one in found for name in one.fields & watched}
    dirty = {one.batch_id for one in changed}
    clean = [one for one in found if one.batch_id not in dirty]
    return Comparison(
        caught=tuple(caught),
        missed=tuple(one for one in changed if one not in caught),
        false_holds=tuple(one.batch_id for one in clean if _held_for(one, watched)),
        clean=len(clean),
        reviewed=len(found),
        extra=tuple(sorted(seen - expected)),
    )
