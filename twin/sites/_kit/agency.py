"""What a pretend authority does with what was sent: looks at it after a while, accepts or rejects it, or loses it."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import lxml.etree as etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from starlette.types import ASGIApp, Receive, Scope, Send

from twin.sites._kit.forms import Upload
from twin.sites._kit.store import Row, Store

FORMS = (
    "Biological product deviation report",
    "Lot distribution report",
    "Annual report",
    "Periodic safety report",
    "Defect notice",
    "Out-of-specification notice",
    "Defective medicine report",
    "Recall file",
    "Recall status report",
    "Withdrawal of a report",
    "Safety issue notice",
    "Supply interruption notice",
    "Quality defect notice",
)
"""Forms that the portals take."""
ACCEPTED, REJECTED = "Accepted", "Rejected"
_PENDING = frozenset({"Received", "Processing"})


@dataclass(frozen=True)
class Policy:
    """How an authority behaves.

    Attributes:
        looks_after: how long it takes until it has looked at what came.
        rejects: words by which it rejects the first submission of a form, by form.
        turns: words by which it rejects later what it had accepted, by form, and after how long.
        loses: outages; what came in one is gone when it ends.
        closed: announced windows in which nothing is taken.
    """

    looks_after: timedelta = timedelta(0)
    rejects: Mapping[str, str] = field(default_factory=dict)
    turns: Mapping[str, tuple[timedelta, str]] = field(default_factory=dict)
    loses: tuple[tuple[datetime, datetime], ...] = ()
    closed: tuple[tuple[datetime, datetime], ...] = ()

    def judge(self, store: Store, now: datetime) -> None:
        """Bring the submissions to where they stand at a time."""
        seen: set[str] = set()
        for row in store.find("submissions"):
            received_at = _time(row["received_at"])
            if received_at is None:
                continue
            if any(begin <= received_at < end <= now for begin, end in self.loses):
                store.remove("submissions", row["seq"])
                continue
            first = row["form"] not in seen
            seen.add(row["form"])
            status, reasons = self._outcome(row, received_at, now, first=first)
            if (status, reasons) != (row["status"], row["reasons"]):
                store.change("submissions", row["seq"], {"status": status, "reasons": reasons})

    def _outcome(self, row: Row, received_at: datetime, now: datetime, *, first: bool) -> tuple[str, str]:
        if row["status"] in _PENDING and now < received_at + self.looks_after:
            return row["status"], ""
        if row["status"] not in (*_PENDING, ACCEPTED):
            return row["status"], row["reasons"]
        if row["problem"]:
            return REJECTED, row["problem"]
        if first and row["form"] in self.rejects:
            return REJECTED, self.rejects[row["form"]]
        if first and row["form"] in self.turns:
            after, words = self.turns[row["form"]]
            if now >= received_at + after:
                return REJECTED, words
        return ACCEPTED, ""

    def is_closed(self, now: datetime) -> bool:
        """Whether an announced window is open in which nothing is taken."""
        return any(begin <= now < end for begin, end in self.closed)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def problem_of(document: Upload) -> str:
    """What an authority finds missing in a document when it looks: the first required field that is empty, or ''."""
    if document.name.lower().endswith(".xml"):
        try:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            root = etree.fromstring(document.content, parser)
        except (etree.XMLSyntaxError, ValueError):
            return "The file is no well-formed XML."
        return "" if str(root.tag).endswith("}document") else "The file is no product labeling document."
    try:
        sheet = load_workbook(io.BytesIO(document.content), read_only=True)["Form"]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        return "The workbook has no sheet 'Form'."
    for row in sheet.iter_rows(min_row=2, values_only=True):
        label, value, required = (*row, None, None, None)[:3]
        if required == "yes" and not str(value or "").strip():
            return f"{label}: the field is required and is empty."
    return ""


class Judging:
    """Lets the policy act before each request, so that pages and exports agree on where a submission stands."""

    def __init__(self, app: ASGIApp, *, policy: Policy, store: Store, clock: Callable[[], datetime]) -> None:
        """Wrap an application."""
        self._app, self._policy, self._store, self._clock = app, policy, store, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge, then answer."""
        if scope["type"] == "http":
            self._policy.judge(self._store, self._clock())
        await self._app(scope, receive, send)
