"""The console as a person uses it: a real browser, found by labels and words, never by the inside of the page."""

import re

from playwright.sync_api import Browser, Frame, Locator, Page, Playwright, sync_playwright
from robot.api.deco import keyword, library

from keywords.browser import launch_flags
from keywords.browser_finder import find_browser


@library(scope="SUITE", auto_keywords=False)
class ConsolePages:
    """One browser a suite; each person who logs in gets a fresh session in it."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._shown: Page | None = None
        self._open: Locator | None = None
        self._clicks = 0

    @keyword
    def open_the_browser(self) -> None:
        """Starts the browser that the bots use too."""
        self._playwright = sync_playwright().start()
        program = str(find_browser().path)
        self._browser = self._playwright.chromium.launch(executable_path=program, args=launch_flags())

    @keyword
    def close_the_browser(self) -> None:
        """Ends the browser."""
        if self._browser is not None:
            self._browser.close()
        if self._playwright is not None:
            self._playwright.stop()

    @keyword
    def open_the_console(self, url: str) -> None:
        """Opens the console in a session of its own, where nobody is logged in."""
        assert self._browser is not None, "Open the browser first."
        self._shown = self._browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self._shown.set_default_timeout(10_000)
        self._open = None
        self._page.on("framenavigated", self._folded_again)
        self._page.goto(url)
        assert self._page.url.endswith("/login"), f"The console shows {self._page.url} to somebody unknown."

    @keyword
    def log_in_as(self, user: str, password: str) -> None:
        """Fills the log-in form and sends it."""
        self._page.get_by_label("User name").fill(user)
        self._page.get_by_label("Password").fill(password)
        with self._page.expect_navigation():
            self._page.get_by_role("button", name="Log in").click()

    @keyword
    def list_should_begin_with(self, *batches: str) -> None:
        """The list shows these batches first, in this order."""
        links = self._page.locator("tbody tr td:first-child a").all_inner_texts()
        assert tuple(links[: len(batches)]) == batches, f"The list begins with {links}, wanted {batches}."

    @keyword
    def open_batch(self, batch_id: str) -> None:
        """Follows the batch's link in the list."""
        self._page.get_by_role("link", name=batch_id, exact=True).click()
        self._page.get_by_role("heading", name=batch_id, exact=True).wait_for()

    @keyword
    def finding_should_show(self, *words: str) -> None:
        """The first finding shows these words, and at least one fact with where it stands."""
        finding = self._finding()
        text = finding.inner_text()
        missing = [one for one in words if one.lower() not in text.lower()]
        assert not missing, f"The finding does not show {missing}: {text}"
        facts = finding.locator("tbody tr")
        assert facts.count() > 0, f"The finding shows no fact: {text}"
        assert facts.first.locator("td").nth(2).inner_text().strip()

    @keyword
    def close_the_finding(self, closure: str, reason: str, password: str) -> None:
        """Opens the form below the first finding, fills it and signs."""
        finding = self._finding()
        finding.get_by_text("Close this finding").click()
        finding.get_by_role("combobox").first.select_option(closure)
        self._sign(finding, reason, password, "Sign and close")

    @keyword
    def sign_in_the_console(self, disposition: str, reason: str, password: str) -> None:
        """Fills the form of this disposition and signs."""
        wanted = self._page.locator(f'input[name="disposition"][value="{disposition}"]')
        form = self._page.locator('#sign form[action$="/disposition"]').filter(has=wanted)
        self._sign(form, reason, password, {"released": "Sign the release", "held": "Sign the hold"}[disposition])

    @keyword
    def follow(self, name: str) -> None:
        """Follows the first link whose name begins so."""
        self._clicks += 1
        link = self._page.get_by_role("link", name=re.compile(rf"^\s*{re.escape(name)}")).first
        with self._page.expect_navigation():
            link.click()

    @keyword
    def press(self, name: str) -> None:
        """Presses the first button that is shown whose name begins so, and waits for the page that comes."""
        self._clicks += 1
        button = self._page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}")).first
        with self._page.expect_navigation():
            button.click()

    @keyword
    def unfold(self, name: str) -> None:
        """Opens the first folded part whose name begins so; what is filled in then is filled in there."""
        self._clicks += 1
        fold = self._page.locator("details").filter(has=self._page.locator("summary", has_text=name)).first
        fold.locator("summary").click()
        self._open = fold

    @keyword
    def fill_in(self, label: str, text: str) -> None:
        """Types into the field of a label that is shown; below what was unfolded, if something was."""
        self._field(label).fill(text)

    @keyword
    def choose(self, label: str, value: str) -> None:
        """Chooses from a list by its value."""
        self._field(label).select_option(value)

    @keyword
    def tick(self, label: str) -> None:
        """Ticks a box."""
        self._field(label).check()

    @keyword
    def count_clicks(self) -> None:
        """Counts from here on what is followed, pressed and unfolded."""
        self._clicks = 0

    @keyword
    def clicks_should_be_at_most(self, most: int) -> None:
        """Not more was clicked since the count began."""
        assert self._clicks <= most, f"It took {self._clicks} clicks."

    @keyword
    def password_that_is_shown_once(self) -> str:
        """The password that the page of accounts shows for the account that was just made."""
        return self._page.locator("p.said code").inner_text()

    @keyword
    def page_should_say_in_time(self, words: str) -> None:
        """The page shows these words by itself, without being opened again."""
        self._page.get_by_text(words).first.wait_for()

    @keyword
    def page_should_say(self, *words: str) -> None:
        """The page shows these words."""
        text = self._page.locator("main").inner_text().lower()
        missing = [one for one in words if one.lower() not in text]
        assert not missing, f"The page does not say {missing}: {text[:1500]}"

    @keyword
    def page_should_refuse_in_one_sentence(self, *words: str) -> None:
        """The page shows one alert, one sentence long, that holds the words."""
        alerts = self._page.get_by_role("alert").all_inner_texts()
        assert len(alerts) == 1, f"The page shows {len(alerts)} alerts: {alerts}"
        assert alerts[0].strip().endswith("."), f"{alerts[0]!r} is no sentence."
        assert "\n" not in alerts[0].strip()
        missing = [one for one in words if one not in alerts[0]]
        assert not missing, f"{alerts[0]!r} does not say {missing}."

    @keyword
    def page_should_not_offer(self, text: str) -> None:
        """No button or summary of that name is on the page."""
        offered = self._page.locator("main summary, main button").filter(has_text=re.compile(rf"^\s*{re.escape(text)}"))
        assert offered.count() == 0, f"The page offers {text!r}."

    def _field(self, label: str) -> Locator:
        place = self._open or self._page.locator("main")
        return place.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).locator("visible=true").first

    def _folded_again(self, frame: Frame) -> None:
        if self._shown is not None and frame is self._shown.main_frame:
            self._open = None

    def _finding(self) -> Locator:
        return self._page.locator("#findings .group").first

    def _sign(self, form: Locator, reason: str, password: str, button: str) -> None:
        form.get_by_label("Reason").fill(reason)
        form.get_by_label("Password").fill(password)
        with self._page.expect_navigation():
            form.get_by_role("button", name=button, exact=True).click()

    @property
    def _page(self) -> Page:
        assert self._shown is not None, "Open the console first."
        return self._shown
