"""A label that reads back as another batch, identity or booking stops the batch where it is."""

import pytest
from mes_support import COURIER_JOB, PASSWORD, Plant
from rebooking_support import REBOOKING_JOB, book, done, gate_comes_nearer, slow

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import BotPrincipal
from mes_core.messages import journeys as j
from mes_core.messages import views as v

pytestmark = pytest.mark.requirement("URS-245")


def read(text: str) -> j.LabelRead:
    return j.LabelRead(text=text, booking_reference="CR-1")


def courier(plant: Plant) -> BotPrincipal:
    """The bot that has booked CR-1."""
    bot = plant.at("B1", COURIER_JOB)
    done(plant, bot, "booking", "ship:B1", "CR-1")
    return bot


def test_a_label_that_is_right_is_kept_once_and_holds_nothing(ready: Plant) -> None:
    bot = courier(ready)
    view = ready.mes.note_label("B1", read("B1|G1234|CR-1"), bot)
    assert (view.matches, view.why) == (True, "")
    assert ready.mes.note_label("B1", read("B1|G1234|CR-1"), bot) == view
    assert ready.mes.labels("B1") == (view,)
    assert ready.mes.get_batch("B1").holds == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("B2|G1234|CR-1", "batch 'B2' instead of 'B1'"),
        ("B1|G9999|CR-1", "chain of identity 'G9999' instead of 'G1234'"),
        ("B1|G1234|CR-2", "booking 'CR-2' instead of 'CR-1'"),
        ("CR-1", "none of ours"),
        ("B1|G1234|CR-1|B2", "none of ours"),
        ("b1|G1234|CR-1", "batch 'b1' instead of 'B1'"),
    ],
)
def test_any_other_label_holds_the_batch_with_the_sentence(ready: Plant, text: str, told: str) -> None:
    view = ready.mes.note_label("B1", read(text), courier(ready))
    assert (view.matches, told in view.why) == (False, True)
    batch = ready.mes.get_batch("B1")
    (hold,) = batch.holds
    assert (hold.kind, hold.reason, batch.state) == ("quality", view.why, "on_hold")


def test_a_wrong_label_holds_again_after_a_person_has_lifted_it(ready: Plant) -> None:
    bot = courier(ready)
    ready.mes.note_label("B1", read("B2|G1234|CR-1"), bot)
    (hold,) = ready.mes.get_batch("B1").holds
    ready.mes.lift_hold(hold.hold_id, v.LiftHold(reason="A new label.", password=PASSWORD), ready.qp)
    ready.mes.note_label("B1", read("B2|G1234|CR-1"), bot)
    assert [one.lifted_at is None for one in ready.mes.get_batch("B1").holds] == [False, True]


def test_only_who_books_reads_labels(ready: Plant) -> None:
    for who in (ready.operator, ready.bot, ready.at("B1")):
        with pytest.raises(Forbidden):
            ready.mes.note_label("B1", read("B1|G1234|CR-1"), who)


def test_the_label_of_a_booking_that_does_not_stand_is_none(ready: Plant) -> None:
    """Right in itself, it would send the cells with a courier who doesn't come any more."""
    book(ready, slow(ready))
    gate_comes_nearer(ready)
    bot = ready.at("B1", REBOOKING_JOB)
    done(ready, bot, "cancellation", "cancel:courier:CR-1", "CX-1")
    done(ready, bot, "booking", "rebook:B1:1", "CR-2")
    before = ready.dump()
    for reference in ("CR-1", "CR-9"):
        label = j.LabelRead(text=f"B1|G1234|{reference}", booking_reference=reference)
        with pytest.raises(Conflict, match="that of batch B1 is CR-2"):
            ready.mes.note_label("B1", label, bot)
    assert ready.dump() == before
    label = j.LabelRead(text="B1|G1234|CR-2", booking_reference="CR-2")
    assert ready.mes.note_label("B1", label, bot).matches
