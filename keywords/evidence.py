"""Keywords about evidence: pictures of what a bot saw when it decided or failed."""

from robot.api import logger
from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn

from keywords import VERSION
from keywords.context import current


@library(scope="SUITE", version=VERSION)
class Evidence:
    """Pictures of what a bot saw when it decided or failed."""

    @keyword
    def keep_pictures_on_failure(self) -> None:
        """Take a picture of every open page when the task failed; made for a task's teardown."""
        if BuiltIn().get_variable_value("${TEST STATUS}") == "FAIL":
            current().picture_open_pages("failure")

    @keyword
    def take_picture(self, system: str, name: str) -> str:
        """Take a picture of the page that is open on a system.

        Args:
            system: `lims`, `erp`, `courier` or `agency`.
            name: What the picture shows, in a few words.

        Returns:
            The file name in the evidence folder; empty when no page is open there.
        """
        return current().picture(system, name)

    @keyword
    def pause_for_a_look(self, why: str = "a look at the page") -> None:
        """Wait until somebody who looks on presses Enter; a worker, at which nobody looks, goes on at once.

        Only under `--listener batchwright.dev:headed=yes`; the task's time limit does not count there.

        Args:
            why: What there is to see.
        """
        pause = current().pause
        if pause is None:
            logger.info(f"Not paused for {why}: nobody looks on.")
        else:
            pause(why)
