"""`batchwright validation install` and `run`: is this machine as it has to be, and does the program work on it?"""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer, working
from batchwright.support.settings import environment, main_home, store_address
from batchwright.support.wiring import clock, open_mes, who_runs_this
from batchwright.validation.checkout import find_checkout

if TYPE_CHECKING:
    from batchwright.validation.installation import Check
    from batchwright.validation.model import Checkout
    from mes_core.services import Mes

UserOption = Annotated[
    str | None, typer.Option(help="Who signs: quality assurance or a qualified person; else unsigned.")
]
ReasonOption = Annotated[str, typer.Option(help="Why it is signed, in the words of the person.")]


def install(
    out: Annotated[Path, typer.Option(help="Folder to write into.")],
    plant: Annotated[Path | None, typer.Option(help="The plant's entries; see docs/validation-plant.yaml.")] = None,
    user: UserOption = None,
    reason: ReasonOption = "Installation qualification.",
    checkout: Annotated[
        Path | None, typer.Option(help="Folder of the checkout; default: where this program lies.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare this machine with commit and lock. Packages, browser, database, settings, time, rights; exit 0 or 1."""
    from batchwright.validation.model import Chapter, Row
    from batchwright.validation.record import document, pages, sha256, write

    where, now = find_checkout(checkout), clock()
    # Opening a store brings its tables up to date, so it is asked before.
    database = _database()
    mes = open_mes(main_home().make())
    checks = [*_checked(where, plant, now), *database, *_of_store(mes)]
    wrong = [one for one in checks if one.outcome == "not met"]
    outcome = "met" if not wrong else f"{len(wrong)} of {len(checks)} not met"
    content = document("installation qualification", where.commit, now, {"outcome": outcome}, checks)
    rows = tuple(Row((one.what, one.expected, one.found, one.outcome), ("file:docs/validation.md",)) for one in checks)
    heads = ("What", "Expected", "Found", "Outcome")
    chapter = Chapter(
        "installation", "Installation qualification", (f"Commit {where.commit}.",), heads, (24, 24, 40, 12), rows
    )
    write(out / "installation.json", content)
    write(out / "installation.pdf", pages("Installation qualification", now, (), (chapter,), sha256(content)))
    told = tell(mes, "installation qualification", sha256(content), where.commit, outcome, user, reason)
    lines = [f"{one.what}: {one.found} (expected: {one.expected})" for one in wrong]
    lines.append(f"Installation: {outcome}; {told}.")
    print_answer(
        {"outcome": outcome, "checks": [vars(one) for one in checks], "sha256": sha256(content)}, output, lines
    )
    if wrong:
        raise typer.Exit(1)


def _database() -> "list[Check]":
    from batchwright.validation import installation
    from mes_core.domain.errors import DomainError
    from mes_core.storage.standing import standing

    address = store_address(main_home())
    try:
        stands = standing(address)
    except DomainError as error:
        raise Refused(str(error)) from None
    if stands is not None and not stands.known:
        raise Refused(
            f"The store's tables stand at {stands.revision}, which this program does not know (it needs"
            f" {stands.expected}): install the version that made them."
        )
    return installation.database(stands)


def _checked(where: "Checkout", plant: Path | None, now: datetime) -> "list[Check]":
    from batchwright.validation import installation
    from batchwright.validation.licences import read_lock
    from batchwright.validation.plant import TEMPLATE, read_plant
    from batchwright.validation.sbom import lock_of

    home, locked = main_home(), read_lock(lock_of(where.root))
    address = store_address(home)
    file = address if isinstance(address, Path) else None
    # An address of PostgreSQL holds a password.
    shown = str(address) if file else str(address).rpartition("@")[2]
    zone, rules = os.environ.get("BATCHWRIGHT_TIMEZONE", ""), os.environ.get("BATCHWRIGHT_RULES", "")
    return [
        *installation.interpreter(),
        *installation.sources(where),
        *installation.packages(locked),
        *installation.outside(locked),
        *installation.browser(),
        *installation.settings(environment(), zone, shown, rules),
        *installation.time_source(read_plant(plant or where.root / TEMPLATE), now),
        *installation.rights(home.folder, file),
    ]


def _of_store(mes: "Mes") -> "list[Check]":
    from batchwright.validation.installation import met

    problems = mes.verify_audit()
    said = problems[0] if problems else "whole, with all guards; every row is as the trail says"
    return [met("store and audit trail", "whole", said, right=not problems)]


def run(
    evidence: Annotated[Path, typer.Option(help="Folder for the evidence; it is emptied.")],
    only: Annotated[
        list[str] | None, typer.Option(help="acceptance, rules, mutation, gate or backup; default: all.")
    ] = None,
    drill: Annotated[bool, typer.Option(help="Back the main store up, restore it aside and compare it.")] = True,
    user: UserOption = None,
    reason: ReasonOption = "Operational qualification.",
    checkout: Annotated[
        Path | None, typer.Option(help="Folder of the checkout; default: where this program lies.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the functions on this machine. Tests and drills, sealed as a capsule that the audit trail names."""
    from batchwright.validation import operation

    where, home = find_checkout(checkout), main_home().make()
    steps = operation.chosen(only)
    with working("Running tests and drills, some for many minutes"):
        done = operation.run_steps(where, evidence, steps, clock)
    mes = open_mes(home)
    drilled: dict[str, Any] = operation.backup_drill(store_address(home), evidence, clock()) if drill else {}
    failed = operation.failures(evidence, done, drilled)
    capsule, digest = operation.seal_capsule(where, evidence, done, failed, clock)
    outcome = operation.outcome_of(evidence, done, failed)
    told = tell(mes, "operational qualification", digest, where.commit, outcome, user, reason)
    lines = [
        f"{one.name}: {'passed' if not one.code else f'FAILED with code {one.code}'} in {one.seconds:.0f} s"
        for one in done
    ]
    lines += [f"drill: {drilled['rows']} rows, {drilled['differing']} differ"] if drilled else []
    lines += [f"{name}: {said}" for name, said in operation.left_out(evidence, done).items()]
    lines.append(f"Capsule {capsule} ({digest[:12]}); {told}.")
    said = {"outcome": outcome, "steps": [vars(one) for one in done], "capsule": str(capsule), "sha256": digest}
    print_answer({**said, "drill": drilled or None}, output, lines)
    if failed:
        raise typer.Exit(1)


def tell(mes: "Mes", kind: str, digest: str, commit: str, outcome: str, user: str | None, reason: str) -> str:
    """Tell the audit trail of a record, signed where somebody signs; says so in words.

    Raises:
        Refused: the person may not sign, or the password is wrong.
    """
    from mes_core.domain.errors import DomainError
    from mes_core.messages.qualification import Qualification, SignQualification

    outcome = outcome[:200]
    if user is None:
        mes.tell_qualification(Qualification(kind), digest, commit, outcome, who_runs_this())
        return "the audit trail holds its hash, unsigned"
    from batchwright.commands.rules_approve import ask_password

    password = ask_password(user)
    said = {"kind": kind, "sha256": digest, "commit": commit, "outcome": outcome, "reason": reason}
    try:
        person = mes.authenticate(mes.login(user, password).token)
        signed = SignQualification.model_validate({**said, "password": password, "user_name": user})
        mes.sign_qualification(signed, person)
    except DomainError as error:
        raise Refused(str(error)) from None
    return f"the audit trail holds its hash, signed by {user}"
