"""Champion and challenger: what two models said of the same batches, and what became of these."""

import json
from collections.abc import Iterator

from mes_core.domain.model_states import shadow_hindrances
from mes_core.domain.shares import exact_interval
from mes_core.domain.states import State
from mes_core.messages import predictive as p
from mes_core.messages.views import Disposition
from mes_core.services import aside
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import ModelRow, PredictionRow

_FAILED = frozenset({Disposition.REJECTED.value, Disposition.OUT_OF_SPECIFICATION.value})


def comparison(work: UnitOfWork, champion: str, challenger: str, *, called: str | None = None) -> p.ShadowComparison:
    """Both on every batch of which the challenger spoke beside the champion; the newest answer of each counts.

    Args:
        work: the transaction.
        champion, challenger: content hashes of the models.
        called: what the champion is called in the hindrances; the beginning of its hash where it is left out.
    """
    said: dict[str, dict[str, p.NewPrediction]] = {}
    unread: list[str] = []
    for row, one in _predictions(work, unread):
        if one.content_hash == champion and one.beside is None:
            said.setdefault(row["batch_id"], {})["champion"] = one
        elif one.content_hash == challenger and one.beside == champion:
            said.setdefault(row["batch_id"], {})["challenger"] = one
    both = {batch_id: pair for batch_id, pair in said.items() if len(pair) == 2}
    rows = []
    for batch_id, pair in both.items():
        failed = outcome(work, batch_id)
        if failed is not None:
            rows.append(_row(batch_id, failed, pair["champion"], pair["challenger"]))
    old, new = (_side(name, rows, mine) for name, mine in ((champion, "champion"), (challenger, "challenger")))
    lost = [one for one in rows if one.failed]
    return p.ShadowComparison(
        batches=len(rows),
        failed=len(lost),
        waiting=len(both) - len(rows),
        champion=old,
        challenger=new,
        only_champion_caught=sum(_caught(one.champion) and not _caught(one.challenger) for one in lost),
        only_challenger_caught=sum(_caught(one.challenger) and not _caught(one.champion) for one in lost),
        hindrances=(
            *(f"A prediction of batch {name} can't be read: what it said counts for neither." for name in unread),
            *shadow_hindrances(len(rows), (old.caught, new.caught), called or champion[:12]),
        ),
        rows=tuple(rows),
    )


def pairs(work: UnitOfWork) -> list[tuple[str, str]]:
    """Every model and a challenger that ran beside it, by their content hashes."""
    return sorted({(one.beside, one.content_hash) for _, one in _predictions(work, []) if one.beside is not None})


def _predictions(work: UnitOfWork, unread: list[str]) -> Iterator[tuple[PredictionRow, p.NewPrediction]]:
    """Every prediction that can be read; batches of the others are added to `unread`."""
    for row in work.find("predictions", order=("batch_id", "number")):
        one: p.NewPrediction | None = None
        with aside.each(f"a prediction of {row['batch_id']}", row["batch_id"], lambda name, _why: unread.append(name)):
            one = p.NewPrediction.model_validate_json(row["document"])
        if one is not None:
            yield row, one


def outcome(work: UnitOfWork, batch_id: str) -> bool | None:
    """Whether a batch failed: rejected, supplied outside of specification or positive late; None while it is open."""
    batch = work.get("batches", batch_id=batch_id)
    if batch is None:
        return None
    signed = [json.loads(row["document"])["disposition"] for row in work.find("dispositions", batch_id=batch_id)]
    if batch["state"] == State.LATE_POSITIVE or _FAILED & set(signed):
        return True
    return False if Disposition.RELEASED.value in signed else None


def in_shadow(work: UnitOfWork, model: ModelRow) -> tuple[str, ...]:
    """Why a model can't take the place of the one of its name that is in use; empty when there is none in use."""
    used = work.find("models", name=model["name"], state="approved")
    return tuple(
        sentence
        for one in used
        for sentence in _between(work, one, model)
        if one["content_hash"] != model["content_hash"]
    )


def _between(work: UnitOfWork, used: ModelRow, model: ModelRow) -> tuple[str, ...]:
    return comparison(work, used["content_hash"], model["content_hash"], called=used["model_id"]).hindrances


def _row(batch_id: str, failed: bool, champion: p.NewPrediction, challenger: p.NewPrediction) -> p.ShadowRow:
    return p.ShadowRow(
        batch_id=batch_id,
        failed=failed,
        champion=champion.answer,
        challenger=challenger.answer,
        champion_probability=champion.probability,
        challenger_probability=challenger.probability,
    )


def _side(content_hash: str, rows: list[p.ShadowRow], which: str) -> p.ShadowSide:
    answers = [(one.failed, getattr(one, which)) for one in rows]
    failed = sum(one for one, _ in answers)
    caught = sum(one and _caught(answer) for one, answer in answers)
    false = sum(not one and _caught(answer) for one, answer in answers)
    return p.ShadowSide(
        content_hash=content_hash,
        caught=caught,
        recall_interval=exact_interval(caught, failed),
        false_holds=false,
        false_hold_interval=exact_interval(false, len(rows) - failed),
        undecided=sum(answer is p.RiskAnswer.UNDECIDED for _, answer in answers),
    )


def _caught(answer: p.RiskAnswer) -> bool:
    return answer is p.RiskAnswer.RISK
