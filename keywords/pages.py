"""Keywords for pages, step by step: for what is no list and no form of the locators."""

from datetime import timedelta
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import BusinessError
from keywords.sites.words.forms import FieldKind


@library(scope="SUITE", version=VERSION)
class Pages:
    """Open, click, read and fill pages of a site, step by step, with its log-in done where it asks for it.

    A *target* says what is meant. Plain words are the label of a field, or the name of a button or link. Else parts
    joined by ` >> `, each within the one before: `role=button[name=Save]`, `label=Remark`, `text=In stock`,
    `css=table.results`, `nth=2`; first, where it is needed, `frame=Title of the frame` or `popup=Title of the window`.
    What is meant must be there exactly once, and show.

    Nothing of this may change the site: a click that sends something is held back in the browser
    (`CHANGE_OUTSIDE_EFFECT`). What changes it goes through `Send Form Once`, or through `once` in Python.
    """

    @keyword
    def open_page(self, system: str, path: str = "/") -> None:
        """Open a page of a site, logging in first where the site asks for it.

        Args:
            system: Name of the site in the settings.
            path: Path of the page, such as `/requests/17`; only on the site's own hosts.
        """
        current().page(system).go(path)

    @keyword
    def click(self, system: str, target: str) -> None:
        """Click a button, a link, or whatever is pointed at, and wait until what comes of it is over.

        Args:
            system: Name of the site in the settings.
            target: Name of the button or link, or a target.
        """
        current().page(system).click(target)

    @keyword
    def read_field(self, system: str, target: str) -> str:
        """Read what stands under a label: a field, an output, a term of a list, a cell beside its head.

        Args:
            system: Name of the site in the settings.
            target: The label, or a target.

        Returns:
            The text as it shows.
        """
        return current().page(system).read_field(target)

    @keyword
    def read_detail_page(self, system: str, *labels: str, path: str = "") -> dict[str, str]:
        """Read a page that shows one thing: what stands under each label.

        Args:
            system: Name of the site in the settings.
            *labels: Labels to read; all that the page has when none is named.
            path: Path of the page, where it is not open.

        Returns:
            Texts by label.
        """
        page = current().page(system)
        if path:
            page.go(path)
        return page.read_details(labels, page.frame())

    @keyword
    def fill_in(self, system: str, target: str, value: str | None) -> None:
        """Fill in a field, whatever it is (text, number, drop-down, radio buttons), and read it back.

        Args:
            system: Name of the site in the settings.
            target: The label of the field, or a target.
            value: What goes into it.
        """
        current().page(system).fill_in(target, _given(value, target))

    @keyword
    def choose(self, system: str, target: str, option: str, kind: FieldKind = FieldKind.AUTO) -> None:
        """Choose an option by its words; one that is not offered is refused with those that are.

        Args:
            system: Name of the site in the settings.
            target: The label of the field, or a target.
            option: Words of the option.
            kind: How the field works, where it does not say so itself: `lookup`, `combobox`.
        """
        current().page(system).fill_in(target, option, kind)

    @keyword
    def pick_date(self, system: str, target: str, day: str, written: str = "") -> None:
        """Fill in a day.

        Args:
            system: Name of the site in the settings.
            target: The label of the field.
            day: The day, as in 2026-03-04.
            written: How the site writes days where the field is none for dates, such as `%d.%m.%Y`.
        """
        current().page(system).fill_in(target, day, FieldKind.DATE if written else FieldKind.AUTO, written)

    @keyword
    def tick(self, system: str, target: str, on: bool = True) -> None:
        """Tick a box or choose a radio button.

        Args:
            system: Name of the site in the settings.
            target: Its label, or a target.
            on: False takes the tick away.
        """
        current().page(system).tick(target, on)

    @keyword
    def upload_file(self, system: str, label: str, path: Path) -> None:
        """Put a file into a field; it is sent with the form.

        Args:
            system: Name of the site in the settings.
            label: The label of the field.
            path: The file.
        """
        current().page(system).upload(label, path)

    @keyword
    def download_file(self, system: str, target: str) -> Path:
        """Press what gives a file, and keep the file in the evidence.

        Args:
            system: Name of the site in the settings.
            target: Name of the button or link, or a target.

        Returns:
            Path of the file, below `downloads` of the evidence.
        """
        context = current()
        path = context.page(system).download(target, context.evidence.path / "downloads")
        logger.info(f"{path.name}: {path.stat().st_size} bytes.")
        return path

    @keyword
    def wait_until_shown(self, system: str, target: str, limit_s: float | timedelta = 10.0) -> None:
        """Wait until something shows.

        Args:
            system: Name of the site in the settings.
            target: Words of the page, or a target.
            limit_s: Seconds after which it is a failure; `1 min` is understood as well.
        """
        limit = limit_s.total_seconds() if isinstance(limit_s, timedelta) else limit_s
        current().page(system).wait_for(target, limit)


def _given(value: str | None, target: str) -> str:
    """A value that there is: `None` is a variable that nothing was put into, and no word for a site."""
    if value is None:
        raise BusinessError(
            "VALUE_MISSING",
            f"'{target}' was to get no value (None): see where its variable comes from, or give ${{EMPTY}}.",
        )
    return value
