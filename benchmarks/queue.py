"""How long a claim takes with 100,000 items waiting: `python benchmarks/queue.py [--format json] [--items 100000]`.

What is measured stands in `queue_bench/claims.py`. Scripts of this folder that import `queue` mean the standard
library's, which this file hides from them; it hands them that one.
"""

import importlib.util
import runpy
import sys
import sysconfig
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)
    runpy.run_path(str(Path(__file__).parent / "queue_bench" / "claims.py"), run_name="__main__")
else:
    _spec = importlib.util.spec_from_file_location(__name__, Path(sysconfig.get_path("stdlib")) / "queue.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[__name__] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[__name__])
