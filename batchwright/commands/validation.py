"""`batchwright validation`: the pack of a commit, its check, and what a change reaches."""

import json
import time
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from batchwright.commands.validation_drill import backup_drill
from batchwright.commands.validation_machine import install, run
from batchwright.commands.validation_plant import protocol, review
from batchwright.commands.validation_sites import site_checks
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, counted, print_answer, working
from batchwright.support.wiring import clock
from batchwright.validation.checkout import find_checkout

validation_app = typer.Typer()
validation_app.command()(install)
validation_app.command("run")(run)
validation_app.command("site-checks")(site_checks)
validation_app.command("backup-drill")(backup_drill)
validation_app.command()(protocol)
validation_app.command()(review)
CheckoutOption = Annotated[Path | None, typer.Option(help="Folder of the checkout; default: where this program lies.")]
EvidenceOption = Annotated[Path, typer.Option(help="Folder with the evidence of a run.")]
OutOption = Annotated[Path, typer.Option(help="Folder to write into.")]
PlantOption = Annotated[Path | None, typer.Option(help="The plant's entries; see docs/validation-plant.yaml.")]


@validation_app.callback()
def _validation() -> None:
    """What a plant signs. Requirements, risks, tests and evidence of this commit."""


@validation_app.command()
def pack(
    out: OutOption,
    evidence: EvidenceOption = Path(".batchwright/validation-evidence"),
    plant: PlantOption = None,
    checkout: CheckoutOption = None,
    ask: Annotated[bool, typer.Option(help="Ask pip-audit for known holes, where it is installed.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write the pack of this commit. PDF to sign, JSON, workbook, bill of materials; exit code 1 with open points."""
    from batchwright.validation.pack import LOCK, make_pack
    from batchwright.validation.pack_files import pack_files
    from batchwright.validation.record import write
    from batchwright.validation.vulnerabilities import asked_answer

    begun = time.monotonic()
    where = find_checkout(checkout)
    answer = asked_answer(where.root / LOCK, clock().astimezone(UTC).date()) if ask else None
    with working("Joining requirements, risks, tests and results"):
        made = make_pack(where, evidence, plant, answer)
        files = pack_files(made)
    for name, content in files.items():
        write(out / name, content)
    facts, number = made.facts, len(made.problems)
    lines = [f"{one.says}" for one in made.problems]
    lines.append(
        f"{facts['shown']} of {facts['requirements']} requirements are shown by this run, {facts['in_part']} in part;"
        f" {counted(number, 'open point')}; made in {time.monotonic() - begun:.0f} s: {out / 'validation-pack.pdf'}"
    )
    problems = [vars(one) for one in made.problems]
    print_answer({"files": sorted(files), "facts": facts, "problems": problems}, output, lines)
    if number:
        raise typer.Exit(1)


@validation_app.command()
def check(checkout: CheckoutOption = None, output: FormatOption = Format.TEXT) -> None:
    """Look for gaps before tests run. Exit code 1 when there is one."""
    from batchwright.validation.pack import check_sources

    found = check_sources(find_checkout(checkout).root)
    lines = [one.says for one in found] or [
        "Every requirement has a risk, a specification and tests; no test stands alone."
    ]
    print_answer({"problems": [vars(one) for one in found]}, output, lines)
    if found:
        raise typer.Exit(1)


@validation_app.command()
def begin(
    evidence: EvidenceOption = Path(".batchwright/validation-evidence"),
    checkout: CheckoutOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Begin a run. The folder of evidence is emptied, and says which commit is tested."""
    from batchwright.validation.run_record import begin as begin_run

    path = begin_run(evidence, find_checkout(checkout), clock())
    print_answer({"file": str(path)}, output, [f"Put the results into {evidence}, and seal them."])


@validation_app.command()
def seal(
    evidence: EvidenceOption = Path(".batchwright/validation-evidence"),
    checkout: CheckoutOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """End a run. What it left is noted by its hashes; a change after that shows."""
    from batchwright.validation.run_record import seal as seal_run

    run_now = seal_run(evidence, find_checkout(checkout), clock())
    said = f"{counted(len(run_now.files), 'file')} of evidence of commit {run_now.commit[:12]} are sealed."
    print_answer({"files": run_now.files, "commit": run_now.commit}, output, [said])


@validation_app.command()
def impact(
    span: Annotated[str, typer.Argument(help="Two revisions, as in v1.0..HEAD.")],
    out: Annotated[Path | None, typer.Option(help="PDF to write: the change record, to be signed.")] = None,
    checkout: CheckoutOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say what a change reaches. Modules, requirements, tests to run again and why, and what needs a signature."""
    from batchwright.validation import impact as change
    from batchwright.validation.imports_of import read_imports
    from batchwright.validation.record import pages, write
    from batchwright.validation.trace import read_sources

    where = find_checkout(checkout)
    before, after, files = change.changed_files(where.root, span)
    if not files:
        raise Refused(f"Nothing differs in {span}: there is no change to assess.")
    change.need_sources_of(where, after)
    found = change.impact_of(read_sources(where.root), read_imports(where.root), before, after, files)
    if out:
        title = f"Change record {before[:12]} to {after[:12]}"
        write(out, pages(title, where.made_at, (), change.chapters(found)))
    lines = [f"{len(files)} files, {len(found.modules)} modules; {found.affected} modules with those that import them."]
    lines += [f"everything: {found.whole}"] if found.whole else []
    lines += [f"sign     {kind}: {name} ({how})" for kind, name, how in found.signatures]
    lines += [f"{one.name}  {one.why}" for one in found.requirements]
    lines += [f"run      {one.name}: {one.why}" for one in found.tests]
    print_answer(json.loads(json.dumps(found, default=vars)), output, lines)
