"""Keywords for any site: read its lists, and send its forms exactly once, by nothing but its locators."""

from collections.abc import Mapping
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.effects import Intent, once
from keywords.failures import ApplicationError, BusinessError
from keywords.sites import Table


@library(scope="SUITE", version=VERSION)
class Site:
    """Read lists and send forms of a site whose folder holds a `locators.yaml`."""

    @keyword
    def read_list(self, system: str, name: str, **filters: str) -> Table:
        """Read a list of a site, every page of it.

        Args:
            system: Name of the site in the settings.
            name: Name of the list in its locators.
            **filters: Values by the name of the filter in the locators; only rows that equal them are returned.

        Returns:
            The table; a list that could not be read to its end is an APPLICATION failure.
        """
        table = current().site(system).read(name, filters)
        if not table.complete:
            raise ApplicationError(
                "LIST_INCOMPLETE", f"{system} did not show all entries of '{name}': {table.why}; it is tried again."
            )
        logger.info(f"{len(table.rows)} rows of '{name}' on {system}.")
        return table

    @keyword
    def send_form_once(
        self, system: str, name: str, files: dict[str, Path] | None = None, revision: int = 1, **values: str | None
    ) -> str:
        """Fill a form in and send it, once however often the item is tried; what an earlier attempt sent is adopted.

        The item's business key goes into the form's key field by itself, and is what the site is searched for before
        and after. A suite cannot send twice, nor forget to look.

        Args:
            system: Name of the site in the settings.
            name: Name of the form in its locators.
            files: Files to upload, by the name of the field in the locators.
            revision: A higher number makes another one on purpose, for instance after the first was withdrawn.
            **values: Values by the name of the field in the locators.

        Returns:
            The number that the site gave.
        """
        context = current()
        site = context.site(system)
        given = _given(name, values)
        key = str(context.item["business_key"]) + (f":{revision}" if revision > 1 else "")
        effect = once(
            context,
            Intent(system, name, key, str(context.item["batch_id"]), dict(given), revision),
            find=lambda: site.find(name, key),
            act=lambda: site.send(name, key, given, files or {}),
            settle_s=site.settle_s,
            compare=lambda noted, row: site.differences(name, noted, row),
        )
        return effect.reference


def _given(form: str, values: Mapping[str, str | None]) -> dict[str, str]:
    """Values that there are: `None` is a variable that nothing was put into, and no word for a site."""
    for name, value in values.items():
        if value is None:
            raise BusinessError(
                "VALUE_MISSING",
                f"Field '{name}' of form '{form}' was to get no value (None), and nothing was sent: see where its"
                " variable comes from, or give ${EMPTY}.",
            )
    return {name: str(value) for name, value in values.items()}
