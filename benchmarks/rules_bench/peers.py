"""Other engines on the same sixty conditions. Each takes flattened facts, made beforehand and not counted.

A peer that is not installed is left out, and the table says so: `pip install '.[bench]'` brings them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.rules_bench import work

Check = Callable[[dict[str, Any]], list[int]]


def cel() -> Check:
    """CEL in Rust (common-expression-language): one program that gives a list of answers."""
    import cel as engine

    source = "[" + ", ".join(_infix(one, "&&", "||") for one in work.conditions()) + "]"
    program = engine.compile(source)

    def check(flat: dict[str, Any]) -> list[int]:
        return [place for place, fine in enumerate(program.execute(flat)) if not fine]

    return check


def json_logic() -> Check:
    """JSON-logic in Python (panzi-json-logic): a document per rule."""
    from json_logic import jsonLogic

    rules = [_json_logic(one) for one in work.conditions()]

    def check(flat: dict[str, Any]) -> list[int]:
        return [place for place, rule in enumerate(rules) if not jsonLogic(rule, flat)]

    return check


def rule_engine() -> Check:
    """rule-engine: an expression per rule."""
    import rule_engine as engine

    rules = [engine.Rule(_infix(one, "and", "or")) for one in work.conditions()]

    def check(flat: dict[str, Any]) -> list[int]:
        return [place for place, rule in enumerate(rules) if not rule.matches(flat)]

    return check


def pandera(batches: Sequence[dict[str, Any]]) -> Callable[[], list[list[int]]]:
    """pandera on polars: all batches in one frame, one check per rule."""
    import pandera.polars as pa
    import polars as pl

    frame = pl.DataFrame(list(batches), infer_schema_length=None)
    expressions = [_polars(pl, one) for one in work.conditions()]

    def rule(place: int) -> Any:
        def holds(data: Any) -> Any:
            return data.lazyframe.select(expressions[place])

        return pa.Check(holds, name=str(place))

    schema = pa.DataFrameSchema(checks=[rule(place) for place in range(len(expressions))])

    def check() -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(len(frame))]
        try:
            schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            cases = errors.failure_cases
            for name, index in zip(cases["check"].to_list(), cases["index"].to_list(), strict=True):
                found[index].append(int(name))
        return [sorted(set(one)) for one in found]

    return check


def _infix(condition: Any, both: str, either: str) -> str:
    if not isinstance(condition, tuple):
        return f'"{condition}"' if isinstance(condition, str) else repr(float(condition))
    sign = condition[0]
    if sign == "var":
        return str(condition[1])
    if sign in ("and", "or"):
        word = both if sign == "and" else either
        return "(" + f" {word} ".join(_infix(part, both, either) for part in condition[1]) + ")"
    return f"({_infix(condition[1], both, either)} {sign} {_infix(condition[2], both, either)})"


def _json_logic(condition: Any) -> Any:
    if not isinstance(condition, tuple):
        return condition
    if condition[0] == "var":
        return {"var": condition[1]}
    if condition[0] in ("and", "or"):
        return {condition[0]: [_json_logic(part) for part in condition[1]]}
    return {condition[0]: [_json_logic(part) for part in condition[1:]]}


def _polars(pl: Any, condition: Any) -> Any:
    if not isinstance(condition, tuple):
        return pl.lit(condition)
    sign = condition[0]
    if sign == "var":
        return pl.col(condition[1])
    if sign == "and":
        return pl.all_horizontal([_polars(pl, part) for part in condition[1]])
    if sign == "or":
        return pl.any_horizontal([_polars(pl, part) for part in condition[1]])
    left, right = (_polars(pl, part) for part in condition[1:])
    return {
        "<=": left.__le__, ">=": left.__ge__, "==": left.__eq__, "!=": left.__ne__, "-": left.__sub__, "*": left.__mul__
    }[sign](right)  # fmt: skip
