"""What a suite hands over is what the MES takes, or the keyword says why; nothing else ends the worker."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from keywords.context import ItemContext, in_hand
from keywords.failures import BusinessError
from keywords.mes import Mes
from mes_core.messages.views import ItemDone


def context() -> ItemContext:
    """An attempt with nothing around it."""
    nothing = cast(Any, None)
    return ItemContext(nothing, nothing, nothing, nothing, nothing, {"item_id": "W-1"})


def test_what_is_handed_over_adds_up_and_is_taken() -> None:
    one = context()
    with in_hand(one):
        Mes().hand_over(number="N-1", count=2)
        one.hand_over({"at": datetime(2026, 3, 1, tzinfo=UTC), "rows": [{"a": 1}]})
    assert one.output == {"number": "N-1", "count": 2, "at": "2026-03-01 00:00:00+00:00", "rows": [{"a": 1}]}
    assert ItemDone(epoch=1, output=one.output).output == one.output


def _circle() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def _deep() -> list[Any]:
    made: list[Any] = []
    for _ in range(5000):
        made = [made]
    return made


@pytest.mark.requirement("URS-152")
@pytest.mark.parametrize(
    "given",
    [
        {"rows": "x" * 20_001},
        {"rows": ["x" * 1000] * 2000},
        {"value": float("nan")},
        {"value": 2**70},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"circle": _circle()},
        {"deep": _deep()},
    ],
    ids=["a long text", "a lot", "not a number", "a large number", "NUL", "half a character", "a circle", "deep"],
)
def test_what_the_mes_would_not_take_is_said_at_once_and_leaves_what_was_there(given: dict[str, Any]) -> None:
    one = context()
    one.hand_over({"number": "N-1"})
    with pytest.raises(BusinessError, match="can't be handed over") as refused:
        one.hand_over(given)
    assert refused.value.code == "OUTPUT_NOT_TAKEN"
    assert len(str(refused.value)) < 500
    assert one.output == {"number": "N-1"}
