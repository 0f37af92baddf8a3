"""The documentation as pages: a link that leads nowhere ends the build. All of docs/ is built by `make docs`."""

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.append(str(SCRIPTS))

import docs_site  # noqa: E402


@pytest.mark.parametrize(
    ("link", "whole"), [("other.md#a-part", True), ("other.md#no-part", False), ("nowhere.md", False)]
)
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, link: str, whole: bool) -> None:
    source = tmp_path / "source"
    (source / "extra").mkdir(parents=True)
    (source / "conf.py").write_text(docs_site.CONF, encoding="utf-8")
    (source / "index.md").write_text(f"# One\n\n[a word]({link})\n\n```{{toctree}}\nother\n```\n", encoding="utf-8")
    (source / "other.md").write_text("# Other\n\n## A part\n\nText.\n", encoding="utf-8")
    assert (docs_site.render(source, tmp_path / "site") == 0) is whole


def test_every_page_and_every_library_is_laid_out(tmp_path: Path) -> None:
    docs_site.stage(tmp_path)
    index = (tmp_path / "index.md").read_text(encoding="utf-8")
    for page in (SCRIPTS.parent / "docs").glob("*.md"):
        assert f"docs/{page.stem}\n" in index
    for page in (SCRIPTS.parent / "docs" / "tutorials").glob("*.md"):
        assert f"docs/tutorials/{page.stem}\n" in index
    assert (tmp_path / "extra" / "keywords" / "for-any-page.html").is_file()
