"""Where a practice plant lies, and the settings of the folder of bots that it is made for."""

import json
from pathlib import Path
from typing import Any, Final

from batchwright.support.errors import Refused

FOLDER: Final = ".practice"
"""Folder below that of the bots."""


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a folder of bots as they stand.

    Raises:
        Refused: there are none, or they are no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            f"{path} can't be read ({error.strerror}): make a folder of bots with 'batchwright new bot NAME'."
        ) from None
    except ValueError as error:
        raise Refused(f"{path} is no JSON ({error}): correct it.") from None
    if not isinstance(found, dict):
        raise Refused(f"{path} has to hold a JSON object.")
    return found
