"""The chain of identity and the order: labels, hand-overs, the patient's weight and fitness, donor, transport."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, NotApplicableError, moved, pick, set_value
from twin.defects.identity import other_symbol
from twin.defects.importing import importer_of

FAMILY = Family()
_TRACE = "EU 1394/2007 Art. 15"
_LABELS = "21 CFR 211.130(b), 211.188(b)(8)"
_FINAL = ("Bag 1", "Bag 2")


def _change(entry: Entry, section: str, name: str, key: str, value: object) -> Damage:
    old, entry[key] = entry[key], value
    shown = "nothing" if value is None else value
    return Damage(
        f"{section} {entry[name]}: {key} reads {shown} instead of {old}.", (f"{section}/{entry[name]}/{key}",)
    )


def _label(bundle: Bundle, rng: Generator, *, final: bool = False) -> Entry:
    labels = [one for one in bundle.entries("labels") if not final or one["container"] in _FINAL]
    label: Entry = pick(rng, labels, "label")
    return label


def _handover(bundle: Bundle, rng: Generator) -> Entry:
    handover: Entry = pick(rng, bundle.entries("handovers"), "hand-over")
    return handover


def _order(bundle: Bundle, rng: Generator) -> Entry:
    order: Entry = pick(rng, bundle.entries("orders"), "order")
    return order


def _transport(bundle: Bundle, rng: Generator) -> Entry:
    transport: Entry = pick(rng, bundle.entries("transports"), "transport")
    return transport


@FAMILY.operator("label_other_patient", _TRACE, "A label, read back, carries another patient's code.")
def _label_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng)
    return _change(one, "labels", "label_id", "patient_code", other_symbol(str(one["patient_code"]), rng))


@FAMILY.operator("label_other_donation", _TRACE, "A label, read back, carries another donation number.")
def _label_other_donation(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng)
    return _change(one, "labels", "label_id", "donation_number", other_symbol(str(one["donation_number"]), rng))


@FAMILY.operator("label_other_batch", _LABELS, "A label of the product carries another batch number.")
def _label_other_batch(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng, final=True)
    return _change(one, "labels", "label_id", "batch_id", other_symbol(str(one["batch_id"]), rng))


@FAMILY.operator("label_expiry_wrong", "21 CFR 211.137(a)", "A final label carries another expiry than the record.")
def _label_expiry_wrong(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng, final=True)
    return _change(one, "labels", "label_id", "expires_at", moved(str(one["expires_at"]), days=365.0))


@FAMILY.operator("label_other_product", _LABELS, "A final label names another product.")
def _label_other_product(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng, final=True)
    return _change(one, "labels", "label_id", "product_code", pick(rng, ("BW-CART22", "BW-NK07", None), "product"))


@FAMILY.operator("label_reading_unsigned", _LABELS, "Nobody signed or dated the reading of a label.")
def _label_reading_unsigned(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng)
    return _change(one, "labels", "label_id", pick(rng, ("read_at", "read_by", "checked_by"), "field"), None)


@FAMILY.operator("label_not_read", _LABELS, "The label of a container was never read back.")
def _label_not_read(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng)
    bundle.entries("labels").remove(one)
    return Damage(f"The label of {one['container']} was not read back.", (f"labels/{one['label_id']}",))


@FAMILY.operator("label_read_by_one", _LABELS, "One person read a label and checked it.")
def _label_read_by_one(bundle: Bundle, rng: Generator) -> Damage:
    one = _label(bundle, rng)
    return _change(one, "labels", "label_id", "checked_by", one["read_by"])


@FAMILY.operator("label_statement_missing", "21 CFR 1271.90(c)(1)", "A label does not say that the use is autologous.")
def _label_statement_missing(bundle: Bundle, rng: Generator) -> Damage:
    return _change(_label(bundle, rng), "labels", "label_id", "statements", [])


@FAMILY.operator("handover_missing", _TRACE, "A hand-over of the cells is not in the record.")
def _handover_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _handover(bundle, rng)
    bundle.entries("handovers").remove(one)
    return Damage(f"The hand-over '{one['occasion']}' is missing.", (f"handovers/{one['handover_id']}",))


@FAMILY.operator("handover_other_patient", _TRACE, "At a hand-over another patient's code was scanned.")
def _handover_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    one = _handover(bundle, rng)
    return _change(one, "handovers", "handover_id", "patient_code", other_symbol(str(one["patient_code"]), rng))


@FAMILY.operator("handover_mismatch", _TRACE, "At a hand-over the identifiers did not match.")
def _handover_mismatch(bundle: Bundle, rng: Generator) -> Damage:
    return _change(
        _handover(bundle, rng), "handovers", "handover_id", "result", pick(rng, ("Mismatch", None), "result")
    )


@FAMILY.operator("handover_with_one_hand", _TRACE, "Who gave the cells took them, too.")
def _handover_with_one_hand(bundle: Bundle, rng: Generator) -> Damage:
    one = _handover(bundle, rng)
    return _change(one, "handovers", "handover_id", "received_by", one["given_by"])


@FAMILY.operator("handover_unsigned", _TRACE, "A hand-over does not say who gave the cells, who took them, or when.")
def _handover_unsigned(bundle: Bundle, rng: Generator) -> Damage:
    one = _handover(bundle, rng)
    return _change(one, "handovers", "handover_id", pick(rng, ("at", "given_by", "received_by"), "field"), None)


@FAMILY.operator("handover_back_dated", _TRACE, "A hand-over is dated before the one before it.")
def _handover_back_dated(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("handovers")[2:], "later hand-over")
    return _change(one, "handovers", "handover_id", "at", moved(str(one["at"]), days=-30.0))


@FAMILY.operator("order_other_patient", _TRACE, "The order is for another patient.")
def _order_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    return _change(one, "orders", "order_id", "patient_code", other_symbol(str(one["patient_code"]), rng))


@FAMILY.operator("order_missing", "Order of the treatment centre", "There is no order in the record.")
def _order_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    bundle.entries("orders").remove(one)
    return Damage("The record holds no order.", (f"orders/{one['order_id']}",))


@FAMILY.operator("order_incomplete", "Order of the treatment centre", "The order leaves out what a dose rests on.")
def _order_incomplete(bundle: Bundle, rng: Generator) -> Damage:
    fields = ("ordered_by", "ordered_at", "weight_kg", "weighed_on", "fit_confirmed_by")
    return _change(_order(bundle, rng), "orders", "order_id", pick(rng, fields, "field"), None)


@FAMILY.operator("product_of_other_limits", "21 CFR 211.186", "The batch is of a product that has other limits.")
def _product_of_other_limits(bundle: Bundle, rng: Generator) -> Damage:
    """Record, order and labels agree with each other; only the rule book is that of another product."""
    code = pick(rng, ("BW-CART22", "BW-NK07"), "product")
    old = bundle.record["product_code"]
    for entry in (bundle.record, *bundle.entries("orders"), *bundle.entries("labels")):
        if entry["product_code"] == old:
            entry["product_code"] = code
    return Damage(f"The batch is of {code}.", ("product_code",))


@FAMILY.operator("order_other_indication", "Biologics licence: dose", "Record and order name different indications.")
def _order_other_indication(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    other = "LBCL" if one["indication"] != "LBCL" else "B-ALL"
    return _change(one, "orders", "order_id", "indication", other)


@FAMILY.operator(
    "weight_differs_from_order", "Order of the treatment centre", "The record's weight is not the order's."
)
def _weight_differs_from_order(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    factor = pick(rng, (2.2, 0.45, 1.25, 0.75), "factor")
    return _change(one, "orders", "order_id", "weight_kg", round(float(one["weight_kg"]) * factor, 1))


@FAMILY.operator("weight_old", "Order of the treatment centre", "The patient was weighed months ago.", critical=False)
def _weight_old(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    day = moved(str(one["weighed_on"]), days=-float(rng.integers(70, 200)))
    return _change(one, "orders", "order_id", "weighed_on", day)


@FAMILY.operator("patient_not_fit", "Order of the treatment centre", "The patient is not fit, or nobody asked.")
def _patient_not_fit(bundle: Bundle, rng: Generator) -> Damage:
    return _change(_order(bundle, rng), "orders", "order_id", "fit", pick(rng, ("No", None), "answer"))


@FAMILY.operator(
    "fitness_confirmed_early", "Order of the treatment centre", "Fitness was confirmed before manufacture."
)
def _fitness_confirmed_early(bundle: Bundle, rng: Generator) -> Damage:
    one = _order(bundle, rng)
    return _change(one, "orders", "order_id", "fit_confirmed_at", moved(str(one["ordered_at"]), days=1.0))


@FAMILY.operator(
    "donor_test_missing", "Dir. 2006/17/EC; 21 CFR 1271.90(c)", "A donor test is missing; no label says so."
)
def _donor_test_missing(bundle: Bundle, rng: Generator) -> Damage:
    tests = [one for one in bundle.entries("donor_tests") if not one["test"].startswith("HTLV")]
    one = pick(rng, tests, "donor test")
    bundle.entries("donor_tests").remove(one)
    return Damage(f"The donor has no test for {one['test']}.", (f"donor_tests/{one['test_id']}",))


@FAMILY.operator("donor_test_reactive", "Dir. 2006/17/EC; 21 CFR 1271.90(c)", "A donor test is reactive.")
def _donor_test_reactive(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("donor_tests"), "donor test")
    return _change(one, "donor_tests", "test_id", "result", "Reactive")


@FAMILY.operator("seal_broken", "ISO 21973:2020", "The transport arrived with another seal than it was sent with.")
def _seal_broken(bundle: Bundle, rng: Generator) -> Damage:
    one = _transport(bundle, rng)
    return _change(one, "transports", "transport_id", "seal_received", other_symbol(str(one["seal_sent"]), rng))


@FAMILY.operator("shipper_not_qualified", "EU GMP Part IV, 10", "The shipper's qualification had run out.")
def _shipper_not_qualified(bundle: Bundle, rng: Generator) -> Damage:
    one = _transport(bundle, rng)
    day = moved(str(one["received_at"])[:10], days=-float(rng.integers(1, 60)))
    return _change(one, "transports", "transport_id", "shipper_qualified_until", day)


@FAMILY.operator("logger_overdue", "21 CFR 211.160(b)(4)", "The logger of the transport was out of calibration.")
def _logger_overdue(bundle: Bundle, rng: Generator) -> Damage:
    one = _transport(bundle, rng)
    day = moved(str(one["received_at"])[:10], days=-float(rng.integers(1, 60)))
    return _change(one, "transports", "transport_id", "logger_calibration_due", day)


@FAMILY.operator("excursion_not_assessed", "21 CFR 211.192", "An excursion of the transport was never assessed.")
def _excursion_not_assessed(bundle: Bundle, rng: Generator) -> Damage:
    minutes = float(rng.integers(4, 400))
    return _change(_transport(bundle, rng), "transports", "transport_id", "minutes_outside", minutes)


@FAMILY.operator("transport_missing", "21 CFR 211.80(b)", "How the apheresis reached the plant is not recorded.")
def _transport_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _transport(bundle, rng)
    bundle.entries("transports").remove(one)
    return Damage("The transport of the apheresis is missing.", (f"transports/{one['transport_id']}",))


@FAMILY.operator(
    "transport_incomplete", "21 CFR 211.80(b), 211.82", "The receipt of the apheresis leaves something out."
)
def _transport_incomplete(bundle: Bundle, rng: Generator) -> Damage:
    fields = ("shipper_id", "logger_id", "seal_sent", "seal_received", "packed_at", "received_by", "minutes_outside")
    return _change(_transport(bundle, rng), "transports", "transport_id", pick(rng, fields, "field"), None)


@FAMILY.operator(
    "transport_too_long", "Master record: fresh apheresis within 72 h", "The apheresis travelled for days."
)
def _transport_too_long(bundle: Bundle, rng: Generator) -> Damage:
    """Packed right after the collection, as the record says of both; the plant only received it too late."""
    one = _transport(bundle, rng)
    hours = float(rng.uniform(72.5, 160.0))
    bundle.record["apheresis_at"] = moved(str(one["received_at"]), minutes=-60.0 * hours - 10.0)
    return _change(
        one, "transports", "transport_id", "packed_at", moved(str(one["received_at"]), minutes=-60.0 * hours)
    )


@FAMILY.operator("donor_test_missing_uk_ch", "SI 2007/1523; SR 810.211", "A donor's test is missing for the UK or CH.")
def _donor_test_missing_uk_ch(bundle: Bundle, rng: Generator) -> Damage:
    importer_of(bundle, rng)
    return _donor_test_missing(bundle, rng)


@FAMILY.operator(
    "indication_without_dose", "Biologics licence: dose", "No dose is approved for the patient's indication."
)
def _indication_without_dose(bundle: Bundle, rng: Generator) -> Damage:
    name = pick(rng, ("Mantle cell lymphoma", "Lupus nephritis"), "indication")
    bundle.record["indication"] = _order(bundle, rng)["indication"] = name
    return Damage(f"Record and order name {name}, for which there is no dose.", ("indication",))


@FAMILY.operator("indication_missing", "Biologics licence: dose", "The record names no indication.")
def _indication_missing(bundle: Bundle, _rng: Generator) -> Damage:
    bundle.record["indication"] = None
    return Damage("The indication is missing.", ("indication",))


def _reweigh(bundle: Bundle, weight: float) -> None:
    """Another weight in record and order, and what is computed from it."""
    set_value(bundle.parameter("patient_weight"), weight)
    bundle.entries("orders")[0]["weight_kg"] = weight
    dose, endotoxin = bundle.parameter("dose")["value"], bundle.parameter("endotoxin_bound")["value"]
    set_value(bundle.parameter("dose_per_kg"), dose / weight)
    set_value(bundle.parameter("endotoxin_per_kg_h"), endotoxin * bundle.parameter("fill_volume")["value"] / weight)


@FAMILY.operator(
    "dose_above_band", "Biologics licence: dose", "A light patient with leukaemia would get an adult's dose."
)
def _dose_above_band(bundle: Bundle, rng: Generator) -> Damage:
    dose = float(bundle.parameter("dose")["value"])
    weight = round(dose / float(rng.uniform(5.3, 6.0)), 1)
    if not 30.0 <= weight <= 50.0:
        raise NotApplicableError(f"A dose of {dose:g} is none that a light patient could get by mistake.")
    bundle.record["indication"] = bundle.entries("orders")[0]["indication"] = "B-ALL"
    _reweigh(bundle, weight)
    what = f"{dose:g}e6 cells for a patient with B-ALL of {weight:g} kg, of whom each kg may get 5e6."
    return Damage(what, ("parameters/dose/value", "parameters/patient_weight/value", "indication"))


@FAMILY.operator(
    "endotoxin_dose_high", "USP <85>", "Endotoxin is within its concentration, not for this patient's weight."
)
def _endotoxin_dose_high(bundle: Bundle, rng: Generator) -> Damage:
    bundle.record["indication"] = bundle.entries("orders")[0]["indication"] = "LBCL"
    bound = round(float(rng.uniform(4.7, 4.9)), 1)
    set_value(bundle.parameter("endotoxin_bound"), bound)
    bundle.result("Endotoxin")["result"] = f"{bound:.1f}"
    _reweigh(bundle, round(float(rng.uniform(41.0, 44.0)), 1))
    shown = bundle.parameter("endotoxin_per_kg_h")["text"]
    return Damage(f"The patient would get {shown} EU for each kg and hour.", ("parameters/endotoxin_per_kg_h/value",))


@FAMILY.operator("vector_copies_high", "21 CFR 211.165(a)", "Few cells are transduced, each with too many copies.")
def _vector_copies_high(bundle: Bundle, rng: Generator) -> Damage:
    share = float(bundle.parameter("car_positive_pct")["value"]) / 100
    one = bundle.parameter("vcn_per_cell")
    set_value(one, share * float(rng.uniform(5.3, 9.0)))
    bundle.result("VCN")["result"] = one["text"]
    each = bundle.parameter("vcn_per_transduced_cell")
    set_value(each, one["value"] / share)
    what = f"{one['text']} copies for all cells are {each['text']} for each transduced one."
    return Damage(what, ("parameters/vcn_per_cell/value", "parameters/vcn_per_transduced_cell/value"))
