"""Which bots there are: ours, those of a folder, and those of the worker's settings."""

import os
from pathlib import Path

from batchwright.support.errors import Refused


def unless_unknown(job: str, bots: Path) -> None:
    """Stop where no bot of that name is known here: its item would wait for a worker that never comes.

    Raises:
        Refused: Neither ours, nor in the folder of bots, nor in those of the worker's settings.
    """
    from difflib import get_close_matches

    from bots.runtime.content import SUITES
    from bots.runtime.runner import suites_of
    from keywords.settings import SETTINGS_NAME, SettingsError, load_settings

    try:
        folders = load_settings().folders if os.environ.get(SETTINGS_NAME) else ()
        more = [bots.resolve()] if bots.is_dir() and bots.resolve() not in folders else []
        known = suites_of(SUITES, [*folders, *more])
    except SettingsError as error:
        raise Refused(str(error)) from None
    if job not in known:
        near = get_close_matches(job, known, n=1)
        meant, there = f" (did you mean '{near[0]}'?)" if near else "", ", ".join(sorted(known))
        raise Refused(f"There is no bot '{job}'{meant}: there are {there}; name the folder of yours with --bots.")
