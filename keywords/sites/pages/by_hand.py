"""A page operated step by step, as an author points: by role, label, text or CSS, in frames and pop-ups."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Download, Error, Frame, Locator, Page, Response

from keywords.failures import ApplicationError, BusinessError, first_sentence
from keywords.near import did_you_mean
from keywords.sites.pages.cells import Cell, drawn_otherwise
from keywords.sites.pages.fields import PageFields
from keywords.sites.pages.targets import Part, parts_of
from keywords.sites.words.forms import FieldKind, FieldWords

_DOWNLOAD_S = 30.0
_SHOWN = "one => one.matches('input, select, textarea') ? one.value : one.innerText"
_PRESSED = "press"
"""Kind of a part that says none where something is pressed: a button or a link of that name."""


class PageByHand(PageFields):
    """Clicks, reads and fills what is pointed at. What changes the site is held back by the gate outside an effect."""

    def click(self, target: str) -> None:
        """Press what is pointed at, a plain name being a button or link, and wait until what comes of it is over.

        Raises:
            ItemError: It is not there, or there several times, or what it did was held back.
        """
        spot = self._one(target, _PRESSED)
        self.pressed(lambda: spot.click(), f"click '{target}'", self._frame_of(target))
        self._browser_heard()
        self.unless_held_back()

    def read_field(self, target: str) -> str:
        """What stands under a label, or shows in what is pointed at.

        Raises:
            ItemError: It is not there, or there several times with different values.
        """
        label = _label_of(target)
        if label is None:
            spot = self._one(target, "label")
            self._as_it_stands([spot.evaluate("one => window.__batchwright.looksLike(one)")], target)
            return str(
                spot.evaluate(
                    "one => 'value' in one && one.matches('input,select,textarea') ? one.value : one.innerText"
                )
            ).strip()
        frame = self._frame_of(target)
        self.rest(frame)
        values = self._values_under(label, frame)
        if len(values) != 1:
            if values:
                said = " and ".join(f"'{one}'" for one in values[:3])
                raise BusinessError(
                    "FIELD_NOT_ONE", f"{self._where()} shows {said} under '{label}': point at the one that is meant."
                )
            raise self.missing("FIELD_MISSING", f"field '{label}'", True, frame, wanted=label)
        self._as_it_stands(self.tools("looksUnder", label, frame=frame), label)
        return values[0]

    def read_details(self, labels: Sequence[str], frame: Frame | None = None) -> dict[str, str]:
        """What a page shows under its labels, for those that are named, or for all that it has."""
        self.rest(frame)
        names = list(labels) or [str(one) for one in self.tools("detailLabels", frame=frame)]
        return {name: self.read_field(f"label={name}") for name in names}

    def fill_in(self, target: str, value: str, kind: FieldKind = FieldKind.AUTO, day_format: str = "") -> None:
        """Fill in one field, and read it back.

        Raises:
            ItemError: It is not there, can't be operated, offers no such option, or holds something else afterwards.
        """
        label = _label_of(target)
        if label is not None:
            frame = self._frame_of(target)
            entry = self.set_field(FieldWords(label=label, kind=kind, format=day_format), value, frame)
            self.unless_taken([entry], frame)
            return
        spot = self._one(target, "label")
        with self.doing(f"fill in '{target}'"):
            if spot.evaluate("one => one.tagName") == "SELECT":
                spot.select_option(label=value)
                held = str(spot.evaluate("one => one.selectedOptions[0] ? one.selectedOptions[0].textContent : ''"))
            else:
                spot.fill(value)
                held = spot.input_value()
        if " ".join(held.split()) != " ".join(value.split()):
            raise BusinessError(
                "FIELD_NOT_TAKEN", f"{self._where()}: '{target}' holds '{held}' where '{value}' was entered."
            )

    def tick(self, target: str, on: bool) -> None:
        """Tick a box or choose a radio button, or take the tick away."""
        spot = self._one(target, "label")
        with self.doing(f"tick '{target}'"):
            spot.set_checked(on)

    def upload(self, target: str, path: Path) -> None:
        """Put a file into a field.

        Raises:
            BusinessError: There is no such file, or the field takes none.
        """
        if not path.is_file():
            raise BusinessError("FILE_MISSING", f"There is no file {path}: correct the path, or make the file first.")
        label = _label_of(target)
        if label is None:
            raise BusinessError("TARGET_UNREADABLE", f"'{target}': a field for files is named by its label.")
        self.attach(label, path, self._frame_of(target))

    def download(self, target: str, folder: Path) -> Path:
        """Press what is pointed at, and keep the file that comes.

        Raises:
            ItemError: No file came, or what it did was held back.
        """
        spot = self._one(target, _PRESSED)
        link = str(spot.evaluate("one => one.tagName === 'A' ? one.href : ''"))
        if link and not self._hosts.ours(link):
            raise self.other_host(link)
        files, shown = self._files_of(spot, target)
        folder.mkdir(exist_ok=True, mode=0o700)
        with self.doing(f"take the file behind '{target}'"):
            if files:
                path = folder / Path(files[0].suggested_filename).name
                path.write_bytes(files[0].path().read_bytes())
            else:
                path = folder / (Path(urlsplit(shown[0].url).path).name or "file")
                path.write_bytes(shown[0].body())
        return path

    def _files_of(self, spot: Locator, target: str) -> tuple[list[Download], list[Response]]:
        """Press, and wait for a file: one that is handed over, or one that the browser shows in the page's place."""
        files: list[Download] = []
        shown: list[Response] = []

        def take(file: Download) -> None:
            files.append(file)

        def keep(answer: Response) -> None:
            if (
                answer.ok
                and answer.request.is_navigation_request()
                and "html" not in answer.headers.get("content-type", "")
            ):
                shown.append(answer)

        self.page.on("download", take)
        self.page.on("response", keep)
        limit = time.monotonic() + _DOWNLOAD_S
        try:
            with self.doing(f"press '{target}'"):
                spot.click()
                while not files and time.monotonic() < limit:
                    self.unless_held_back()
                    self.page.wait_for_timeout(100)  # a file that is handed over is told after its answer
                    if shown and time.monotonic() > limit - _DOWNLOAD_S + 1.0:
                        break
        finally:
            self.page.remove_listener("download", take)
            self.page.remove_listener("response", keep)
        if not files and not shown:
            raise ApplicationError(
                "NO_FILE_CAME", f"{self._where()}: '{target}' was pressed, and no file came in {_DOWNLOAD_S:g} s."
            )
        return files, shown

    def wait_for(self, target: str, limit_s: float) -> None:
        """Wait until what is pointed at shows, a plain text being any words of the page.

        Raises:
            ItemError: It doesn't show in time.
        """
        self._one(target, "text", limit_s=limit_s, any_number=True)

    def _one(self, target: str, plain: str, *, limit_s: float = 5.0, any_number: bool = False) -> Locator:
        """The one element that is pointed at and shows; it may come a little after its page."""
        began = time.monotonic()
        with self.doing(f"find '{target}'"):
            while True:
                spot = self._spot(target, plain).locator("visible=true")
                count = self._count(spot, target)
                if count == 1 or (count and any_number):
                    return spot
                if time.monotonic() - began > limit_s or (count > 1 and time.monotonic() - began > 1.0):
                    break
                self.unless_held_back()
                self.page.wait_for_timeout(50)
        if count > 1:
            raise BusinessError(
                "TARGET_NOT_ONE",
                f"{self._where()} shows {count} times '{target}': say within what it stands (css=... >> {target}), or"
                f" which one ({target} >> nth=1).",
            )
        last = parts_of(target, plain)[-1]
        name = last.role[1] or last.role[0] if last.kind == "role" else last.value
        kind = {_PRESSED: "button or link", "role": "button", "label": "field"}.get(last.kind, "place")
        raise self.missing("TARGET_MISSING", f"{kind} '{target}'", True, self._frame_of(target), wanted=name)

    def _count(self, spot: Locator, target: str) -> int:
        """How many there are of what is pointed at.

        Raises:
            BusinessError: It is no selector at all, which no other attempt makes one.
        """
        try:
            return spot.count()
        except Error as error:
            if "selector" not in error.message:
                raise
            said = first_sentence(error.message).partition(": ")[2].rstrip(".")
            raise BusinessError(
                "TARGET_UNREADABLE", f"The target '{target}' can't be read ({said}): correct its css=."
            ) from error

    def _spot(self, target: str, plain: str) -> Locator:
        where: Page | Frame | Locator = self._frame_of(target)
        for part in parts_of(target, plain):
            if part.kind not in ("frame", "popup"):
                where = _within(where, part)
        if not isinstance(where, Locator):
            raise BusinessError("TARGET_UNREADABLE", f"The target '{target}' names nothing within its frame.")
        return where

    def _frame_of(self, target: str) -> Frame:
        """The document that a target begins in."""
        first = parts_of(target, "label")[0]
        if first.kind == "popup":
            return self._popup(first.value).main_frame
        frame = self.frame(first.value if first.kind == "frame" else "")
        if frame.url.startswith("http") and not self._hosts.ours(frame.url):  # a click may have led there
            raise self.other_host(frame.url)
        return frame

    def _popup(self, title: str) -> Page:
        """The window of that title which the page has opened."""
        limit = time.monotonic() + 5
        while True:
            others = [one for one in self.page.context.pages if one != self.page and one.url != "about:blank"]
            named = {one.title(): one for one in others if self._hosts.ours(one.url)}
            if title in named:
                return named[title]
            if time.monotonic() > limit:
                break
            self.page.wait_for_timeout(50)
        there = ", ".join(f"'{one}'" for one in named) or "none"
        raise BusinessError(
            "POPUP_MISSING",
            f"{self._where()} has no window '{title}' (it has: {there}){did_you_mean(title, named)}.",
        )

    def _values_under(self, label: str, frame: Frame) -> list[str]:
        limit = time.monotonic() + 2
        while True:
            found = list(dict.fromkeys(str(one) for one in self.tools("valuesUnder", label, frame=frame)))
            if found or time.monotonic() > limit:
                return found
            self.page.wait_for_timeout(50)

    def _as_it_stands(self, looks: Sequence[Cell], named: str) -> None:
        """See that a value is drawn as its text stands: nothing raised, cut off, or seen by nobody."""
        drawn = next(filter(None, map(drawn_otherwise, looks)), "")
        if drawn:
            raise BusinessError(
                "FIELD_DRAWN_OTHERWISE",
                f"What {self._where()} shows under '{named}' {drawn}: read it where it stands as a plain text.",
            )

    def _browser_heard(self) -> None:
        """Let the gate see what a click has sent, so that it is refused at this keyword and not at the next."""
        with self.doing("see what the click sent"):
            self.page.context.cookies("http://localhost")


def _within(where: Page | Frame | Locator, part: Part) -> Locator:
    if part.kind == "nth" and isinstance(where, Locator):
        return where.nth(int(part.value) - 1)
    if part.kind == "role":
        role, name = part.role
        return where.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    ways: dict[str, Callable[[str], Any]] = {
        "label": lambda value: where.get_by_label(value, exact=True),
        "text": lambda value: where.get_by_text(value),
        "css": lambda value: where.locator(f"css={value}"),
        _PRESSED: lambda value: where.get_by_role("button", name=value, exact=True).or_(
            where.get_by_role("link", name=value, exact=True)
        ),
    }
    found: Locator = ways[part.kind](part.value)
    return found


def _label_of(target: str) -> str | None:
    """The label, where a target is nothing else, in a frame or not: such fields are operated with all care."""
    parts = [one for one in parts_of(target, "label") if one.kind not in ("frame", "popup")]
    return parts[0].value if len(parts) == 1 and parts[0].kind == "label" else None
