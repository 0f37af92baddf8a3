"""The form of evidence: how its folders, capsules and files are named. The bots write it; the console, the commands and
the twin read it.

The evidence of an attempt is a folder `BATCH/ITEM-NUMBER`. Its manifest tells what the attempt was about, with size and
SHA-256 of every other file; its capsule, one ZIP file with the same files, lies beside it and stays when it is removed.
"""

from pathlib import Path

SUFFIX = ".capsule.zip"
MANIFEST = "manifest.json"
OUTCOME = "outcome.json"
"""How the attempt ended."""
RESULT = "result.json"
"""What Robot Framework wrote about it."""
MOST_BYTES = 500_000_000
"""Bytes that a capsule may unpack to; one of an ordinary item unpacks to about 1 MB."""
MOST_FILES = 5_000


def attempt_folder(evidence: Path, batch_id: str, item_id: str, attempt: int) -> Path:
    """Where an attempt keeps its evidence; one that left several counts on (`-2.2`)."""
    # Items about models name a chain instead of a batch, with a colon, which not every file system takes.
    return evidence / batch_id.replace(":", "_") / f"{item_id}-{attempt}"


def capsule_of(folder: Path) -> Path:
    """Where the capsule of an attempt's folder lies."""
    return folder.with_name(folder.name + SUFFIX)


def folder_of(capsule: Path) -> Path:
    """The folder that a capsule was packed from; it may have been removed."""
    return capsule.with_name(capsule.name.removesuffix(SUFFIX))


def capsules_below(folder: Path) -> list[Path]:
    """Every capsule in a folder and those below it, by name."""
    return sorted(folder.rglob(f"*{SUFFIX}"))
