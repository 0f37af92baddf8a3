"""The page about the rule book says what the rule files say."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_rule_book_page_is_up_to_date() -> None:
    command = [sys.executable, str(_ROOT / "scripts" / "rule_tables.py"), "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    assert ended.returncode == 0, ended.stderr
