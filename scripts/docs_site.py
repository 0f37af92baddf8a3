"""Build the documentation as pages: README and all of docs/, with Libdoc's own pages of the keywords.

    python scripts/docs_site.py [FOLDER]      by default into .batchwright/site; exit code 1 when a link leads nowhere

Needs the extra `docs`. Nothing is fetched: links to files and headings are followed, addresses elsewhere are not.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from keyword_reference import write_html

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = {
    "First steps": (
        "tutorials/first-bot",
        "tutorials/debug-a-bot",
        "tutorials/from-a-walk",
        "tutorials/drive-your-own-system",
        "tutorials/test-in-ci",
    ),
    "For authors of bots": ("bots", "keywords", "flow-in-python", "site-folders", "site-tryton", "migration"),
    "For people at a plant": ("operations", "system-of-record", "courier", "filing", "cases", "rules", "rule-book"),
    "Everything else": ("tutorials/add-a-rule", "*", "adr/index"),
}
CONF = """
project, author, copyright = "Batchwright", "Batchwright contributors", "Batchwright contributors, Apache-2.0"
extensions = ["myst_parser"]
html_theme, html_title = "furo", "Batchwright"
html_extra_path = ["extra"]
exclude_patterns = ["extra"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
highlight_language = "none"
html_copy_source = html_show_sourcelink = False
"""


def stage(folder: Path) -> None:
    """Lay the pages out as Sphinx wants them: one tree, a table of contents, a page for the folder of decisions."""
    docs = folder / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("keywords"))
    shutil.copy(ROOT / "LICENSE", folder)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(readme.replace("(docs/adr/)", "(docs/adr/index.md)"), encoding="utf-8")
    for page in docs.glob("*.md"):
        page.write_text(page.read_text(encoding="utf-8").replace("(adr/)", "(adr/index.md)"), encoding="utf-8")
    decisions = sorted(path.stem for path in (docs / "adr").glob("*.md"))
    _page(docs / "adr" / "index.md", "Decisions", {"": decisions})
    named = {one for chapter in CHAPTERS.values() for one in chapter}
    others = sorted({path.stem for path in docs.glob("*.md")} - named)
    chapters = {title: [*_filled(pages, others)] for title, pages in CHAPTERS.items()}
    _page(folder / "index.md", "Batchwright", {"Overview": ["README"], **chapters})
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    keywords = folder / "extra" / "keywords"
    keywords.parent.mkdir()
    links = "".join(f'<li><a href="keywords/{page.name}">{page.stem}</a></li>' for page in write_html(keywords))
    with (folder / "index.md").open("a", encoding="utf-8") as index:
        index.write(f"\n## Keywords, as Libdoc shows them\n\n```{{raw}} html\n<ul>{links}</ul>\n```\n")


def build(folder: Path) -> int:
    """Build the pages into a folder; Sphinx's exit code, for which every warning counts."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "source")
        source.mkdir()
        stage(source)
        return render(source, folder)


def render(source: Path, folder: Path) -> int:
    """Render pages that are laid out; Sphinx's exit code."""
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-W", "--keep-going", "-j", "2"]
    with tempfile.TemporaryDirectory() as trees:
        return subprocess.run([*command, "-d", trees, str(source), str(folder)], check=False).returncode


def _filled(pages: tuple[str, ...], others: list[str]) -> list[str]:
    return [f"docs/{one}" for page in pages for one in (others if page == "*" else [page])]


def _page(path: Path, title: str, chapters: dict[str, list[str]]) -> None:
    lines = [f"# {title}"]
    for caption, pages in chapters.items():
        options = [f":caption: {caption}"] if caption else []
        lines += ["", "```{toctree}", ":maxdepth: 1", *options, "", *pages, "```"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Build, and say where."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".batchwright" / "site").resolve()
    code = build(target)
    print(f"{target}: {'built' if code == 0 else 'not whole: see the warnings above'}")
    return min(code, 1)


if __name__ == "__main__":
    sys.exit(main())
