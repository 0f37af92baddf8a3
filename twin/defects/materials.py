"""Materials and their lots in the record, in stock and in consumption; equipment and its calibration.

Lots are shared between batches, so a defect of a lot moves this batch to a lot of its own: the record, the posting
and a new row of stock then tell one story, apart from what is wrong with it.
"""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, NotApplicableError, Row, moved, pick
from twin.defects.identity import other_symbol

FAMILY = Family()
_LOTS = "21 CFR 211.188(b)(4)"
_STATUS = "21 CFR 211.84(a), 211.87"
_EXPIRY = "21 CFR 211.87; EU GMP Part IV, 7"
_CALIBRATED = "21 CFR 211.68(a), 211.160(b)(4)"


def _materials(bundle: Bundle) -> list[Entry]:
    posted = {(row["material"], row["lot"]) for row in bundle.erp_consumption}
    return [m for m in bundle.entries("materials") if m.get("expires_on") and (m["material_id"], m["lot"]) in posted]


def _stock_row(bundle: Bundle, material: str, lot: str) -> Row:
    for row in bundle.erp_stock:
        if (row["material"], row["lot"]) == (material, lot):
            return row
    raise NotApplicableError(f"Lot {lot} of {material} is not in stock.")


def _posting(bundle: Bundle, material: str, lot: str) -> Row:
    for row in bundle.erp_consumption:
        if (row["material"], row["lot"]) == (material, lot):
            return row
    raise NotApplicableError(f"Batch {bundle.batch_id} has no posting for lot {lot} of {material}.")


def _where(material: Entry, key: str) -> str:
    return f"materials/{material['material_id']}/{key}"


def _own_lot(bundle: Bundle, rng: Generator) -> tuple[Entry, Row, Row]:
    """Move one material of the batch to a lot of its own; gives the use, its posting and its row of stock."""
    use = pick(rng, _materials(bundle), "material")
    posting = _posting(bundle, use["material_id"], use["lot"])
    stock = dict(_stock_row(bundle, use["material_id"], use["lot"]))
    number = "".join(symbol for symbol in bundle.batch_id if symbol.isdigit()) or "0"
    taken = {row["lot"] for row in bundle.erp_stock}
    lots = (f"{use['lot']}-{number}{tail}" for tail in ("", "-2", "-3", "-4"))
    lot = pick(rng, [one for one in lots if one not in taken][:1], "lot number that is free")
    use["lot"] = posting["lot"] = stock["lot"] = lot
    bundle.erp_stock.append(stock)
    return use, posting, stock


@FAMILY.operator("expired_lot", _EXPIRY, "A material was used after its expiry.")
def _expired_lot(bundle: Bundle, rng: Generator) -> Damage:
    use, _, stock = _own_lot(bundle, rng)
    if not use.get("used_at"):
        raise NotApplicableError(f"The use of {use['material_id']} carries no time.")
    use["expires_on"] = stock["expires_on"] = moved(use["used_at"][:10], days=-float(rng.integers(1, 60)))
    return Damage(f"{use['name']}, lot {use['lot']}, expired on {use['expires_on']}.", (_where(use, "expires_on"),))


@FAMILY.operator("expiry_differs", _EXPIRY, "The ERP says that a lot had expired; the record shows a later date.")
def _expiry_differs(bundle: Bundle, rng: Generator) -> Damage:
    use, _, stock = _own_lot(bundle, rng)
    stock["expires_on"] = moved(use["used_at"][:10], days=-float(rng.integers(1, 60)))
    what = (
        f"{use['name']}, lot {use['lot']}: expiry {use['expires_on']} in the record, {stock['expires_on']} in the ERP."
    )
    return Damage(what, (_where(use, "expires_on"), f"erp.stock/{use['lot']}/expires_on"))


@FAMILY.operator("expiry_missing", _EXPIRY, "The record names no expiry for a lot.", critical=False)
def _expiry_missing(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, _materials(bundle), "material")
    use["expires_on"] = None
    return Damage(f"{use['name']}, lot {use['lot']}, carries no expiry.", (_where(use, "expires_on"),))


@FAMILY.operator("lot_blocked", _STATUS, "A lot that was used is blocked in the ERP.")
def _lot_blocked(bundle: Bundle, rng: Generator) -> Damage:
    use, _, stock = _own_lot(bundle, rng)
    stock["status"] = "blocked"
    return Damage(f"{use['name']}, lot {use['lot']}, is blocked.", (f"erp.stock/{use['lot']}/status",))


@FAMILY.operator("lot_in_quarantine", _STATUS, "A lot that was used is still in quarantine.")
def _lot_in_quarantine(bundle: Bundle, rng: Generator) -> Damage:
    use, _, stock = _own_lot(bundle, rng)
    stock["status"] = "quarantine"
    return Damage(f"{use['name']}, lot {use['lot']}, is in quarantine.", (f"erp.stock/{use['lot']}/status",))


@FAMILY.operator("lot_unknown", _STATUS, "A lot that was used is not known in stock.")
def _lot_unknown(bundle: Bundle, rng: Generator) -> Damage:
    use, _, stock = _own_lot(bundle, rng)
    bundle.erp_stock.remove(stock)
    return Damage(f"{use['name']}, lot {use['lot']}, is not in stock.", (f"erp.stock/{use['lot']}",))


