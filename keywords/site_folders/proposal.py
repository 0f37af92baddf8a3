"""Words of a site folder replaced in its file: only the words change, comments and order stay."""

import difflib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from keywords.settings import SettingsError
from keywords.sites.locators import Locators
from mes_core.spelling import yaml_text

Place = tuple[str | int, ...]
"""Where a word stands in the file: `("lists", "results", "columns", "test")`."""
_PLAIN = re.compile(r"[A-Za-z/][\w /().%-]*[\w).%]|[A-Za-z/]")
_OTHERS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})
_INSIDE = ("header", "label")


def rewritten(text: str, words: Mapping[Place, str]) -> str:
    """A locators file with words replaced.

    Args:
        text: The file.
        words: The new word by its place; a place that the file does not have is left out.

    Raises:
        SettingsError: What comes of it is no site folder any more.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = [(node, word) for place, word in words.items() if (node := _node(root, place)) is not None]
    for node, word in sorted(found, key=lambda one: one[0].start_mark.index, reverse=True):
        text = text[: node.start_mark.index] + _scalar(word) + text[node.end_mark.index :]
    validated(text)
    return text


def validated(text: str) -> Locators:
    """What a locators file says.

    Raises:
        SettingsError: It is not one.
    """
    try:
        return Locators.model_validate(yaml_text.load(text))
    except (yaml_text.NoYaml, ValidationError) as error:
        raise SettingsError(f"The proposed locators can't be used ({error}); correct them by hand.") from error


def difference(old: str, new: str, path: Path) -> str:
    """The change of a file as a unified diff; empty where there is none."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"{path.name}", f"{path.name} (proposed)", n=2
    )
    return "".join(lines)


def has_place(text: str, place: Place) -> bool:
    """Whether the file says a word there."""
    return _node(yaml.compose(text, Loader=yaml.SafeLoader), place) is not None


def _node(node: yaml.Node | None, place: Place) -> yaml.ScalarNode | None:
    for part in place:
        node = _below(node, part)
    if isinstance(node, yaml.MappingNode):
        node = next((inner for name in _INSIDE if (inner := _below(node, name)) is not None), None)
    return node if isinstance(node, yaml.ScalarNode) else None


def _below(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    found: yaml.Node | None = None
    if isinstance(node, yaml.MappingNode):
        found = next((value for key, value in node.value if key.value == str(part)), None)
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found = node.value[part]
    return found


def _scalar(word: str) -> str:
    """A word as YAML: plain where that is safe anywhere, otherwise quoted."""
    if _PLAIN.fullmatch(word) and word.lower() not in _OTHERS:
        return word
    return f"'{word}'" if "'" not in word and "\n" not in word else json.dumps(word, ensure_ascii=False)
