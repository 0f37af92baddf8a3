"""Identifiers that a person can't tell apart are not two things."""

import pytest
from pydantic import TypeAdapter, ValidationError

from mes_core.messages.record import BatchNumber, Code

LOOKS_LIKE_B1 = ("B 1 ", "B  1", " B 1", "B 1\n", "B\t1", "B\u00a01", "B \u200b1", "\u0412 1", "B 1\u200b", "")


@pytest.mark.parametrize("kind", [BatchNumber, Code])
@pytest.mark.parametrize("text", LOOKS_LIKE_B1)
def test_a_look_alike_is_refused(kind: object, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("kind", [BatchNumber, Code])
@pytest.mark.parametrize("text", ["B 1", "B-1", "A1.b_c+d", "W 12 34", "b"])
def test_ordinary_ones_are_taken_as_they_are(kind: object, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text
