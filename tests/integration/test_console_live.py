"""A running item watched in a real browser: step by step, over a server that went away, until its end."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from batchwright.support.servers import Server, bind
from keywords.browser import launch_flags
from keywords.browser_finder import find_browser
from mes_core.messages import views as v
from mes_core.messages.work import ItemStep, StepState, TellSteps
from mes_core.web import create_app

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from mes_support import PASSWORD, Plant, record, running_plant

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-293")]


def _tell(plant: Plant, *names: str) -> None:
    bot = plant.at()
    assert bot.lease is not None
    steps = [ItemStep(name=one, begun_at=plant.now, state=StepState.DONE) for one in names]
    plant.mes.tell_steps(bot.lease.item_id, TellSteps(epoch=bot.lease.epoch, steps=tuple(steps)), bot)


def test_steps_appear_by_themselves_and_a_lost_stream_comes_back(tmp_path: Path) -> None:
    with running_plant(tmp_path / "store.sqlite") as plant, sync_playwright() as playwright:
        plant.mes.submit_batch(record(), plant.bot)
        bot = plant.at()
        assert bot.lease is not None
        sock = bind()
        port = sock.getsockname()[1]
        program = str(find_browser().path)
        browser = playwright.chromium.launch(executable_path=program, args=launch_flags())
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        with Server(create_app(plant.mes), sock) as server:
            page.context.request.post(f"{server.url}/login", form={"user": "reviewer", "password": PASSWORD})
            page.goto(f"{server.url}/work-items/{bot.lease.item_id}/live")
            expect(page.locator("#stream")).to_contain_text("Live:")
            _tell(plant, "Open The LIMS")
            expect(page.locator("#live li")).to_have_count(1)
            expect(page.locator("#live")).to_contain_text("Open The LIMS")
        expect(page.locator("#stream")).to_contain_text("was lost", timeout=15_000)
        expect(page.locator("#live")).to_contain_text("Open The LIMS")
        _tell(plant, "Open The LIMS", "Read Results", "Reconcile")
        with Server(create_app(plant.mes), bind(port)):
            expect(page.locator("#live li")).to_have_count(3, timeout=15_000)
            expect(page.locator("#stream")).to_contain_text("Live:")
            plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch), bot)
            expect(page.locator("#stream")).to_have_text("It has ended.")
            expect(page.locator("#live .badge").first).to_have_text("done")
        assert complaints == []
        browser.close()
