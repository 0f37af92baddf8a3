"""Harvest to frozen bags: counts, yields, dose, labels and the freezing curve of one batch."""

from random import Random

from twin.world.biology import Biology
from twin.world.catalogue import Indication
from twin.world.sheet import Sheet

DOSE_LIMITS = (5.0, 600.0)
"""Viable CAR-positive cells in the product, 1e6: of any patient. The patient's own band is narrower."""


def fill_in_product(sheet: Sheet, cells: Biology, rng: Random, indication: Indication) -> None:
    """Everything after the culture, in the order in which it is made."""
    _harvest(sheet, cells, rng)
    _formulate(sheet, cells, rng, indication)
    _package(sheet, rng)
    _freeze(sheet, rng)


def _harvest(sheet: Sheet, cells: Biology, rng: Random) -> None:
    put, near = sheet.put, sheet.near
    sheet.say("line_clearance_harvest", "S300", "Pass")
    near("debead_passes", "S310", 2, 0, "1", (2, 2), 0)
    near("debead_flow", "S310", 25, 0.6, "mL/min", (20, 30))
    put("residual_beads_in_process", "S310", rng.uniform(4, 55), "1", (0, 100), 0)
    near("harvest_wash_speed", "S320", 420, 3, "g", (400, 440), 0)
    near("harvest_wash_time", "S320", 20, 0.2, "min", (19, 21))
    near("harvest_wash_cycles", "S320", 3, 0, "1", (3, 3), 0)
    expanded = sheet["viable_cells_d10"]
    put("fold_expansion", "S330", expanded / sheet["seed_viable_cells"], "1", (3, 90), 2)
    viable = put("harvest_viable_cells", "S330", expanded * cells.recovery, "1e6", (150, 18000))
    total = put("harvest_total_cells", "S330", viable / cells.harvest_viability, "1e6", (150, 20000))
    put("harvest_viability_pct", "S330", 100 * viable / total, "%", (80, 100))
    put("harvest_recovery_pct", "S330", 100 * viable / expanded, "%", (40, 100))


def _aim(indication: Indication, weight: float, rng: Random) -> float:
    """The dose that the plant aims at for a patient, 1e6 cells."""
    if weight <= indication.per_kg_up_to:
        return weight * rng.uniform(*indication.aim_per_kg)
    return rng.uniform(*indication.aim)


def _formulate(sheet: Sheet, cells: Biology, rng: Random, indication: Indication) -> None:
    put, near = sheet.put, sheet.near
    car = round(100 * cells.car_fraction + rng.gauss(0, 0.4), 1)
    wanted = _aim(indication, cells.donor["weight_kg"], rng) / (car / 100)
    available = sheet["harvest_viable_cells"] * rng.uniform(0.93, 0.97)
    bag_1 = near("bag_1_volume", "S350", 25, 0.4, "mL", (20, 30))
    bag_2 = near("bag_2_volume", "S350", 25, 0.4, "mL", (20, 30))
    filled = put("fill_volume", "S350", bag_1 + bag_2, "mL", (40, 60))
    sample = near("release_sample_volume", "S360", 6, 0.1, "mL", (5, 7))
    formulated = put("formulated_volume", "S340", filled + sample, "mL", (45, 67))
    cryoprotectant = put("cryoprotectant_volume", "S340", formulated * rng.uniform(0.49, 0.51), "mL", (20, 35))
    near("cryoprotectant_dmso_pct", "S340", 10, 0, "%", (10, 10))
    put("dmso_pct", "S340", 10 * cryoprotectant / formulated, "%", (4, 6), 2)
    near("formulation_temperature", "S340", 6, 0.6, "Cel", (2, 10))
    viable = put("viable_cells", "S350", min(wanted, available), "1e6", (100, 6000))
    total = put("total_cells", "S350", viable / min(cells.harvest_viability, 0.99), "1e6", (100, 7500))
    put("viability_pct", "S350", 100 * viable / total, "%", (80, 100))
    put("cell_concentration", "S350", viable / filled, "1e6/mL", (2, 120), 2)
    put("formulation_yield_pct", "S350", 100 * viable / sheet["harvest_viable_cells"], "%", (3, 100))
    put("fill_duration", "S350", rng.uniform(9, 19), "min", (0, 30))
    put("fill_weight_deviation_pct", "S350", abs(rng.gauss(0, 0.5)), "%", (0, 3), 2)
    car = put("car_positive_pct", "S410", car, "%", (10, 95))
    put("cd3_purity_pct", "S410", min(99.8, 100 * cells.cd3_purity + rng.gauss(0, 0.2)), "%", (80, 100))
    dose = put("dose", "S410", viable * car / 100, "1e6", DOSE_LIMITS)
    weight = put("patient_weight", "S410", cells.donor["weight_kg"], "kg", (30, 160))
    put("dose_per_kg", "S410", dose / weight, "1e6/kg", (0.1, 15), 3)
    _impurities(sheet, cells, rng, car)


