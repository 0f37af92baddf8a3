"""`batchwright rules`: read, check, question and try the rule book."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

import rules
from batchwright.commands.rules_approve import approve_rules, propose_rules
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, counted, text_console, working

rules_app = typer.Typer()
rules_app.command("propose")(propose_rules)
rules_app.command("approve")(approve_rules)
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
    wide = max(len(row["id"]) for row in rows)
    lines, shown = [], ""
    for row in rows:
        if row["rule_set"] != shown:
            shown = row["rule_set"]
            lines.append(f"{shown}:")
        lines.append(f"  {row['id']:{wide}}  {row['severity']:8}  {row['title']}")
        lines.append(f"  {'':{wide}}  {'':8}  {row['kind']}; {row['clause']}")
    _lines(lines)


def _summary(rule_set: rules.RuleSet, rule: Any) -> dict[str, Any]:
    shown = ("id", "title", "clause", "jurisdiction", "status", "to_verify", "kind", "text", "next_step")
    dated = {name: _day(getattr(rule, name)) for name in ("effective_from", "effective_until")}
    values = {name: getattr(rule, name) for name in shown}
    return {"rule_set": rule_set.name, **values, **dated, "severity": rule.severity.value}


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


@rules_app.command()
def check(files: Files = None, output: FormatOption = Format.TEXT) -> None:
    """Run the examples of every rule. Exit code 1 when one does not come out as it says."""
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
        console = text_console()
        for row in report:
            wrong = len(row["failures"])
            said = (
                f"{counted(wrong, 'example')} fail{'s' * (wrong == 1)}"
                if wrong
                else "all examples come out as they say"
            )
            line = f"{row['rule_set']} {row['version']} ({row['hash'][:12]}): {counted(row['rules'], 'rule')}, {said}"
            console.print(line, highlight=False, soft_wrap=True)
            for failure in row["failures"]:
                line = f"  {failure['rule']}, example {failure['example']}: {failure['what']}"
                console.print(line, highlight=False, soft_wrap=True)
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
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show a rule. Clause, words for the reviewer, next step, examples, and how often it fired."""
    from batchwright.commands.rules_history import fired

    for one in _sets(files):
        for rule in one.rules:
            if rule.id == rule_id:
                examples = rule.examples.model_dump(mode="json")
                row = {**_summary(one, rule), "examples": examples, "fired": fired(rule.id, run)}
                if output is Format.JSON:
                    _print(row)
                else:
                    _show(row)
                return
    raise Refused(f"There is no rule {rule_id!r}: see 'batchwright rules list'.")


def _show(row: dict[str, Any]) -> None:
    console = text_console()
    console.print(f"{row['id']}  {row['title']}", style="bold", highlight=False)
    for name, label in (
        ("rule_set", "Rule set"),
        ("severity", "Severity"),
        ("clause", "Clause"),
        ("kind", "Kind"),
        ("jurisdiction", "Jurisdiction"),
        ("status", "Status"),
        ("effective_from", "Effective from"),
        ("effective_until", "Effective until"),
        ("text", "What the reviewer reads"),
        ("next_step", "Next step"),
    ):
        if row[name] is not None:
            console.print(f"{label}: {row[name]}", highlight=False, soft_wrap=True)
    often = row["fired"]
    said = "no store here to count in" if often is None else f"in {often['batches']} of {often['of']} batches"
    console.print(f"Fired: {said}", highlight=False)
    for kind, examples in row["examples"].items():
        for example in examples:
            console.print(f"Example, {kind}: {json.dumps(example)[:400]}", highlight=False, soft_wrap=True)


