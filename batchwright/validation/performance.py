"""Performance qualification: sheets for parallel review by people and bots over a plant's batches, and the outcome.

The sheet is filled by people who have not seen what the bot said: the bot's columns stand on a second sheet, which is
put aside until the first is filled and signed. Both come together again by the batch, as sheets of one protocol alone
(see `protocol_digest`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from batchwright.support.errors import Refused
from batchwright.validation.agreement import FEW, Agreement, agreement, median, share
from batchwright.validation.model import Chapter, Row
from batchwright.validation.protocol_digest import COLUMN, digest_of, need_bound
from mes_core.exchange.xlsx import fill_sheet, steady

VERDICTS = ("READY", "HOLD", "REJECT_PROPOSED", "UNDECIDED")
PEOPLE = (
    "batch",
    "person",
    "verdict",
    "findings",
    "minutes",
    "known_errors",
    "errors_found",
    "deviation",
    "deviation_signed_by",
    COLUMN,
)
BOTS = ("batch", "verdict", "findings", "minutes", "errors_found", "record_hash", "rule_set", COLUMN)
_PAGE = ("file:docs/validation.md",)


@dataclass(frozen=True)
class BotReview:
    """What a bot concluded about a batch."""

    batch: str
    verdict: str
    findings: int
    minutes: float | None
    record_hash: str
    rule_set: str


@dataclass(frozen=True)
class Outcome:
    """What the filled sheet shows.

    Attributes:
        agreed: Agreement of people with bots.
        people_minutes, bots_minutes: Medians; None where nobody wrote them down.
        known: Errors that the plant knows of in these batches.
        people_found, bots_found: How many of them each found.
        deviations: Deviations from the protocol: batch, what, signed by.
        missing: Batches without a person's verdict.
        protocol: Digest of the protocol that both sheets belong to.
        corrected: Batches whose record is another one by now: people and bots may have read different ones.
    """

    agreed: Agreement
    people_minutes: float | None
    bots_minutes: float | None
    known: int
    people_found: int
    bots_found: int
    deviations: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    protocol: str = ""
    corrected: tuple[str, ...] = ()


def reviews_of(mes: Any, most: int) -> list[BotReview]:
    """The bots' reviews of the plant's batches made last, the newest first, as far as there are verdicts."""
    found: list[BotReview] = []
    offset = 0
    while len(found) < most:
        page = mes.list_batches(limit=100, offset=offset)
        for batch in page.items:
            verdicts = [one for one in mes.verdicts(batch.batch_id) if one.current]
            if verdicts and len(found) < most:
                found.append(_review(mes, batch.batch_id, verdicts[0]))
        offset += 100
        if offset >= page.total:
            return found
    return found


def records_now(mes: Any) -> dict[str, str]:
    """Hash of each batch's record as the store holds it."""
    found: dict[str, str] = {}
    while True:
        page = mes.list_batches(limit=100, offset=len(found))
        found |= {one.batch_id: one.record_hash for one in page.items}
        if not page.items or len(found) >= page.total:
            return found


def _review(mes: Any, batch_id: str, verdict: Any) -> BotReview:
    items = [one for one in mes.work_items(batch_id=batch_id) if one.job == "batch_record_review" and one.finished_at]
    minutes = [(one.finished_at - one.created_at).total_seconds() / 60 for one in items]
    rules = f"{verdict.verdict.rule_set} {verdict.verdict.rule_set_version}"
    spent = round(minutes[-1], 2) if minutes else None
    said = str(verdict.verdict.verdict.value)
    return BotReview(batch_id, said, len(verdict.findings), spent, verdict.record_hash, rules)


def vars_of(one: BotReview) -> dict[str, Any]:
    """A review by the names of its columns."""
    return dict(vars(one))


def sheets(reviews: Sequence[BotReview], made_at: datetime) -> tuple[bytes, bytes]:
    """The sheet that people fill, and the one with what the bots said; both name the protocol in every line."""
    digest = digest_of(vars_of(one) for one in reviews)
    blank = [(one.batch, *("" for _ in PEOPLE[2:]), digest) for one in reviews]
    lines = [{**vars_of(one), "errors_found": "", COLUMN: digest} for one in reviews]
    said = [tuple(line[name] for name in BOTS) for line in lines]
    return _book("people", PEOPLE, blank, made_at), _book("bots", BOTS, said, made_at)


