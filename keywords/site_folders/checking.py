"""A site folder checked: every word of it is looked for on the live pages; what moved is told with its likely heir."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from keywords.site_folders.check_forms import check_form
from keywords.site_folders.check_lists import ControlsSeen, check_list
from keywords.site_folders.check_login import check_log_in
from keywords.site_folders.finding import Checks, Moved, Unseen
from keywords.site_folders.opening import form_order
from keywords.site_folders.proposal import difference, has_place, rewritten, validated
from keywords.site_folders.visit import Visit
from keywords.sites.locators import Locators


@dataclass
class Checked:
    """What came of a check.

    Attributes:
        moved: words that are not where the folder says, and what the pages have new.
        unseen: words that could not be looked at, and why.
        compared: how many words were found or missed on a page.
        diff: the proposed locators as a diff; empty where nothing is proposed.
        proposed: the proposed locators.
    """

    moved: list[Moved] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    compared: int = 0
    diff: str = ""
    proposed: str = ""

    @property
    def unproposed(self) -> list[Moved]:
        """What moved and has no new word in the proposal."""
        return [one for one in self.moved if not one.proposed]

    def plain(self) -> dict[str, Any]:
        """Itself as data."""
        return {
            "moved": [asdict(one) for one in self.moved],
            "unseen": [asdict(one) for one in self.unseen],
            "compared": self.compared,
            "diff": self.diff,
        }


def check_site(visit: Visit) -> Checked:
    """Compare every word of a site folder with the live pages; nothing is sent and nothing is written.

    Where a word of the log-in, a path or a caption moved, the likely new one is used to go on, so that one change hides
    no other; the password is typed into a field of passwords on the site's own hosts only, once.
    """
    path = visit.folder / "locators.yaml"
    text, locators = path.read_text("utf-8"), visit.locators()
    checks = Checks()
    with visit.page(locators) as page:
        check_log_in(page, checks)
    if any(not one.likely for one in checks.moved):
        checks.stopped = checks.stopped or "a word of the log-in is gone and none is likely: nobody got in"
    if checks.stopped:
        for name, words in locators.lists.items():
            checks.skip(("lists", name), words.caption, checks.stopped)
        for name, form in locators.forms.items():
            checks.skip(("forms", name), form.button, checks.stopped)
    else:
        _pages(visit, _patched(text, locators, checks), checks)
    return _outcome(text, visit, checks)


def _pages(visit: Visit, locators: Locators, checks: Checks) -> None:
    """Every list, and then every form."""
    with visit.page(locators) as page:
        seen, controls = page.listen(), ControlsSeen()
        for name in locators.lists:
            with checks.part(page, f"list {name}", ("lists", name, "path")):
                check_list(page, name, checks, controls, visit.now())
            _unnamed_requests(checks, seen.take(), f"lists.{name}")
        with checks.part(page, "controls", ("controls", "apply")):
            controls.judge(locators, checks)
        for name, behind in form_order(locators).items():
            with checks.part(page, f"form {name}", ("forms", name, "path")):
                check_form(page, name, behind, checks, visit.now())
            _unnamed_requests(checks, seen.take(), f"forms.{name}")
    if locators.notice is not None:
        checks.unseen.append(Unseen(("notice",), locators.notice.dialog, "a notice shows only when there is one"))


def _unnamed_requests(checks: Checks, requests: Sequence[Any], where: str) -> None:
    for one in requests:
        if one.refused:
            checks.new(
                ("requests",),
                f"The page of {where} sends {one.method} {one.path}, which the folder does not name; it was held back."
                f" Say what it is under 'requests': {one.line}.",
            )


def _patched(text: str, locators: Locators, checks: Checks) -> Locators:
    """The words to go on with after the log-in was looked at."""
    words = {one.place: one.likely for one in checks.moved if one.likely}
    return validated(rewritten(text, words)) if words else locators


def _outcome(text: str, visit: Visit, checks: Checks) -> Checked:
    words = {one.place: one.likely for one in checks.moved if one.likely and has_place(text, one.place)}
    proposed = rewritten(text, words) if words else text
    moved = [one.in_proposal(one.place in words) for one in checks.moved]
    diff = difference(text, proposed, visit.folder / "locators.yaml")
    return Checked(moved, checks.unseen, checks.compared, diff, proposed)


__all__ = ["Checked", "Moved", "Unseen", "check_site"]
