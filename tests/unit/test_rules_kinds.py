"""The closed family: one kind of rule is one file, and no rule's text asks for a word that its kind doesn't give."""

from pathlib import Path

import pytest

import rules
from rules.kinds import KINDS

_FOLDER = Path(rules.__file__).parent


def test_every_kind_has_its_file_and_every_file_its_kind() -> None:
    files = {path.stem for path in (_FOLDER / "kinds").glob("*.py")} - {"__init__"}
    assert set(KINDS) == files
    assert {name for name, kind in KINDS.items() if kind.name == name} == files


def test_a_kind_is_known_nowhere_else() -> None:
    """Outside its file, a kind is named by the list of kinds alone; those that rule files give product data apart."""
    for path in _FOLDER.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        named = [name for name in KINDS if f"rules.kinds.{name}" in text]
        assert set(named) <= {"master", "dose_band"}, f"{path.name} knows the kinds {named}"


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_asks_for(name: str) -> None:
    kind = KINDS[name]
    assert kind.entry.__doc__
    assert kind.check.__doc__
    assert (kind.screen is None) == (kind.place is None)