def _book(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], made_at: datetime) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    fill_sheet(sheet, heads, rows)
    sheet.freeze_panes = "B2"
    return steady(book, made_at)


def outcome(people: Path, bots: Path, records: Mapping[str, str] | None = None) -> Outcome:
    """What the filled sheets show.

    Args:
        people: the sheet that people filled.
        bots: the one with what the bots said.
        records: hash of each batch's record as it is now; None where no store is at hand.

    Raises:
        Refused: A sheet can't be read, lacks a column, is not that of the protocol, or holds what can't stand there.
    """
    filled, lines = _rows(people, PEOPLE), _rows(bots, BOTS)
    protocol = need_bound(people, filled, bots, lines)
    said = {row["batch"]: row for row in lines}
    unknown = sorted({row["batch"] for row in filled} - set(said))
    if unknown:
        raise Refused(f"{people} holds batch {unknown[0]!r}, which {bots} does not: give both sheets of one protocol.")
    rated = _rated(people, filled)
    pairs = [(row["verdict"].upper(), said[row["batch"]]["verdict"].upper()) for row in rated]
    known = sum(_count(row, "known_errors", people) for row in rated)
    by_people = sum(_count(row, "errors_found", people) for row in rated)
    by_bots = sum(_count(said[row["batch"]], "errors_found", bots) for row in rated)
    if max(by_people, by_bots) > known:
        raise Refused(f"{people}: more errors were found than are known; write down every known one.")
    return Outcome(
        agreement(pairs),
        median(_numbers(rated, people)),
        median(_numbers([said[row["batch"]] for row in rated], bots)),
        known,
        by_people,
        by_bots,
        tuple((row["batch"], row["deviation"], row["deviation_signed_by"]) for row in filled if row["deviation"]),
        tuple(sorted(set(said) - {row["batch"] for row in rated})),
        protocol,
        tuple(
            name for name, row in sorted(said.items()) if (records or {}).get(name) not in (None, row["record_hash"])
        ),
    )


def _rated(people: Path, filled: list[dict[str, str]]) -> list[dict[str, str]]:
    """The lines in which a person gave a verdict; every deviation has to be signed."""
    rated = [row for row in filled if row["verdict"]]
    for row in rated:
        if row["verdict"].upper() not in VERDICTS:
            raise Refused(
                f"{people}: the verdict {row['verdict']!r} on {row['batch']} is none of {', '.join(VERDICTS)}."
            )
    if not rated:
        raise Refused(f"{people} holds no verdict of a person: fill the sheet first.")
    unsigned = [row["batch"] for row in filled if row["deviation"] and not row["deviation_signed_by"]]
    if unsigned:
        raise Refused(
            f"{people}: the deviation at {unsigned[0]} is signed by nobody: a protocol's deviations are signed."
        )
    return rated


