"""What models said of all batches, a page at a time: documents are read whole for what is shown alone."""

from typing import Any

import orjson

from mes_core.messages import predictive as p
from mes_core.services.core import Core
from mes_core.services.models.predictive import prediction_view
from mes_core.services.ports.rows import PredictionRow

_FIRST = {p.RiskAnswer.RISK.value: 0, p.RiskAnswer.UNDECIDED.value: 1, p.RiskAnswer.CLEAR.value: 2}
Told = tuple[PredictionRow, dict[str, Any]]


class PredictionBoards(Core):
    """The list that people decide from."""

    def prediction_board(self, *, decided: bool, drawn: int, limit: int = 25, offset: int = 0) -> p.PredictionBoard:
        """Answers that wait for a person, risks first; or those that were decided, newest first.

        What a challenger says is compared elsewhere once the outcome is known: it is nobody's advice.

        Args:
            decided: those that were decided.
            drawn: how many of the newest answers are wanted, decided or not.
            limit: how many of the list.
            offset: from where on.
        """
        with self._store.read() as work:
            rows = work.find("predictions", order=("batch_id", "number"))
        every = [(row, said) for row in rows if (said := orjson.loads(row["document"])).get("beside") is None]
        waiting = [one for one in every if one[0]["response"] is None]
        done = [one for one in every if one[0]["response"] is not None]
        waiting.sort(key=lambda one: (_FIRST[one[1]["answer"]], -one[1]["probability"]))
        done.sort(key=lambda one: str(one[0]["decided_at"]), reverse=True)
        chosen = (done if decided else waiting)[offset : offset + limit]
        batches = {row["batch_id"] for row, _ in chosen}
        newest = sorted(every, key=lambda one: one[0]["made_at"])[-drawn:] if drawn else []
        return p.PredictionBoard(
            shown=_views(chosen),
            waiting=len(waiting),
            decided=len(done),
            against=tuple((answer, *_against(answer, done)) for answer in p.RiskAnswer),
            newest=_views(newest),
            of_shown=_views([one for one in every if one[0]["batch_id"] in batches]),
        )


def _views(told: list[Told]) -> tuple[p.PredictionView, ...]:
    return tuple(prediction_view(row) for row, _ in told)


def _against(answer: p.RiskAnswer, done: list[Told]) -> tuple[int, int]:
    """How often people went against an answer: declined, of how many decided."""
    its = [row for row, said in done if said["answer"] == answer.value]
    return sum(row["response"] == p.Response.DECLINED.value for row in its), len(its)
