"""What keeps a person from signing the release of a batch, all of it at once, before anybody tries."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from mes_core.domain.errors import Conflict, Forbidden, NotFound, Stale
from mes_core.domain.principals import PersonPrincipal, Role, signer
from mes_core.services.batches import conditional, deviations, trail_review
from mes_core.services.batches.judgement import had_no_part, not_own_judgement, ready_now
from mes_core.services.batches.reviews import is_current
from mes_core.services.core import open_holds
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow


def on_present_verdict(work: UnitOfWork, batch: BatchRow, verdict_id: str, record_hash: str, in_force: str) -> None:
    """See that a verdict is about the batch as it is now, under the rules in force.

    Raises:
        Stale: record, readings, verdict or rules have changed since.
        NotFound: the batch has no such verdict.
    """
    name = batch["batch_id"]
    if record_hash != batch["record_hash"]:
        raise Stale(f"The record of batch {name} has changed since you looked: read it again before you sign.")
    verdict = work.get("verdicts", verdict_id=verdict_id, batch_id=name)
    if verdict is None:
        raise NotFound(f"Batch {name} has no verdict {verdict_id!r}: sign on its newest verdict.")
    if not is_current(work, batch, verdict):
        raise Stale(
            f"Verdict {verdict_id} is not about batch {name} as it is now (a newer verdict, record or reading is"
            " there): review it again before you sign."
        )
    if json.loads(verdict["document"])["rules_hash"] != in_force:
        raise Stale(
            f"Verdict {verdict_id} was reached under another rule set than the one in force: review batch {name} again"
            " before you sign."
        )


class Hindrance(NamedTuple):
    """What keeps somebody from signing, and what it is about."""

    about: str
    why: str


class Ground(NamedTuple):
    """One thing that a release rests on: what it is about, and the check, which raises why not."""

    about: str
    check: Callable[[], object]

    def hindrance(self) -> tuple["Hindrance", ...]:
        """What it hinders, if it does."""
        why = self.refused()
        return (Hindrance(self.about, why),) if why else ()

    def refused(self) -> str:
        """Why not, in a sentence; empty where it is in order."""
        try:
            self.check()
        except (Conflict, Forbidden, NotFound, Stale) as refusal:
            return str(refusal)
        return ""


RULES, FINDINGS, DEVIATIONS, TRAIL = "rules", "findings", "deviations", "trail"
HOLDS, FINAL_RESULTS, PERSON = "holds", "final results", "person"


def grounds(work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, *, production: bool) -> Iterator[Ground]:
    """What every certification that follows a verdict rests on; a signature goes through all of it."""
    name = batch["batch_id"]
    yield Ground(FINDINGS, lambda: _ready(work, batch))
    yield Ground(PERSON, lambda: not_own_judgement(work, batch, who))
    yield Ground(DEVIATIONS, lambda: deviations.check_release(work, name))
    if production:
        yield Ground(TRAIL, lambda: trail_review.check_release(work, name))


def hindrances(
    work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, in_force: str, *, production: bool
) -> tuple[Hindrance, ...]:
    """What keeps a person from certifying a batch in full now; empty: nothing does.

    The checks are those of the signature itself, which makes them again.
    """
    name = batch["batch_id"]
    checks = (
        Ground(PERSON, lambda: signer(who, "sign a disposition", Role.QUALIFIED_PERSON)),
        Ground(PERSON, lambda: had_no_part(work, batch, who, "sign the disposition of")),
        Ground(
            RULES,
            lambda: on_present_verdict(work, batch, batch["verdict_id"] or "", batch["record_hash"], in_force),
        ),
        *grounds(work, batch, who, production=production),
        Ground(HOLDS, lambda: _not_held(work, name)),
        Ground(FINAL_RESULTS, lambda: conditional.check_release(work, batch)),
    )
    return tuple(found for one in checks for found in one.hindrance())


def sentences(found: Iterable[Hindrance]) -> tuple[str, ...]:
    """Why, each reason once."""
    return tuple(dict.fromkeys(one.why for one in found))


def _ready(work: UnitOfWork, batch: BatchRow) -> None:
    if not ready_now(work, batch):
        raise Conflict(f"Batch {batch['batch_id']} can't be released: its verdict is not ready.")


def _not_held(work: UnitOfWork, name: str) -> None:
    if open_holds(work, name):
        raise Conflict(f"Batch {name} is on hold: a person lifts the hold first.")
