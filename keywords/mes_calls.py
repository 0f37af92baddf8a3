"""Calls to the MES, with its refusals turned into the failure families."""

from collections.abc import Iterator
from contextlib import contextmanager

from keywords.failures import ApplicationError, BusinessError
from mes_core.client import MesError, MesUnreachable

_BUSY = (408, 425, 429)


@contextmanager
def asking_mes(what: str) -> Iterator[None]:
    """Turn a refusal into BUSINESS (a person has to act) and a fault into APPLICATION (tried again).

    Args:
        what: What is being asked, to follow "could not".
    """
    try:
        yield
    except MesError as error:
        if error.status >= 500 or error.status in _BUSY:
            raise ApplicationError("MES_FAULT", f"The MES could not {what}: {error.detail}") from error
        code = "BATCH_GONE" if error.status == 404 else "MES_REFUSED"
        raise BusinessError(code, f"The MES refused to {what}: {error.detail}") from error
    except MesUnreachable as error:
        raise ApplicationError("MES_NO_ANSWER", f"It was not possible to {what}: {error}") from error
