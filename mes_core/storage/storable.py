"""Values that no column holds."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DataError

from mes_core.domain.errors import Invalid

P = ParamSpec("P")
T = TypeVar("T")


def storable(method: Callable[P, T]) -> Callable[P, T]:
    """A value that no column holds is refused in one sentence, whatever the driver calls it."""

    @wraps(method)
    def said(*args: P.args, **values: P.kwargs) -> T:
        try:
            return method(*args, **values)
        except (DataError, OverflowError, UnicodeError) as error:
            why = str(getattr(error, "orig", error)).partition("\n")[0]
            raise Invalid(
                f"A value that was given can't be stored or looked for ({why}): correct it, then ask again."
            ) from error

    return said
