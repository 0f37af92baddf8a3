"""Which word most likely took another's place, and how a file of words is rewritten without touching anything else."""

import pytest

from keywords.settings import SettingsError
from keywords.site_folders.likely import either_number, likely_address, likely_total, likely_word
from keywords.site_folders.proposal import difference, has_place, rewritten
from keywords.sites.registry import FOLDER

pytestmark = pytest.mark.requirement("URS-098")
_FILE = (FOLDER / "erp_stockroom" / "locators.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("word", "shown", "named", "likely"),
    [
        ("Test", ["Sample", "Assay", "Result"], ["Sample", "Test", "Result"], "Assay"),  # by its place
        ("Lower limit", ["Upper spec", "x", "Lower spec"], ["Lower limit", "Upper limit"], "Lower spec"),  # by letters
        ("Result", ["Unit", "Result value", "Other"], ["Result", "Unit"], "Result value"),  # by its words
        ("Batch", ["Batch", "Other"], ["Batch", "Other"], ""),
        ("Filter", ["Log out", "Search", "Log out", "Search"], ["Filter", "Next"], "Search"),  # not what leads away
        ("Batch", ["Charge", "Status", "Lines"], ["Batch", "Lines", "Status"], "Charge"),
        ("Confirm", ["Yes, post it", "Cancel"], ["Confirm"], "Yes, post it"),
        ("Carrier", ["Unit", "Memo", "Zone"], ["Unit", "Carrier"], ""),  # two strangers, neither alike
    ],
)
def test_the_likely_word_is_the_one_alike_or_in_its_place(
    word: str, shown: list[str], named: list[str], likely: str
) -> None:
    assert likely_word(word, shown, named) == likely


def test_a_page_that_is_gone_is_looked_for_among_the_links() -> None:
    links = [("Samples", "/specimens"), ("Results", "/results")]
    assert likely_address("Samples", "/samples", links) == "/specimens"
    assert likely_address("shipment", "/shipments/new", [("Make one", "/shipments/create"), ("x", "/y")]) == (
        "/shipments/create"
    )
    assert likely_address("Stock", "/stock", [("Help", "/about")]) == ""


def test_a_total_is_proposed_in_both_numbers() -> None:
    assert likely_total(25, ["Page 1 of 6", "2026-03-01 08:00 UTC", "132 records"]) == r"(\d[\d,]*) record(?:s)?"
    assert likely_total(25, ["3 records"]) == ""
    assert either_number("entries") == "entr(?:ies|y)"
    assert either_number("entry") == "entr(?:ies|y)"


def test_only_the_words_change_and_what_yaml_would_take_for_something_else_is_quoted() -> None:
    words = {
        ("login", "user"): "Yes",
        ("forms", "shipment", "fields", "ship_to"): "To: whom",
        ("lists", "stock", "columns", "lot"): "Charge",
        ("nowhere", "at all"): "x",
    }
    new = rewritten(_FILE, words)
    changed = [line for line in difference(_FILE, new, FOLDER / "locators.yaml").splitlines() if line[:1] in "+-"][2:]
    assert changed == [
        "-login: {path: /login, user: User name, password: Password, button: Log in}",
        "+login: {path: /login, user: 'Yes', password: Password, button: Log in}",
        "-      lot: Lot",
        "+      lot: Charge",
        "-      ship_to: Ship to",
        "+      ship_to: 'To: whom'",
    ]
    assert has_place(_FILE, ("login", "user"))
    assert not has_place(_FILE, ("login", "next"))


def test_a_proposal_that_is_no_site_folder_is_refused() -> None:
    with pytest.raises(SettingsError, match="can't be used"):
        rewritten(_FILE, {("controls", "total"): "entries"})
