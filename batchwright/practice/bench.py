"""An author's bench: a practice plant, a browser, and one item in hand for a suite that `robot` itself runs."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from robot.api import ExecutionResult

from batchwright.practice.items import FileItem, read_item
from batchwright.practice.places import read_settings
from batchwright.practice.staying import Plant, at_practice, forget
from batchwright.support.errors import Refused
from bots.runtime.job_queue import Job, MesJobQueue
from bots.runtime.keeper import host_secret
from bots.runtime.runner import Attempt, Outcome, SuiteRunner
from keywords.browser import BrowserOptions, WarmBrowser
from keywords.browser_finder import NoBrowserError, find_browser, need_a_screen
from keywords.context import ItemContext, in_hand
from keywords.failures import Failure
from keywords.settings import Secrets, Settings, SettingsError, load_secrets, load_settings
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.domain.errors import DomainError
from mes_core.messages.capsules import RESULT
from mes_core.messages.views import NewWorkItem, WorkItemView

_WORKER = "robot"


@dataclass(frozen=True)
class Wishes:
    """What an author wants of the bench.

    Attributes:
        bots: Folder of bots; None for the one that the suite lies in.
        item: JSON file with items; None for the item of the practice batch.
        number: Which item of the file, from 1.
        key: Business key; a new one for each run by default, so that a form is really sent.
        afresh: Forget what was practised before.
        headed: Show the browser.
        slow_ms: Wait so long between two actions of the browser.
        record: Keep a trace and a film of the browser in the evidence.
        pause: With `headed`: wait for Enter where a task failed, before the browser is closed.
        stay: Let the practice plant stay up for the next run.
    """

    bots: Path | None = None
    item: Path | None = None
    number: int = 1
    key: str = ""
    afresh: bool = False
    headed: bool = False
    slow_ms: int = 0
    record: bool = False
    pause: bool = False
    stay: bool = True


@dataclass
class InHand:
    """An item that a suite works on."""

    suite: Path
    job: Job
    attempt: Attempt
    queue: MesJobQueue
    runner: SuiteRunner
    shown_from: Path
    held: ExitStack = field(default_factory=ExitStack)
    failure: Failure | None = None
    outcome: Outcome | None = None


class Bench:
    """Gives suites their items, one after the other; nothing is started before the first.

    Args:
        wishes: What the author wants.
        say: Shows the author a line.
    """

    def __init__(self, wishes: Wishes, say: Callable[[str], None]) -> None:
        self._wishes = wishes
        self._say = say
        self._stack = ExitStack()
        self._plant: Plant | None = None
        self._browser: WarmBrowser | None = None
        self._settings: Settings | None = None
        self._secrets = Secrets({})
        self.now: InHand | None = None
        self.items: list[InHand] = []

    def folder_of(self, suite: Path) -> Path:
        """The folder of bots: the one that was named, or that with `settings.json` above the suite.

        Raises:
            Refused: There is none.
        """
        if self._wishes.bots is not None:
            return self._wishes.bots.resolve()
        for folder in suite.resolve().parents:
            if (folder / "settings.json").is_file():
                return folder
        raise Refused(
            f"No folder above {suite} has a settings.json: make a folder of bots with 'batchwright new bot NAME', or"
            " name one with 'bots=FOLDER'."
        )

    def settings_of(self, suite: Path) -> Settings:
        """The settings of the folder of a suite, as they stand; for its variables."""
        try:
            return load_settings(self.folder_of(suite) / "settings.json")
        except SettingsError as error:
            raise Refused(str(error)) from None

    def begin(self, suite: Path, outputdir: Path) -> InHand:
        """Claim an item for a suite and take it in hand.

        Raises:
            Refused: The plant, the browser, the item or the settings can't be used; one sentence says why.
        """
        try:
            plant, browser, settings = self._open(self.folder_of(suite))
            asked = self._ask(plant, suite)
            mes = self._stack.enter_context(MesClient.resumed(settings.mes.url, plant.session()))
            secret = host_secret(plant.home.folder, _WORKER)
            job = mes.claim(_WORKER, (asked.job,), secret, business_key=asked.business_key)
            if job is None:
                held = f"an earlier run may have put batch {asked.batch_id} on hold; begin anew with 'afresh=yes'"
                raise Refused(f"Item {asked.business_key} can't start: {held}.")
            runner = SuiteRunner(plant.home.folder, settings, self._secrets, mes, browser)
            queue = MesJobQueue(mes, _WORKER, secret, only=job.business_key)
            one = InHand(suite, job, runner.begin(job, outputdir), queue, runner, outputdir)
        except (SettingsError, NoBrowserError, MesUnreachable, DomainError) as error:
            raise Refused(str(error)) from None
        except MesError as error:
            raise Refused(error.detail) from None
        self._lay_files(one.attempt.context)
        if self._wishes.headed:
            one.attempt.context.pause = lambda why: self._wait(f"Paused: {why}. Press Enter to go on.")
        one.held.enter_context(queue.kept(job))
        one.held.enter_context(in_hand(one.attempt.context))
        self.now = one
        self.items.append(one)
        return one

    def failed(self, message: str) -> None:
        """A task has failed: let the author look at the browser, if that is wanted."""
        if self._wishes.headed and self._wishes.pause:
            self._wait(f"Failed: {message}\nThe browser stays as it is. Press Enter to close it.")

    def held_back(self) -> str:
        """Why the item in hand fails although its suite does not: something that it sent was held back."""
        refused = self._browser.gate.refused if self.now is not None and self._browser is not None else None
        return str(refused) if refused is not None else ""

    def end(self, failure: Failure | None) -> None:
        """The suite has ended: close its pages."""
        one, self.now = self.now, None
        if one is not None:
            one.held.close()
            one.runner.end_browsing(failure)
            one.failure = one.runner.settle(one.attempt, failure)

    def seal(self, output: Path | None) -> None:
        """Seal the evidence of every item and tell the MES how it ended.

        Args:
            output: Robot Framework's own result of the whole run; None where it wrote none.
        """
        for one in self.items:
            if one.outcome is None:
                folder = one.attempt.context.evidence.path
                if output is not None:
                    _keep_result(output, one, folder)
                one.outcome = one.runner.finish(one.attempt, one.failure, "")
                self._report(one, one.outcome)

    def close(self) -> None:
        """End browser and plant."""
        if self._browser is not None:
            self._browser.stop()
        self._stack.close()

    def _open(self, folder: Path) -> tuple[Plant, WarmBrowser, Settings]:
        """Plant and browser, started for the first item."""
        if self._plant is None or self._browser is None or self._settings is None:
            wanted = read_settings(folder / "settings.json")
            if self._wishes.headed:
                need_a_screen()
            program = find_browser(headed=self._wishes.headed)
            if self._wishes.afresh:
                forget(folder)
            plant = self._stack.enter_context(at_practice(folder, wanted, stay=self._wishes.stay, say=self._say))
            path = plant.home.folder / "worker-settings.json"
            path.write_text(json.dumps({**plant.settings, "folders": [str(folder)]}, indent=1), encoding="utf-8")
            self._settings, self._secrets = load_settings(path), load_secrets(path.with_name("worker-secrets.json"))
            options = BrowserOptions(self._wishes.headed, self._wishes.slow_ms, self._wishes.record)
            self._plant, self._browser = plant, WarmBrowser(program, options)
        return self._plant, self._browser, self._settings

    def _ask(self, plant: Plant, suite: Path) -> WorkItemView:
        """Queue the item that is wanted; what an earlier run left of it is gone on with."""
        told = self._told()
        batch = str(told.payload.get("batch_id") or plant.batch)
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}-{len(self.items) + 1}"
        key = str(self._wishes.key or told.payload.get("business_key") or f"{suite.stem}:{batch}:{run}")
        try:
            asked = NewWorkItem(job=suite.stem, business_key=key, batch_id=batch, payload=told.payload)
        except ValueError:
            raise Refused(
                f"{suite.name} is no name for a bot: small letters, digits and underscores, such as my_bot.robot."
            ) from None
        if batch != plant.batch:
            raise Refused(
                f"The practice plant has no batch {batch!r}: its one batch is {plant.batch}; correct the item."
            )
        item = plant.take(asked)
        if item.state == "done":
            raise Refused(f"{key} was done before: give the item another key, or begin anew with 'afresh=yes'.")
        return item

    def _told(self) -> FileItem:
        return read_item(self._wishes.item, self._wishes.number) if self._wishes.item else FileItem()

    def _lay_files(self, context: ItemContext) -> None:
        """Files of the item, where the work item keywords look for them."""
        files = self._told().files
        if files:
            folder = context.evidence.path / "files"
            folder.mkdir(exist_ok=True)
            for name, path in files.items():
                shutil.copyfile(path, folder / Path(name).name)

    def _report(self, one: InHand, outcome: Outcome) -> None:
        """Tell the MES; a failed item is not left in the queue, the next run makes its own."""
        try:
            if outcome.failure is None and outcome.evidence is not None:
                one.queue.complete(one.job, outcome.output, outcome.evidence)
                return
            if outcome.failure is not None:
                one.queue.fail(one.job, outcome.failure, outcome.evidence)
            if self._plant is not None and not self._wishes.key:
                self._plant.drop(one.job.item_id)
        except (MesError, MesUnreachable, DomainError, Refused) as error:
            self._say(f"The practice MES did not take the outcome of {one.job.business_key}: {error}")

    def _wait(self, said: str) -> None:
        """Let the browser live until somebody presses Enter."""
        source = sys.__stdin__
        if source is None or self._browser is None:
            return
        self._say(said)
        pressed = threading.Event()

        def read() -> None:
            source.readline()
            pressed.set()

        threading.Thread(target=read, name="pause", daemon=True).start()
        while not pressed.is_set():
            self._browser.idle(0.1)


def _keep_result(output: Path, one: InHand, folder: Path) -> None:
    """Robot Framework's result of this suite alone, with pictures as they lie in the evidence."""
    pictures = Path(os.path.relpath(folder / "pictures", one.shown_from)).as_posix()
    result = ExecutionResult(output.read_text(encoding="utf-8").replace(f"{pictures}/", "pictures/"))
    found = [suite for suite in _suites(result.suite) if suite.source and Path(suite.source) == one.suite]
    if found:
        result.suite = found[0]
        result.save(folder / RESULT)


def _suites(suite: Any) -> list[Any]:
    return [suite, *(below for one in suite.suites for below in _suites(one))]
