"""Who answers for the product in a market that it is imported into; all of them are made up."""

from typing import Any

MADE_IN = "NL"
"""Where the pretend plant stands."""
_WHO = {
    "GB": ("Northfield Therapies UK Ltd", "UK WDA(H) 90417", "j.reed", "RPi"),
    "CH": ("Northfield Therapies Schweiz AG", "Swissmedic 512904", "a.frei", "FvP"),
    "EU": ("Northfield Therapies Europe BV", "NL MIA 108447", "k.visser", "QP"),
}
IMPORTING = ("GB", "CH")
"""Markets into which every batch of the pretend plant is imported."""


def importer(market: str, *, confirmed_at: str, licence_valid_until: str) -> dict[str, Any]:
    """The importer of a market, as the record names it: holder of the licence, licence, and who answers on it."""
    name, licence, person, role = _WHO[market]
    return {
        "market": market,
        "name": name,
        "licence": licence,
        "licence_valid_until": licence_valid_until,
        "responsible_person": person,
        "role": role,
        "confirmed_at": confirmed_at,
        "import_tests": "Tested in the Union" if market == "EU" else None,
    }