@FAMILY.operator("lot_mismatch", _LOTS, "Record and ERP name different lots of a material.")
def _lot_mismatch(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, _materials(bundle), "material")
    posting = _posting(bundle, use["material_id"], use["lot"])
    posting["lot"] = other_symbol(use["lot"], rng)
    what = f"{use['name']}: lot {use['lot']} in the record, {posting['lot']} in the ERP."
    return Damage(what, (_where(use, "lot"), f"erp.consumption/{posting['posting']}/lot"))


@FAMILY.operator("consumption_missing", _LOTS, "A material of the record was never posted in the ERP.")
def _consumption_missing(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, _materials(bundle), "material")
    posting = _posting(bundle, use["material_id"], use["lot"])
    bundle.erp_consumption.remove(posting)
    return Damage(f"{use['name']} was not posted in the ERP.", (f"erp.consumption/{posting['posting']}",))


@FAMILY.operator("material_missing", _LOTS, "A material that the ERP posted is not in the record.")
def _material_missing(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, _materials(bundle), "material")
    bundle.entries("materials").remove(use)
    return Damage(f"{use['name']} is not in the record.", (f"materials/{use['material_id']}",))


@FAMILY.operator("material_missing_everywhere", _LOTS, "A material of the master record was used nowhere.")
def _material_missing_everywhere(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, _materials(bundle), "material")
    bundle.entries("materials").remove(use)
    bundle.erp_consumption.remove(_posting(bundle, use["material_id"], use["lot"]))
    return Damage(f"{use['name']} was used nowhere.", (f"materials/{use['material_id']}",))


@FAMILY.operator("quantity_differs", _LOTS, "Record and ERP name different quantities of a material.", critical=False)
def _quantity_differs(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, [m for m in _materials(bundle) if m.get("quantity")], "material with a quantity")
    posting = _posting(bundle, use["material_id"], use["lot"])
    posting["quantity"] = f"{float(use['quantity']) * pick(rng, (0.1, 0.5, 2.0, 10.0), 'factor'):g}"
    what = f"{use['name']}: {use['quantity']:g} {use['unit']} in the record, {posting['quantity']} in the ERP."
    return Damage(what, (_where(use, "quantity"), f"erp.consumption/{posting['posting']}/quantity"))


@FAMILY.operator(
    "consumption_other_unit", _LOTS, "The ERP posts a quantity in a unit 1,000 times as large.", critical=False
)
def _consumption_other_unit(bundle: Bundle, rng: Generator) -> Damage:
    use = pick(rng, [m for m in _materials(bundle) if m.get("quantity") and m["unit"] == "mL"], "material in mL")
    posting = _posting(bundle, use["material_id"], use["lot"])
    posting["unit"] = "L"
    what = f"{use['name']}: {posting['quantity']} mL in the record, {posting['quantity']} L in the ERP."
    return Damage(what, (f"erp.consumption/{posting['posting']}/unit",))


@FAMILY.operator("equipment_overdue", _CALIBRATED, "Equipment was used after its calibration was due.")
def _equipment_overdue(bundle: Bundle, rng: Generator) -> Damage:
    item = pick(rng, [e for e in bundle.entries("equipment") if e.get("used_from")], "equipment")
    due = moved(item["used_from"][:10], days=-float(rng.integers(1, 90)))
    item["calibration_due"] = due
    if item.get("calibrated_on"):
        item["calibrated_on"] = min(str(item["calibrated_on"]), moved(due, days=-180.0))
    key = item["equipment_id"]
    return Damage(f"{item['name']} {key} was due on {due}.", (f"equipment/{key}/calibration_due",))


@FAMILY.operator("calibration_unknown", _CALIBRATED, "The record names no calibration for a piece of equipment.")
def _calibration_unknown(bundle: Bundle, rng: Generator) -> Damage:
    item = pick(rng, [e for e in bundle.entries("equipment") if e.get("calibration_due")], "equipment")
    item["calibration_due"] = None
    key = item["equipment_id"]
    return Damage(f"No calibration is recorded for {key}.", (f"equipment/{key}/calibration_due",))


@FAMILY.operator("calibrated_after_use", _CALIBRATED, "Equipment was calibrated only after it had been used.")
def _calibrated_after_use(bundle: Bundle, rng: Generator) -> Damage:
    item = pick(
        rng, [e for e in bundle.entries("equipment") if e.get("used_to") and e.get("calibrated_on")], "equipment"
    )
    item["calibrated_on"] = moved(item["used_to"][:10], days=float(rng.integers(1, 20)))
    key = item["equipment_id"]
    return Damage(f"{key} was calibrated on {item['calibrated_on']}, after use.", (f"equipment/{key}/calibrated_on",))


@FAMILY.operator("equipment_missing", "21 CFR 211.188(b)(2)", "A step names equipment that the record does not list.")
def _equipment_missing(bundle: Bundle, rng: Generator) -> Damage:
    named = {key for step in bundle.entries("steps") for key in step.get("equipment_ids") or ()}
    item = pick(rng, [e for e in bundle.entries("equipment") if e["equipment_id"] in named], "equipment of a step")
    bundle.entries("equipment").remove(item)
    return Damage(f"{item['equipment_id']} is not listed.", (f"equipment/{item['equipment_id']}",))
