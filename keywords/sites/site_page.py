"""The one page that a bot has open on a site: log in, read lists, fill forms; by roles, labels, captions, headers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import ElementHandle, Frame, Page

from keywords.failures import ApplicationError, BusinessError
from keywords.gate import Act
from keywords.sites.pages.act_end import PageActEnd
from keywords.sites.pages.by_hand import PageByHand
from keywords.sites.pages.fields import Entry
from keywords.sites.pages.once import PageOnce
from keywords.sites.words.forms import FieldKind, FieldWords, FormWords


class SitePage(PageOnce, PageActEnd, PageByHand):
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
            BusinessError: The site refused what was filled in, or does not hold what was filled in.
        """
        words = self.locators.forms[name]
        values = {**words.always, **values}
        self._expect_changes(words)
        self._dialogs.expected = words.asks
        if words.steps:
            self.fill_steps(name, values, files=files, first_step=first_step)
            entries: list[Entry] = []
            send = self._control(words.button, words)
        else:
            send, entries = self._ask(words, values, files or {})
        if picture:
            self.picture(f"{picture} question")
        frame = self.frame(words.frame)
        self._unless_changed(entries, frame, words)
        with self._windows() as windows:
            with self.doing(f"send the form with '{words.confirm or words.button}'"):
                send.click()
            number = self.end_of_act(words, words.frame, windows)
        self.remember_sent(values, entries)
        if picture:
            self.picture(f"{picture} answer")
        return number

    def prepare_form(self, name: str, values: Mapping[str, str], *, picture: str) -> None:
        """Fill a form in for a person: what is known, no declaration ticked, nothing sent; then take a picture.

        A form in pages is filled up to its last page, which needs the form to keep its pages as a draft of our own.
        """
        words = self.locators.forms[name]
        if words.flow:
            raise BusinessError(
                "FORM_NOT_PREPARED",
                f"The form '{words.button}' is filled in on a way through dialogs, which may change something before it"
                " is sent: a person fills it in.",
            )
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
                some = {key: values[key] for key in keys if key in values}
                own = {key: path for key, path in (files or {}).items() if key in keys}
                entries = self._fill(words, some, own, [label for label in words.checks if label in keys])
                self.unless_taken(entries, self.frame(words.frame))
                with self._drafting(words):
                    self.pressed(
                        self._control(words.next, words).click, f"go on with '{words.next}'", self.frame(words.frame)
                    )
                self.unless_held_back()
                self._unless_logged_out(words)
            self._unless_refused()

    def _ask(
        self, words: FormWords, values: Mapping[str, str], files: Mapping[str, Path]
    ) -> tuple[ElementHandle, list[Entry]]:
        """Fill a form of one page; the button that sends it, where it asks a question the one that answers it."""
        if words.path:
            self.go(words.path)
        if words.flow:
            return self._flow(words, values)
        with self.doing(f"fill the form '{words.button}'"):
            entries = self._fill(words, values, files, words.checks)
            self.unless_taken(entries, self.frame(words.frame))
            button = self._control(words.button, words)
            if not words.confirm:
                return button, entries
            before = len(self._dialogs.said)
            button.click()
            self._unless_asked(before)
            return self._answer_button(words), entries

    def _flow(self, words: FormWords, values: Mapping[str, str]) -> tuple[ElementHandle, list[Entry]]:
        """Go the form's way; the button that sends it. What was filled in was read back on the way."""
        frame = self.frame(words.frame)
        with self.doing(f"fill the form '{words.button}'"):
            left = set(values) - {key for step in words.flow for key in step.fill}
            if left:
                raise BusinessError(
                    "FIELD_NOT_FILLED",
                    f"The way through the form '{words.button}' fills no field '{min(left)}'; add it to 'flow' in the"
                    " locators, or leave the value out; nothing was sent.",
                )
            self.follow(words.flow, {**words.fields, **words.choices}, values, frame)
            self.work_in(words.within, frame)
            try:
                return self._control(words.button, words), []
            finally:
                self.tools("workIn", "", frame=frame)

    def _fill(
        self, words: FormWords, values: Mapping[str, str], files: Mapping[str, Path], checks: Sequence[str]
    ) -> list[Entry]:
        frame = self.frame(words.frame)
        self.rest(frame)
        given = [(self._field_words(words, key), value) for key, value in values.items() if key not in words.picks]
        entries = self.fill_fields(given, frame)
        for key, value in values.items():
            if key in words.picks:
                self._mark(words.picks[key].format(value), frame)
        for key, path in files.items():
            self.attach(words.files[key], path, frame)
        for label in checks:
            self._mark(label, frame)
        return entries

    def _field_words(self, words: FormWords, key: str) -> FieldWords:
        return words.choices[key] if key in words.choices else words.fields[key]

    def _mark(self, label: str, frame: Frame) -> None:
        """Tick a box, or choose a radio button by its own name."""
        self.await_fields([label], frame)
        self._handle(label, frame).check()

    def _control(self, name: str, words: FormWords) -> ElementHandle:
        """The button of that name, or what is drawn as one; it may come a little after its page.

        Raises:
            ItemError: There is none.
        """
        frame = self.frame(words.frame)
        for _ in range(40):
            found = frame.evaluate_handle("name => window.__batchwright.press(name)", name).as_element()
            if found is not None:
                return found
            self.tools("leave", frame=frame)  # some wait for the last field to be left
            self.page.wait_for_timeout(50)
        raise self.missing("BUTTON_MISSING", f"button '{name}' that can be pressed", True, frame, wanted=name)

    def _answer_button(self, words: FormWords) -> ElementHandle:
        """The button that answers the question."""
        frame = self.frame(words.frame)
        for _ in range(200):
            found = frame.evaluate_handle(
                "([text, name]) => window.__batchwright.answerButton(text, name)", [words.dialog, words.confirm]
            ).as_element()
            if found is not None:
                return found
            self.unless_held_back()
            complaints = self.tools("complaints", self.locators.identity, words.done, frame=frame)
            if complaints:
                raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {' '.join(complaints)}")
            self.page.wait_for_timeout(25)
        if unfit := self.tools("unfit", frame=frame):
            raise BusinessError(
                "FIELD_NOT_GIVEN",
                f"{self._where()} does not send the form ({'; '.join(unfit)}): give it a value; nothing was sent.",
            )
        asked = any(words.dialog in str(one) for one in self.said(frame)["questions"])
        what = f"question '{words.dialog}' with a button '{words.confirm}'"
        if asked:
            what = f"button '{words.confirm}' that answers the question '{words.dialog}'"
        raise self.missing("QUESTION_MISSING", what, True, frame, wanted=words.confirm if asked else words.dialog)

    def _unless_changed(self, entries: Sequence[Entry], frame: Frame, words: FormWords) -> None:
        """Right before it is sent, everything still stands as it was filled in."""
        if entries and words.confirm:
            return  # behind an open question fields can't be looked at; they were read back before it
        wrong = self._wrong(entries, frame) if entries else []
        if wrong:
            self.unless_taken(entries, frame)

    def _expect_changes(self, words: FormWords) -> None:
        """Tell the gate which changes this form sends."""
        act: Act | None = self._browser.gate.act
        if act is None:
            return
        act.allowed = words.sends
        act.most = 1 if words.drafts else 1 + len(words.steps)
        act.key_needed = not words.steps

    @contextmanager
    def _windows(self) -> Iterator[list[Page]]:
        """The windows that the site opens meanwhile; they are closed afterwards."""
        opened: list[Page] = []

        def keep(window: Page) -> None:
            opened.append(window)

        self.page.on("popup", keep)
        try:
            yield opened
        finally:
            self.page.remove_listener("popup", keep)
            for one in opened:
                if not one.is_closed():
                    one.close()

    def _drafting(self, words: FormWords) -> AbstractContextManager[None]:
        return self._browser.gate.drafting(self._account) if words.drafts else nullcontext()

    def _unless_logged_out(self, words: FormWords) -> None:
        if self._at_login():
            raise ApplicationError(
                "SESSION_EXPIRED", f"{self.locators.product} logged the bot out at '{words.button}'; it is tried again."
            )

    def _unless_refused(self) -> None:
        refused = " ".join(self.tools("complaints", self.locators.identity, ""))
        if refused:
            raise BusinessError("FORM_REFUSED", f"{self.locators.product} refused the form: {refused}")


__all__ = ["FieldKind", "SitePage"]
