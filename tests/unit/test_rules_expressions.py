"""The typed expression language: what it answers, and what it refuses when a rule is loaded."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rules.errors import BadFact, MissingFact, RuleError
from rules.expressions import parse
from rules.kinds.expression import Expression, check

_BASE: dict[str, Any] = {
    "id": "EX-EXPR-01",
    "kind": "expression",
    "title": "An example of an expression",
    "clause": "none, an example",
    "severity": "major",
    "text": "{item}: submitted {submitted_at}, due {due_at}.",
    "next_step": "Submit it.",
    "examples": {"passing": [{"a": 1}], "failing": [{"a": 2}]},
}
_FILINGS = {
    **_BASE,
    "each": "filings",
    "name": "filing_id",
    "facts": {"submitted_at": "time", "due_at": "time", "facts.now": "time"},
    "check": "(blank(submitted_at) and facts.now <= due_at) or (not blank(submitted_at) and submitted_at <= due_at)",
}


def _value(source: str, **facts: Any) -> Any:
    types = {name: "number" if isinstance(one, float) else "text" for name, one in facts.items()}

    class Given:
        """The facts as they are."""

        def read(self, name: str) -> Any:
            return facts[name]

        def blank(self, name: str) -> bool:
            return facts[name] is None

        def day(self, moment: datetime) -> date:
            return moment.date()

    return parse(source, types).value(Given())


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("1 + 2 * 3 == a", True),
        ("(1 + 2) * 3 == a", False),
        ("-a + 7 == 0", True),
        ("a - 2 - 3 == 2", True),
        ("a / 7 / 1 == 1", True),
        ("not a > 8 and a < 8", True),
        ("a > 8 or a > 6 and a < 7.5", True),
        ("not (a > 6 or a < 2)", False),
        ("not not a == 7", True),
        ("a in [1, 2, 7]", True),
        ("a in [1, 2]", False),
        ("abs(a - 10) <= 3", True),
    ],
)
def test_arithmetic_and_logic(source: str, answer: bool) -> None:
    assert _value(source, a=7.0) is answer


def test_text() -> None:
    assert _value("lower(a) == 'x y' and starts_with(a, 'X') and length(a) == 3 and digits(a) == 0", a="X Y") is True
    assert _value("a in ['left', 'right']", a="up") is False


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("a + 1", "needs yes or no"),
        ("1 < 2", "names no fact"),
        ("b > 1", "not declared"),
        ("blank(7) or a > 1", "needs its name"),
        ("blank(", "needs its name"),
        ("a > 'x'", "needs a number"),
        ("a and a > 1", "needs a yes_no"),
        ("a > 1 )", "goes on with"),
        ("(a > 1", "needs ')'"),
        ("a > ", "is expected"),
        ("a > 1 $", "can't be read"),
        ("ab(a) > 1", "did you mean 'abs'"),
        ("abs(a, a) > 1", "takes 1 values"),
        ("hours(a) > 1", "needs a duration"),
        ("hours(a) * hours(a) > hours(1)", "means nothing"),
        ("a.__class__ == 'x'", "not declared"),
        ("__import__('os') == a", "not known"),
        ("a > 1 " * 200, "at most 500"),
        ("(" * 60 + "a > 1" + ")" * 60, "too deeply"),
    ],
)
def test_refused(source: str, says: str) -> None:
    with pytest.raises(RuleError, match=says.replace("(", r"\(").replace(")", r"\)").replace("'", ".")):
        parse(source, {"a": "number"})


def test_a_declared_name_that_is_not_used_is_refused() -> None:
    with pytest.raises(RuleError, match="declared and not used"):
        parse("a > 1", {"a": "number", "b": "number"})


def test_texts_have_no_order() -> None:
    with pytest.raises(RuleError, match="does not order"):
        parse("a < 'b'", {"a": "text"})


def test_a_rule_with_a_wrong_expression_is_no_rule() -> None:
    with pytest.raises(ValidationError, match="did you mean 'due_at'"):
        Expression.model_validate({**_FILINGS, "check": "submitted_at <= due and facts.now > due_at"})


def test_each_entry_is_judged_with_the_facts_that_show_it() -> None:
    rule = Expression.model_validate(_FILINGS)
    facts = {
        "now": "2026-03-01T00:00:00Z",
        "filings": [
            {"filing_id": "A", "due_at": "2026-02-01T00:00:00Z", "submitted_at": "2026-01-31T23:59:59Z"},
            {"filing_id": "B", "due_at": "2026-02-01T00:00:00Z", "submitted_at": None},
            {"filing_id": "C", "due_at": "2026-04-01T00:00:00Z", "submitted_at": None},
            {"filing_id": "D", "due_at": "2026-02-01T00:00:00+01:00", "submitted_at": "2026-01-31T23:30:00Z"},
        ],
    }
    hits = list(check(rule, facts))
    assert [hit.words["item"] for hit in hits] == ["B", "D"]
    assert hits[0].fields == ("B.submitted_at", "facts.now", "B.due_at")
    assert hits[0].values == (None, "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z")
    assert hits[0].facts[0].path == "filings[B].submitted_at"


def test_a_fact_that_is_not_there_is_neither_yes_nor_no() -> None:
    rule = Expression.model_validate(_FILINGS)
    with pytest.raises(MissingFact, match="due_at"):
        list(check(rule, {"now": "2026-03-01T00:00:00Z", "filings": [{"filing_id": "A", "submitted_at": None}]}))
    with pytest.raises(MissingFact, match="filings"):
        list(check(rule, {"now": "2026-03-01T00:00:00Z"}))


@pytest.mark.parametrize("value", ["yesterday", "2026-02-01T00:00:00", 5])
def test_a_time_that_is_none_is_a_bad_fact(value: Any) -> None:
    rule = Expression.model_validate(_FILINGS)
    entry = {"filing_id": "A", "due_at": value, "submitted_at": "2026-01-01T00:00:00Z"}
    with pytest.raises(BadFact, match="due_at"):
        list(check(rule, {"now": "2026-03-01T00:00:00Z", "filings": [entry]}))


def test_a_division_by_zero_is_a_bad_fact() -> None:
    rule = Expression.model_validate({**_BASE, "facts": {"a": "number"}, "check": "1 / a > 1"})
    with pytest.raises(BadFact, match="can't be computed"):
        list(check(rule, {"a": 0}))


def test_years_later_on_the_day_that_only_leap_years_have() -> None:
    rule = Expression.model_validate({**_BASE, "facts": {"a": "date", "b": "date"}, "check": "b >= years_later(a, 30)"})
    assert list(check(rule, {"a": "2024-02-29", "b": "2054-03-01"})) == []
    assert len(list(check(rule, {"a": "2024-02-29", "b": "2054-02-28"}))) == 1


@pytest.mark.parametrize(
    "source", ["(" * 400 + "a", "not " * 120 + "a > 1 or", "a" * 499, "'" + "x" * 498, "- " * 240 + "a"]
)
def test_hostile_sources_are_refused(source: str) -> None:
    with pytest.raises(RuleError):
        parse(source, {"a": "number"})
