"""What all tests share: one thread for each process, as the processes share the cores among them.

Threads of OpenMP and BLAS wait for one another by spinning: where every core is taken, a training with 240 rows took
four times the processor time. A test of thread counts sets its own. And no practice plant outlives its run, but where a
test is about that.
"""

import os
import sys

from hypothesis import settings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # read when the libraries are loaded
    os.environ.setdefault(_name, "1")
os.environ.setdefault("BATCHWRIGHT_PRACTICE_STAYS_S", "0")

# How long a case takes on a machine that others use too says nothing of it; timings belong in benchmarks.
settings.register_profile("batchwright", deadline=None)
settings.load_profile("batchwright")


def pytest_sessionfinish() -> None:
    """What coverage has measured in this process is written at once: a process that is shut down late is killed."""
    coverage = sys.modules.get("coverage")
    measured = coverage.Coverage.current() if coverage else None
    if measured is not None:
        measured.save()
