"""`batchwright validation protocol` and `review`: what a plant shows with its own batches, and once a year."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.commands.validation_machine import ReasonOption, UserOption, tell
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, counted, print_answer
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import clock, open_mes

if TYPE_CHECKING:
    from mes_core.services import Mes


def protocol(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    batches: Annotated[int, typer.Option(min=1, max=5000, help="How many of the newest reviewed batches.")] = 50,
    filled: Annotated[Path | None, typer.Option(help="The sheet that people have filled in.")] = None,
    bots: Annotated[Path | None, typer.Option(help="The sheet with what the bots said, of the same protocol.")] = None,
    criterion: Annotated[float, typer.Option(min=0, max=1, help="Least lower end of kappa's 95 % interval.")] = 0.6,
    user: UserOption = None,
    reason: ReasonOption = "Performance qualification.",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Parallel review by people and bots. Without --filled the protocol and its sheets, with it the outcome."""
    mes, now = open_mes(home_to_serve(main_home(), run)), clock()
    if filled is None:
        number, digest = _write_protocol(mes, out, batches, criterion, now)
        what = counted(number, "batch", "batches")
        told = tell(mes, "performance protocol", digest, "", what, user, reason)
        lines = [f"Protocol {digest[:12]} and sheets for {what}: {out}; {told}."]
        print_answer({"batches": number, "folder": str(out), "sha256": digest}, output, lines)
        return
    if bots is None:
        raise Refused("Give the bots' sheet of the same protocol with --bots.")
    about, digest = _write_outcome(mes, filled, bots, out, criterion, now)
    told = tell(mes, "performance qualification", digest, "", str(about["outcome"]), user, reason)
    print_answer(about, output, [f"{about['said']}: {about['outcome']}; {told}."])
    if about["outcome"] != "met":
        raise typer.Exit(1)


def _write_protocol(mes: "Mes", out: Path, batches: int, criterion: float, now: datetime) -> tuple[int, str]:
    """Write protocol and sheets; returns for how many batches, and the digest that binds them."""
    from batchwright.validation import performance
    from batchwright.validation.protocol_digest import digest_of
    from batchwright.validation.record import pages, write

    reviews = performance.reviews_of(mes, batches)
    if not reviews:
        raise Refused("No batch here has a verdict: let bots review the plant's own batches first.")
    people, said = performance.sheets(reviews, now)
    write(out / "people.xlsx", people)
    write(out / "bots.xlsx", said)
    title = "Performance qualification: protocol"
    write(out / "protocol.pdf", pages(title, now, (), performance.protocol(reviews, criterion)))
    return len(reviews), digest_of(performance.vars_of(one) for one in reviews)


def _write_outcome(
    mes: "Mes", filled: Path, bots: Path, out: Path, criterion: float, now: datetime
) -> tuple[dict[str, Any], str]:
    """Write the outcome of filled sheets; returns what it says, and the hash of its record."""
    from batchwright.validation import performance
    from batchwright.validation.record import document, pages, sha256, write

    found = performance.outcome(filled, bots, performance.records_now(mes))
    if found.protocol not in {one.sha256 for one in mes.qualifications() if one.kind == "performance protocol"}:
        raise Refused(
            f"No protocol {found.protocol[:12]} stands in the audit trail here: name the store that {bots} was made"
            " from with --run."
        )
    one = found.agreed
    # Tables of pairs have no place in JSON: their names are joined.
    table = {f"{pair[0]} / {pair[1]}": number for pair, number in sorted(one.table.items())}
    kappa = "not defined" if one.kappa is None else f"{one.kappa:.3f} [{one.low:.3f}, {one.high:.3f}]"
    about = {
        "outcome": "met" if performance.accepted(found, criterion) else "not met",
        "criterion": criterion,
        "agreement": {**vars(one), "table": table},
        "protocol": found.protocol,
        "corrected": list(found.corrected),
        "said": f"{one.agreed} of {one.pairs} rated alike, kappa {kappa}{_corrected(found.corrected)}",
    }
    kind, sheet = "performance qualification", sha256(filled.read_bytes())
    content = document(kind, "", now, {**about, "sheet": sheet}, found.deviations)
    write(out / "outcome.json", content)
    title = "Performance qualification: outcome"
    write(out / "outcome.pdf", pages(title, now, (), performance.report(found, criterion), sha256(content)))
    return about, sha256(content)


def _corrected(batches: tuple[str, ...]) -> str:
    return f"; records corrected since the protocol: {', '.join(batches)}" if batches else ""


def review(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    begins: Annotated[str, typer.Option("--from", help="First day (2026-01-01).")],
    ends: Annotated[str, typer.Option("--to", help="Day after the last one.")],
    user: UserOption = None,
    reason: ReasonOption = "Periodic review.",
    checkout: Annotated[
        Path | None, typer.Option(help="Folder of the checkout; default: where this program lies.")
    ] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Gather a period for its review. Changes, deviations, incidents, access, backups, drift."""
    from batchwright.validation import periodic
    from batchwright.validation.checkout import find_checkout
    from batchwright.validation.record import document, pages, sha256, write

    first, last = _day(begins, "--from"), _day(ends, "--to")
    if last <= first:
        raise Refused(f"The period from {begins} to {ends} is empty: name the day after the last one.")
    where, now, home = find_checkout(checkout), clock(), home_to_serve(main_home(), run)
    mes = open_mes(home)
    actions, problems = mes.actions_between(first, last), mes.verify_audit()
    told = [one for one in mes.qualifications() if first <= one.told_at < last]
    chapters = periodic.chapters(actions, periodic.commits(where, first, last), mes.due_items(), problems, tuple(told))
    rows = [list(one) for one in periodic.counted(actions)]
    content = document("periodic review", where.commit, now, {"from": begins, "to": ends, "problems": problems}, rows)
    write(out / "review.json", content)
    title = f"Periodic review {begins} to {ends}"
    write(out / "review.pdf", pages(title, now, (), chapters, sha256(content)))
    number = sum(one[2] for one in periodic.counted(actions))
    said = tell(
        mes,
        "periodic review",
        sha256(content),
        where.commit,
        f"{number} entries, {len(problems)} problems",
        user,
        reason,
    )
    print_answer(
        {"entries": number, "problems": problems, "sha256": sha256(content)},
        output,
        [f"{number} entries of the trail: {out / 'review.pdf'}; {said}."],
    )


def _day(said: str, option: str) -> datetime:
    try:
        return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(f"{option} is {said!r}, which is no day: write it as 2026-01-31.") from None
