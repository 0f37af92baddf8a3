"""What the contract tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mes_support import Plant, running_plant


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    """A MES on an empty store, with accounts."""
    with running_plant(tmp_path / "store.sqlite") as made:
        yield made
