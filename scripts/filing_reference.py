"""Write the tables of docs/filing.md from the book of clocks and the forms: `python scripts/filing_reference.py`."""

import sys
from pathlib import Path

from mes_core.filing.drafts import forms
from mes_core.filing.loading import book
from mes_core.filing.model import Category, Clock
from mes_core.services.filing.words import due_words

PAGE = Path(__file__).resolve().parents[1] / "docs" / "filing.md"
_BEGIN, _END = "<!-- tables: made by scripts/filing_reference.py -->", "<!-- end of the tables -->"
_MARKS = {"final": "final", "draft": "draft", "to_be_verified": "to be verified"}


def tables() -> str:
    """The tables as Markdown."""
    clocks = book().clocks
    applied = [one for one in clocks if one.category is not Category.NOT_APPLICABLE]
    lines = ["### Clocks", "", _row("Id", "What", "Due", "Unit", "Binds", "Clause", "Mark"), _row(*["---"] * 7)]
    lines += [
        _row(f"`{one.id}`", _what(one), _due(one), one.unit, ", ".join(one.bound), one.clause, _mark(one))
        for one in applied
    ]
    lines += ["", "### Look applicable, and are not", "", _row("Id", "What", "Clause", "Why not", "Instead", "Mark")]
    lines += [_row(*["---"] * 6)]
    for one in clocks:
        if one.category is Category.NOT_APPLICABLE:
            lines.append(_row(f"`{one.id}`", one.title, one.clause, one.reason, one.instead or "-", _mark(one)))
    lines += ["", "### Forms", "", _row("Form", "Title", "Fields", "Required", "Tables"), _row(*["---"] * 5)]
    for name, form in forms().items():
        required = sum(field.required for field in form.fields)
        lines.append(_row(f"`{name}`", form.name, str(len(form.fields)), str(required), str(len(form.tables))))
    return "\n".join(lines)


def _what(one: Clock) -> str:
    kinds = {Category.KEEPING: " (kept, nothing is filed)", Category.TESTING: " (tested, nothing is filed)"}
    return one.title + kinds.get(one.category, "")


def _due(one: Clock) -> str:
    return due_words(one.due)


def _mark(one: Clock) -> str:
    return _MARKS[one.status.value]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The page with its tables as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(_BEGIN)[0], text.partition(_END)[2]
    return f"{before}{_BEGIN}\n\n{tables()}\n\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
