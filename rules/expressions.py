"""A small typed expression language for what no other kind of rule says. Parsed here; no Python is ever evaluated.

Types: number, text, time, date, duration, yes_no. Every name is declared with its type, so that a slip is refused when
the rule is loaded. `blank(name)` is the only way to ask whether something is there: any other use of a fact that is not
there means that the rule could not run. `and` and `or` stop as soon as the answer is certain, so that
`blank(x) or x < 5` runs where x is blank.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from rules.errors import RuleError

NUMBER, TEXT, TIME, DATE, DURATION, YES_NO = "number", "text", "time", "date", "duration", "yes_no"
FACT_TYPES = (NUMBER, TEXT, TIME, DATE)


class Named(Protocol):
    """The facts that an expression names."""

    def read(self, name: str, /) -> Any:
        """The value of a declared name, a time in UTC; raises MissingFact where nothing stands."""

    def blank(self, name: str, /) -> bool:
        """Whether nothing stands there."""

    def day(self, moment: datetime, /) -> date:
        """The day that it is at a time, in the zone in which days are counted: the plant's."""


Value = Callable[[Named], Any]

_MOST_CHARACTERS = 500
_DEEPEST = 25
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?)|'(?P<text>[^']{0,100})'"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]{0,60}(?:\.[A-Za-z_][A-Za-z0-9_]{0,60}){0,4})"
    r"|(?P<sign><=|>=|==|!=|[-+*/<>(),\[\]]))"
)
_WORDS = frozenset({"and", "or", "not", "in"})


@dataclass(frozen=True)
class Part:
    """A checked part of an expression: its type, and how its value is found."""

    type: str
    value: Value
    names: tuple[str, ...] = ()


_ARITHMETIC: dict[tuple[str, str, str], str] = {
    **{(NUMBER, sign, NUMBER): NUMBER for sign in "+-*/"},
    **{(DURATION, sign, DURATION): DURATION for sign in "+-"},
    **{(moment, sign, DURATION): moment for moment in (TIME, DATE) for sign in "+-"},
    **{(moment, "-", moment): DURATION for moment in (TIME, DATE)},
    (DURATION, "*", NUMBER): DURATION,
    (NUMBER, "*", DURATION): DURATION,
}
_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_FUNCTIONS: dict[str, tuple[tuple[str, ...], str, Callable[..., Any]]] = {
    "hours": ((NUMBER,), DURATION, lambda n: timedelta(hours=n)),
    "days": ((NUMBER,), DURATION, lambda n: timedelta(days=n)),
    "abs": ((NUMBER,), NUMBER, abs),
    "lower": ((TEXT,), TEXT, lambda t: t.strip().lower()),
    "length": ((TEXT,), NUMBER, lambda t: float(len(t.strip()))),
    "starts_with": ((TEXT, TEXT), YES_NO, lambda t, start: t.startswith(start)),
    "digits": ((TEXT,), NUMBER, lambda t: float(sum(one.isdigit() for one in t))),
    "years_later": ((DATE, NUMBER), DATE, lambda d, n: _years_later(d, int(n))),
}


