"""What goes wrong between release and receipt: signatures, holds, times, the way, packing, custody, identity."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from numpy.random import Generator

from twin.defects.bundle import Apply, Bundle, Damage, Entry, Family, moved, pick
from twin.defects.identity import other_symbol

FAMILY = Family(after_release=True)
_RELEASE = "EU GMP Part IV, 11; 21 CFR 211.192"
_TRACE = "EU 1394/2007 Art. 15"
_COLD = "21 CFR 211.142(b)"
_CARRIED = "ISO 21973:2020"
_LABEL = "Label of the product: depletion before infusion"
_ROUTE = "EU GDP guideline 9.2"

New = Callable[[Entry, Entry, Generator], Any]
"""A wrong value, from all facts of the shipment, from the place that is changed, and by chance."""


def _later(path: str, *, least: int, most: int) -> New:
    """So many minutes after (or, if negative, before) what stands at `place.field`."""
    place, _, field = path.partition(".")
    return lambda facts, _one, rng: moved(str(facts[place][field]), minutes=float(rng.integers(least, most)))


def _one_of(*values: Any) -> New:
    return lambda _facts, _one, rng: pick(rng, values, "value")


def _other(field: str) -> New:
    return lambda _facts, one, rng: other_symbol(str(one[field]), rng)


def _between(low: float, high: float) -> New:
    return lambda _facts, _one, rng: round(float(rng.uniform(low, high)), 2)


def _day_before(path: str) -> New:
    """A day before the one of a time, so that what ends on it has ended then."""
    place, _, field = path.partition(".")

    def wrong(facts: Entry, _one: Entry, rng: Generator) -> str:
        day = datetime.fromisoformat(str(facts[place][field])).date()
        return (day - timedelta(days=int(rng.integers(1, 60)))).isoformat()

    return wrong


def _change(place: str, field: str, new: New) -> Apply:
    """Put a wrong value into a place of the shipment, or into one entry of a list."""

    def apply(bundle: Bundle, rng: Generator) -> Damage:
        held = bundle.shipped[place]
        one: Entry = pick(rng, held, place) if isinstance(held, list) else held
        old, value = one[field], new(bundle.shipped, one, rng)
        one[field] = value
        shown = "nothing" if value in (None, "") else value
        return Damage(f"{place} {field} reads {shown} instead of {old or 'nothing'}.", (f"{place}/{field}",))

    return apply


_PLANTED: tuple[tuple[str, str, str, str, str, New], ...] = (
    ("left_undecided", _RELEASE, "What was not released left the plant.",
     "disposition", "disposition", _one_of("held", "rejected")),
    ("left_before_decision", _RELEASE, "The product left before a person had decided on it.",
     "disposition", "signed_at", _later("shipment.left_at", least=5, most=600)),
    ("release_of_other_record", "21 CFR 11.70", "The release was signed on another state of the record.",
     "disposition", "record_hash", _other("record_hash")),
    ("release_by_bot", "21 CFR 11.200(a)(2)", "A bot's account signed the release.",
     "disposition", "account_kind", _one_of("bot", "none")),
    ("left_on_hold", "21 CFR 211.142(a)", "A hold was open when the product left.",
     "holds", "lifted_at", _one_of(None)),
    ("hold_lifted_late", "21 CFR 211.142(a)", "A hold was lifted only after the product had left.",
     "holds", "lifted_at", _later("shipment.left_at", least=5, most=900)),
    ("received_on_hold", "21 CFR 211.142(a)", "The batch was on hold when the treatment centre received it.",
     "receipts", "open_holds", _one_of("H-9")),
    ("shipper_holds_briefly", "Plant procedure: hold left at unloading", "The shipper runs dry before it is unloaded.",
     "way", "hold_left_h", _between(-40, 23.9)),
    ("arrives_after_depletion", _LABEL, "The product is due after the patient's depletion has begun.",
     "way", "latest_receipt_at", _later("shipment.delivery_at", least=-2000, most=-1)),
    ("way_not_assessed", _ROUTE, "Another way was booked than the one that was assessed.",
     "shipment", "slot_id", _other("slot_id")),
    ("way_forbidden", _ROUTE, "A way was booked against which something speaks.",
     "way", "never", _one_of("its pick-up comes before the certification", "its logger is out of calibration")),
    ("way_improbable", _ROUTE, "Nobody decided for a way that is less sure than the product asks for.",
     "way", "probability", _between(80, 99.49)),
    ("other_shipper_packed", "21 CFR 211.188(b)(11)", "Another shipper was packed than the one that was booked.",
     "packing", "shipper", _other("shipper")),
    ("packed_by_one", "21 CFR 211.188(b)(11)", "One person packed and confirmed.",
     "packing", "confirmed_by", lambda _facts, one, _rng: one["packed_by"]),
    ("shipper_not_charged", "IATA DGR A152", "The shipper holds no nitrogen.",
     "packing", "charged_kg", lambda _facts, one, _rng: one["dry_kg"]),
    ("shipper_charged_late", "IATA DGR A152", "The shipper was charged when the courier had it already.",
     "packing", "charged_at", _later("shipment.left_at", least=1, most=300)),
    ("free_liquid", "IATA DGR A152", "The shipper holds free liquid nitrogen.",
     "packing", "free_liquid", _one_of("yes")),
    ("outbound_logger_overdue", "21 CFR 211.160(b)(4)", "The logger of the shipment is out of calibration.",
     "packing", "logger_calibrated_until", _day_before("shipment.delivery_at")),
    ("outbound_shipper_not_qualified", "EU GMP Part IV, 10", "The shipper of the product is not qualified any more.",
     "packing", "shipper_qualified_until", _day_before("shipment.delivery_at")),
    ("packed_slowly", _COLD, "The bags lay outside of nitrogen for too long before they were packed.",
     "packing", "out_of_storage_at", _later("packing.packed_at", least=-240, most=-16)),
    ("packed_for_other_patient", _TRACE, "The bag that was packed carries another patient's code.",
     "packing", "patient_on_label", _other("patient_on_label")),
    ("packed_from_other_donation", _TRACE, "The bag that was packed is of another donation.",
     "packing", "chain_of_identity", _other("chain_of_identity")),
    ("packed_other_batch", _TRACE, "The bag that was packed is of another batch.",
     "packing", "batch_on_label", _other("batch_on_label")),
    ("warm_on_the_way", _COLD, "On its way out the product got warmer than it is kept.",
     "custody", "temperature_c", _between(-134, 8)),
    ("seal_broken_on_arrival", _CARRIED, "The treatment centre found another seal than was put on, or none.",
     "receipts", "seal", lambda _facts, one, rng: pick(rng, ("", other_symbol(str(one["seal"]), rng)), "seal")),
    ("receipt_without_scan", _TRACE, "Nobody scanned the label at the receipt, or it is another batch's.",
     "receipts", "identifier", _one_of("", "CT-26-9999")),
    ("received_warm", _COLD, "The shipper was too warm inside when it was opened, or nobody looked.",
     "receipts", "temperature_c", _one_of(-134.0, -120.5, -60.0, None)),
    ("received_after_depletion", _LABEL, "The product came after the last moment for it.",
     "receipts", "at", _later("way.latest_receipt_at", least=1, most=3000)),
    ("received_before_pick_up", "21 CFR 211.196", "The receipt is dated before the product left.",
     "receipts", "at", _later("shipment.left_at", least=-900, most=-1)),
)  # fmt: skip
_MINOR: tuple[tuple[str, str, str, str, str, New], ...] = (
    ("way_booked_otherwise", "EU GMP Part IV, 6", "The way was booked to other times than were assessed.",
     "way", "pickup_at", _later("shipment.pickup_at", least=5, most=300)),
    ("delivery_before_pick_up", "21 CFR 211.196", "The delivery is booked before the pick-up.",
     "shipment", "pickup_at", _later("shipment.delivery_at", least=1, most=300)),
    ("packed_after_pick_up", _COLD, "The packing is dated after the courier had the shipper.",
     "packing", "packed_at", _later("shipment.left_at", least=1, most=300)),
    ("posting_missing", "21 CFR 211.196", "The shipment names no posting.",
     "shipment", "erp_posting", _one_of("", None)),
)  # fmt: skip

for _id, _clause, _what, _place, _field, _new in _PLANTED:
    FAMILY.operator(_id, _clause, _what)(_change(_place, _field, _new))
for _id, _clause, _what, _place, _field, _new in _MINOR:
    FAMILY.operator(_id, _clause, _what, critical=False)(_change(_place, _field, _new))


@FAMILY.operator(
    "product_ends_before_infusion",
    "21 CFR 211.137(a)",
    "The infusion was moved past the expiry.",
)
def _product_ends_before_infusion(bundle: Bundle, rng: Generator) -> Damage:
    """The treatment centre moved the infusion after the release."""
    day = moved(str(bundle.record["expires_at"])[:10], days=float(rng.integers(1, 40)))
    bundle.record["infusion_planned_on"] = day
    return Damage(f"The infusion is planned for {day}, after the expiry.", ("infusion_planned_on",))


@FAMILY.operator("release_without_meaning", "21 CFR 11.50", "The release does not show what it means.", critical=False)
def _release_without_meaning(bundle: Bundle, rng: Generator) -> Damage:
    """American law asks for it."""
    bundle.record["markets"] = ["US"]
    bundle.shipped["disposition"]["meaning"] = pick(rng, ("", None), "meaning")
    return Damage("The signature of the release has no meaning.", ("disposition/meaning",))


@FAMILY.operator(
    "called_certified", "EU GMP Part IV, 11", "What misses its specification was certified.", critical=False
)
def _called_certified(bundle: Bundle, _rng: Generator) -> Damage:
    bundle.shipped["disposition"]["disposition"] = "out_of_specification"
    return Damage("A supply outside of specification is signed as a certification.", ("disposition/disposition",))
