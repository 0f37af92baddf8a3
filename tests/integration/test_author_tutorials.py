"""The tutorials, word for word: their commands are run in an empty folder, with the edits that the text asks for."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from twin.sites import lims_benchview

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-150")]


def blocks(page: str, kind: str = "") -> list[str]:
    """The blocks of a tutorial that are of a kind; commands and what they answer are of none."""
    text = (TUTORIALS / page).read_text(encoding="utf-8")
    return [body for found, body in _BLOCK.findall(text) if found == kind]


def commands(page: str) -> list[str]:
    """The commands of a tutorial, in its order."""
    lines = [line for block in blocks(page) for line in block.splitlines()]
    return [line for line in lines if line.startswith(("batchwright ", "robot "))]


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of a tutorial as it stands there, in a folder."""
    program, *given = shlex.split(command)
    if any("*" in one for one in given):
        given = [str(path) for one in given for path in (sorted(folder.glob(one)) if "*" in one else [Path(one)])]
    return subprocess.run(
        [sys.executable, "-P", "-m", program, *given],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        env={**os.environ, "BATCHWRIGHT_HOME": str(folder / "home")},
    )


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Change a file of the author's."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


@pytest.mark.requirement("URS-097", "URS-099")
def test_from_a_walk(tmp_path: Path) -> None:
    """Learn, try, make it a bot with a detail page, a file and a form sent once, run it, check the site."""
    page = "from-a-walk.md"
    learn, look, work, check = commands(page)
    (tmp_path / "walk.yaml").write_text(blocks(page, "yaml")[0], encoding="utf-8")
    learnt = run(learn, tmp_path)
    assert learnt.returncode == 0, learnt.stderr
    assert f"Look at it: {look}" in learnt.stdout
    tried = run(look, tmp_path)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    bots = tmp_path / "my_bots"
    edit(bots / "settings.json", ('"trial": true', '"trial": false'))
    locators = bots / "sites" / "our_desk" / "locators.yaml"
    kept = [line for line in locators.read_text("utf-8").splitlines() if not line.startswith("on_trial")]
    locators.write_text("\n".join(kept) + "\n", encoding="utf-8")
    value, more = blocks(page, "robotframework")
    library = "Library             keywords.site.Site\n"
    edit(
        bots / "bots" / "our_desk.robot",
        (library, f"{library}Library    keywords.pages.Pages\n"),
        ("    ...    batch=B-0\n", value),
        ("    Hand Over", f"{more}    Hand Over"),
    )
    done = run(work, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "our_desk:CT-26-0001 is done" in done.stdout
    assert list((bots / ".practice" / "evidence").glob("CT-26-0001/*/downloads/*")), "the file is in the evidence"
    assert "was done before; nothing was done again" in run(work, tmp_path).stdout
    checked = run(check, tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Nothing moved." in checked.stdout


@pytest.mark.requirement("URS-099")
def test_drive_your_own_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A product of one page: learnt, looked at, made a bot that reads and sends once, checked; the time it took."""
    page = "drive-your-own-system.md"
    learn, look, work, check = commands(page)
    (tmp_path / "walk.yaml").write_text(blocks(page, "yaml")[0], encoding="utf-8")
    began = time.monotonic()
    learnt = run(learn, tmp_path)
    assert learnt.returncode == 0, learnt.stderr
    assert f"Look at it: {look}" in learnt.stdout
    bots = tmp_path / "my_bots"
    locators = bots / "sites" / "our_lims" / "locators.yaml"
    said = yaml.safe_load(locators.read_text("utf-8"))["requests"]
    told = next(block for block in blocks(page) if block.startswith("requests:"))
    for kind, lines in said.items():
        assert f"  {kind}:\n" in told
        for line in lines:
            assert line["path"] in told
            assert all(name in told for name in line.get("rpc", ())), line
    tried = run(look, tmp_path)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    edit(bots / "settings.json", ('"trial": true', '"trial": false'))
    kept = [line for line in locators.read_text("utf-8").splitlines() if not line.startswith("on_trial")]
    locators.write_text("\n".join(kept) + "\n", encoding="utf-8")
    values, reads = blocks(page, "robotframework")
    edit(
        bots / "bots" / "our_lims.robot",
        ("    ...    batch=CT-26-0001\n    ...    sample=CT-26-0001-S4\n", values),
        ("    ${number}=", f"{reads}    ${{number}}="),
    )
    done = run(work, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "our_lims:CT-26-0001 is done" in done.stdout
    assert "was done before; nothing was done again" in run(work, tmp_path).stdout
    checked = run(check, tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Nothing moved." in checked.stdout
    with capsys.disabled():
        print(f"\n  drive-your-own-system: {time.monotonic() - began:.0f} s")  # noqa: T201 - the page names it
    store = bots / ".practice" / "sites" / "our_lims.sqlite"
    made = [row["our_reference"] for row in lims_benchview.requests(store)]
    assert made == ["learn-1", "our_lims:CT-26-0001"], "one of the walk, one of the bot that was run twice"


@pytest.mark.requirement("URS-021")
def test_the_first_bot(tmp_path: Path) -> None:
    """Made, run, verified, not done twice, broken as the text says, mended, tested."""
    told = commands("first-bot.md")
    make, work, verify, again, broken, test = told[:6]
    assert run(make, tmp_path).returncode == 0
    done = run(work, tmp_path)
    assert "is done" in done.stdout, done.stdout + done.stderr
    assert run(verify, tmp_path).returncode == 0
    assert "was done before; nothing was done again." in run(again, tmp_path).stdout
    words = tmp_path / "my_bots" / "sites" / "storage_request" / "locators.yaml"
    edit(words, ("service: Service\n      status", "service: Kind of service\n      status"))
    failed = run(f"{broken} --once", tmp_path)  # the text tells of three attempts; one says the same
    assert failed.returncode == 1
    answer = next(block for block in blocks("first-bot.md") if "COLUMN_MISSING" in block)
    sentence = " ".join(answer[: answer.index("In ...")].split())
    said = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:44881", " ".join(failed.stdout.split()))
    assert sentence in said, "the tutorial shows the sentence as it is"
    edit(words, ("Kind of service", "Service"))
    passed = run(test, tmp_path)
    assert "1 test, 1 passed, 0 failed" in passed.stdout, passed.stdout