def _years_later(start: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def parse(source: str, types: Mapping[str, str]) -> Part:
    """Read an expression that says yes when all is in order.

    Args:
        source: at most 500 characters.
        types: the declared names and their types.

    Raises:
        RuleError: it can't be read, types don't fit, a name is not declared or not used, or it can never fire.
    """
    if len(source) > _MOST_CHARACTERS:
        raise RuleError(
            f"an expression holds at most {_MOST_CHARACTERS} characters, this one {len(source):,}: split it"
        )
    part = _Parser(source, types).whole()
    if part.type != YES_NO:
        raise RuleError(f"{source!r} gives a {part.type}, and a rule needs yes or no: compare it with something")
    if not part.names:
        raise RuleError(f"{source!r} names no fact, so it always says the same: it can never fire or always does")
    unused = sorted(set(types) - set(part.names))
    if unused:
        raise RuleError(f"{unused[0]!r} is declared and not used in {source!r}: remove it or use it")
    return part


def _tokens(source: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    end = len(source.rstrip())
    while place < end:
        match = _TOKEN.match(source, place)
        if match is None:
            raise RuleError(f"{source!r} can't be read from {source[place : place + 20]!r} on")
        kind = str(match.lastgroup)
        found.append(("sign" if match[kind] in _WORDS and kind == "name" else kind, match[kind]))
        place = match.end()
    return [*found, ("end", "")]


class _Parser:
    """One pass from the left; every method reads one level of precedence."""

    def __init__(self, source: str, types: Mapping[str, str]) -> None:
        self.source, self.types = source, types
        self.tokens = _tokens(source)
        self.at = self.depth = 0

    def whole(self) -> Part:
        part = self.either()
        if self.tokens[self.at][0] != "end":
            raise RuleError(f"{self.source!r} goes on with {self.tokens[self.at][1]!r} where it should end")
        return part

    def take(self, *signs: str) -> str | None:
        kind, text = self.tokens[self.at]
        if kind != "sign" or text not in signs:
            return None
        self.at += 1
        return text

    def need(self, sign: str) -> None:
        if not self.take(sign):
            found = self.tokens[self.at][1] or "its end"
            raise RuleError(f"{self.source!r} needs {sign!r} before {found!r}")

    def want(self, part: Part, type_: str, where: str) -> None:
        if part.type != type_:
            raise RuleError(f"{self.source!r}: {where} needs a {type_}, not a {part.type}")

    def either(self) -> Part:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise RuleError(f"{self.source[:60]!r}... is nested too deeply: split the rule")
        left = self.both()
        while self.take("or"):
            left = self._joined(left, self.both(), "or")
        self.depth -= 1
        return left

    def both(self) -> Part:
        left = self.negated()
        while self.take("and"):
            left = self._joined(left, self.negated(), "and")
        return left

    def _joined(self, left: Part, right: Part, word: str) -> Part:
        self.want(left, YES_NO, word)
        self.want(right, YES_NO, word)
        first, second = left.value, right.value
        if word == "or":
            return Part(YES_NO, lambda f: first(f) or second(f), left.names + right.names)
        return Part(YES_NO, lambda f: first(f) and second(f), left.names + right.names)

    def negated(self) -> Part:
        count = 0
        while self.take("not"):
            count += 1
        part = self.compared()
        if not count:
            return part
        self.want(part, YES_NO, "not")
        inner = part.value
        return part if count % 2 == 0 else Part(YES_NO, lambda f: not inner(f), part.names)

    def compared(self) -> Part:
        left = self.added()
        if self.take("in"):
            return self._among(left)
        sign = self.take("<=", ">=", "==", "!=", "<", ">")
        if sign is None:
            return left
        right = self.added()
        self.want(right, left.type, sign)
        if left.type in (TEXT, YES_NO) and sign not in ("==", "!="):
            raise RuleError(f"{self.source!r}: {sign!r} does not order a {left.type}")
        return self._applied(left, sign, right, YES_NO)

    def _among(self, left: Part) -> Part:
        self.need("[")
        allowed = [self.atom()]
        while self.take(","):
            allowed.append(self.atom())
        self.need("]")
        for one in allowed:
            self.want(one, left.type, "in")
        inner, names = left.value, left.names + tuple(name for one in allowed for name in one.names)
        values = [one.value for one in allowed]
        return Part(YES_NO, lambda f: inner(f) in [one(f) for one in values], names)

    def added(self) -> Part:
        left = self.multiplied()
        while sign := self.take("+", "-"):
            left = self._computed(left, sign, self.multiplied())
        return left

    def multiplied(self) -> Part:
        left = self.signed()
        while sign := self.take("*", "/"):
            left = self._computed(left, sign, self.signed())
        return left

    def signed(self) -> Part:
        if not self.take("-"):
            return self.atom()
        part = self.atom()
        self.want(part, NUMBER, "a minus")
        inner = part.value
        return Part(NUMBER, lambda f: -inner(f), part.names)

    def _computed(self, left: Part, sign: str, right: Part) -> Part:
        result = _ARITHMETIC.get((left.type, sign, right.type))
        if result is None:
            raise RuleError(f"{self.source!r}: a {left.type} {sign} a {right.type} means nothing")
        return self._applied(left, sign, right, result)

    @staticmethod
    def _applied(left: Part, sign: str, right: Part, result: str) -> Part:
        first, second, apply = left.value, right.value, _OPERATIONS[sign]
        return Part(result, lambda f: apply(first(f), second(f)), left.names + right.names)

    def atom(self) -> Part:
        kind, text = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            number = float(text)
            return Part(NUMBER, lambda _f: number)
        if kind == "text":
            self.at += 1
            return Part(TEXT, lambda _f: text)
        if kind == "name":
            self.at += 1
            return self._call(text) if self.take("(") else self._name(text)
        if self.take("("):
            part = self.either()
            self.need(")")
            return part
        raise RuleError(f"{self.source!r}: a name, a number or a 'text' is expected before {text or 'its end'!r}")

    def _name(self, name: str) -> Part:
        if name not in self.types:
            close = difflib.get_close_matches(name, list(self.types), n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise RuleError(f"{self.source!r} uses {name!r}, which is not declared under facts{hint}")
        return Part(self.types[name], lambda f: f.read(name), (name,))

    def _call(self, function: str) -> Part:
        if function == "day":
            inner = self._arguments(function, (TIME,))[0]
            return Part(DATE, lambda f: f.day(inner.value(f)), inner.names)
        if function == "blank":
            kind, name = self.tokens[self.at]
            if kind != "name":
                raise RuleError(f"{self.source!r}: blank asks about a fact, so it needs its name")
            self.at += 1
            self.need(")")
            names = self._name(name).names
            return Part(YES_NO, lambda f: f.blank(name), names)
        if function not in _FUNCTIONS:
            close = difflib.get_close_matches(function, ["blank", "day", *_FUNCTIONS], n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise RuleError(f"{self.source!r} calls {function!r}, which is not known{hint}")
        wanted, result, apply = _FUNCTIONS[function]
        parts = self._arguments(function, wanted)
        values = [part.value for part in parts]
        names = tuple(name for part in parts for name in part.names)
        return Part(result, lambda f: apply(*(one(f) for one in values)), names)

    def _arguments(self, function: str, wanted: tuple[str, ...]) -> list[Part]:
        parts = [self.either()]
        while self.take(","):
            parts.append(self.either())
        self.need(")")
        if len(parts) != len(wanted):
            raise RuleError(f"{self.source!r}: {function} takes {len(wanted)} values, not {len(parts)}")
        for part, type_ in zip(parts, wanted, strict=True):
            self.want(part, type_, function)
        return parts
