"""`batchwright site check` names each word that moved with its likely new one, and calls nothing moved that did not."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_changes import ERP, SEEDS, UNCHANGED, Seed
from site_folder_support import MockSites, Replaced

from batchwright.site_desk.accepting import accept_words
from batchwright.support.errors import Refused
from keywords.browser import WarmBrowser
from keywords.site_folders.checking import Checked, check_site
from keywords.site_folders.finding import dotted
from keywords.sites.locators import load_locators
from keywords.sites.registry import FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-098")]
_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_SEEDS = SEEDS if _SOAK else SEEDS[:5]
_UNCHANGED = UNCHANGED if _SOAK else [*UNCHANGED[1:2], *UNCHANGED[6:9]]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, browser: WarmBrowser) -> Iterator[MockSites]:
    mock = MockSites(tmp_path_factory.mktemp("sites"), browser)
    yield mock
    mock.stop()


def _names(checked: Checked, seed: Seed) -> bool:
    return any(
        dotted(one.place) == seed.place and one.likely == seed.likely and seed.says in one.sentence and one.picture
        for one in checked.moved
    )


def _told(checked: Checked) -> list[str]:
    return [one.sentence for one in checked.moved]


def test_each_seeded_change_is_named_with_its_new_word_and_a_picture(sites: MockSites) -> None:
    missed = {}
    for seed in _SEEDS:
        with sites.visit(seed.product, seed.replaced, moved=seed.moved) as visit:
            checked = check_site(visit)
        if not _names(checked, seed):
            missed[f"{seed.product} {seed.place}"] = _told(checked)
    print(f"seeded changes named: {len(_SEEDS) - len(missed)} of {len(_SEEDS)}")  # noqa: T201
    assert missed == {}


def test_nothing_is_called_moved_that_did_not_move(sites: MockSites) -> None:
    wrong = {}
    for number, (product, look) in enumerate(_UNCHANGED):
        with sites.visit(product, look) as visit:
            checked = check_site(visit)
        if checked.moved or checked.diff:
            wrong[f"{number} {product}"] = _told(checked)
        assert checked.compared > 10
    print(f"unchanged sites called changed: {len(wrong)} of {len(_UNCHANGED)}")  # noqa: T201
    assert wrong == {}


_NEW_WORDS: Replaced = [(">Ship to</label>", ">Consignee</label>"), (">Expires on</th>", ">Use before</th>")]


def test_a_diff_counts_when_a_person_accepts_it_and_in_production_only_by_a_signature(
    sites: MockSites, tmp_path: Path
) -> None:
    folder = tmp_path / ERP
    shutil.copytree(FOLDER / ERP, folder)
    before = (folder / "locators.yaml").read_text("utf-8")
    with sites.visit(ERP, _NEW_WORDS, folder, environment="production") as visit:
        checked = check_site(visit)
        assert (folder / "locators.yaml").read_text("utf-8") == before
        assert "-      ship_to: Ship to\n+      ship_to: Consignee\n" in checked.diff
        with pytest.raises(Refused, match="count when they are signed"):
            accept_words(visit, checked, "")
        assert (folder / "locators.yaml").read_text("utf-8") == before
    with sites.visit(ERP, _NEW_WORDS, folder) as visit:
        assert "Accepted" in accept_words(visit, checked, "")
        assert check_site(visit).moved == []
    assert load_locators(folder / "locators.yaml").lists["stock"].columns["expires_on"].header == "Use before"
