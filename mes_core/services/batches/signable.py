"""What keeps a person from signing the release of a batch, all of it at once, before anybody tries."""

import json
from collections.abc import Callable

from mes_core.domain.errors import Conflict, Forbidden, NotFound, Stale
from mes_core.domain.principals import PersonPrincipal, Role, signer
from mes_core.services.batches import conditional, deviations, trail_review
from mes_core.services.batches.judgement import not_own_judgement, not_own_work, ready_now
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


def hindrances(
    work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, in_force: str, *, production: bool
) -> tuple[str, ...]:
    """Why a person could not certify a batch now, in sentences; empty: nothing keeps them.

    The checks are those of the signature itself, which makes them again.
    """
    name = batch["batch_id"]
    checks: list[Callable[[], object]] = [
        lambda: signer(who, "sign a disposition", Role.QUALIFIED_PERSON),
        lambda: not_own_work(work, batch, who, "sign the disposition of"),
        lambda: on_present_verdict(work, batch, batch["verdict_id"] or "", batch["record_hash"], in_force),
        lambda: _ready(work, batch),
        lambda: not_own_judgement(work, batch, who),
        lambda: deviations.check_release(work, name),
        lambda: _not_held(work, name),
        lambda: conditional.check_release(work, batch),
    ]
    if production:
        checks.append(lambda: trail_review.check_release(work, name))
    return tuple(dict.fromkeys(said for check in checks if (said := _refused(check))))


def _refused(check: Callable[[], object]) -> str:
    try:
        check()
    except (Conflict, Forbidden, NotFound, Stale) as refusal:
        return str(refusal)
    return ""


def _ready(work: UnitOfWork, batch: BatchRow) -> None:
    if not ready_now(work, batch):
        raise Conflict(f"Batch {batch['batch_id']} can't be released: its verdict is not ready.")


def _not_held(work: UnitOfWork, name: str) -> None:
    if open_holds(work, name):
        raise Conflict(f"Batch {name} is on hold: a person lifts the hold first.")
