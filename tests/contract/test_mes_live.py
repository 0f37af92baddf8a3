"""A running item as people who look on see it: its steps, its stream, and what a lost stream brings back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from console_support import browser
from mes_support import SECRET, Plant, record

from mes_core.domain.errors import Conflict, DomainError, Forbidden, NotFound
from mes_core.domain.principals import BotPrincipal
from mes_core.messages import views as v
from mes_core.messages.work import ItemStep, TellSteps
from mes_core.web.console import live_pages

pytestmark = pytest.mark.requirement("URS-293")


@pytest.fixture
def bot(plant: Plant) -> BotPrincipal:
    """The bot with a review in hand."""
    plant.mes.submit_batch(record(), plant.bot)
    return plant.at()


def _told(plant: Plant, *names: str, done: int = 0, epoch: int = 1) -> TellSteps:
    steps = [
        ItemStep(name=name, begun_at=plant.now, state="done" if at < done else "running")
        for at, name in enumerate(names)
    ]  # type: ignore[arg-type]
    return TellSteps(epoch=epoch, steps=tuple(steps))


def _item(bot: BotPrincipal) -> str:
    assert bot.lease is not None
    return bot.lease.item_id


def test_steps_are_shown_until_the_next_claim_and_change_nothing_else(plant: Plant, bot: BotPrincipal) -> None:
    before = plant.mes.live(_item(bot))
    audited = len(plant.mes.audit("B1"))
    plant.mes.tell_steps(_item(bot), _told(plant, "Open The LIMS", "Read Results", done=1), bot)
    found = plant.mes.live(_item(bot))
    assert [(one.name, one.state) for one in found.steps] == [("Open The LIMS", "done"), ("Read Results", "running")]
    assert found.version != before.version
    assert plant.mes.live(_item(bot)).version == found.version, "the same again is nothing new"
    assert len(plant.mes.audit("B1")) == audited
    assert plant.mes.verify_audit() == []
    failed = v.ItemFailed(epoch=1, family=v.Family.APPLICATION, code="x", message="It went away.")
    plant.mes.fail(_item(bot), failed, bot)
    assert len(plant.mes.live(_item(bot)).steps) == 2, "what an attempt did is seen after its end"
    plant.later(minutes=10)
    assert plant.at().lease is not None
    assert plant.mes.live(_item(bot)).steps == ()


def test_only_whoever_has_the_item_tells_of_it(plant: Plant, bot: BotPrincipal) -> None:
    wrong: list[tuple[Any, str, int, type[DomainError]]] = [
        (plant.bot, _item(bot), 1, Forbidden),
        (plant.reviewer, _item(bot), 1, Forbidden),
        (bot, _item(bot), 2, Conflict),
        (bot, "W-none", 1, NotFound),
    ]
    before = plant.dump()
    for who, item, epoch, refused in wrong:
        with pytest.raises(refused):
            plant.mes.tell_steps(item, _told(plant, "Open", epoch=epoch), who)
    plant.mes.complete(_item(bot), v.ItemDone(epoch=1), bot)
    with pytest.raises(Conflict):
        plant.mes.tell_steps(_item(bot), _told(plant, "Open"), bot)
    assert before["leases"] == plant.dump()["leases"]
    with pytest.raises(NotFound):
        plant.mes.live("W-none")


def _heard(plant: Plant, item: str, seen: str = "") -> list[tuple[str, str, str]]:
    """What a stream said: event, number and data of each."""
    answer = browser(plant, "operator").get(
        f"/work-items/{item}/events", headers={"Last-Event-ID": seen} if seen else {}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    said = re.findall(r"event: (\w+)\nid: (\w+)\n((?:data: .*\n)+)", answer.text)
    return [(name, number, text) for name, number, text in said]


def test_a_stream_says_what_is_new_and_after_a_loss_what_came_meanwhile(
    plant: Plant, bot: BotPrincipal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_pages, "_LONGEST_S", 0.0)
    plant.mes.tell_steps(_item(bot), _told(plant, "Open <The> LIMS"), bot)
    ((name, seen, text),) = _heard(plant, _item(bot))
    assert name == "item"
    assert "Open &lt;The&gt; LIMS" in text
    assert _heard(plant, _item(bot), seen) == [], "what was seen is not sent again"
    plant.mes.tell_steps(_item(bot), _told(plant, "Open <The> LIMS", "Read Results", done=1), bot)
    ((_, newer, text),) = _heard(plant, _item(bot), seen)
    assert "Read Results" in text
    plant.mes.complete(_item(bot), v.ItemDone(epoch=1, output={"verdict": "READY"}), bot)
    events = _heard(plant, _item(bot), newer)
    assert [name for name, _, _ in events] == ["item", "over"]
    assert "verdict READY" in events[0][2]


def test_a_stream_ends_with_its_session_and_is_for_people_who_are_logged_in(
    plant: Plant, bot: BotPrincipal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_pages, "_EVERY_S", 0.0)
    web = browser(plant, "reviewer")
    looked = plant.mes.live

    def two_days_later(item_id: str) -> Any:
        found = looked(item_id)
        plant.later(days=2)
        return found

    monkeypatch.setattr(plant.mes, "live", two_days_later)
    assert "data: logged out" in web.get(f"/work-items/{_item(bot)}/events").text
    monkeypatch.undo()
    web.cookies.clear()
    assert web.get(f"/work-items/{_item(bot)}/events").status_code in (303, 401)


def test_too_many_who_look_on_are_told_so(plant: Plant, bot: BotPrincipal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_pages, "_MOST_WATCHERS", 0)
    assert browser(plant).get(f"/work-items/{_item(bot)}/events").status_code == 503


def test_a_review_is_run_now_from_its_batch_and_watched(plant: Plant) -> None:
    plant.mes.submit_batch(record(), plant.bot)
    web = browser(plant, "reviewer")
    plant.mes.review("B1", (), plant.reviewer)
    bot = plant.at()
    plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), bot)
    plant.mes.complete(_item(bot), v.ItemDone(epoch=1), bot)
    page = web.get("/batches/B1").text
    assert "Run the review now and watch" in page
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert token is not None
    body = {"form_token": token[1], "reason": "Findings closed", "then": "watch"}
    done = web.post("/batches/B1/review-request", data=body)
    (item,) = [one for one in plant.mes.work_items(batch_id="B1", state="queued") if one.job == "batch_record_review"]
    assert done.headers["location"] == f"/work-items/{item.item_id}/live"
    page = web.get(done.headers["location"]).text
    assert "It waits for a worker of its kind" in page
    assert f'data-events="/work-items/{item.item_id}/events"' in page
    bot = plant.at()
    assert bot.lease is not None
    assert bot.lease.secret == SECRET
    plant.now += timedelta(seconds=1)
    plant.mes.complete(item.item_id, v.ItemDone(epoch=1), bot)
    assert "live.js" not in web.get(done.headers["location"]).text
    assert web.get("/work-items/W-none/live").status_code == 404
