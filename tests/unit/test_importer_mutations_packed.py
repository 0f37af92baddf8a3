"""Damaged inside its packing: a capsule is whole, or says what is not."""

import os
import random
import zipfile
from pathlib import Path

import pytest
from test_bots_capsule import folder, rewritten
from test_importer_mutations import damaged

from bots.runtime.capsule import check, members, pack, read_member

SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"


@pytest.mark.requirement("URS-110")
def test_a_damaged_capsule_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    """Its bytes, or one of its files with the packing made anew; never taken for whole, never a traceback."""
    capsule, _ = pack(folder(tmp_path / "a"))
    whole = capsule.read_bytes()
    with zipfile.ZipFile(capsule) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    rng = random.Random("capsule 20260301")
    for number in range(2000 if SOAK else 120):
        if number % 2:
            name = rng.choice(sorted(contents))
            made = damaged(contents[name], rng)
            if made == contents[name]:
                continue
            file = rewritten(capsule, change={name: made})
            if name == "manifest.json":  # what it says of the attempt is held against the hash that the MES keeps
                check(file)
                continue
        else:
            made = damaged(whole, rng)
            if made == whole:
                continue
            file = tmp_path / "damaged.zip"
            file.write_bytes(made)
        problems = check(file).problems
        # Times and versions in the packing's headers hide nothing, and the hash that the MES keeps covers them.
        assert problems or {one: read_member(file, one) for one in members(file)} == contents, made[:200]
        assert all(one.strip() and len(one) < 3000 for one in problems)
