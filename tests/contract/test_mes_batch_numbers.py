"""Two batches never have numbers that people take for one another; looking up stays exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mes_support import SYSTEM, Plant, record

from mes_core.domain.batch_numbers import confusable, skeleton
from mes_core.domain.errors import Conflict, NotFound

_NUMBERS = st.text("Bb0Oo1lI.-_/ 2", min_size=1, max_size=8)


@pytest.mark.requirement("URS-011")
@pytest.mark.parametrize(
    "other",
    [
        "ct-2026-o01",
        "CT-2026-0O1",
        "CT-2026-00l",
        "CT-2026-001.",
        "CT_2026_001",
        "CT.-2026-001",
        "CT.2026.001",
        "CT2026001",
    ],
)
def test_a_number_that_looks_like_another_is_refused(plant: Plant, other: str) -> None:
    """With the one that it looks like; an import leaves it out and goes on; the very same is no other."""
    plant.mes.submit_batch(record("CT-2026-001"), plant.bot)
    before = plant.dump()
    if other[-1] != ".":  # such a number is no message at all
        with pytest.raises(Conflict, match="could be taken for batch 'CT-2026-001'"):
            plant.mes.submit_batch(record(other), plant.bot)
        done = plant.mes.import_batches([(record(other), ()), (record("CT-2026-002"), ())], SYSTEM)
        assert done.taken == 1
        assert "could be taken for" in done.refused[0][1]
        with pytest.raises(NotFound):
            plant.mes.get_batch(other)
    else:
        assert confusable("CT-2026-001", other)
        assert plant.dump() == before
    assert plant.mes.submit_batch(record("CT-2026-001"), plant.bot)[1] is False


@pytest.mark.requirement("URS-011")
def test_two_in_one_import_are_compared_too(plant: Plant) -> None:
    """The first one stays."""
    done = plant.mes.import_batches([(record("B-O1"), ()), (record("B-01"), ()), (record("B-02"), ())], SYSTEM)
    assert (done.taken, [name for name, _ in done.refused]) == (2, ["B-01"])


@pytest.mark.parametrize(
    ("one", "other"), [("1.12", "11.2"), ("B-11", "B1-1"), ("B-1-12", "B-11-2"), ("B1", "B2"), ("B1", "B1")]
)
def test_numbers_that_differ_to_the_eye_stand_side_by_side(one: str, other: str) -> None:
    """A number that is refused for nothing keeps a batch waiting."""
    assert not confusable(one, other)


@given(_NUMBERS, _NUMBERS)
def test_looking_alike_is_mutual_and_shares_a_skeleton(one: str, other: str) -> None:
    """So that those who could be meant are found by it."""
    assert confusable(one, other) == confusable(other, one)
    if confusable(one, other):
        assert skeleton(one) == skeleton(other)
