"""Write the table of docs/validation.md that says on which pages of a pack an inspector's questions are answered.

    python scripts/inspector_pages.py [EVIDENCE]

EVIDENCE is the folder of a sealed run (default: .batchwright/validation-evidence). Pages are those of the pack that
would be made from it now; the page names its commit.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from batchwright.validation.checkout import find_checkout  # noqa: E402 - the path comes first
from batchwright.validation.model import Pack  # noqa: E402
from batchwright.validation.pack import make_pack  # noqa: E402
from batchwright.validation.write_pdf import laid_out  # noqa: E402

PAGE = ROOT / "docs" / "validation.md"
_BEGIN, _END = "<!-- pages: made by scripts/inspector_pages.py -->", "<!-- end of the pages -->"


def table(pack: Pack) -> str:
    """The questions with the lines that answer them and their pages."""
    layout = laid_out(pack)
    titles = {chapter.key: chapter.title for chapter in pack.chapters}
    lines = [
        f"Pages of the pack of commit {pack.checkout.commit[:12]}, which has {2 + len(layout.pages)}.",
        "",
        "| question | chapters and lines | pages |",
        "|---|---|---|",
    ]
    questions = next(one for one in pack.chapters if one.key == "questions")
    for row in questions.rows:
        links = [one.removeprefix("row:") for one in row.leads_to if one.startswith("row:")]
        named = [(titles[one.partition("::")[0]], one.partition("::")[2]) for one in links]
        said = "; ".join(f"{title} ({name})" if name else title for title, name in named)
        pages = ", ".join(str(page) for page in dict.fromkeys(layout.places[f"row:{one}"][0] for one in links))
        lines.append(f"| {row.cells[0]} | {said} | {pages} |")
    return "\n".join(lines)


def main() -> None:
    """Write the table between its marks."""
    evidence = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".batchwright" / "validation-evidence"
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    made = table(make_pack(find_checkout(None), evidence))
    PAGE.write_text(f"{before}{_BEGIN}\n\n{made}\n\n{_END}{after}", encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
