"""`batchwright model`: train, ask, judge and compare predictive-hold models on any plant's table."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.commands.model_approve import approve_model
from batchwright.commands.model_card import card_lines, said_lines
from batchwright.commands.model_compare import difference_line, in_shadow
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, plain, print_answer, text_console, working
from mes_core.spelling.numbers import Notation

if TYPE_CHECKING:
    from keywords.predictive_holds.training.fitting import Options

model_app = typer.Typer()
model_app.command("approve")(approve_model)
Data = Annotated[Path, typer.Option("--data", help="CSV file, one row a batch.")]
ModelFile = Annotated[Path, typer.Option("--model", help="Model file.")]
TargetOption = Annotated[str, typer.Option(help="Column that says 1 where a batch failed.")]
TimeOption = Annotated[str, typer.Option(help="Column with the time, or a running number.")]
GroupOption = Annotated[str | None, typer.Option(help="Column whose rows belong together, as the patient.")]
SeverityOption = Annotated[str | None, typer.Option(help="Measured outcome behind the target; used in training only.")]
DecimalOption = Annotated[
    Notation | None, typer.Option(help="Mark before the decimals, where the table does not tell: point or comma.")
]
EarlyOption = Annotated[float | None, typer.Option(help="Day of decision: later columns are refused.")]


@contextmanager
def _one_sentence() -> Iterator[None]:
    from keywords.predictive_holds.errors import ModelRefused

    try:
        yield
    except ModelRefused as error:
        raise Refused(str(error)) from None


@model_app.command("table")
def make_table(
    source: Annotated[str, typer.Argument(help="pharma-1005 or secom.")],
    path: Annotated[Path, typer.Argument(help="Folder or CSV file of the published data.")],
    out: Annotated[Path, typer.Option(help="CSV file to write.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Prepare a table from published data. For training, or for rows whose outcome is not known."""
    from keywords.predictive_holds.training.tables import SOURCES, write_table

    if source not in SOURCES:
        raise Refused(f"There is no source {source!r}: choose {' or '.join(SOURCES)}.")
    with _one_sentence():
        header, rows = SOURCES[source](path)
        write_table(out, header, rows)
    print_answer(
        {"rows": len(rows), "columns": header, "out": str(out)}, output, [f"{len(rows)} rows written to {out}"]
    )


@model_app.command("twin")
def make_twin_table(
    out: Annotated[Path, typer.Option(help="CSV file to write: early parameters of batches of the twin, and fail.")],
    actions: Annotated[Path | None, typer.Option(help="JSON file to write: corrective actions, simulated.")] = None,
    batches: Annotated[int, typer.Option(min=10, max=20_000, help="How many batches.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same table.")] = 2026,
    day: Annotated[int, typer.Option(min=1, max=10, help="Culture day of the decision.")] = 3,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make a table of batches of the twin. A model made from it can only run as SHADOW."""
    from batchwright.commands.model_twin import action_table, early_rows
    from keywords.predictive_holds.training.simulated import SIMULATED
    from keywords.predictive_holds.training.tables import write_table

    with working("Making batches"):
        header, rows = early_rows(batches, seed, day)
    header, rows = [SIMULATED, *header], [["1", *row] for row in rows]
    with _one_sentence():
        write_table(out, header, rows)
    made = {"rows": len(rows), "columns": len(header), "failures": sum(row[-1] == "1" for row in rows), "out": str(out)}
    if actions is not None:
        with working("Trying corrective actions"):
            table = action_table(batches, seed, day)
        actions.write_text(json.dumps(table, indent=1), encoding="utf-8")
    print_answer(made, output, [f"{made['rows']} batches, {made['failures']} fail, {len(header)} columns in {out}"])


@model_app.command("in-twin")
def in_twin(
    model: ModelFile,
    batches: Annotated[int, typer.Option(min=150, max=20_000, help="How many; the first 150 are told apart.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Another than the one the model learnt from.")] = 909,
    day: Annotated[int, typer.Option(min=1, max=10, help="Culture day of the decision.")] = 3,
    output: FormatOption = Format.TEXT,
) -> None:
    """Run a model and its own corrective action inside the twin. Against the same batches left alone."""
    from batchwright.commands.model_in_twin import first, lines_of, model_in_twin
    from keywords.predictive_holds.serving import Model

    with _one_sentence(), working("Making batches with the model and without"):
        arms = model_in_twin(Model.load(model), batches=batches, seed=seed, day=day)
    found = [first(arms, 150).counts(), arms.counts()]
    print_answer({"runs": found}, output, lines_of(found))


@model_app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="Model file to write.")],
    decimal: DecimalOption = None,
    target: TargetOption = "fail",
    time: TimeOption = "timestamp",
    group: GroupOption = None,
    severity: SeverityOption = None,
    early_days: EarlyOption = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same model.")] = 2026,
    alpha: Annotated[float, typer.Option(min=0.01, max=0.5, help="Error allowed per class in RISK and CLEAR.")] = 0.1,
    budget: Annotated[
        float,
        typer.Option(min=0.005, max=0.5, help="Share of batches to hold at most."),
    ] = 0.1,
    cost_ratio: Annotated[float, typer.Option(min=1, max=1000, help="False holds one caught failure is worth.")] = 10.0,
    trees: Annotated[int, typer.Option(min=20, max=2000, help="Trees of the forests.")] = 500,
    keep_test_apart: Annotated[bool, typer.Option(help="Do not fit again to all rows; needed for approval.")] = False,
    actions: Annotated[
        Path | None, typer.Option(help="JSON table of corrective actions for the model to carry.")
    ] = None,
    generated: Annotated[bool, typer.Option(help="The table comes from a simulation: SHADOW only.")] = False,
    subgroup: Annotated[
        list[str] | None, typer.Option(help="Column by whose values the card judges parts, as site or product.")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option(help="Column by which batches are held so far; needed for approval.")
    ] = None,
    known_early: Annotated[
        list[str] | None,
        typer.Option(help="Column that nearly tells the outcome, and was known early."),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Train a model and judge it. Locked split by time and group, nested comparison, calibration, card."""
    from keywords.predictive_holds.training.checks import Roles
    from keywords.predictive_holds.training.fitting import Options
    from keywords.predictive_holds.training.members import Sizes

    roles = Roles(target, time, group, severity, early_days, tuple(known_early or ()))
    parts, sizes = tuple(subgroup or ()), Sizes(trees=trees)
    options = Options(
        roles, seed, alpha, budget, cost_ratio, keep_test_apart, generated, parts, replaces, sizes, _actions(actions)
    )
    card = _train(data, options, out, decimal)
    print_answer(card, output, [f"{out}: {card['chosen']}, hash {card['hash'][:12]}", *card_lines(card)])


def _train(data: Path, options: "Options", out: Path, decimal: Notation | None) -> dict[str, Any]:
    """Train on a table, telling how far it is; the card."""
    from batchwright.support.wiring import clock, who_runs_this
    from keywords.predictive_holds.table import read_table
    from keywords.predictive_holds.training.train import train as run

    console = text_console(stderr=True)
    with _one_sentence():
        table = read_table(data, decimal)
        for name in options.subgroups:
            table.column(name, "a subgroup")
        for name in options.roles.known_early:
            table.column(name, "known early")
        return run(
            table,
            options,
            out,
            now=clock(),
            who=who_runs_this().user,
            say=lambda text: console.print(text, highlight=False),
        )


def _actions(path: Path | None) -> list[dict[str, Any]]:
    """The table of corrective actions that the model shall carry."""
    if path is None:
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path} can't be read as JSON ({error}): make it with 'batchwright model twin'.") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) and "action" in one for one in found):
        raise Refused(f"{path} is no table of actions: make it with 'batchwright model twin'.")
    return found


