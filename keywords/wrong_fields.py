"""What is wrong with a file of settings or locators, in one sentence: the field, and what was probably meant."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from keywords.near import did_you_mean
from mes_core.messages.bounds import place_of

_MOST = 30


def first_fault(error: ValidationError, model: type[BaseModel]) -> str:
    """The fault that explains most, as "field 'a.b': what": a name that is not known comes before one that is missing.

    Args:
        error: What pydantic found.
        model: What the file was to be.
    """
    faults = error.errors()
    first = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = place_of(first, ".")
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        there = f" (there are: {', '.join(known)})" if len(known) <= _MOST else ""
        return f"field '{where}': there is no such field{there}{did_you_mean(str(first['loc'][-1]), known)}"
    said = first["msg"].removeprefix("Value error, ")
    said = "it is missing" if first["type"] == "missing" else f"{said[:1].lower()}{said[1:]}"
    return f"field '{where}': {said}" if where else said


def _fields_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Names of the fields that there are at a place of a model."""
    models = [model]
    for part in place:
        fields = [one.model_fields[part] for one in models if part in one.model_fields]
        if fields:  # else it is a key of a dictionary or a number in a list
            models = [found for field in fields for found in _models_in(field.annotation)]
    return sorted({name for one in models for name in one.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
