"""Fields of a form: each operated as what it is, and read back before anything is sent."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Frame

from keywords.failures import BusinessError, ItemError
from keywords.sites.pages.ready import PageReady
from keywords.sites.values import plain_number
from keywords.sites.words.cells import NumberWords
from keywords.sites.words.forms import FieldKind, FieldWords

SUGGESTIONS_S = 1.5
_TYPED = ("text", "lookup", "rich text", "number", "date", "datetime-local", "month", "time", "password")
_KINDS = {
    FieldKind.SELECT: "select",
    FieldKind.COMBOBOX: "combobox",
    FieldKind.LOOKUP: "lookup",
    FieldKind.RADIO: "radio",
    FieldKind.RICH: "rich text",
}


@dataclass(frozen=True)
class Entry:
    """One field and what goes into it: `typed` as the page is given it, `shown` what it may show then."""

    words: FieldWords
    value: str
    typed: str
    kind: str

    def holds(self, look: dict[str, Any]) -> bool:
        """Whether the field holds what was meant."""
        value, raw = " ".join(str(look["value"]).split()), " ".join(str(look["raw"]).split())
        wanted = " ".join(self.typed.split())
        if wanted in (value, raw):
            return True
        if self.words.kind is FieldKind.NUMBER:
            return _same_number(value or raw, self.value, self.words.numbers)
        if self.kind == "number":
            return _same_number(raw, self.value, NumberWords())
        return self.kind in ("datetime-local", "time") and raw.removesuffix(":00") == wanted.removesuffix(":00")


class PageFields(PageReady):
    """Operates fields."""

    def await_fields(self, labels: Sequence[str], frame: Frame) -> list[dict[str, Any]]:
        """What each field is; they may come a little after their page.

        Raises:
            ItemError: One isn't there, or is there twice.
        """
        began = time.monotonic()
        looks: list[dict[str, Any]] = []
        while True:
            looks = self.tools("fields", list(labels), frame=frame)
            missing = [label for label, look in zip(labels, looks, strict=True) if not look["count"]]
            if not missing:
                break
            quiet = self.tools("quiet", time.monotonic() - began < 3, frame=frame)
            waited = time.monotonic() - began
            if waited > self._access.timeout_s or (quiet["quiet"] and waited > (1.0 if quiet["active"] else 0.2)):
                known = len(missing) < len(labels)
                raise self.missing("FIELD_MISSING", f"field '{missing[0]}'", known, frame, wanted=missing[0])
            self.page.wait_for_timeout(40)
        for label, look in zip(labels, looks, strict=True):
            if look["count"] > 1:
                raise BusinessError(
                    "FIELD_NOT_ONE",
                    f"{self._where()} shows {look['count']} fields '{label}'; give the one that is meant a label of its"
                    " own in the locators, or name its frame.",
                )
        return looks

    def set_field(self, words: FieldWords, value: str, frame: Frame) -> Entry:
        """Operate one field.

        Raises:
            BusinessError: It can't be operated, has no such option, or takes another value.
        """
        look = self.await_fields([words.label], frame)[0]
        entry = self._entry(words, value, look)
        self._operate(entry, look, frame)
        return entry

    def fill_fields(self, given: Sequence[tuple[FieldWords, str]], frame: Frame) -> list[Entry]:
        """Operate fields in their order; where the page does something of its own meanwhile, one after the other with
        care: a look-up that opens is a choice, and what is typed is read back."""
        if not given:
            return []
        looks = self.await_fields([words.label for words, _ in given], frame)
        self.rest(frame)
        before = self.tools("quiet", frame=frame)
        entries = [self._entry(words, value, look) for (words, value), look in zip(given, looks, strict=True)]
        for entry, look in zip(entries, looks, strict=True):
            self._operate(entry, look, frame)
        after = self.tools("quiet", frame=frame)
        if after["stamp"] != before["stamp"] or not after["quiet"]:
            self._with_care(entries, frame)
        return entries

    def unless_taken(self, entries: Sequence[Entry], frame: Frame) -> None:
        """Read every field back; one that lost its value to the page's own start is filled once more.

        Raises:
            BusinessError: A field holds something else than was meant.
        """
        if not entries:
            return
        self.tools("leave", frame=frame)
        self.rest(frame)
        wrong = self._wrong(entries, frame)
        if wrong:
            for entry, look in wrong:
                if not look["count"]:
                    raise self.missing("FIELD_MISSING", f"field '{entry.words.label}' any more", True, frame)
                self._operate(entry, look, frame)
            self.tools("leave", frame=frame)
            self.rest(frame)
            wrong = self._wrong(entries, frame)
        if wrong:
            entry, look = wrong[0]
            most = (
                f" (it takes {look['most']} characters)" if look.get("most") and len(entry.typed) > look["most"] else ""
            )
            raise BusinessError(
                "FIELD_NOT_TAKEN",
                f"{self._where()}: the field '{entry.words.label}' holds '{look['value']}' where '{entry.typed}' was"
                f" entered{most}; nothing was sent. Say in the locators how it is written, or correct the value.",
            )

    def attach(self, label: str, path: Path, frame: Frame) -> None:
        """Put a file into its field.

        Raises:
            BusinessError: The field takes no files.
        """
        look = self.await_fields([label], frame)[0]
        if look["kind"] != "file":
            raise BusinessError(
                "FIELD_KIND", f"{self._where()}: the field '{label}' is a {look['kind']} field and takes no files."
            )
        self._browser.gate.attach(path, str(look["name"]))
        self._handle(label, frame).set_input_files(path)
        held = self.tools("fields", [label], frame=frame)[0]
        if held["count"] and held["value"] != path.name:
            raise BusinessError(
                "FIELD_NOT_TAKEN",
                f"{self._where()}: the field '{label}' holds the file '{held['value']}' where '{path.name}' was put.",
            )

    def _entry(self, words: FieldWords, value: str, look: dict[str, Any]) -> Entry:
        kind = _KINDS.get(words.kind) or str(look["kind"])
        value = str(value)
        if words.kind is FieldKind.NUMBER:
            return Entry(words, value, _written(value, words, look["kind"] == "number"), kind)
        if words.kind is FieldKind.DATE and words.format:
            return Entry(words, value, _written_day(value, words), kind)
        return Entry(words, value, words.option.replace("{}", value), kind)

    def _operate(self, entry: Entry, look: dict[str, Any], frame: Frame) -> None:
        label, kind = entry.words.label, entry.kind
        if look["off"]:
            look = self._until_on(label, look, frame)
        if look["locked"] and kind in _TYPED:
            raise BusinessError(
                "FIELD_LOCKED",
                f"{self._where()}: the field '{label}' is a {look['kind']} field that can't be typed into (it is filled"
                " by something else on the page, such as a calendar); nothing was sent.",
            )
        match kind:
            case "select":
                self._select(entry, look, frame)
            case "combobox":
                self._open_and_pick(entry, frame)
            case "radio":
                self._radio(entry, look, frame)
            case "checkbox":
                self._handle(label, frame).set_checked(entry.value.lower() in ("yes", "true", "on", "1"))
            case "lookup" if entry.words.kind is FieldKind.LOOKUP:
                self._look_up(entry, frame)
            case _ if kind in _TYPED:
                self._type_in(entry, frame)
            case _:
                raise BusinessError(
                    "FIELD_KIND",
                    f"{self._where()}: the field '{label}' is a field of kind '{kind}', which bots can't operate.",
                )

    def _type_in(self, entry: Entry, frame: Frame) -> None:
        """Type; a number may be drawn as two inputs, of which the one to type into shows once the other is chosen."""
        handle = self._handle(entry.words.label, frame)
        if entry.words.kind is FieldKind.NUMBER:
            handle.focus()
            handle = self._handle(entry.words.label, frame)
        handle.fill(entry.typed)

    def _until_on(self, label: str, look: dict[str, Any], frame: Frame) -> dict[str, Any]:
        """Wait for a field that is not usable yet: others may have to be filled first."""
        self.tools("leave", frame=frame)
        for _ in range(50):
            look = self.tools("fields", [label], frame=frame)[0]
            if look["count"] and not look["off"]:
                return look
            self.page.wait_for_timeout(40)
        raise BusinessError(
            "FIELD_OFF", f"{self._where()}: the field '{label}' can't be used (it is disabled); nothing was sent."
        )

    def _select(self, entry: Entry, look: dict[str, Any], frame: Frame) -> None:
        wanted, options = entry.typed, look["options"]
        handle = self._handle(entry.words.label, frame)
        if options.count(wanted) == 1:
            handle.select_option(label=wanted)
            return
        if options.count(wanted) > 1 or not handle.evaluate(
            "(one, value) => [...one.options].some(o => o.value === value)", wanted
        ):
            raise self._no_option(entry, options)
        handle.select_option(value=wanted)

    def _radio(self, entry: Entry, look: dict[str, Any], frame: Frame) -> None:
        if look["options"].count(entry.typed) != 1:
            raise self._no_option(entry, look["options"])
        handle = frame.evaluate_handle(
            "([label, text]) => window.__batchwright.radio(label, text)", [entry.words.label, entry.typed]
        ).as_element()
        if handle is None:
            raise self._no_option(entry, look["options"])
        handle.check()

    def _open_and_pick(self, entry: Entry, frame: Frame) -> None:
        """A drawn drop-down: opened, and its option chosen by its name."""
        handle = self._handle(entry.words.label, frame)
        if not self.tools("options", frame=frame):
            handle.click()
        self._pick(entry, frame)

    def _look_up(self, entry: Entry, frame: Frame) -> None:
        """A look-up: typed into, and exactly the one suggestion picked that says the same."""
        handle = self._handle(entry.words.label, frame)
        handle.fill("")
        handle.type(entry.typed)
        self._pick(entry, frame)

    def _pick(self, entry: Entry, frame: Frame) -> None:
        options = self._await_options(frame)
        if options.count(entry.typed) != 1:
            raise self._no_option(entry, options)
        option = frame.evaluate_handle("text => window.__batchwright.option(text)", entry.typed).as_element()
        if option is None:
            raise self._no_option(entry, options)
        option.click()
        self.rest(frame, 2.0)

    def _await_options(self, frame: Frame) -> list[str]:
        """What is offered, once the page has finished looking."""
        limit = time.monotonic() + max(SUGGESTIONS_S, min(5.0, self._access.timeout_s))
        while time.monotonic() < limit:
            quiet = self.tools("quiet", frame=frame)["quiet"]
            found: list[str] = self.tools("options", frame=frame)
            if found and quiet:
                return found
            self.page.wait_for_timeout(40)
        return []

    def _with_care(self, entries: Sequence[Entry], frame: Frame) -> None:
        """Type once more, one after the other, and look what each brings about: a suggestion is picked, if"
        " it is one."""
        for entry in entries:
            if entry.kind not in ("text", "lookup") or entry.words.kind is FieldKind.LOOKUP:
                continue
            self.tools("leave", frame=frame)
            self.rest(frame, SUGGESTIONS_S)
            open_before = self.tools("options", frame=frame)
            self._handle(entry.words.label, frame).fill(entry.typed)
            self.rest(frame, SUGGESTIONS_S)
            offered = self.tools("options", frame=frame)
            if (offered and offered != open_before) or (offered and open_before):
                self._pick_offered(entry, offered, frame)

    def _pick_offered(self, entry: Entry, offered: list[str], frame: Frame) -> None:
        """A field that was thought of as text and offers something is a look-up."""
        if offered.count(entry.typed) != 1:
            raise BusinessError(
                "FIELD_IS_LOOKUP",
                f"{self._where()}: the field '{entry.words.label}' is a look-up that offers {_some(offered)} and not"
                f" '{entry.typed}'; nothing was sent. Give the exact words of one of them.",
            )
        self._pick(entry, frame)

    def _wrong(self, entries: Sequence[Entry], frame: Frame) -> list[tuple[Entry, dict[str, Any]]]:
        looks = self.tools("fields", [entry.words.label for entry in entries], frame=frame)
        return [
            (entry, look)
            for entry, look in zip(entries, looks, strict=True)
            if entry.kind != "checkbox" and (not look["count"] or not entry.holds(look))
        ]

    def _handle(self, label: str, frame: Frame) -> ElementHandle:
        handle = frame.evaluate_handle("label => window.__batchwright.field(label, null)", label).as_element()
        if handle is None:
            raise self.missing("FIELD_MISSING", f"field '{label}'", True, frame, wanted=label)
        return handle

    def _no_option(self, entry: Entry, options: list[str]) -> BusinessError:
        return BusinessError(
            "OPTION_MISSING",
            f"{self._where()}: the field '{entry.words.label}' ({entry.kind}) offers {_some(options)} and not exactly"
            f" one '{entry.typed}'; nothing was sent.",
        )


def _some(options: Sequence[str]) -> str:
    if not options:
        return "nothing"
    said = ", ".join(f"'{one}'" for one in options[:8])
    return f"{said} and {len(options) - 8} more" if len(options) > 8 else said


def _written(value: str, words: FieldWords, native: bool) -> str:
    """A number as the field wants it written."""
    plain = plain_number(value, f"the value for '{words.label}'", NumberWords())
    if native or words.numbers is None:
        return plain
    return plain.replace(".", words.numbers.decimal)


def _written_day(value: str, words: FieldWords) -> str:
    try:
        day = (
            datetime.fromisoformat(value)
            if "T" in value
            else datetime.combine(date.fromisoformat(value), datetime.min.time())
        )
    except ValueError as error:
        raise BusinessError(
            "VALUE_NO_DAY", f"'{value}' for the field '{words.label}' is no day; give it as in 2026-03-04."
        ) from error
    return day.strftime(words.format)


def _same_number(shown: str, wanted: str, words: NumberWords | None) -> bool:
    try:
        return float(plain_number(shown, "", words)) == float(wanted)
    except (ItemError, ValueError):
        return False
