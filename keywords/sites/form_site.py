"""A site that its locators describe completely: lists to read, forms to send once; no Python of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from keywords.failures import BusinessError
from keywords.near import did_you_mean
from keywords.sites.locators import FormWords, OnceWords
from keywords.sites.ports import ReadBack, Table
from keywords.sites.site_page import SitePage


class FormSite:
    """What any product with a `locators.yaml` can do."""

    def __init__(self, page: SitePage) -> None:
        self._page = page
        self._receipts: dict[tuple[str, str], str] = {}

    @property
    def page(self) -> SitePage:
        """The page, for a product's own flow."""
        return self._page

    @property
    def settle_s(self) -> float:
        """Seconds after which a request that was sent has either taken effect and shows, or never will."""
        return self._page.locators.settle_s

    def read(self, name: str, filters: Mapping[str, str]) -> Table:
        """A whole list, under our names of the columns; only rows that equal every filter.

        Raises:
            BusinessError: The locators know no such list or filter.
        """
        words = self._page.locators.lists.get(name)
        if words is None:
            raise BusinessError("LIST_UNKNOWN", self._unknown("list", name, self._page.locators.lists))
        for key in filters:
            if key not in words.filters:
                raise BusinessError("FILTER_UNKNOWN", self._unknown(f"filter of list '{name}'", key, words.filters))
        table = self._page.read_list(name, picture=name, **filters)
        # A site's filter may match parts of a value (B-1 in B-10): only rows of this very value count.
        return replace(table, rows=tuple(self._page.equal_rows(words, table.rows, filters)))

    def find(self, name: str, business_key: str) -> ReadBack:
        """What stands under our key after the form was sent, by page and by the second channel."""
        once = self._once(name)
        if once.receipt:
            return self._page.by_receipt(self._receipts.get((name, business_key), ""))
        if once.export is not None:
            form = self._form(name)
            return self._page.by_export(once.as_list(name), once, once.export, business_key, form.path or "/")
        return self._page.read_back(once.list, once.key, business_key, once.number, once)

    def differences(self, name: str, noted: Mapping[str, str], row: Mapping[str, str]) -> tuple[str, ...]:
        """Where the row of what was sent shows something else than was noted, in words; choices may show"
        " other words."""
        form, once = self._form(name), self._once(name)
        if once.receipt:
            return ()
        sent = {key: (str(value),) for key, value in noted.items() if key in form.fields and key not in form.choices}
        words = self._page.locators.lists[once.list] if once.list else once.as_list(name)
        return self._page.differences(words, row, sent, once)

    def send(self, name: str, business_key: str, values: Mapping[str, str], files: Mapping[str, Path]) -> str:
        """Fill the form in and send it, with our key in its field; the number that the site gives."""
        form, once = self._form(name), self._once(name)
        known = {*form.fields, *form.choices, *form.picks}
        for key in values:
            if key not in known:
                raise BusinessError("FIELD_UNKNOWN", self._unknown(f"field of form '{name}'", key, known))
        number = self._page.send_form(name, {**values, once.key: business_key}, files=files, picture=name)
        self._receipts[name, business_key] = number
        return number

    def _form(self, name: str) -> FormWords:
        form = self._page.locators.forms.get(name)
        if form is None:
            raise BusinessError("FORM_UNKNOWN", self._unknown("form", name, self._page.locators.forms))
        return form

    def _once(self, name: str) -> OnceWords:
        once = self._form(name).once
        if once is None:
            raise BusinessError(
                "FORM_WITHOUT_ONCE",
                f"The locators of {self._page.locators.product} do not say where form '{name}' shows afterwards; add"
                " 'once' with list, key and number to it.",
            )
        return once

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> str:
        there, near = ", ".join(sorted(known)), did_you_mean(name, known)
        product = self._page.locators.product
        return f"The locators of {product} have no {what} '{name}' (there are: {there or 'none'}){near}."


class LaboratorySite(FormSite):
    """What a product whose locators have the lists `results` and `samples` of a batch can do besides: be a laboratory
    system, without a program of its own."""

    LISTS = ("results", "samples")

    @classmethod
    def fits(cls, page: SitePage) -> bool:
        """Whether the locators have both lists, each with a filter and a column for the batch."""
        lists = page.locators.lists
        return all(
            name in lists and "batch" in lists[name].filters and "batch" in lists[name].columns for name in cls.LISTS
        )

    def results(self, batch_id: str) -> Table:
        """All results of a batch, whatever test."""
        return self.read("results", {"batch": batch_id})

    def samples(self, batch_id: str) -> Table:
        """All samples of a batch."""
        return self.read("samples", {"batch": batch_id})
