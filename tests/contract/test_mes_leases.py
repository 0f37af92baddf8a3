"""Leases: renewed while an item runs, bound to the host that claimed it, and a queue read page by page."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, SYSTEM, Plant, record
from test_mes_work import REVIEW, _claimed

from mes_core.client import MesClient
from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import BotPrincipal, Lease
from mes_core.messages import views as v
from mes_core.web import create_app


@pytest.mark.requirement("URS-173")
def test_a_lease_is_renewed_for_as_long_as_its_worker_lives(plant: Plant) -> None:
    """Minutes later it still is its worker's; one that ended is not brought back, and nobody else renews it."""
    plant.mes.submit_batch(record(), plant.bot)
    item = _claimed(plant)
    renewal = v.RenewLease(epoch=item.epoch)
    for _ in range(5):
        plant.later(seconds=100)
        assert plant.mes.renew(item.item_id, renewal, plant.under(item)).until == plant.now + timedelta(seconds=120)
        assert plant.mes.claim(REVIEW.model_copy(update={"worker": "w2"}), plant.bot) is None
    for other in (plant.bot, plant.reviewer, BotPrincipal("bot-1", Lease(item.item_id, item.epoch, "y" * 30))):
        with pytest.raises(Forbidden):
            plant.mes.renew(item.item_id, renewal, other)
    plant.later(seconds=121)
    with pytest.raises(Conflict, match="run out"):
        plant.mes.renew(item.item_id, renewal, plant.under(item))
    taken = _claimed(plant, REVIEW.model_copy(update={"worker": "w2"}))
    with pytest.raises(Conflict, match="not this worker's any more"):
        plant.mes.renew(item.item_id, renewal, plant.under(item))
    assert taken.epoch == item.epoch + 1


@pytest.mark.requirement("URS-173")
def test_a_worker_name_alone_takes_nothing_back(plant: Plant) -> None:
    """Who knows how a worker is called is not its host."""
    plant.mes.submit_batch(record(), plant.bot)
    item = _claimed(plant)
    asked = REVIEW.model_copy(update={"restarted": True})
    assert plant.mes.claim(asked.model_copy(update={"secret": "z" * 30}), plant.bot) is None
    again = plant.mes.claim(asked, plant.bot)
    assert again is not None
    assert again.item_id == item.item_id
    for person in (plant.qp, plant.operator, SYSTEM):
        with pytest.raises(Forbidden, match="claimed by bots"):
            plant.mes.claim(asked, person)


def test_a_long_queue_is_read_page_by_page_in_its_order(plant: Plant) -> None:
    """More items than a page holds, of two jobs; all are given out, the one with the least time left first."""
    names = [f"B{number:03}" for number in range(120)]
    for number, name in enumerate(names):
        planned = f"2026-04-{1 + (number * 7) % 28:02}"
        plant.mes.submit_batch(record(name, infusion_planned_on=planned, donation_number=f"G{number}"), plant.bot)
    taken = []
    while item := plant.mes.claim(REVIEW, plant.bot):
        taken.append(item.batch_id)
    wanted = sorted(names, key=lambda name: ((int(name[1:]) * 7) % 28, int(name[1:])))
    assert taken == wanted
    assert plant.mes.next_start(("batch_record_review",)).in_s is None


@pytest.mark.requirement("URS-018")
def test_a_worker_for_all_keys_is_told_when_a_retry_begins(plant: Plant) -> None:
    """Over the API: who names no business key asks for every key, not for the one that is empty."""
    plant.mes.submit_batch(record(), plant.bot)
    item = _claimed(plant)
    failed = v.ItemFailed(epoch=item.epoch, family=v.Family.APPLICATION, code="SITE_ERROR", message="No answer.")
    plant.mes.fail(item.item_id, failed, plant.under(item))
    with (
        TestClient(create_app(plant.mes)) as web,
        MesClient.login("http://testserver", "bot-1", PASSWORD, transport=web._transport) as client,
    ):
        assert client.next_start(("batch_record_review",)) == pytest.approx(2.0)
        assert client.next_start(("batch_record_review",), item.business_key) == pytest.approx(2.0)
        assert client.next_start(("batch_record_review",), "review:other") is None
