"""What all words of a product have in common."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Words(BaseModel):
    """Words of a page: frozen, and nothing in them that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression ({error})") from error
    return text


Pattern = Annotated[str, AfterValidator(_is_pattern)]
"""A regular expression."""
