"""What is guessed of a page that nobody has described: never the number that lets a bot stop reading too early."""

import pytest

from keywords.failures import BusinessError
from keywords.site_folders.learning.draft import _general
from keywords.site_folders.likely import likely_total

pytestmark = pytest.mark.requirement("URS-099")


@pytest.mark.parametrize(
    "lines",
    [
        ["Show 25 per page"],
        ["25 Zeilen pro Seite", "Stand 12 March"],
        ["Updated 30 minutes ago"],
        ["130 entries", "27 users are here"],
        ["12 March 2026", "page 25 of 40"],
    ],
)
def test_no_number_of_a_page_a_time_or_one_of_several_is_the_number_of_entries(lines: list[str]) -> None:
    assert likely_total(25, lines) == ""


@pytest.mark.parametrize("lines", [["130 entries"], ["Show 25 per page", "130 entries"], ["1,204 Einträge"]])
def test_the_only_number_that_counts_entries_is_it(lines: list[str]) -> None:
    assert likely_total(25, lines)


@pytest.mark.parametrize(
    ("path", "general"),
    [
        ("/v2/bookings/new", "/v2/bookings/new"),
        ("/shipments2", "/shipments2"),
        ("/orders/1234/send", "/orders/*/send"),
        ("/orders/B-7/send", "/orders/*/send"),
        ("/api/0f8fad5b-d9cb-469f-a165-70867728950e/file", "/api/*/file"),
    ],
)
def test_only_numbers_and_what_was_typed_stand_for_any(path: str, general: str) -> None:
    assert _general(path, {"B-7"}) == general


def test_a_path_without_a_word_is_no_change_that_could_be_known() -> None:
    with pytest.raises(BusinessError, match="write 'requests' by hand"):
        _general("/4711", set())
