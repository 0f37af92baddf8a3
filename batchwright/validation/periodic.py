"""The periodic review: what the trail, the queue of what is due and git tell of a period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from batchwright.validation.checkout import git
from batchwright.validation.model import Chapter, Checkout, Row

_SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "changes",
        (
            "approved",
            "proposed",
            "setting changed",
            "master record approved",
            "model registered",
            "model retired",
            "logistics data signed",
            "licence recorded",
        ),
    ),
    ("deviations", ("deviation opened", "deviation closed", "hold opened", "hold lifted", "finding closed")),
    (
        "incidents",
        ("misuse reported", "work item failed", "queues let go on", "clock taken as it is", "store restored"),
    ),
    (
        "access",
        (
            "account made",
            "account changed",
            "account locked",
            "password changed",
            "password reset",
            "sessions ended",
            "name mapped",
        ),
    ),
    ("backups and checkpoints", ("store restored", "checkpoint signed", "qualification told", "qualification signed")),
    ("drift of models", ("drift checked", "drift answered", "model answered", "prediction decided")),
    (
        "records",
        (
            "record stored",
            "record corrected",
            "reviewed",
            "disposition signed",
            "shipment recorded",
            "filing approved",
            "filing withdrawn",
        ),
    ),
)
"""What EU GMP Annex 11 (2011, final), 11 asks to be looked at, and the actions of the trail that tell of it."""


def counted(actions: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str, int, tuple[str, ...]]]:
    """Subject, action, how often, and in which chains; every action of the trail stands in it, the unforeseen last."""
    sums: dict[str, int] = {}
    chains: dict[str, list[str]] = {}
    for chain, found in actions.items():
        for action, number in found.items():
            sums[action] = sums.get(action, 0) + number
            chains.setdefault(action, []).append(chain)
    rows, told = [], set()
    for subject, names in _SUBJECTS:
        for name in names:
            rows.append((subject, name, sums.get(name, 0), tuple(chains.get(name, ()))))
            told.add(name)
    rows += [("others", name, sums[name], tuple(chains[name])) for name in sorted(set(sums) - told)]
    return rows


def commits(checkout: Checkout, begins: datetime, ends: datetime) -> list[tuple[str, str, str]]:
    """Commits of the period: hash, day, first line.

    Raises:
        Refused: git refuses.
    """
    said = git(
        checkout.root, "log", f"--since={begins.isoformat()}", f"--until={ends.isoformat()}", "--format=%h%x09%cs%x09%s"
    )
    found = [tuple(line.split("\t", 2)) for line in said.splitlines()]
    return [(one[0], one[1], one[2]) for one in found if len(one) == 3]


def chapters(
    actions: Mapping[str, Mapping[str, int]],
    changes: list[tuple[str, str, str]],
    due: tuple[Any, ...],
    problems: list[str],
    qualified: tuple[Any, ...],
) -> tuple[Chapter, ...]:
    """The review, subject by subject."""
    page = ("file:docs/validation.md",)
    rows = [
        Row((subject, action, str(number), ", ".join(chains)), page)
        for subject, action, number, chains in counted(actions)
    ]
    state = [Row((one, "to be explained"), page) for one in problems] or [
        Row(("The audit trail is whole.", "nothing to explain"), page)
    ]
    state += [
        Row((f"{one.kind.value}: {one.outcome} ({one.sha256[:12]})", f"{one.told_at:%Y-%m-%d}, {one.told_by}"), page)
        for one in qualified
    ]
    state.append(Row(("Backups leave no entry where they are made: add the plant's own log of them.", "by hand"), page))
    open_now = [Row((str(one.kind.value), one.batch_id, str(one.due_at)), page) for one in due]
    told = [Row(one, page) for one in changes]
    says = (
        "Counts are those of the audit trail. A procedure of the plant says what is looked at closer, and by whom.",
    )
    return (
        Chapter(
            "trail",
            "What the period held",
            says,
            ("Subject", "Action", "How often", "Chain"),
            (18, 30, 10, 42),
            tuple(rows),
        ),
        Chapter("state", "State of the trail, and qualification", (), ("What", "Outcome"), (70, 30), tuple(state)),
        Chapter("due", "What is open now", (), ("Kind", "Batch", "Due"), (40, 30, 30), tuple(open_now)),
        Chapter("commits", "Changes of the software", (), ("Commit", "Day", "What"), (12, 12, 76), tuple(told)),
    )
