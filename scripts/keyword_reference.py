"""Write docs/keywords.md: every keyword that a suite can use, as Robot Framework's own Libdoc reads it.

`python scripts/keyword_reference.py` writes it; with `--check` it only says whether it is up to date (exit code 0, 1);
with `--html` it writes Libdoc's own pages, one a library, into docs/keywords/.
"""

import sys
from pathlib import Path

from robot.libdoc import LibraryDocumentation  # type: ignore[attr-defined]
from robot.libdocpkg.model import KeywordDoc
from robot.libdocpkg.model import LibraryDoc as Library

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "keywords.md"
SOURCES = (
    ("For any site", "keywords.site.Site"),
    ("For any page", "keywords.pages.Pages"),
    ("The MES", "keywords.mes.Mes"),
    ("Laboratory", "keywords.lims.Lims"),
    ("Stores and postings", "keywords.erp.Erp"),
    ("Courier", "keywords.courier.Courier"),
    ("Labels", "keywords.labels.Labels"),
    ("Another way", "keywords.rebooking.Rebooking"),
    ("Tracking", "keywords.tracking.Tracking"),
    ("Forms", "keywords.filing.Forms"),
    ("Authority", "keywords.agency.Agency"),
    ("Predictive holds", "keywords.predictive_holds.library.PredictiveHolds"),
    ("Drift of models", "keywords.predictive_holds.drift_watch.DriftWatch"),
    ("Evidence", "keywords.evidence.Evidence"),
    ("Steps of an item", "keywords/steps/work_item.resource"),
    ("Steps of a review", "keywords/steps/review.resource"),
    ("For tests of your own bots", "batchwright.practice.keywords.Practice"),
)
HEAD = """# Keywords

Every keyword that a suite can use. Written by `python scripts/keyword_reference.py`; the standard keywords of
`RPA.Robocorp.WorkItems` (`Get Work Item Variable`, `Release Input Work Item`, ...) work as well, on the item in hand.
"""


def reference() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, "\n".join(f"- [{title}](#{_anchor(title)})" for title, _ in SOURCES), ""]
    for title, source in SOURCES:
        name = str(ROOT / source) if source.endswith(".resource") else source
        with_arguments = f"{name}::." if source.startswith("batchwright.practice") else name
        parts.append(_library(title, source, LibraryDocumentation(with_arguments)))
    return "\n".join(parts).rstrip() + "\n"


def _library(title: str, source: str, library: Library) -> str:
    how = f"`Resource    {source}`" if source.endswith(".resource") else f"`Library    {source}`"
    lines = [f"## {title}", "", how, "", library.doc.strip(), ""]
    for one in library.keywords:
        lines += _keyword(one)
    return "\n".join(lines)


def _keyword(one: KeywordDoc) -> list[str]:
    rows = [f"| `{_cell(str(argument))}` | {_cell(argument.doc)} |" for argument in one.args]
    table = ["| Argument | |", "| --- | --- |", *rows, ""] if rows else []
    answer = one.args.return_doc if hasattr(one.args, "return_doc") else ""
    kind = f"`{one.args.return_type}`" if one.args.return_type and str(one.args.return_type) != "None" else ""
    returns = [f"Returns {': '.join(part for part in (kind, answer) if part)}", ""] if kind or answer else []
    return [f"### {one.name}", "", one.doc.strip(), "", *table, *returns]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def write_html(folder: Path) -> list[Path]:
    """Libdoc's own page of every library, with its search."""
    folder.mkdir(exist_ok=True)
    written = []
    for title, source in SOURCES:
        name = str(ROOT / source) if source.endswith(".resource") else source
        library = LibraryDocumentation(f"{name}::." if source.startswith("batchwright.practice") else name)
        written.append(folder / f"{_anchor(title)}.html")
        library.save(str(written[-1]), "HTML")
    return written


def main() -> int:
    """Write or check the page."""
    if "--html" in sys.argv[1:]:
        print(f"docs/keywords: {len(write_html(ROOT / 'docs' / 'keywords'))} pages")
        return 0
    text = reference()
    if "--check" in sys.argv[1:]:
        same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text
        if not same:
            print("docs/keywords.md is out of date: run 'python scripts/keyword_reference.py'.")
        return 0 if same else 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(SOURCES)} libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
