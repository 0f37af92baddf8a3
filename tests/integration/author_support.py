"""An author at a desk of practice: a folder with a bot, a mistake in it, and what comes of running it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots_fakes import PASSWORD, MemoryMes, job, record

from bots.runtime.runner import Outcome, SuiteRunner
from keywords.browser import WarmBrowser
from keywords.settings import Secrets, Settings

NAME = "storage_request"
SUITE, LOCATORS = f"bots/{NAME}.robot", f"sites/{NAME}/locators.yaml"


@dataclass
class Author:
    """An author's folder, and what comes of running its bot."""

    folder: Path
    desk: str
    browser: WarmBrowser
    access: dict[str, Any] = field(default_factory=dict)

    def change(self, name: str, old: str, new: str) -> None:
        """Make a mistake."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, batch: str = "B-1", **payload: str) -> tuple[Outcome, Path]:
        """One attempt; how it ended, and where its evidence lies."""
        access = {"product": NAME, "url": self.desk, "user": "bot"} | self.access
        given = {"mes": {"url": "http://mes", "user": "bot"}, "sites": {NAME: access}, "folders": [str(self.folder)]}
        secrets = Secrets({"mes": PASSWORD, NAME: PASSWORD})
        home = self.folder / "home"
        runner = SuiteRunner(home, Settings.model_validate(given), secrets, MemoryMes(record()), self.browser)  # type: ignore[arg-type]
        outcome = runner.run(job(NAME, batch, **payload))
        assert outcome.evidence is not None
        return outcome, home / outcome.evidence.path
