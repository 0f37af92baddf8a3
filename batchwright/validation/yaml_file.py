"""Reads the YAML files that people edit, each into its shape, with refusals that name the file and the place."""

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from batchwright.support.errors import Refused
from mes_core.messages.bounds import place_of

_T = TypeVar("_T", bound=BaseModel)


class Shape(BaseModel):
    """Base of what a file holds: unknown fields are refused, as a misspelt one would be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: YAML would keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys are unique."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """What a file says.

    Raises:
        Refused: It can't be read, is no YAML, or holds a key twice.
    """
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} can't be read ({error.strerror}): check the path.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise Refused(f"{path} is no proper YAML ({said}): correct it.") from None


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    """What a text says; whoever reads it changes nothing of it, as it is kept."""
    return yaml.load(text, _OnceLoader)  # noqa: S506 - a safe loader


def shaped(path: Path, shape: type[_T], value: Any) -> _T:
    """A part of a file in its shape.

    Raises:
        Refused: It has another shape; the first place that is wrong is named.
    """
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = place_of(first, ".") or "the file"
        raise Refused(f"{path}: {place} is not as it has to be ({first['msg']}): correct it.") from None
