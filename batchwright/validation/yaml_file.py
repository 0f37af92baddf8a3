"""Reads the YAML files that people edit, each into its shape, with refusals that name the file and the place."""

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from batchwright.support.errors import Refused
from mes_core.messages.bounds import place_of
from mes_core.spelling import yaml_text

_T = TypeVar("_T", bound=BaseModel)


class Shape(BaseModel):
    """Base of what a file holds: unknown fields are refused, as a misspelt one would be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_yaml(path: Path) -> Any:
    """What a file says, as `mes_core.spelling.yaml_text` reads it: `no` and `1:30` are texts, and so are dates.

    Raises:
        Refused: It can't be read, is no YAML, holds a key twice or an alias, or is nested too deep.
    """
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} can't be read ({error.strerror}): check the path.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path} is not in UTF-8: save it again.") from None
    except yaml_text.NoYaml as error:
        raise Refused(f"{path} is no proper YAML ({error}): correct it.") from None


@lru_cache(maxsize=64)
def _parsed(text: str) -> Any:
    """What a text says; whoever reads it changes nothing of it, as it is kept."""
    return yaml_text.load(text)


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
