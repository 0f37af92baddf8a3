"""Who answers for a batch in a market that it is imported into."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, moved, pick
from twin.model.importers import IMPORTING, importer

FAMILY = Family()
_UK_CH = "Human Medicines Regulations 2012; SR 812.212.1"
_UNION = "Dir. 2001/83/EC Art. 40(3), 51"
_ALL = f"{_UNION}; {_UK_CH}"


def importer_of(bundle: Bundle, rng: Generator) -> Entry:
    """The importer of a batch; one that nobody imports goes to such a market alone, and is in order there."""
    if not bundle.entries("importers"):
        market = pick(rng, IMPORTING, "market")
        bundle.record["markets"], bundle.record["importers"] = [market], [_in_order(bundle, market, rng)]
    found: Entry = pick(rng, bundle.entries("importers"), "importer")
    return found


def into_union(bundle: Bundle, rng: Generator) -> Entry:
    """The batch was made overseas and goes to the Union alone; its importer there is in order."""
    one = _in_order(bundle, "EU", rng)
    bundle.record["made_in"] = pick(rng, ("US", "JP"), "country")
    bundle.record["markets"], bundle.record["importers"] = [pick(rng, ("EU", "DE", "FR"), "market")], [one]
    return one


def _in_order(bundle: Bundle, market: str, rng: Generator) -> Entry:
    confirmed = moved(bundle.record["manufactured_at"], minutes=60.0 * float(rng.integers(2, 60)))
    until = moved(bundle.record["infusion_planned_on"], days=float(rng.integers(0, 700)))
    return importer(market, confirmed_at=confirmed, licence_valid_until=until)


def _change(one: Entry, key: str, value: object) -> Damage:
    old, one[key] = one[key], value
    shown = "nothing" if value is None else value
    what = f"The importer for {one['market']}: {key} reads {shown} instead of {old}."
    return Damage(what, (f"importers/{one['market']}/{key}",))


@FAMILY.operator("importer_incomplete", _ALL, "An importer is named, and something is left out.")
def _importer_incomplete(bundle: Bundle, rng: Generator) -> Damage:
    keys = ("name", "licence", "licence_valid_until", "responsible_person", "role", "confirmed_at")
    return _change(importer_of(bundle, rng), pick(rng, keys, "field"), None)


@FAMILY.operator("importer_missing", _UK_CH, "Nobody answers for an import.")
def _importer_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = importer_of(bundle, rng)
    bundle.entries("importers").remove(one)
    return Damage(f"The batch goes to {one['market']}, and nobody answers for it there.", ("importers",))


@FAMILY.operator("importer_missing_union", _UNION, "Nobody answers for an import into the Union.")
def _importer_missing_union(bundle: Bundle, rng: Generator) -> Damage:
    into_union(bundle, rng)
    bundle.record["importers"] = []
    return Damage(f"Made in {bundle.record['made_in']}, and nobody answers for it in the Union.", ("importers",))


@FAMILY.operator("import_tests_missing", _UNION, "A batch from elsewhere was not tested upon import.")
def _import_tests_missing(bundle: Bundle, rng: Generator) -> Damage:
    said = pick(rng, (None, "", "No", "Tested by the maker"), "words")
    return _change(into_union(bundle, rng), "import_tests", said)


@FAMILY.operator("made_in_missing", _UNION, "The record does not say in which country the batch was made.")
def _made_in_missing(bundle: Bundle, rng: Generator) -> Damage:
    """With an importer for each market it may go to: only the country is missing."""
    bundle.record["made_in"] = None
    markets = pick(rng, (["EU"], ["GB"], ["CH"], ["GB", "EU"]), "markets")
    bundle.record["markets"] = list(markets)
    bundle.record["importers"] = [_in_order(bundle, market, rng) for market in markets]
    return Damage("No country is named.", ("made_in",))


@FAMILY.operator(
    "importer_in_other_role", _ALL, "Who answers for an import does so in a role that the law lacks there."
)
def _importer_in_other_role(bundle: Bundle, rng: Generator) -> Damage:
    one = into_union(bundle, rng) if rng.random() < 0.3 else importer_of(bundle, rng)
    roles = [role for role in ("RP", "RPi", "FvP", "QA") if role != one["role"]]
    return _change(one, "role", pick(rng, roles, "role"))


@FAMILY.operator("import_confirmed_early", _ALL, "An import was confirmed before there was a batch.")
def _import_confirmed_early(bundle: Bundle, rng: Generator) -> Damage:
    early = moved(bundle.record["manufactured_at"], minutes=-float(rng.integers(1, 20_000)))
    return _change(importer_of(bundle, rng), "confirmed_at", early)


@FAMILY.operator("import_licence_ends", _ALL, "The licence for an import ends before the infusion.")
def _import_licence_ends(bundle: Bundle, rng: Generator) -> Damage:
    day = moved(bundle.record["infusion_planned_on"], days=-float(rng.integers(1, 400)))
    return _change(importer_of(bundle, rng), "licence_valid_until", day)
