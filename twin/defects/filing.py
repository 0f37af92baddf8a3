"""What goes wrong with what is told to agencies after a batch has left."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, moved

FAMILY = Family(after_release=True)
_OUTSIDE = "EU GMP Part IV, 11.53-11.54"
_EUROPE, _KINGDOM = ["DE"], ["GB"]


def _filing(bundle: Bundle, clause: str) -> Entry:
    found: Entry = next(one for one in bundle.shipped["filings"] if one["clause"] == clause)
    return found


def _says(one: Entry, what: str) -> Damage:
    return Damage(f"Filing {one['filing_id']} {what}.", (f"filings/{one['filing_id']}/status",))


@FAMILY.operator("filed_late", "21 CFR 600.14", "A report was accepted only after its day.", critical=False)
def _filed_late(bundle: Bundle, rng: Generator) -> Damage:
    one = _filing(bundle, "21 CFR 600.14")
    one["accepted_at"] = moved(one["due_at"], days=float(rng.integers(1, 30)))
    return _says(one, f"was accepted {one['accepted_at']}")


@FAMILY.operator("acknowledgement_missing", "21 CFR 211.180(c)", "Nobody has the proof of a report.", critical=False)
def _acknowledgement_missing(bundle: Bundle, _rng: Generator) -> Damage:
    one = _filing(bundle, "21 CFR 600.14")
    one["acknowledgement"] = None
    return _says(one, "has no acknowledgement")


@FAMILY.operator("reason_missing", "21 CFR 211.180(c)", "Why a report does not apply is not said.", critical=False)
def _reason_missing(bundle: Bundle, _rng: Generator) -> Damage:
    one = _filing(bundle, "21 CFR 600.81")
    one["why"] = ""
    return _says(one, "gives no reason")


def _opened(bundle: Bundle, clause: str, markets: list[str] | None = None, form: str | None = None) -> Damage:
    """A filing that does not apply stands open."""
    one = _filing(bundle, clause)
    one.update(status="open", form=form or one["form"])
    bundle.record["markets"] = markets or bundle.record["markets"]
    return _says(one, "stands open")


@FAMILY.operator("tissue_report_open", "21 CFR 1271.330", "A tissue report is prepared for cells.", critical=False)
def _tissue_report_open(bundle: Bundle, _rng: Generator) -> Damage:
    return _opened(bundle, "21 CFR 1271.350", ["US"])


@FAMILY.operator(
    "batch_distribution_report", "21 CFR 600.81", "A single batch's distribution is filed.", critical=False
)
def _batch_distribution_report(bundle: Bundle, _rng: Generator) -> Damage:
    return _opened(bundle, "21 CFR 600.81", ["US"])


@FAMILY.operator("filed_for_nobody", "EU 1394/2007 Art. 15", "What no law asks for is filed.", critical=False)
def _filed_for_nobody(bundle: Bundle, _rng: Generator) -> Damage:
    return _opened(bundle, "21 CFR 600.81", form="Shipment notification")


@FAMILY.operator("register_entry_open", "EU GMP Part IV, 11", "The product left without its entry.", critical=False)
def _register_entry_open(bundle: Bundle, _rng: Generator) -> Damage:
    return _opened(bundle, "EU GMP Part IV, 11", _EUROPE)


@FAMILY.operator(
    "release_not_recorded_uk", "Human Medicines Regulations 2012", "No release for the UK.", critical=False
)
def _release_not_recorded_uk(bundle: Bundle, _rng: Generator) -> Damage:
    return _opened(bundle, "EU GMP Part IV, 11", _KINGDOM)


@FAMILY.operator("deviation_not_reported", "21 CFR 600.14", "FDA never heard of a deviation in time.", critical=False)
def _deviation_not_reported(bundle: Bundle, _rng: Generator) -> Damage:
    bundle.record["markets"] = ["US"]
    one = bundle.shipped["events"][0]
    one["reported_at"], one["due_at"] = None, moved(bundle.shipped["now"], minutes=-30.0)
    return Damage(f"Event {one['event_id']} was due {one['due_at']}.", (f"events/{one['event_id']}/reported_at",))


def _supply(bundle: Bundle, markets: list[str]) -> Entry:
    """A supply outside of specification in which all is in order."""
    aware = bundle.shipped["disposition"]["signed_at"]
    one: Entry = {
        "event_id": f"supply of {bundle.batch_id}",
        "kind": "out_of_specification_supply",
        "aware_at": aware,
        "reported_at": moved(aware, minutes=300.0),
        **{"physician_request": "D-1", "risk_evaluation": "D-2", "acceptance": "D-3"},
    }
    bundle.record["markets"] = markets
    bundle.shipped["events"].append(one)
    return one


@FAMILY.operator("gate_missing", _OUTSIDE, "Cells outside of specification went out without one of the three gates.")
def _gate_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _supply(bundle, _EUROPE)
    gate = ("physician_request", "risk_evaluation", "acceptance")[int(rng.integers(3))]
    one[gate] = None
    return Damage(f"The supply has no {gate}.", (f"events/{one['event_id']}/{gate}",))


@FAMILY.operator(
    "supply_told_late", "EMA Q&A 2019", "The agencies heard of a supply outside of specification too late."
)
def _supply_told_late(bundle: Bundle, rng: Generator) -> Damage:
    one = _supply(bundle, _EUROPE)
    one["reported_at"] = moved(one["aware_at"], minutes=60.0 * float(rng.uniform(48.1, 400)))
    return Damage(f"The supply was reported {one['reported_at']}.", (f"events/{one['event_id']}/reported_at",))


@FAMILY.operator(
    "supply_to_unknown_law", "Plant procedure", "Cells outside of specification went where no way is known."
)
def _supply_to_unknown_law(bundle: Bundle, rng: Generator) -> Damage:
    market = ("GB", "CH")[int(rng.integers(2))]
    one = _supply(bundle, [market])
    return Damage(f"The supply went to {market}.", (f"events/{one['event_id']}/kind",))


def _forgotten_early(bundle: Bundle, rng: Generator, markets: list[str]) -> Damage:
    bundle.record["markets"] = markets
    kept = bundle.shipped["retention"]
    kept["traceability_until"] = moved(kept["traceability_until"], days=-float(rng.integers(30, 9000)))
    return Damage(f"Traceability ends {kept['traceability_until']}.", ("retention/traceability_until",))


@FAMILY.operator("traceability_short", "EU 1394/2007 Art. 15", "Traceability data go before 30 years.", critical=False)
def _traceability_short(bundle: Bundle, rng: Generator) -> Damage:
    return _forgotten_early(bundle, rng, _EUROPE)


@FAMILY.operator(
    "traceability_short_uk", "Human Medicines Regulations 2012", "UK traceability data go early.", critical=False
)
def _traceability_short_uk(bundle: Bundle, rng: Generator) -> Damage:
    return _forgotten_early(bundle, rng, _KINGDOM)
