"""Write the tables of docs/part-11-and-annex-11.md, docs/alcoa.md and docs/asvs.md from docs/clauses.yaml.

python scripts/clause_tables.py            write the pages
python scripts/clause_tables.py --check    exit code 1 when a page is not what the data say
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from batchwright.validation.clauses import markdown, read_clauses  # noqa: E402 - the path comes first


def pages() -> dict[Path, str]:
    """Every page as it has to be, by its path.

    Raises:
        SystemExit: A page has no place for one of its tables.
    """
    clauses, made = read_clauses(ROOT), {}
    for table in clauses.tables:
        path = ROOT / "docs" / table.page
        text = made.get(path) or path.read_text(encoding="utf-8")
        begin, end = f"<!-- clauses: {table.key} -->\n", "<!-- /clauses -->\n"
        found = re.search(re.escape(begin) + r".*?" + re.escape(end), text, re.DOTALL)
        if not found:
            sys.exit(f"docs/{table.page} has no place for the table {table.key}: add '{begin.strip()}'.")
        new = begin + markdown(table, clauses.procedures) + end
        made[path] = text[: found.start()] + new + text[found.end() :]
    return made


def main() -> int:
    """Write or check the pages."""
    made = pages()
    stale = [path for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(
                f"{path.relative_to(ROOT)} is not what docs/clauses.yaml says: run 'python scripts/clause_tables.py'."
            )
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
        print(f"Wrote {path.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
