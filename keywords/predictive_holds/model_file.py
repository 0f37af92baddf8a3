"""A model as a file: one line with the hash of what follows, then the skops archive. Nothing is ever unpickled."""

import hashlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.fitted_state import digest_of, rounded
from keywords.predictive_holds.model_trees import BadTreeError, check_trees
from keywords.predictive_holds.model_trial import survive
from keywords.predictive_holds.model_versions import other_version, trained_with
from mes_core.messages.model_cards import bound_hash, card_digest

TREE_WIDTH = "tree_width"
"""How many columns the trees of a file ask for; found when it is read, whatever it says itself."""
FORMAT = "batchwright-model-1"
TRAINED_WITH = "_trained_with"
"""Under which the version of scikit-learn stands in what `read_model` gives; no part of the model."""
_HEAD = FORMAT.encode() + b" sha256="
_LINE = len(_HEAD) + 65
_MOST_BYTES = 500_000_000
_MOST_UNPACKED = 4_000_000_000
OURS = frozenset(
    {
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.tree._tree.Tree",
        *(f"sklearn.gaussian_process.kernels.{name}" for name in ("ConstantKernel", "Product", "RBF", "Sum")),
        "sklearn.gaussian_process.kernels.WhiteKernel",
    }
)
"""Types beside those that skops trusts by itself, each by its full name: a prefix would let in what runs code when
called (a file can name any function of a package as the maker of an object)."""


def write_model(path: Path, content: dict[str, Any]) -> str:
    """Store a model; the file appears whole or not at all. The hash of what is stored."""
    import skops.io

    body: bytes = skops.io.dumps(content, compression=ZIP_DEFLATED, compresslevel=6)
    sha256 = hashlib.sha256(body).hexdigest()
    write_whole(path, _HEAD + sha256.encode() + b"\n" + body)
    return sha256


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
    sha256 = hashlib.sha256(body).hexdigest()
    if sha256.encode() != whole[len(_HEAD) : _LINE - 1]:
        raise ModelRefused(f"{path} was altered after it was written (its hash does not match): use the stored file.")
    return _unpacked(path, body, sha256)


def _unpacked(path: Path, body: bytes, sha256: str) -> dict[str, Any]:
    """The archive's content; every type and tree in it is looked at before the first object is made, elsewhere."""
    import skops.io

    try:
        with ZipFile(io.BytesIO(body)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_UNPACKED:
                raise ModelRefused(f"{path} unpacks to more than any model written here: it is not loaded.")
            width = check_trees(archive)
        unknown = skops.io.get_untrusted_types(data=body)
        strange = sorted(set(unknown) - OURS)
        other = other_version(body)
        if strange and other:
            raise ModelRefused(f"{path} {other}.")
        if strange:
            raise ModelRefused(f"{path} holds the type {strange[0]}, which no model of ours has: it is not loaded.")
        survive(path, body, sha256)
        content = skops.io.loads(body, trusted=unknown)
    except ModelRefused:
        raise
    except BadTreeError as error:
        raise ModelRefused(f"{path} holds a tree that nothing trained ({error}): it is not loaded.") from None
    except (BadZipFile, OSError, *_BROKEN) as error:
        other = other_version(body)
        if other:
            raise ModelRefused(f"{path} {other}.") from None
        why = f"{type(error).__name__}: {error}"[:200]
        raise ModelRefused(f"{path} is not an archive that a model is stored in ({why}): train it again.") from None
    if not isinstance(content, dict) or not set(content) >= _PARTS or not _are_estimators(content["members"]):
        raise ModelRefused(
            f"{path} does not hold what a model holds: use a file that 'batchwright model train' of this version wrote."
        )
    return {**content, TREE_WIDTH: width, TRAINED_WITH: trained_with(body)}


_BROKEN = (AttributeError, ImportError, LookupError, RecursionError, TypeError, ValueError)
_PARTS = frozenset({"preparation", "settings", "members", "scales", "calibration", "conformal", "reference", "card"})


def _are_estimators(members: Any) -> bool:
    named = isinstance(members, dict) and bool(members)
    return named and all(
        type(one).__module__.startswith("sklearn.") and hasattr(one, "fit") for one in members.values()
    )


def canonical_hash(content: dict[str, Any]) -> str:
    """SHA-256 of a model: all that its answers follow from, and its card.

    Two trainings with the same seed and data have the same hash, although the files differ by time stamps.
    """
    return bound_hash(parts_hash(content), card_digest(rounded(content["card"])))


def parts_hash(content: dict[str, Any]) -> str:
    """SHA-256 of settings, preparation, parameters, what was fitted, labels, reference rows and answers, and actions.

    Numbers count to ten digits, fitted ones to six of the largest beside them: how many threads computed
    must not show. The card is not in it.
    """
    parts = {
        "preparation": content["preparation"],
        "settings": content["settings"],
        "scales": content["scales"],
        "calibration": {name: np.asarray(values).tolist() for name, values in content["calibration"].items()},
        "conformal": {name: np.asarray(values).tolist() for name, values in content["conformal"].items()},
        "members": {name: _parameters(member) for name, member in content["members"].items()},
        "fitted": {name: digest_of(member) for name, member in content["members"].items()},
        "reference": {name: digest_of(np.asarray(values)) for name, values in content["reference"].items()},
        "actions": content.get("actions", []),
        "labels": digest_of(content.get("labels")),
    }
    return hashlib.sha256(json.dumps(rounded(parts), sort_keys=True).encode()).hexdigest()


def _parameters(member: Any) -> dict[str, Any]:
    # How many threads compute is no part of what is computed.
    named = {name: str(value) for name, value in sorted(member.get_params().items()) if name != "n_jobs"}
    return {"kind": type(member).__name__} | named
