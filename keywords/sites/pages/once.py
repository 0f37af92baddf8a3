"""What a list shows under our key, by two ways of looking: numbers, states, and whether the row is what was sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from keywords.failures import BusinessError
from keywords.sites.pages.cells import loose
from keywords.sites.pages.channels import PageChannels
from keywords.sites.pages.fields import Entry
from keywords.sites.ports import ReadBack
from keywords.sites.values import as_shown
from keywords.sites.words.forms import OnceWords
from keywords.sites.words.lists import ChannelWords, ListWords, StateWords

UNDONE = re.compile(
    r"\b(draft|void(ed)?|cancel(l?ed|ing)?|reject(ed)?|withdrawn|deleted|declined|failed|error|expired|new version"
    r"|pending|queued|processing|submitting|in progress|in approval|to approve|waiting|unconfirmed"
    r"|entwurf|storniert|abgelehnt|gelöscht|fehlerhaft|in bearbeitung|ausstehend|wartend)\b",
    re.IGNORECASE,
)
"""Words by which sites say that a row does not stand (yet). Where the locators don't say what states mean, such a row
is for a person; every other state is looked at once more after the settling time."""
_STATE_NAMES = re.compile(r"^(status|state|zustand|stand)$", re.IGNORECASE)


class PageOnce(PageChannels):
    """Finds what was sent."""

    _sent_values: Mapping[str, tuple[str, ...]] = {}

    def read_back(self, name: str, key: str, value: str, reference: str, once: OnceWords | None = None) -> ReadBack:
        """What a list shows under our key, by page and by the second channel.

        Args:
            name: Our name of the list.
            key: Our name of the column (and of the filter) that carries our key.
            value: Our key.
            reference: Our name of the column with the site's own number.
            once: What the locators say of states, numbers and the second channel.
        """
        words = self.locators.lists[name]
        self.open_list(name, **{key: value})
        first = self.read_page(words)
        rows, why = self._every_page(words, first)
        self.unless_filtered_wrongly(words, rows, {key: value})
        ours = self.equal_rows(words, rows, {key: value})
        channel = once.channel if once else ChannelWords()
        needed = (key, reference)
        second = self.second_channel(words, channel, first, key, value, needed)
        self.unless_held_back()
        theirs = [row for row in second.rows if _same(row[key], value, words, key)]
        return self._judged(words, once, ours, theirs, reference, not why, second.strength)

    def by_receipt(self, number: str) -> ReadBack:
        """What is known of a form that shows nowhere afterwards: the number of its receipt, empty where there is none.

        Raises:
            BusinessError: The plant's settings don't allow effects of which there is no more.
        """
        if not self._access.receipt_only:
            raise BusinessError(
                "RECEIPT_ONLY",
                f"{self.locators.product} shows what was sent on its receipt only, and the settings don't allow that:"
                " give 'once' a list in the locators, or 'receipt_only: true' in the settings.",
            )
        shown = (number,) if number else ()
        return ReadBack(on_page=shown, in_export=shown, channels="its receipt alone", blind=not number)

    def by_export(self, words: ListWords, once: OnceWords, export: ChannelWords, value: str, opened: str) -> ReadBack:
        """What an export shows under our key, where a site has no other way of showing it.

        Args:
            words: What the export's columns are.
            once: What the locators say of states and numbers.
            export: Where it is.
            value: Our key.
            opened: A page that is opened first, so that the account is logged in.

        Raises:
            BusinessError: The plant's settings don't allow effects that show in one way only.
        """
        if not self._access.one_channel:
            raise BusinessError(
                "ONE_CHANNEL",
                f"{self.locators.product} shows form '{words.caption}' in an export only, and the settings don't"
                " allow that: give 'once' a list in the locators, or 'one_channel: true' in the settings.",
            )
        self.go(opened)
        rows = self.exported(words, export, value, list(words.columns))
        self.unless_held_back()
        ours = self.equal_rows(words, rows, {once.key: value})
        found = self._judged(words, once, ours, ours, once.number, True, "export alone")
        return replace(found, may_hide=True)

    def remember_sent(self, values: Mapping[str, str], entries: Sequence[Entry]) -> None:
        """Keep what was sent, to compare it with the row that comes of it; a choice may show its value or its words."""
        shown = {entry.value: entry.typed for entry in entries}
        self._sent_values = {key: (value, shown.get(value, value)) for key, value in values.items()}

    def differences(
        self, words: ListWords, row: Mapping[str, str], sent: Mapping[str, Sequence[str]], once: OnceWords | None
    ) -> tuple[str, ...]:
        """Where a row shows something else than was sent, in words."""
        names = once.compare if once and once.compare is not None else tuple(sent)
        left_out = set(once.not_compared) if once else set()
        found = []
        for key in names:
            if key in left_out or key not in words.columns or key not in sent or key not in row:
                continue
            if not any(_alike(row[key], one, words, key) for one in sent[key]):
                header = words.columns[key].header
                found.append(f"{header} is '{row[key]}' where '{sent[key][0]}' was sent")
        return tuple(found)

    def _judged(
        self,
        words: ListWords,
        once: OnceWords | None,
        ours: list[dict[str, str]],
        theirs: list[dict[str, str]],
        reference: str,
        complete: bool,
        strength: str,
    ) -> ReadBack:
        """The rows under our key, by what their states and numbers say of them."""
        state = (once.state if once else None) or words.state
        pattern = once.number_pattern if once else ""
        void = [row for row in ours if state and row[state.column] in state.void]
        standing = [row for row in ours if row not in void]
        still_open = [row for row in standing if state and row[state.column] in state.open]
        still_open += [row for row in standing if row not in still_open and not _is_number(row[reference], pattern)]
        gone = {row[reference] for row in void}
        exported = [as_shown(row[reference], "number") for row in theirs]
        return ReadBack(
            on_page=tuple(row[reference] for row in standing),
            in_export=tuple(one for one in exported if one not in gone),
            complete=complete,
            first=standing[0] if standing else {},
            open=tuple(_named(row, state, reference) for row in still_open),
            void=tuple(_named(row, state, reference) for row in void),
            unclear=self._unclear(words, state, standing),
            differs=self.differences(words, standing[0], self._sent_values, once) if standing else (),
            poll_s=state.poll_s if state else self.locators.settle_s,
            channels=strength,
            unexplained=bool(standing) and state is None and _state_column(words) is not None,
        )

    def _unclear(self, words: ListWords, state: StateWords | None, rows: list[dict[str, str]]) -> str:
        """Why the state of a row can't be judged; empty where it can."""
        column = state.column if state else _state_column(words)
        for row in rows if column else ():
            shown = row[str(column)]
            known = shown in (*state.done, *state.open) if state else not UNDONE.search(shown)
            if not known:
                return f"it shows the state '{shown}', and the locators don't say what that means ('state' of the list)"
        return ""


def _state_column(words: ListWords) -> str | None:
    """The column that shows what becomes of a row, where nobody named it."""
    named = [
        key for key, column in words.columns.items() if _STATE_NAMES.match(key) or _STATE_NAMES.match(column.header)
    ]
    return named[0] if len(named) == 1 else None


def _is_number(text: str, pattern: str) -> bool:
    return bool(re.fullmatch(pattern, text) if pattern else re.search(r"\d", text))


def _named(row: Mapping[str, str], state: StateWords | None, reference: str) -> str:
    return f"{row[reference] or 'a row without a number'} ({row[state.column] if state else 'no number yet'})"


def _same(cell: str, value: str, words: ListWords, key: str) -> bool:
    column = words.columns[key]
    return loose(as_shown(cell, key), column) == loose(value, column)


def _alike(shown: str, sent: str, words: ListWords, key: str) -> bool:
    """Whether a cell shows what was sent, also where one of them is a number written otherwise."""
    if _same(shown, sent, words, key) or " ".join(shown.split()) == " ".join(sent.split()):
        return True
    try:
        return float(shown) == float(sent)
    except ValueError:
        return False
