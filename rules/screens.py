"""What screens are made of: conditions, as Python source, under which a rule surely is satisfied.

About a list, a screen gives the lines that run before the loop over it, and the condition inside, in which `e` is the
entry; about parameters, the head or the facts `f` as a whole, a condition alone. A condition may fail to hold where all
is in order (the check then decides); it never holds where something is not. Names come from `Names`, so that every
constant is handed over as it is and never written into the source.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rules.base import Each

_REMEMBERED = "PN[{}]"


@dataclass
class Parameters:
    """Local variables of a generated function that hold what stands for a parameter."""

    texts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The variable that holds it as it stands."""
        return self.texts.setdefault(name, f"p{len(self.texts)}")

    def figure(self, name: str) -> str:
        """The variable that holds its number, NaN where it is none."""
        self.text(name)
        return self.figures.setdefault(name, f"n{len(self.figures)}")

    def lines(self, read: str) -> list[str]:
        """The source that fills the variables from `V`, the parameters by name; `read` makes a number of a text."""
        found: list[str] = []
        for name, variable in self.texts.items():
            found.append(f"{variable} = V[{name!r}]['text']")
            if name in self.figures:
                found.append(f"{self.figures[name]} = {read.format(variable)}")
        return found

    def plain(self) -> list[str]:
        """The quick way: all texts are numbers without letters (no `inf`, no exponent), bounds or underscores,
        nor digits of other scripts."""
        texts = [self.texts[name] for name in self.figures]
        if not texts:
            return self.lines(_REMEMBERED)
        joined = f"j = ''.join(({', '.join(texts)},))"
        return [
            *self.lines("float({})"),
            joined,
            "if '_' in j or not j.isascii() or j.upper() != j.lower(): raise ValueError",
        ]

    def careful(self) -> list[str]:
        """The way for all others: numbers are remembered, and what is none is NaN."""
        return self.lines(_REMEMBERED)


@dataclass
class Names:
    """Constants of a generated function, by the names that its source uses for them."""

    values: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, None] = field(default_factory=dict)
    parameters: Parameters = field(default_factory=Parameters)

    def field(self, name: str) -> str:
        """The variable that holds a field of an entry, read once for all rules about the list."""
        variable = self.fields.setdefault(name, f"x{len(self.fields)}")
        self.wanted[f"{variable} = {got(name)}"] = None
        return variable

    def time(self, name: str) -> str:
        """The variable that holds a time of an entry."""
        held = self.field(name)
        variable = self.times.setdefault(name, f"t{len(self.times)}")
        self.wanted[f"{variable} = D({held})"] = None
        return variable

    def taken(self) -> tuple[str, ...]:
        """The lines that fill the variables which were asked for since this was last called."""
        found = tuple(self.wanted)
        self.wanted.clear()
        return found

    def text(self, name: str) -> str:
        """The variable that holds a parameter as it stands, read once for all rules."""
        return self.parameters.text(name)

    def figure(self, name: str) -> str:
        """The variable that holds the number that a parameter is, NaN where it is none."""
        return self.parameters.figure(name)

    def give(self, value: Any) -> str:
        """The name of a constant; plain texts and numbers stand for themselves."""
        if isinstance(value, str):
            return repr(value)
        if isinstance(value, float | int) and not isinstance(value, bool) and value == value and abs(value) < 1e300:
            return repr(float(value))
        name = f"k{len(self.values)}"
        self.values[name] = value
        return name


@dataclass(frozen=True)
class Part:
    """What a rule asks of an entry: lines before the loop, lines in it, and the condition."""

    condition: str
    before: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Lines in the loop that come after the condition."""
    finally_: str = ""
    """A condition on what the loop has gathered."""


def got(name: str, of: str = "e") -> str:
    """A field of an entry; where it has none, the rules about the list are left to their checks."""
    return f"{of}[{name!r}]"


def at(path: str) -> str:
    """What stands at a path."""
    root, _, name = path.partition(".")
    return f"f['batch'][{name!r}]" if root == "batch" and "." not in name else f"look(f, {path!r})"


def filled(value: str) -> str:
    """That something stands there."""
    return f"FI[{value}]"


def figure(value: str, tag: str) -> str:
    """A number, or a text that is one without a sign of comparison; NaN for everything else."""
    return f"({tag} if ({tag} := {value}).__class__ is float else PN[{tag}])"


def stripped(value: str, tag: str) -> str:
    """A value as a text without blanks at its ends."""
    return f"(ST[{tag}] if ({tag} := {value}).__class__ is str else str({tag}))"


def joined_key(fields: Iterable[str], of: str, tag: str) -> str:
    """What fields of an entry say, as one key."""
    parts = [stripped(got(name, of), f"{tag}{n}") for n, name in enumerate(fields)]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def every_one_named(tag: str) -> str:
    """That the other list is there and each of its entries has a name of its own."""
    return f"{tag}t is not None and len({tag}o) == len({tag}t)"


def gathered(rule: Each, value: str, tag: str, condition: str) -> Part:
    """A condition on what all entries say."""
    if rule.chooses:
        return Part("", (f"{tag}n = []",), (f"{tag}n.append({value})",), finally_=condition)
    return Part("", (f"{tag}n = [{value} for e in L]",), finally_=condition)
