"""The words of a log-in, compared with its page before anything is typed."""

from urllib.parse import urlsplit

from playwright.sync_api import Frame

from keywords.site_folders.finding import Checks
from keywords.site_folders.proposal import Place
from keywords.site_folders.visit import PageWords, VisitedPage
from keywords.sites.words.login import LoginWords, StepWords, What


def check_log_in(page: VisitedPage, checks: Checks) -> None:
    """Compare the log-in's path, fields and buttons; its second page is looked at where it lies hidden in the first."""
    words = page.locators.login
    if words.basic:
        checks.skip(("login", "basic"), "basic", "the server asks by HTTP itself: there is no page")
        return
    with checks.part(page, "log-in", ("login", "path")):
        page.open_log_in()
        frame = page.frame(words.frame) if words.frame else None
        shown = page.all_words(frame)
        checks.compared += 1
        if not shown.fields:
            shown = _elsewhere(page, words, checks)
        _steps(page, frame, shown, checks)
        return
    checks.stopped = "the log-in can't be opened"


def _elsewhere(page: VisitedPage, words: LoginWords, checks: Checks) -> PageWords:
    """Where the site itself leads whoever is not logged in."""
    page.open_first()
    shown = page.all_words()
    path = urlsplit(page.page.url).path
    there = any(one.kind == "password" for one in shown.fields)
    checks.missing(("login", "path"), words.path, path if there else "", "log-in at", [path])
    return shown


def _steps(page: VisitedPage, frame: Frame | None, shown: PageWords, checks: Checks) -> None:
    words = page.locators.login
    for place, step in _placed(words):
        if step.when or step.expect:
            checks.skip(place, step.expect or step.fill or step.press, "it shows only on the way in")
            continue
        secret = step.what is What.PASSWORD
        labels = [one.label for one in shown.fields if (one.kind == "password") == secret]
        named = [step.fill] if step.fill else [one.press for _, one in _placed(words) if one.press]
        there = (
            page.has_fields([step.fill], frame, hidden=True)[0]
            if step.fill
            else step.press in shown.buttons or page.has_control(step.press, frame)
        )
        if step.fill and (there or labels or not words.steps):
            checks.word(place, step.fill, labels, named, "field", there=there)
        elif step.press and (there or not words.steps):
            checks.word(place, step.press, shown.buttons, named, "button", there=there)
        else:
            checks.skip(place, step.fill or step.press, "it is not on the first page of the log-in")
    if words.inside:
        checks.skip(("login", "inside"), words.inside, "the log-in itself waits for it")


def _placed(words: LoginWords) -> list[tuple[Place, StepWords]]:
    """The steps of a log-in with the place of their word in the folder."""
    if words.steps:
        return [
            (("login", "steps", number, "fill" if step.fill else "press" if step.press else "expect"), step)
            for number, step in enumerate(words.steps)
        ]
    names = ["user", *(["next"] if words.next else []), "password", "button"]
    return [(("login", name), step) for name, step in zip(names, words.as_steps(), strict=True)]