def _rows(path: Path, heads: Sequence[str]) -> list[dict[str, str]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"{path} can't be read as a workbook ({error}): give the sheet of the protocol.") from None
    lines = [
        ["" if cell is None else str(cell).strip() for cell in row]
        for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    book.close()
    if not lines or tuple(lines[0][: len(heads)]) != tuple(heads):
        raise Refused(f"{path} does not begin with the columns {', '.join(heads)}: give the sheet of the protocol.")
    found = [dict(zip(heads, line, strict=False)) for line in lines[1:] if any(line)]
    names = [row["batch"] for row in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"{path} holds batch {twice[0]!r} twice: each is reviewed once.")
    return found


def _count(row: dict[str, str], name: str, path: Path) -> int:
    said = row[name] or "0"
    if not said.isdigit():
        raise Refused(f"{path}: {name} of {row['batch']} is {said!r}, which is no number of errors.")
    return int(said)


def _numbers(rows: Sequence[dict[str, str]], path: Path) -> list[float]:
    found = []
    for row in rows:
        if row["minutes"]:
            try:
                found.append(float(row["minutes"]))
            except ValueError:
                raise Refused(
                    f"{path}: minutes of {row['batch']} are {row['minutes']!r}, which is no number."
                ) from None
    return found


def protocol(reviews: Sequence[BotReview], criterion: float) -> tuple[Chapter, ...]:
    """The protocol before it is carried out."""
    steps = (
        (
            "Batches",
            f"{len(reviews)} of the plant's own, the newest with a verdict; they stand below.",
            "process owner",
        ),
        (
            "Blinding",
            "People fill their sheet without having seen what the bot said; the bots' sheet is put aside.",
            "quality unit",
        ),
        (
            "Known errors",
            "Somebody who reviews none of them writes down every error that is known in each batch.",
            "process owner",
        ),
        (
            "Times",
            "Minutes from opening the record to the verdict, for people; from the item to its end, for bots.",
            "reviewers",
        ),
        (
            "Acceptance",
            f"Lower end of kappa's 95 % interval at least {criterion:g}; bots find no fewer known errors than people.",
            "quality unit",
        ),
        (
            "Deviations",
            "Each deviation from this protocol is written down and signed; one that nobody signed is refused.",
            "quality unit",
        ),
    )
    digest = digest_of(vars_of(one) for one in reviews)
    bound = f"Digest of this protocol: {digest}. Both sheets and the audit trail name it."
    rows = tuple(Row(one, _PAGE) for one in steps)
    batches = tuple(Row((one.batch, one.record_hash, one.rule_set), _PAGE) for one in reviews)
    return (
        Chapter(
            "protocol",
            "Performance qualification: protocol",
            (bound,),
            ("Step", "What is done", "Whose"),
            (16, 66, 18),
            rows,
        ),
        Chapter("batches", "Batches", (), ("Batch", "Record (SHA-256)", "Rules"), (20, 56, 24), batches),
    )


def report(found: Outcome, criterion: float) -> tuple[Chapter, ...]:
    """The outcome, figure by figure, against the criteria."""
    rows = [
        *_agreement(found.agreed, criterion),
        *_detection(found),
        ("Median minutes of people and bots", f"{_shown(found.people_minutes)} and {_shown(found.bots_minutes)}", ""),
        ("Batches without a person's verdict", ", ".join(found.missing) or "none", "none"),
        ("Records corrected since the protocol", ", ".join(found.corrected) or "none", "none without a deviation"),
        ("Protocol", found.protocol, "that of both sheets and of the audit trail"),
        *(
            (f"Deviation from the protocol at {batch}", what, f"signed by {who}")
            for batch, what, who in found.deviations
        ),
    ]
    lines = tuple(Row(row, _PAGE) for row in rows)
    heads = ("What", "Found", "Criterion")
    return (Chapter("outcome", "Performance qualification: outcome", (), heads, (34, 40, 26), lines),)


def _agreement(one: Agreement, criterion: float) -> list[tuple[str, str, str]]:
    enough = one.low is not None and one.low >= criterion and not one.few
    kappa = "not defined: both said the same of every batch"
    if one.kappa is not None:
        kappa = f"{one.kappa:.3f} [{one.low:.3f}, {one.high:.3f}]"
    few = f", fewer than {FEW}: the interval is too narrow" if one.few else ""
    return [
        ("Batches that both rated", f"{one.pairs}{few}", f"at least {FEW}"),
        ("Rated alike", f"{one.agreed} of {one.pairs}", ""),
        ("Cohen's kappa, 95 % interval", kappa, f"lower end at least {criterion:g}: {'met' if enough else 'not met'}"),
        *(
            (f"Rated {pair[0]} by people, {pair[1]} by bots", str(times), "")
            for pair, times in sorted(one.table.items())
        ),
    ]


def _detection(found: Outcome) -> list[tuple[str, str, str]]:
    def said(hits: int) -> str:
        _, low, high = share(hits, found.known)
        return f"{hits} of {found.known} [{low:.3f}, {high:.3f}]"

    fine = "met" if found.known and found.bots_found >= found.people_found else "not met"
    return [
        ("Known errors that bots found", said(found.bots_found), f"no fewer than people: {fine}"),
        ("Known errors that people found", said(found.people_found), ""),
    ]


def accepted(found: Outcome, criterion: float) -> bool:
    """Whether every criterion is met."""
    one = found.agreed
    return (
        one.low is not None
        and one.low >= criterion
        and not one.few
        and not found.missing
        and set(found.corrected) <= {batch for batch, _, _ in found.deviations}
        and found.known > 0
        and found.bots_found >= found.people_found
    )


def _shown(minutes: float | None) -> str:
    return "not written down" if minutes is None else f"{minutes:g}"
