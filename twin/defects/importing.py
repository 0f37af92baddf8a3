"""Who answers for a batch in a market that it is imported into."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, pick
from twin.model.importers import IMPORTING, importer

FAMILY = Family()
_UK_CH = "Human Medicines Regulations 2012; SR 812.212.1"


def importer_of(bundle: Bundle, rng: Generator) -> Entry:
    """The importer of a batch; one that nobody imports goes to such a market alone, and is in order there."""
    if not bundle.entries("importers"):
        market = pick(rng, IMPORTING, "market")
        bundle.record["markets"], bundle.record["importers"] = [market], [importer(market)]
    found: Entry = pick(rng, bundle.entries("importers"), "importer")
    return found


@FAMILY.operator("importer_incomplete", _UK_CH, "An importer is named without licence or responsible person.")
def _importer_incomplete(bundle: Bundle, rng: Generator) -> Damage:
    one, key = importer_of(bundle, rng), pick(rng, ("name", "licence", "responsible_person"), "field")
    one[key] = None
    return Damage(f"The importer for {one['market']} has no {key}.", (f"importers/{one['market']}/{key}",))


@FAMILY.operator("importer_missing", _UK_CH, "Nobody answers for an import.")
def _importer_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = importer_of(bundle, rng)
    bundle.entries("importers").remove(one)
    return Damage(f"The batch goes to {one['market']}, and nobody answers for it there.", ("importers",))
