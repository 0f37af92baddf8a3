"""Keywords for the tests of your own bots: run one on the practice plant, and see what stands on the desk."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from robot.api.deco import keyword, library

from batchwright.practice.places import FOLDER
from batchwright.practice.staying import forget
from keywords import VERSION
from twin.sites import desk_practice


@library(scope="SUITE", version=VERSION, auto_keywords=False)
class Practice:
    """Runs bots of one folder on its practice plant, each time in a process of its own, as a worker would.

    Args:
        bots: The folder, with `settings.json`.
    """

    def __init__(self, bots: str) -> None:
        self._bots = Path(bots).resolve()

    @keyword
    def forget_what_was_practised(self) -> None:
        """Begin with an empty desk and a batch that nobody has touched."""
        forget(self._bots)

    @keyword
    def run_bot(self, job: str, key: str = "") -> dict[str, Any]:
        """Run one item of a bot.

        Args:
            job: Name of the bot.
            key: Business key; by default the item of the practice batch.

        Returns:
            `result` (done, done before or failed), `output`, and of a failure `family`, `code`, `message`, `where`.
        """
        command = [sys.executable, "-P", "-m", "batchwright", "run", job, *([key] if key else [])]
        command += ["--practice", "--bots", str(self._bots), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
        lines = done.stdout.strip().splitlines()
        if done.returncode not in (0, 1) or not lines:
            raise AssertionError(done.stderr.strip() or f"The bot ended with exit code {done.returncode}.")
        return dict(json.loads(lines[-1]))

    @keyword
    def requests_on_the_desk(self, site: str) -> list[dict[str, Any]]:
        """What stands in the practice desk's own store.

        Args:
            site: Name of the site in the settings.

        Returns:
            One dictionary a request: number, our_reference, batch, service, note, status, requested_at, requested_by.
        """
        path = self._bots / FOLDER / "sites" / f"{site}.sqlite"
        if not path.is_file():
            return []
        return [dict(row) for row in desk_practice.requests(path)]
