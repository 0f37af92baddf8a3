"""Suites that use RPA Framework's own libraries: work items, vault, Excel and PDF files, on the item in hand."""

import subprocess
import sys
from pathlib import Path

import pytest
from bots_fakes import PASSWORD, MemoryMes, MemoryQueue, job, record
from openpyxl import load_workbook

from bots.runtime.runner import SuiteRunner
from bots.runtime.worker import Worker
from keywords.settings import Secrets, Settings
from mes_core.messages.views import Family

_SUITE = """\
*** Settings ***
Library     RPA.Robocorp.WorkItems
Library     RPA.Robocorp.Vault
Library     RPA.Excel.Files
Library     RPA.PDF


*** Tasks ***
Count Cells
    [Documentation]    Reads a file of the item, writes a workbook and a page, and hands over what stood in them.
    ${batch}=    Get Work Item Variable    batch_id
    ${account}=    Get Secret    lims
    Log    ${account} ${account}[user] ${account}[password]
    Length Should Be    ${account["password"].value}    16
    Create Workbook    ${OUTPUT_DIR}/counts.xlsx
    ${row}=    Create Dictionary    batch=${batch}    cells=${12}
    ${rows}=    Create List    ${row}
    Append Rows To Worksheet    ${rows}    header=${True}
    Save Workbook
    Open Workbook    ${OUTPUT_DIR}/counts.xlsx
    ${read}=    Read Worksheet    header=${True}
    Html To Pdf    <h1>Batch ${batch}</h1>    ${OUTPUT_DIR}/counts.pdf
    ${pages}=    Get Text From Pdf    ${OUTPUT_DIR}/counts.pdf
    VAR    &{output}    user=${account}[user]    cells=${read}[0][cells]    page=${pages}[${1}]
    Create Output Work Item    ${output}    save=${True}
"""
_ASKS_FOR_MORE = """\
*** Settings ***
Library     RPA.Robocorp.Vault


*** Tasks ***
Ask
    [Documentation]    There is no such secret.
    Get Secret    bank
"""


@pytest.fixture
def runner(tmp_path: Path) -> SuiteRunner:
    (tmp_path / "own" / "bots").mkdir(parents=True)
    (tmp_path / "own" / "bots" / "count_cells.robot").write_text(_SUITE, encoding="utf-8")
    (tmp_path / "own" / "bots" / "ask_for_more.robot").write_text(_ASKS_FOR_MORE, encoding="utf-8")
    settings = Settings.model_validate(
        {
            "mes": {"url": "http://mes", "user": "bot"},
            "sites": {"lims": {"product": "lims_labline", "url": "http://lims", "user": "robot-7"}},
            "folders": [str(tmp_path / "own")],
        }
    )
    secrets = Secrets({"mes": PASSWORD, "lims": PASSWORD})
    return SuiteRunner(tmp_path, settings, secrets, MemoryMes(record()), _NoBrowser())  # type: ignore[arg-type]


def test_a_suite_uses_work_items_vault_excel_and_pdf_and_all_of_it_is_evidence(
    tmp_path: Path, runner: SuiteRunner
) -> None:
    queue = MemoryQueue(job("count_cells"))
    Worker(queue, runner, ("count_cells",), lambda _: None).drain()
    assert queue.failed == []
    _, output, evidence = queue.done[0]
    assert (output["user"], output["cells"], output["page"].strip()) == ("robot-7", 12, "Batch B-1")
    folder = tmp_path / evidence.path
    sheet = load_workbook(folder / "counts.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["batch", "cells"], ["B-1", 12]]
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    assert "counts.xlsx" in manifest
    assert "counts.pdf" in manifest
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_secret_that_is_not_there_is_said_and_waits_for_a_person(runner: SuiteRunner) -> None:
    queue = MemoryQueue(job("ask_for_more"))
    Worker(queue, runner, ("ask_for_more",), lambda _: None).drain()
    failure = queue.failed[0][1]
    assert (failure.family, failure.code) == (Family.BUSINESS, "SECRET_NOT_SET")
    assert "has no entry 'bank'" in failure.message


def test_only_a_process_that_runs_suites_imports_rpa_framework() -> None:
    """Not the supervisor, nor a command that checks a capsule or lists schedules."""
    asked = "import sys, bots.runtime.supervisor, bots.runtime.capsule, batchwright.commands.worker, keywords.mes"
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{asked}; print(any(name.split('.')[0] == 'RPA' for name in sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


class _NoBrowser:
    """None of these suites opens a page."""

    def __init__(self) -> None:
        self.gate = self
        self.refused = None
        self.diary: list[object] = []
        self.version = "none"

    def trust(self, authorities: object) -> None: ...

    def begin_item(self) -> None: ...

    def end_item(self, *, failed: bool) -> None: ...

    def discard(self) -> None: ...
