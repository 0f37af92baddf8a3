"""A model as a file: one line with the hash of what follows, then the skops archive. Nothing is ever unpickled."""

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np

from keywords.predictive_holds.errors import ModelRefused

FORMAT = "batchwright-model-1"
_HEAD = FORMAT.encode() + b" sha256="
_LINE = len(_HEAD) + 65
_MOST_BYTES = 500_000_000
_OURS = ("sklearn.", "numpy.", "scipy.", "builtins.")


def write_model(path: Path, content: dict[str, Any]) -> None:
    """Store a model; the file appears whole or not at all."""
    import skops.io

    body: bytes = skops.io.dumps(content, compression=ZIP_DEFLATED, compresslevel=6)
    whole = _HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    write_whole(path, whole)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; raises `ModelRefused` when the folder can't be written."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError as error:
        raise ModelRefused(f"{path} can't be written ({error.strerror}): choose a folder that exists.") from None


def read_model(path: Path) -> dict[str, Any]:
    """The content of a model file.

    Raises:
        ModelRefused: no such file, not a model, altered since it was written, or holding types that are not those of
            scikit-learn and numpy.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelRefused(f"{path} is larger than any model written here: it is not loaded.")
        whole = path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path} can't be read ({error.strerror}): give the path of a model file.") from None
    if not whole.startswith(_HEAD) or whole[_LINE - 1 : _LINE] != b"\n":
        raise ModelRefused(f"{path} is not a model file, or its first line was altered: use the file as it was stored.")
    body = whole[_LINE:]
    if hashlib.sha256(body).hexdigest().encode() != whole[len(_HEAD) : _LINE - 1]:
        raise ModelRefused(f"{path} was altered after it was written (its hash does not match): use the stored file.")
    import skops.io

    unknown = skops.io.get_untrusted_types(data=body)
    strange = [name for name in unknown if not name.startswith(_OURS)]
    if strange:
        raise ModelRefused(f"{path} holds the type {strange[0]}, which no model of ours has: it is not loaded.")
    content: dict[str, Any] = skops.io.loads(io.BytesIO(body).getvalue(), trusted=unknown)
    return content


def canonical_hash(content: dict[str, Any]) -> str:
    """SHA-256 of settings, preparation, parameters and answers on the reference rows, numbers to ten digits.

    Two trainings with the same seed and data have the same hash, although the files differ by time stamps.
    """
    parts = {
        "preparation": content["preparation"],
        "settings": content["settings"],
        "scales": content["scales"],
        "conformal": {name: np.asarray(values).tolist() for name, values in content["conformal"].items()},
        "members": {name: _parameters(member) for name, member in content["members"].items()},
        "reference": content["reference"]["probability"],
    }
    return hashlib.sha256(json.dumps(_rounded(parts), sort_keys=True).encode()).hexdigest()


def _parameters(member: Any) -> dict[str, Any]:
    # How many threads compute is no part of what is computed.
    named = {name: str(value) for name, value in sorted(member.get_params().items()) if name != "n_jobs"}
    return {"kind": type(member).__name__} | named


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_rounded(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.10g}")
    return value.item() if isinstance(value, np.generic) else value
