"""A model file tried in a process that may die: `python -m keywords.predictive_holds.model_trial`, file on its input.

What a file holds is made into objects by compiled code. Where that code falls, it takes its process along, so it falls
here first: the objects are made, hashed, and asked about the rows that are stored with them.
"""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from keywords.predictive_holds.errors import ModelRefused

_TIMEOUT_S = 300
_MOST_MEMORY = 8 * 1024**3
COMMAND = (sys.executable, "-I", "-m", "keywords.predictive_holds.model_trial")
_tried: set[str] = set()


def survive(path: Path, body: bytes, sha256: str) -> None:
    """Try a file, once in the life of this process for each content.

    Raises:
        ModelRefused: the process that tried it died, or did not end.
    """
    if sha256 in _tried:
        return
    # Nothing of the surroundings goes along: what a hostile file could reach in there holds no secret.
    try:
        ended = subprocess.run(
            COMMAND, input=body, capture_output=True, timeout=_TIMEOUT_S, check=False, env=_surroundings()
        )
    except subprocess.TimeoutExpired:
        raise ModelRefused(f"{path} did not come to an end in {_TIMEOUT_S} s when it was tried: not loaded.") from None
    if ended.returncode != 0:
        raise ModelRefused(
            f"{path} ended the process that tried it (code {ended.returncode}), as no trained model does: it is not"
            " loaded; train it again, and look into where this file came from."
        )
    _tried.add(sha256)


def made_here(sha256: str) -> None:
    """Note a file that this process wrote out of what it had just trained: nobody else's bytes are in it."""
    _tried.add(sha256)


@lru_cache(maxsize=1)
def _surroundings() -> dict[str, str]:
    import os

    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_NUM_THREADS": "1"}


def main() -> int:
    """Try what comes in; 0 when this process is still there, whatever it thinks of the file."""
    _bound()
    body = sys.stdin.buffer.read()
    import skops.io

    from keywords.predictive_holds.serving import Model

    try:
        content = skops.io.loads(body, trusted=skops.io.get_untrusted_types(data=body))
        Model(content).answers_as_stored()
    except Exception as error:  # noqa: BLE001 - whoever loads it meets the same, and says it in a sentence
        sys.stderr.write(f"{type(error).__name__}\n")
    return 0


def _bound() -> None:
    try:
        import resource
    except ImportError:  # there are no such bounds on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
