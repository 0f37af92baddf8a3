"""What is installed where: extras, the page that lists them, and a machine without them."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from keywords.extras import EXTRAS, install_hint
from keywords.failures import parse_failure
from mes_core.messages.views import Family

ROOT = Path(__file__).parents[2]
_DISTRIBUTION = {"sklearn": "scikit-learn"}
_WITHOUT = f"""
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(EXTRAS)}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Without())
"""


@pytest.fixture
def without(tmp_path: Path) -> dict[str, str]:
    """Environment of a process on a machine with the core only."""
    (tmp_path / "sitecustomize.py").write_text(_WITHOUT, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path), "BATCHWRIGHT_HOME": str(tmp_path / "home")}


def _run(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the page is that of Linux, and needs what is installed there")
def test_the_page_names_every_distribution_that_is_pulled_in() -> None:
    done = _run(dict(os.environ), str(ROOT / "scripts" / "dependencies.py"), "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_an_extra_is_known_with_the_extras_that_bring_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    brought = {
        name: {re.split(r"[\[><=~! ]", one)[0] for one in extras[name]}
        for name in ("models", "planning", "twin", "fast")
    }
    core = {re.split(r"[\[><=~! ]", one)[0] for one in project["dependencies"]}
    for module, said in EXTRAS.items():
        name = _DISTRIBUTION.get(module, module)
        assert set(said) == {extra for extra, names in brought.items() if name in names}, module
        assert name not in core
    known = {_DISTRIBUTION.get(module, module) for module in EXTRAS}
    assert set().union(*brought.values()) == known


def test_server_worker_and_the_commands_of_both_are_imported_on_a_machine_without_extras(
    without: dict[str, str],
) -> None:
    rooms = [
        path.relative_to(ROOT)
        for room in ("batchwright", "bots", "keywords", "mes_core", "rules")
        for path in sorted((ROOT / room).rglob("*.py"))
    ]
    apart = (
        "batchwright/demo/",
        "batchwright/dev.py",
        "batchwright/practice/",
        "batchwright/commands/demo.py",
        "batchwright/commands/model_in_twin.py",
        "batchwright/commands/model_twin.py",
        "batchwright/commands/mutation.py",
        "batchwright/commands/twin",
        "keywords/predictive_holds/",
        "mes_core/journey/",
        "mes_core/services/journeys/conditions.py",
        "mes_core/services/journeys/judging.py",
        "mes_core/services/journeys/week_plan.py",
        "mes_core/storage/migrations/",
        "mes_core/exchange/allotropy_script.py",
    )
    modules = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in rooms
        if not path.as_posix().startswith(apart) and path.name != "__main__.py" and "files" not in path.parts
    ]
    modules.append("keywords.predictive_holds.library")
    done = _run(without, "-c", f"import importlib\nfor name in {modules}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr
    assert len(modules) > 200


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("twin", "inputs"), "twin"),
        (("demo", "--batches", "1"), "demo"),
        (("run", "storage_request", "--practice"), "demo"),
        (("rules", "mutate"), "twin"),
        (("model", "predict", "--data", "any.csv", "--model", "any.skops"), "models"),
    ],
)
def test_a_command_without_its_extra_says_how_to_get_it(
    without: dict[str, str], words: tuple[str, ...], extra: str
) -> None:
    done = _run(without, "-m", "batchwright", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"numpy is not installed on this machine: get it by 'pip install \"batchwright[{extra}]\"'.\n"


def test_an_item_that_needs_an_extra_waits_for_a_person_with_the_command() -> None:
    """It is not tried again and again on a machine that can't do it."""
    failure = parse_failure("ModuleNotFoundError: No module named 'sklearn.linear_model'")
    assert (failure.family, failure.code) == (Family.BUSINESS, "NOT_INSTALLED")
    assert "sklearn is not installed on this machine" in failure.message
    assert "batchwright[models]" in failure.message
    assert parse_failure("ModuleNotFoundError: No module named 'their_own'").code == "UNEXPECTED"
    assert install_hint("No module named 'their_own'") is None
