"""What people install: the wheel holds all that a bot needs, and works in an environment that knows nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
pytestmark = pytest.mark.requirement("URS-154")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_types_templates_suites_and_its_description(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (about,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        said = archive.read(about).decode()
        entries = archive.read(about.replace("METADATA", "entry_points.txt")).decode()
    rooms = ("batchwright", "bots", "keywords", "rules", "mes_core", "twin")
    assert {f"{room}/py.typed" for room in rooms} <= names
    templates = {f"batchwright/new_bot/files/{path.name}" for path in (ROOT / "batchwright/new_bot/files").iterdir()}
    assert templates <= names
    assert {"bots/batch_record_review.robot", "bots/settings/demo.yaml", "keywords/steps/work_item.resource"} <= names
    data = (path.relative_to(ROOT).as_posix() for path in _kept_by_git() if path.suffix not in (".py", ".pyi"))
    assert {name for name in data if name.split("/")[0] in rooms} <= names, "data files that the code reads"
    assert "batchwright = batchwright.cli:main" in entries
    assert "Requires-Dist: robotframework>=" in said, "brings the program 'robot' along"
    for line in ("Classifier: Framework :: Robot Framework :: Library", "Classifier: Typing :: Typed"):
        assert line in said


def _kept_by_git() -> list[Path]:
    """Files of the checkout, without what work has left in it; none where it is no checkout."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / name for name in told.split("\0") if name]


@pytest.mark.browser
@pytest.mark.skipif(not SOAK, reason="installs everything anew: make wheel, which CI calls")
def test_it_works_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Installed with its extra for practice; then a bot is made, run, run again by robot, and tested."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=300)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def call(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(programs / program), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1800,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    call("python", "-m", "pip", "install", "--quiet", f"batchwright[demo] @ {wheel.as_uri()}")
    assert call("batchwright", "--version").startswith("batchwright ")
    assert "Usage: batchwright" in call("batchwright", "-h")
    assert " 0 missed;" in " ".join(call("batchwright", "demo", "--batches", "2").split())
    call("batchwright", "new", "bot", "storage_request")
    assert "is done" in call("batchwright", "run", "storage_request", "--practice")
    suite = str(Path("my_bots") / "bots" / "storage_request.robot")
    assert "1 passed" in call("robot", "--outputdir", "out", "--listener", "batchwright.dev", suite)
    assert "1 passed" in call("robot", "--outputdir", "tests", str(Path("my_bots") / "tests"))
