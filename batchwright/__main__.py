"""`python -m batchwright` is the command `batchwright`."""

import sys
from pathlib import Path

# Python puts the current folder first here, unlike for the command: a `rules.py` in it would be taken for our rules.
if not sys.flags.safe_path and Path(sys.path[0]) == Path.cwd() != Path(__file__).resolve().parent.parent:
    del sys.path[0]

from batchwright.cli import main

main()
