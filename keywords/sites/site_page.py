"""The one page that a bot has open on a site: log in, read lists, fill forms; by roles, labels, captions, headers."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from playwright.sync_api import Locator

from keywords.failures import ApplicationError, BusinessError, first_sentence
from keywords.sites.locators import FormWords
from keywords.sites.page_lists import PageLists


class SitePage(PageLists):
    """Everything a product's flow needs of a page."""

    def send_form(
        self,
        name: str,
        values: Mapping[str, str],
        *,
        files: Mapping[str, Path] | None = None,
        picture: str = "",
        first_step: int = 0,
    ) -> str:
        """Fill a form, send it, confirm, and read the site's number.

        Args:
            name: Our name of the form.
            values: Field values by our name.
            files: Files to upload by our name of the field.
            picture: What to call the pictures of the question and of the answer.
            first_step: For a form in pages: the one that is open already.

        Returns:
            The number that the site gave.

        Raises:
            BusinessError: The site refused what was filled in.
        """
        words = self.locators.forms[name]
        if words.steps:
            self.fill_steps(name, values, files=files, first_step=first_step)
            send = self.page.get_by_role("button", name=words.button, exact=True)
        else:
            send = self._ask(words, values, files or {})
        if picture:
            self.picture(f"{picture} question")
        with self.doing(f"send the form with '{words.confirm or words.button}'"):
            with self.page.expect_event("domcontentloaded"):
                send.click()
            self._unless_logged_out(words)
        if picture:
            self.picture(f"{picture} answer")
        return self._reference(words)

    def prepare_form(self, name: str, values: Mapping[str, str], *, picture: str) -> None:
        """Fill a form in for a person: what is known, no declaration ticked, nothing sent; then take a picture.

        A form in pages is filled up to its last page, which needs the form to keep its pages as a draft of our own.
        """
        words = self.locators.forms[name]
        if words.steps:
            self.fill_steps(name, values, steps=len(words.steps) - 1)
            last = words.steps[-1]
        else:
            last = tuple(values)
            if words.path:
                self.go(words.path)
        with self.doing(f"prepare the form '{words.button}'"):
            self._fill(words, {key: values[key] for key in last if key in values}, {}, ())
        self.picture(picture)

    def fill_steps(
        self,
        name: str,
        values: Mapping[str, str],
        *,
        files: Mapping[str, Path] | None = None,
        first_step: int = 0,
        steps: int | None = None,
    ) -> None:
        """Go through the pages of a form until the last one, or for so many `steps`, shows what was filled in.

        Raises:
            BusinessError: The site refused what was filled in.
        """
        words = self.locators.forms[name]
        if words.path and not first_step:
            self.go(words.path)
        for keys in words.steps[first_step : None if steps is None else first_step + steps]:
            with self.doing(f"fill in {', '.join(keys)} of the form '{words.button}'"):
                self._fill(
                    words,
                    {key: values[key] for key in keys if key in values},
                    {key: path for key, path in (files or {}).items() if key in keys},
                    [label for label in words.checks if label in keys],
                )
                with self._drafting(words), self.page.expect_event("domcontentloaded"):
                    self.page.get_by_role("button", name=words.next, exact=True).click()
                self._unless_logged_out(words)
            self._unless_refused()

    def _ask(self, words: FormWords, values: Mapping[str, str], files: Mapping[str, Path]) -> Locator:
        """Fill a form of one page; the button that sends it, where it asks a question the one that answers it."""
        if words.path:
            self.go(words.path)
        with self.doing(f"fill the form '{words.button}'"):
            self._fill(words, values, files, words.checks)
            button = self.page.get_by_role("button", name=words.button, exact=True)
            if not words.confirm:
                return button
            button.click()
            dialog = self.page.get_by_role("dialog").filter(has_text=words.dialog)
            dialog.wait_for()
        return dialog.get_by_role("button", name=words.confirm, exact=True)

    def _fill(
        self, words: FormWords, values: Mapping[str, str], files: Mapping[str, Path], checks: Sequence[str]
    ) -> None:
        for key, value in values.items():
            if key in words.choices:
                self._label(words.choices[key]).select_option(value)
            elif key in words.picks:
                self._label(words.picks[key].format(value)).check()
            else:
                self._label(words.fields[key]).fill(value)
        for key, path in files.items():
            self._browser.gate.attach(path)
            self._label(words.files[key]).set_input_files(path)
        for label in checks:
            self._label(label).check()

    def _label(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def _drafting(self, words: FormWords) -> AbstractContextManager[None]:
        return self._browser.gate.drafting(self._account) if words.drafts else nullcontext()

    def _unless_logged_out(self, words: FormWords) -> None:
        if self._at_login():
            raise ApplicationError(
                "SESSION_EXPIRED", f"{self.locators.product} logged the bot out at '{words.button}'; it is tried again."
            )

    def _unless_refused(self) -> None:
        refused = " ".join(first_sentence(text) for text in self.page.get_by_role("alert").all_inner_texts())
        if refused:
            raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {refused}")

    def _reference(self, words: FormWords) -> str:
        with self.doing(f"read '{words.reference}'"):
            heading = self.page.get_by_role("heading", name=words.done, exact=True)
            if not heading.count():
                self._unless_refused()
                heading.wait_for()
            return self._label(words.reference).inner_text().strip()
