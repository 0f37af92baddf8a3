"""Rule files: read safely, validated, and refused with file, line and what to do."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from rules.engine import RuleSet
from rules.errors import BadFact, RuleError
from rules.refusals import check_together, likely
from rules.rule_file import RuleFile, known_fields

BOOK = Path(__file__).parent / "book"
_MOST_BYTES = 2_000_000


_DEEPEST = 50

# libyaml reads the rule book in a fifth of the time; where PyYAML was built without it, Python reads it.
if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader as _Safe
else:
    from yaml import CSafeLoader as _Safe


class _Loader(_Safe):
    """Safe YAML without keys that stand twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep)


# Times and dates stay texts, as facts are, and only true and false are truth values: `on` is a key, NO a market.
# Numbers are those of YAML 1.2: 12:30 is no 750, 010 no 8 and 1_000 no number.
_LEFT_AS_TEXT = tuple(f"tag:yaml.org,2002:{name}" for name in ("timestamp", "bool", "int", "float"))
_NUMBER = r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_AS_TEXT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"^{_NUMBER}$"), list("-+.0123456789"))


def _read_yaml(text: str) -> Any:
    """A document that is not nested deeply, and without aliases: they make bombs and loops.

    Raises:
        RecursionError: it is nested too deeply.
        yaml.YAMLError: it is no YAML, or holds an alias.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Safe):
            if isinstance(event, yaml.events.AliasEvent):
                mark: Any = event.start_mark
                raise yaml.constructor.ConstructorError(None, None, "aliases (*name) are not allowed", mark)
            depth += isinstance(event, yaml.events.CollectionStartEvent)
            depth -= isinstance(event, yaml.events.CollectionEndEvent)
            if depth > _DEEPEST:
                raise RecursionError
    except (yaml.scanner.ScannerError, yaml.parser.ParserError):
        # Python's reader names the place where a bracket was opened, libyaml the end of the text.
        list(yaml.parse(text, Loader=yaml.SafeLoader))
        raise
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with less in it


def builtin_names() -> tuple[str, ...]:
    """Names of the rule sets that come with the project."""
    return tuple(sorted(path.stem for path in BOOK.glob("*.yaml")))


def builtin_rule_set(name: str) -> RuleSet:
    """A rule set that comes with the project.

    Raises:
        RuleError: there is none of this name; says which is meant.
    """
    if name not in builtin_names():
        raise RuleError(
            f"There is no rule set {name!r}{likely(name, builtin_names())}: use {', '.join(builtin_names())}."
        )
    path = BOOK / f"{name}.yaml"
    return _prepared(path, _content_of(path))


@lru_cache(maxsize=8)
def _prepared(path: Path, content: bytes) -> RuleSet:
    """A rule set says nothing of batches, so whoever asks for the same bytes again gets the one that is there."""
    return _rule_set_in(path, content)


def load_rule_set(path: Path) -> RuleSet:
    """Read, validate and prepare a rule file.

    Raises:
        RuleError: the file is absent, too large, malformed, or says something that a rule can't say.
    """
    return _rule_set_in(path, _content_of(path))


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path} can't be read ({error.strerror}): check the path.") from None


def _rule_set_in(path: Path, content: bytes) -> RuleSet:
    if len(content) > _MOST_BYTES:
        raise RuleError(
            f"{path} holds {len(content):,} bytes, more than the {_MOST_BYTES:,} allowed: split the rule set."
        )
    try:
        text = content.decode("utf-8")
        document = _read_yaml(text)
    except UnicodeDecodeError:
        raise RuleError(f"{path} is not UTF-8 text: save it as UTF-8.") from None
    except RecursionError:
        raise RuleError(f"{path} is nested too deeply: write rules as a flat list.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RuleError(f"{path} line {line}: {error.problem}: correct the YAML.") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # A tag such as !!timestamp on a text that is none makes the library itself fail, in one way or another.
        why = str(error).splitlines()[0] if str(error) else "a tag that does not fit its text"
        raise RuleError(f"{path}: {why}: correct the YAML.") from None
    return _validated(path, text, document)


def rule_set_of(document: dict[str, Any]) -> RuleSet:
    """A rule set from a document that was made by a program; fields of its facts are its own affair.

    Raises:
        RuleError: a rule that is not well-formed; names the first.
    """
    try:
        return RuleSet(RuleFile.model_validate(document))
    except ValidationError as error:
        raise RuleError(_first_error(Path("(made by a program)"), "", document, error)) from None


def _validated(path: Path, text: str, document: Any) -> RuleSet:
    try:
        file = RuleFile.model_validate(document)
        check_together(file)
        return RuleSet(file)
    except ValidationError as error:
        raise RuleError(_first_error(path, text, document, error)) from None
    except (RuleError, BadFact) as error:
        raise RuleError(f"{path}{_line_in(text, str(error))}: {error}") from None


def _first_error(path: Path, text: str, document: Any, error: ValidationError) -> str:
    # A name that is not known says more than the field that is missing because of it.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = list(first["loc"])
    line, rule = 1, ""
    if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int):
        entry = document["rules"][place[1]]
        rule = str(entry.get("id", f"number {place[1] + 1}")) if isinstance(entry, dict) else f"number {place[1] + 1}"
        line = _line_of(text, rule)
    field = str(place[-1])[:160] if place else ""
    hint = ""
    if first["type"] == "extra_forbidden":
        hint = likely(field, tuple(sorted(known_fields())))
    where = f"rule {rule}, " if rule else ""
    said = first["msg"].removeprefix("Value error, ")
    return f"{path} line {line}: {where}{field}: {said}{hint}."


def _line_in(text: str, said: str) -> str:
    """The line of the first rule or master parameter that a complaint names."""
    named = re.search(r"rules? ([A-Z]{2,4}-[A-Z]{2,6}-\d{2,3})|master parameter (\w+)", said, re.IGNORECASE)
    if named is None:
        return ""
    wanted = f"id: {named[1]}" if named[1] else f"{named[2]}:"
    lines = (number for number, line in enumerate(text.splitlines(), start=1) if wanted in line)
    return f" line {next(lines, 1)}"


def _line_of(text: str, rule: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if rule in line and "id:" in line:
            return number
    return 1
