"""Which scikit-learn a model was trained with, said before anything of it is loaded."""

import io
import re
from zipfile import ZipFile

from mes_core.spelling.archives import DAMAGED

_MOST_BYTES = 200_000_000
_SAID = re.compile(r'"_sklearn_version"\s*:\s*\{[^{}]*?"content"\s*:\s*"\\"([0-9][0-9A-Za-z.+-]{0,30})\\""')


def trained_with(body: bytes) -> str:
    """The version of scikit-learn whose estimators an archive of skops holds; empty where it does not say."""
    try:
        with ZipFile(io.BytesIO(body)) as archive:
            if archive.getinfo("schema.json").file_size > _MOST_BYTES:
                return ""
            found = _SAID.search(archive.read("schema.json").decode("utf-8", "replace"))
    except DAMAGED:
        return ""
    return found[1] if found else ""


def running() -> str:
    """The version that is installed."""
    import sklearn

    return str(sklearn.__version__)


def other_version(body: bytes) -> str:
    """A sentence's end on a model of another version; empty where it is of this one, or does not say."""
    theirs, ours = trained_with(body), running()
    if not theirs or theirs == ours:
        return ""
    return (
        f"was trained with scikit-learn {theirs}, and {ours} is installed, which doesn't answer as it did: train again"
    )
