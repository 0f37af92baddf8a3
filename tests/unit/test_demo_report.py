"""What a demo shows at its end: every figure, nothing cut off, and what was missed by name."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from batchwright.demo.report import Line, show_result
from batchwright.demo.summary import Comparison, Planted
from batchwright.support.settings import Home

_LINES = (
    Line("CT-26-0001", "READY", 0, "released", "filed", "CR-000123", "RG-1, RG-2", 12.34),
    Line("CT-26-0002", "REJECT_PROPOSED", 3, "", "on_hold", "", "", 3.0),
)


def _shown(width: int, comparison: Comparison) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    show_result(console, Home(Path("/runs/first")), _LINES, comparison, {"qp": "pass word [x]"}, 75.4)
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_identities_are_never_cut_off_whatever_the_window(width: int) -> None:
    missed = (Planted("CT-26-0002", "swap", "Two results were swapped [in the log]."),)
    shown = _shown(width, Comparison((), missed, ("CT-26-0009",), 4, 6, (("CT-26-0003", "RV-1"),)))
    for word in ("CT-26-0001", "CR-000123", "RG-1", "RG-2", "12.3", "REJECT_"):
        assert word in shown
    assert "2 batches in 75 s: 1 filed, 1 on hold." in shown
    assert "0 of 1 defects caught, 1 missed; 1 of 4 clean batches held." in shown
    assert "missed: CT-26-0002, Two results were swapped [in the log]." in shown
    assert "held without a planted defect: CT-26-0009" in shown
    assert "found beyond what was planted: CT-26-0003, RV-1" in shown
    assert "log in as qp with pass word [x]" in " ".join(shown.split())
