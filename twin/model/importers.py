"""Who answers for the product in a market that it is imported into; all of them are made up."""

from typing import Any

_WHO = {
    "GB": ("Northfield Therapies UK Ltd", "UK WDA(H) 90417", "j.reed"),
    "CH": ("Northfield Therapies Schweiz AG", "Swissmedic 512904", "a.frei"),
}
IMPORTING = tuple(_WHO)
"""Markets into which every batch of the pretend plant is imported."""


def importer(market: str) -> dict[str, Any]:
    """The importer of a market, as the record names it: holder of the licence, licence, and who answers on it."""
    name, licence, person = _WHO[market]
    return {"market": market, "name": name, "licence": licence, "responsible_person": person}
