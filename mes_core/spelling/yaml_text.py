"""YAML as people mean it: `12:30` is no 750, `010` no 8, `NO` a country, a date a text; no aliases, no key twice.

The numbers, truth values and nulls of the core schema of YAML 1.2 are read; everything else is a text.
"""

import math
import re
from typing import Any

import yaml

MOST_BYTES = 2_000_000


class NoYaml(ValueError):  # noqa: N818 - it says what happened
    """A text is no YAML that is read here; the message ends a sentence about it."""


class Loader(yaml.SafeLoader):
    """Safe YAML without aliases (they make bombs and loops), keys that stand twice, and guesses at numbers."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases (*name) are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", list("-+0123456789")),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?$",
        list("-+.0123456789"),
    ),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _number(loader: Loader, node: yaml.ScalarNode) -> int | float:
    """A number in the notation above, also where a tag says that it is one: `!!float 1:30` is no 90."""
    text = loader.construct_scalar(node)
    plain = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    if plain in _NUMBERS:
        value: int | float = int(text) if node.tag.endswith(":int") else float(text)
        if math.isfinite(value):
            return value
    raise yaml.constructor.ConstructorError(None, None, f"{text[:40]!r} is no number", node.start_mark)


_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
for _tag in _NUMBERS:
    Loader.add_constructor(_tag, _number)


def load(text: str) -> Any:
    """The document in a text: mappings, lists, texts, numbers, yes and no, nothing.

    Raises:
        NoYaml: it is no YAML, holds more than one document, an alias, a key twice, or is nested too deep.
    """
    if len(text) > MOST_BYTES:
        raise NoYaml(f"holds more than {MOST_BYTES:,} characters: split it")
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader with less in it
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NoYaml(f"line {line}: {error.problem}") from None
    except RecursionError:
        raise NoYaml("is nested too deep") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # A tag such as !!timestamp on a text that is none makes the library itself fail, in one way or another.
        raise NoYaml(f"holds what can't be read ({str(error).splitlines()[0] if str(error) else 'a tag'})") from None
