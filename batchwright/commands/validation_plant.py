"""`batchwright validation protocol` and `review`: what a plant shows with its own batches, and once a year."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from batchwright.commands.validation_machine import ReasonOption, UserOption, tell
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, counted, print_answer
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import clock, open_mes


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
    from batchwright.validation import performance
    from batchwright.validation.record import document, pages, sha256, write

    mes, now = open_mes(home_to_serve(main_home(), run)), clock()
    if filled is None:
        reviews = performance.reviews_of(mes, batches)
        if not reviews:
            raise Refused("No batch here has a verdict: let bots review the plant's own batches first.")
        people, said = performance.sheets(reviews, now)
        write(out / "people.xlsx", people)
        write(out / "bots.xlsx", said)
        write(
            out / "protocol.pdf",
            pages("Performance qualification: protocol", now, (), performance.protocol(reviews, criterion)),
        )
        lines = [f"Protocol and sheets for {counted(len(reviews), 'batch', 'batches')}: {out}"]
        print_answer({"batches": len(reviews), "folder": str(out)}, output, lines)
        return
    if bots is None:
        raise Refused("Give the bots' sheet of the same protocol with --bots.")
    found = performance.outcome(filled, bots)
    good = performance.accepted(found, criterion)
    one = found.agreed
    # Tables of pairs have no place in JSON: their names are joined.
    table = {f"{pair[0]} / {pair[1]}": number for pair, number in sorted(one.table.items())}
    about = {
        "outcome": "met" if good else "not met",
        "criterion": criterion,
        "agreement": {**vars(one), "table": table},
    }
    content = document(
        "performance qualification", "", now, {**about, "sheet": sha256(filled.read_bytes())}, found.deviations
    )
    write(out / "outcome.json", content)
    write(
        out / "outcome.pdf",
        pages("Performance qualification: outcome", now, (), performance.report(found, criterion), sha256(content)),
    )
    told = tell(mes, "performance qualification", sha256(content), "", about["outcome"], user, reason)  # type: ignore[arg-type]
    kappa = "not defined" if one.kappa is None else f"{one.kappa:.3f} [{one.low:.3f}, {one.high:.3f}]"
    lines = [f"{one.agreed} of {one.pairs} rated alike, kappa {kappa}: {about['outcome']}; {told}."]
    print_answer(about, output, lines)
    if not good:
        raise typer.Exit(1)


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