@rules_app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A rule file, or the name of a built-in set.")],
    after: Annotated[str, typer.Argument(help="The other one.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare two rule sets. Which rules were added, removed and changed."""
    from batchwright.commands.rules_history import compare, read_set

    found = compare(read_set(before), read_set(after))
    if output is Format.JSON:
        _print(found)
        return
    lines = [_headline("-", found["before"]), _headline("+", found["after"])]
    lines += [f"added    {name}" for name in found["added"]] + [f"removed  {name}" for name in found["removed"]]
    for kind in ("changed", "master", "product"):
        for name, what in found[kind].items():
            pairs = what.items() if kind == "changed" else (("limits", what),)
            lines += [f"{kind:8} {name}  {field}: {_short(old)} -> {_short(new)}" for field, (old, new) in pairs]
    if not any(found[kind] for kind in ("added", "removed", "changed", "master", "product")):
        lines.append("They say the same.")
    _lines(lines)


@rules_app.command()
def replay(
    rule_file: Annotated[str, typer.Option("--rules", help="The rule file to try, or the name of a built-in set.")],
    since: Annotated[str | None, typer.Option(help="Only batches last reviewed since then (2026-03-31).")] = None,
    draft: Annotated[bool, typer.Option(help="Apply draft law as well.")] = False,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Review history again under other rules. Whose verdict would change, and why; nothing is stored."""
    from batchwright.commands.rules_history import moment, read_set
    from batchwright.commands.rules_history import replay as review_again

    with working("Reviewing again"):
        found = review_again(read_set(rule_file), moment(since), run, draft=draft)
    if output is Format.JSON:
        _print(found)
        if found["put_aside"]:
            raise typer.Exit(1)
        return
    lines = [_headline("under", found["rule_set"]) + (", draft law included" if draft else "")]
    changed = found["verdict_changes"]
    lines.append(
        f"{counted(found['reviewed'], 'batch', 'batches')} reviewed again,"
        f" {counted(changed, 'verdict')} change{'s' * (changed == 1)}."
    )
    lines += [f"  {number:5d}  {change}" for change, number in found["verdicts"].items()]
    for one in found["changes"]:
        lines.append(f"{one['batch']}: {one['before']} -> {one['after']}")
        for kind, sign in (("newly", "+"), ("no_longer", "-")):
            lines += [f"    {sign} {why['rule']}  {why['text']}" for why in one[kind]]
    lines += [f"{batch} could not be reviewed again: {why}" for batch, why in found["put_aside"].items()]
    _lines(lines)
    if found["put_aside"]:
        raise typer.Exit(1)


def _headline(sign: str, named: dict[str, Any]) -> str:
    return f"{sign} {named['rule_set']} {named['version']} ({named['hash'][:12]}), {counted(named['rules'], 'rule')}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _lines(lines: list[str]) -> None:
    console = text_console()
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


@rules_app.command()
def mutate(
    n: Annotated[int, typer.Option("--n", min=1, max=200_000, help="How many corrupted records.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the clean records and of the corruption.")] = 1,
    output: FormatOption = Format.TEXT,
) -> None:
    """Corrupt clean records and see what is found. In every known way; what is not found is listed."""
    from batchwright.commands.mutation import CLEAN, mutate_and_review

    told = (
        f"Reviewing {n:,} corrupted records and {CLEAN:,} clean ones; 2,000 and {CLEAN:,} take about half a minute ..."
    )
    text_console(stderr=True).print(told, highlight=False, soft_wrap=True)
    with working("Corrupting and reviewing records"):
        result = mutate_and_review(n, seed)
    if output is Format.JSON:
        _print(result)
        return
    console = text_console()
    for kind in ("critical", "other", "cannot_be_caught"):
        console.print(
            f"{kind.replace('_', ' ')}: {result[kind]['detected']} of {result[kind]['of']} detected", highlight=False
        )
    console.print(f"clean: {result['clean']['held']} of {result['clean']['of']} held", highlight=False)
    if result["not_reached"]:
        told = f"critical rules that nothing made speak: {', '.join(result['not_reached'])}"
        console.print(told, highlight=False, soft_wrap=True)
    for row in result["operators"]:
        if row["detected"] < row["of"]:
            why = f": {row['why_not']}" if row["why_not"] else ""
            line = (
                f"  {row['operator']} ({'critical' if row['critical'] else 'other'}): {row['detected']} of {row['of']}"
            )
            console.print(f"{line} [{row['low']:.2f}, {row['high']:.2f}]{why}", highlight=False, soft_wrap=True)
