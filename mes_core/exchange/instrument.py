"""Files of instruments, converted by `allotropy` in an interpreter of its own, as results."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mes_core.exchange import asm
from mes_core.exchange.errors import ImportRefused
from mes_core.messages.instruments import InstrumentFile
from mes_core.spelling.archives import DAMAGED

MOST_BYTES = 64 * 1024 * 1024
MOST_UNPACKED = 512 * 1024 * 1024
MOST_RATIO = 200
MOST_MEMBERS = 10_000
_TIMEOUT_S = 180
_SCRIPT = Path(__file__).with_name("allotropy_script.py")
_HOW = (
    "install allotropy into an environment of its own ('uv venv DIR', 'uv pip install --python DIR allotropy') and name"
    " its interpreter in BATCHWRIGHT_ALLOTROPY_PYTHON, or give a file in the Allotrope Simple Model"
)


def read(file: Path, *, vendor: str | None, zone: str | None, python: str | None) -> InstrumentFile:
    """The results in a file.

    Args:
        file: in an instrument's own format, or the Allotrope Simple Model as JSON.
        vendor: what instrument it is from, as allotropy names it (`beckman-vi-cell-blu`); None for a model.
        zone: time zone of the instrument's clock, as `Europe/Berlin`, for files that don't say.
        python: the interpreter that has allotropy; None: there is none.

    Raises:
        ImportRefused: it can't be read, unpacks to too much, is none of that instrument, or see `asm.read`.
    """
    content = _content(file)
    sha256 = hashlib.sha256(content).hexdigest()
    if zone is not None:
        _check_zone(zone)
    document = _json(content, file) if vendor is None else _converted(file, vendor, zone or "", python)
    return asm.read(document, file.name, sha256)


def _json(content: bytes, file: Path) -> Any:
    try:
        return json.loads(content, parse_constant=str)
    except RecursionError:
        raise ImportRefused(f"{file} is nested deeper than any instrument writes: it is not read.") from None
    except ValueError:
        raise ImportRefused(f"{file} is no JSON: say what instrument it is from with --vendor.") from None


def _content(file: Path) -> bytes:
    """The bytes of a file that is neither too large nor unpacks to too much.

    Raises:
        ImportRefused: it is.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ImportRefused(f"{file} is larger than {MOST_BYTES >> 20} MiB: export less at once.")
        content = file.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{file} can't be read ({error.strerror}): check the path.") from None
    if zipfile.is_zipfile(file):
        try:
            with zipfile.ZipFile(file) as packed:
                members = packed.infolist()
        except DAMAGED as error:
            raise ImportRefused(f"{file} is a damaged archive ({error}): export it again.") from None
        unpacked = sum(one.file_size for one in members)
        ratio = unpacked / max(1, sum(one.compress_size for one in members))
        if unpacked > MOST_UNPACKED or ratio > MOST_RATIO or len(members) > MOST_MEMBERS:
            raise ImportRefused(
                f"{file} unpacks to {unpacked >> 20} MiB in {len(members)} parts, {ratio:.0f} times its size: no"
                " instrument writes that, and it was not opened."
            )
    return content


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise ImportRefused(f"{zone!r} is no time zone: give one like Europe/Berlin or UTC.") from None


def _converted(file: Path, vendor: str, zone: str, python: str | None) -> Any:
    if not python:
        raise ImportRefused(f"{file} needs allotropy, which is not set up: {_HOW}.")
    command = [python, "-I", str(_SCRIPT), vendor, str(file.absolute()), zone]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, cwd=_SCRIPT.parent, check=False
        )
    except (OSError, ValueError) as error:
        raise ImportRefused(f"{python} can't be run ({error}): {_HOW}.") from None
    except subprocess.TimeoutExpired:
        raise ImportRefused(f"{file} took longer than {_TIMEOUT_S} s to convert: export less at once.") from None
    said = ended.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    if ended.returncode == 0:
        try:
            return json.loads(ended.stdout)
        except (ValueError, RecursionError):
            raise ImportRefused(f"{python} did not answer with JSON: {_HOW}.") from None
    if "No module named 'allotropy'" in said[-1]:
        raise ImportRefused(f"{python} has no allotropy: {_HOW}.")
    raise ImportRefused(f"{file} is not taken as a file of {vendor} ({said[-1].rstrip('.')}): check the file.")


def default_python(setting: str | None) -> str | None:
    """The interpreter that converts: the one that is set, or this one where it has allotropy."""
    if setting:
        return setting
    from importlib.util import find_spec

    return sys.executable if find_spec("allotropy") else None
