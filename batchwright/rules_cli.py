"""`batchwright rules`: read, check, question and try the rule book."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import rules
from batchwright.errors import Refused
from batchwright.formats import Format, FormatOption

rules_app = typer.Typer(help="Read, check, question and try the rules.")
Files = Annotated[list[Path] | None, typer.Option("--rules", help="A rule file instead of the built-in sets.")]


@rules_app.callback()
def _book() -> None:
    """Read, check, question and try the rules."""


def _sets(files: list[Path] | None) -> list[rules.RuleSet]:
    try:
        if files:
            return [rules.load_rule_set(path) for path in files]
        return [rules.builtin_rule_set(name) for name in rules.builtin_names()]
    except rules.RuleError as error:
        raise Refused(str(error)) from None


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201 - the answer of the command


@rules_app.command("list")
def list_rules(files: Files = None, output: FormatOption = Format.TEXT) -> None:
    """List every rule with its severity and clause."""
    rows = [_summary(one, rule) for one in _sets(files) for rule in one.rules]
    if output is Format.JSON:
        _print(rows)
        return
    table = Table()
    for name in ("Rule", "Severity", "Kind", "Title", "Clause"):
        table.add_column(name)
    for row in rows:
        table.add_row(row["id"], row["severity"], row["kind"], row["title"], row["clause"])
    Console().print(table)


def _summary(rule_set: rules.RuleSet, rule: Any) -> dict[str, Any]:
    shown = ("id", "title", "clause", "jurisdiction", "status", "to_verify", "kind", "text", "next_step")
    values = {name: getattr(rule, name) for name in shown}
    return {"rule_set": rule_set.name, **values, "severity": rule.severity.value}


@rules_app.command()
def check(files: Files = None, output: FormatOption = Format.TEXT) -> None:
    """Load the rule sets and run the examples of every rule; exit code 1 when one does not come out as it says."""
    report: list[dict[str, Any]] = []
    for one in _sets(files):
        failures = [vars(failure) for failure in rules.run_examples(one)]
        row: dict[str, Any] = {
            "rule_set": one.name,
            "version": one.version,
            "hash": one.content_hash,
            "rules": len(one.rules),
        }
        report.append(row | {"failures": failures})
    if output is Format.JSON:
        _print(report)
    else:
        console = Console()
        for row in report:
            said = f"{len(row['failures'])} examples fail" if row["failures"] else "all examples come out as they say"
            line = f"{row['rule_set']} {row['version']} ({row['hash'][:12]}): {row['rules']} rules, {said}"
            console.print(line, highlight=False, soft_wrap=True)
            for failure in row["failures"]:
                line = f"  {failure['rule']}, example {failure['example']}: {failure['what']}"
                console.print(line, highlight=False, markup=False, soft_wrap=True)
    if any(row["failures"] for row in report):
        raise typer.Exit(1)


@rules_app.command("test")
def run_unit_tests(files: Files = None, output: FormatOption = Format.TEXT) -> None:
    """The same as `check`: the examples are the rules' unit tests."""
    check(files, output)


@rules_app.command()
def explain(
    rule_id: Annotated[str, typer.Argument(help="Id of a rule, as in the list.")],
    files: Files = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show a rule: clause, words for the reviewer, next step, examples."""
    for one in _sets(files):
        for rule in one.rules:
            if rule.id == rule_id:
                examples = rule.examples.model_dump(mode="json")
                row = {**_summary(one, rule), "examples": examples}
                if output is Format.JSON:
                    _print(row)
                else:
                    _show(row)
                return
    raise Refused(f"There is no rule {rule_id!r}: see 'batchwright rules list'.")


def _show(row: dict[str, Any]) -> None:
    console = Console()
    console.print(f"{row['id']}  {row['title']}", style="bold", highlight=False)
    for name, label in (
        ("rule_set", "Rule set"),
        ("severity", "Severity"),
        ("clause", "Clause"),
        ("kind", "Kind"),
        ("text", "What the reviewer reads"),
        ("next_step", "Next step"),
    ):
        console.print(f"{label}: {row[name]}", highlight=False, markup=False, soft_wrap=True)
    for kind, examples in row["examples"].items():
        for example in examples:
            console.print(
                f"Example, {kind}: {json.dumps(example)[:400]}", highlight=False, markup=False, soft_wrap=True
            )


@rules_app.command()
def mutate(
    n: Annotated[int, typer.Option("--n", min=1, max=200_000, help="How many corrupted records.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the clean records and of the corruption.")] = 1,
    output: FormatOption = Format.TEXT,
) -> None:
    """Corrupt clean records in every known way, review them, and say what was found and what was not."""
    from batchwright.mutation import mutate_and_review

    result = mutate_and_review(n, seed)
    if output is Format.JSON:
        _print(result)
        return
    console = Console()
    for kind in ("critical", "other"):
        console.print(f"{kind}: {result[kind]['detected']} of {result[kind]['of']} detected", highlight=False)
    console.print(f"clean: {result['clean']['held']} of {result['clean']['of']} held", highlight=False)
    for row in result["operators"]:
        if row["detected"] < row["of"]:
            why = f": {row['why_not']}" if row["why_not"] else ""
            line = (
                f"  {row['operator']} ({'critical' if row['critical'] else 'other'}): {row['detected']} of {row['of']}"
            )
            console.print(f"{line} [{row['low']:.2f}, {row['high']:.2f}]{why}", highlight=False, markup=False)