@model_app.command()
def predict(model: ModelFile, data: Data, decimal: DecimalOption = None, output: FormatOption = Format.TEXT) -> None:
    """Ask a model about batches. With --format json one object a line: row, probability, answer, whether to hold."""
    from keywords.predictive_holds.serving import Model
    from keywords.predictive_holds.table import read_table

    with _one_sentence():
        loaded = Model.load(model)
        said = [one.to_dict() for one in loaded.predict(read_table(data, decimal))]
    if output is Format.JSON:
        for one in said:
            print(json.dumps(one, default=plain))  # noqa: T201 - the answer of the command
        return
    print_answer(said, output, said_lines(said, loaded.silent))


@model_app.command()
def card(model: ModelFile, output: FormatOption = Format.TEXT) -> None:
    """Show the card of a model."""
    from keywords.predictive_holds.serving import Model

    with _one_sentence():
        loaded = Model.load(model)
        shown = loaded.card | {"hash": loaded.hash, "answers_as_stored": loaded.answers_as_stored()}
    print_answer(shown, output, [f"{shown['chosen']}, hash {shown['hash']}", *card_lines(shown)])


@model_app.command()
def compare(
    champion: Annotated[Path, typer.Option(help="Model in use.")],
    challenger: Annotated[Path, typer.Option(help="Model that might replace it.")],
    data: Annotated[
        Path | None, typer.Option(help="CSV file with outcomes; without it, what both said in the MES.")
    ] = None,
    target: TargetOption = "fail",
    decimal: DecimalOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare champion and challenger. On the same rows, or on the batches of the MES whose outcome is known."""
    from keywords.predictive_holds.serving import Model
    from keywords.predictive_holds.table import read_table
    from keywords.predictive_holds.training.compare import compare_models

    with _one_sentence():
        old, new = Model.load(champion), Model.load(challenger)
        if data is None:
            made, lines = in_shadow(old.hash, new.hash)
        else:
            made = compare_models(old, new, read_table(data, decimal), target)
            lines = [difference_line(made)]
    print_answer(made, output, lines)


@model_app.command()
def drift(model: ModelFile, data: Data, decimal: DecimalOption = None, output: FormatOption = Format.TEXT) -> None:
    """Compare rows with those of training. Exit code 1 when they have drifted."""
    from keywords.predictive_holds.drift import drift as measure
    from keywords.predictive_holds.serving import Model
    from keywords.predictive_holds.table import read_table

    with _one_sentence():
        found = measure(Model.load(model), read_table(data, decimal))
    said = "drifted" if found["drifted"] else "no more drift than chance explains"
    lines = [f"{found['inputs_drifted']} of {found['inputs']} inputs drifted; {said}"]
    print_answer(found, output, lines + [f"  {one['name']}: PSI {one['psi']:.2f}" for one in found["columns"][:10]])
    if found["drifted"]:
        raise typer.Exit(1)
