"""`batchwright validation backup-drill`: a practice store backed up, restored and compared, as evidence of a run."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.wiring import clock, who_runs_this

_BATCHES = 20


def backup_drill(
    evidence: Annotated[Path, typer.Option(help="Folder with the evidence of a run.")] = Path(
        ".batchwright/validation-evidence"
    ),
    output: FormatOption = Format.TEXT,
) -> None:
    """Back up a practice store, restore it, compare every row. As evidence of a run.

    A plant's own store is drilled by 'batchwright validation run' and 'batchwright store drill'.
    """
    from batchwright.validation import operation
    from batchwright.validation.run_record import read_run

    run = read_run(evidence)
    if run is None or run.ended_at:
        state = "is sealed" if run else "was not begun"
        raise Refused(f"The run in {evidence} {state}: begin one with 'batchwright validation begin', and drill then.")
    with tempfile.TemporaryDirectory(prefix="batchwright-drill-") as folder:
        store = Path(folder) / "practice.sqlite"
        _fill(store)
        found = operation.backup_drill(store, evidence, clock())
    line = f"{found['rows']} rows were carried over; {found['differing']} differ."
    print_answer(found, output, [line])
    if found["differing"]:
        raise typer.Exit(1)


def _fill(path: Path) -> None:
    """A store with batches of the practice world."""
    from contextlib import closing

    from mes_core.messages import BatchRecord
    from mes_core.services import BuiltinRules, Mes
    from mes_core.storage import open_store
    from twin.world import make_clean_bundles

    with closing(open_store(path)) as store:
        mes = Mes(store, BuiltinRules(None), clock)
        for bundle in make_clean_bundles(_BATCHES, seed=1, now=clock()):
            mes.submit_batch(BatchRecord.model_validate(bundle.record), who_runs_this())
