"""What the twin can't do, said as commands say it."""

from collections.abc import Iterator
from contextlib import contextmanager

from batchwright.support.errors import Refused
from twin.model.errors import TwinError


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what the twin refuses into one sentence and exit code 2."""
    try:
        yield
    except TwinError as error:
        raise Refused(str(error)) from None