def _impurities(sheet: Sheet, cells: Biology, rng: Random, car: float) -> None:
    """Vector copies of a transduced cell and endotoxin of an infusion, from what the laboratory measured."""
    put = sheet.put
    copies = put("vcn_per_cell", "S410", cells.vcn * car / 100 * rng.gauss(1, 0.02), "copies/cell", (0, 5), 3)
    put("vcn_per_transduced_cell", "S410", copies / (car / 100), "copies/cell", (0, 5), 2)
    endotoxin = put("endotoxin_bound", "S410", rng.choice((0.5, 0.5, 0.5, rng.uniform(0.6, 1.8))), "EU/mL", (0, 5))
    infused = endotoxin * sheet["fill_volume"] / sheet["patient_weight"]
    put("endotoxin_per_kg_h", "S410", infused, "EU/kg/h", (0, 5), 3)


def _package(sheet: Sheet, rng: Random) -> None:
    put = sheet.put
    for kind in ("release", "retention"):
        put(f"{kind}_samples_taken", "S360", 4 if kind == "release" else 2, "1", (2, 6), 0)
    destroyed = put("labels_destroyed", "S370", rng.choice((0, 0, 1, 2)), "1", (0, 4), 0)
    applied = put("labels_applied", "S370", 2, "1", (2, 2), 0)
    retained = put("labels_retained", "S370", 1, "1", (1, 1), 0)
    put("labels_printed", "S370", destroyed + applied + retained, "1", (3, 8), 0)
    sheet.say("identity_check_label", "S370", "Match")
    sheet.say("bag_1_seal", "S380", "Pass")
    sheet.say("bag_2_seal", "S380", "Pass")
    sheet.say("bag_appearance", "S380", "Pass")
    put("bags_filled", "S380", 2, "1", (2, 2), 0)


def _freeze(sheet: Sheet, rng: Random) -> None:
    near, put = sheet.near, sheet.put
    put("minutes_fill_to_freeze", "S390", rng.uniform(52, 85), "min", (0, 120), 0)
    near("freeze_start_temperature", "S390", 4.2, 0.3, "Cel", (2, 8))
    near("freeze_rate", "S390", -1.0, 0.04, "Cel/min", (-1.3, -0.7), 2)
    near("nucleation_temperature", "S390", -9.5, 0.7, "Cel", (-13, -6))
    near("freeze_end_temperature", "S390", -121, 1.5, "Cel", (-130, -110))
    for minute in range(10, 70, 10):
        target = (-6, -16, -26, -36, -62, -105)[minute // 10 - 1]
        near(f"freeze_curve_{minute}min", "S390", target, 0.7, "Cel", (target - 5, target + 5))
    near("storage_temperature", "S400", -168, 2, "Cel", (-196, -150))
    near("transfer_time", "S400", 2.1, 0.4, "min", (0, 5))
    near("storage_position_check", "S400", 1, 0, "1", (1, 1), 0)
