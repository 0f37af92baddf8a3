"""The 200 and more parameters of one batch: receipt to culture. What can be computed from other values is computed
from the values as recorded, so that a reviewer who repeats the sum gets the same answer."""

from random import Random

from twin.model.sensors import COUNTER, METABOLITES, OXYGEN_PROBE, PH_PROBE, SCALE, VIABILITY
from twin.world.biology import Biology
from twin.world.sheet import Sheet

OPEN_STEPS = ("S040", "S050", "S080", "S090", "S110", "S223", "S225", "S226", "S310", "S340", "S350", "S360")
"""Steps during which the clean room is monitored."""


def culture_step(day: int) -> str:
    """The step in which the culture of a day is measured."""
    return f"S{200 + day}" if day else "S080"


def fill_in_start(sheet: Sheet, cells: Biology, rng: Random) -> None:
    """Receipt, enrichment, seeding and activation."""
    near, put = sheet.near, sheet.put
    near("transport_temperature_min", "S010", 3.4, 0.5, "Cel", (2.0, 8.0))
    near("transport_temperature_max", "S010", 6.2, 0.5, "Cel", (2.0, 8.0))
    put("transport_hours", "S010", rng.uniform(14, 46), "h", (0, 72))
    sheet.say("identity_check_receipt", "S020", "Match")
    cd3 = cells.donor["apheresis_cd3_1e9"] * 1000
    volume = near("apheresis_volume", "S030", max(220, cd3 / 46), 20, "mL", (100, 400), 0)
    density = put("apheresis_total_density", "S030", cd3 / 0.42 / volume, "1e6/mL", (1, 200))
    total = put("apheresis_total_cells", "S030", density * volume, "1e6", (1000, 40000))
    viable = put("apheresis_viable_cells", "S030", total * rng.uniform(0.965, 0.992), "1e6", (1000, 40000))
    put("apheresis_viability_pct", "S030", 100 * viable / total, "%", (90, 100))
    cd3_pct = put("apheresis_cd3_pct", "S030", rng.uniform(36, 48), "%", (10, 90))
    cd3_cells = put("apheresis_cd3_cells", "S030", viable * cd3_pct / 100, "1e6", (500, 25000))
    sheet.say("line_clearance_start", "S040", "Pass")
    near("wash_speed", "S050", 400, 3, "g", (380, 420), 0)
    near("wash_time", "S050", 15, 0.2, "min", (14, 16))
    near("wash_temperature", "S050", 20.5, 0.5, "Cel", (18, 24))
    near("selection_incubation", "S060", 30, 0.6, "min", (28, 33))
    near("selection_temperature", "S060", 21, 0.5, "Cel", (18, 24))
    near("selection_flow", "S060", 4.0, 0.05, "mL/min", (3.5, 4.5), 2)
    enriched = put("enriched_viable_cells", "S070", cd3_cells * rng.uniform(0.58, 0.84), "1e6", (200, 20000))
    both = put("enriched_total_cells", "S070", enriched / rng.uniform(0.93, 0.975), "1e6", (200, 22000))
    put("enriched_viability_pct", "S070", 100 * enriched / both, "%", (85, 100))
    put("enrichment_recovery_pct", "S070", 100 * enriched / cd3_cells, "%", (40, 100))
    put("enriched_purity_pct", "S070", rng.uniform(91, 98.5), "%", (80, 100))
    seed_density = put("seed_density", "S080", cells.density[0] * rng.uniform(0.98, 1.02), "1e6/mL", (0.5, 1.2), 3)
    seed_volume = put("seed_volume", "S080", cells.volume[0], "mL", (200, 300))
    put("seed_viable_cells", "S080", seed_density * seed_volume, "1e6", (120, 300))
    near("il7_concentration", "S080", 10, 0.2, "ng/mL", (9, 11), 2)
    near("il15_concentration", "S080", 10, 0.2, "ng/mL", (9, 11), 2)
    near("bead_to_cell_ratio", "S090", 3.0, 0.06, "1", (2.5, 3.5), 2)
    near("bead_washes", "S090", 3, 0, "1", (3, 3), 0)
    near("activation_mixing", "S090", 12, 0.4, "1/min", (10, 15))


def fill_in_culture(sheet: Sheet, cells: Biology, rng: Random) -> None:
    """Day 0 to 10 as the sensors and the counter saw it, and the transduction."""
    scale, counter, viability = SCALE.install(rng), COUNTER.install(rng), VIABILITY.install(rng)
    glucose, lactate = METABOLITES.install(rng), METABOLITES.install(rng)
    acidity, oxygen = PH_PROBE.install(rng), OXYGEN_PROBE.install(rng)
    for day in range(11):
        step, tag = culture_step(day), f"_d{day:02d}"
        volume = sheet.put(f"volume{tag}", step, scale.read(cells.volume[day], day), "mL", (200, 2000))
        density = sheet["seed_density"] if day == 0 else counter.read(cells.density[day], day)
        density = sheet.put(f"viable_density{tag}", step, density, "1e6/mL", (0.2, 12), 3)
        sheet.put(f"viable_cells{tag}", step, density * volume, "1e6", (100, 20000))
        alive = min(99.4, viability.read(100 * cells.viability[day], day))
        sheet.put(f"viability_pct{tag}", step, alive, "%", (70, 100))
        sheet.put(f"glucose{tag}", step, max(0.0, glucose.read(cells.glucose[day], day)), "mmol/L", (2, 30), 2)
        sheet.put(f"lactate{tag}", step, lactate.read(cells.lactate[day], day), "mmol/L", (0, 28), 2)
        sheet.put(f"ph{tag}", step, acidity.read(7.34 - 0.013 * cells.lactate[day], day), "[pH]", (6.8, 7.6), 2)
        shown = max(32.0, oxygen.read(74 - 5 * cells.density[day], day))
        sheet.put(f"dissolved_oxygen{tag}", step, shown, "%", (30, 100))
        sheet.near(f"temperature{tag}", step, 37.0, 0.06, "Cel", (36.5, 37.5), 2)
        sheet.near(f"co2{tag}", step, 5.0, 0.06, "%", (4.5, 5.5), 2)
    titre = sheet.near("vector_titre", "S110", 210, 15, "1e6/mL", (100, 400))
    moi = sheet.near("moi", "S110", 3.0, 0.08, "1", (2, 4), 2)
    sheet.put("vector_volume", "S110", moi * sheet["viable_cells_d01"] / titre, "mL", (1, 10), 3)
    sheet.near("vector_thaw_time", "S100", 9, 0.8, "min", (5, 15))
    sheet.near("vector_thaw_temperature", "S100", 24, 0.8, "Cel", (18, 30))
    sheet.say("identity_check_transduction", "S110", "Match")
    sheet.put("car_positive_pct_d05", "S205", 94 * cells.car_fraction + rng.gauss(0, 0.6), "%", (5, 95))
    for day, millilitres in ((3, 200), (5, 400), (6, 800)):
        sheet.near(
            f"feed_volume_d{day:02d}", f"S{220 + day}", millilitres, 1.5, "mL", (millilitres - 20, millilitres + 20)
        )
        sheet.near(f"feed_temperature_d{day:02d}", f"S{220 + day}", 36, 0.5, "Cel", (33, 38))
    for day, percent in ((2, 60), (4, 50), (7, 60), (8, 70), (9, 75)):
        step = f"S{220 + day}"
        sheet.near(f"exchange_fraction_d{day:02d}", step, percent, 0.5, "%", (percent - 5, percent + 5))
        sheet.near(f"exchange_temperature_d{day:02d}", step, 36, 0.5, "Cel", (33, 38))


def fill_in_rooms(sheet: Sheet, rng: Random, beads: Random) -> None:
    """Environmental monitoring of grade A at every step with an open operation; no growth is allowed there.

    Args:
        sheet: what is recorded.
        rng: chance of the batch.
        beads: chance of the adding of the beads alone, which came later: everything else stays as it was.
    """
    for step in OPEN_STEPS:
        chance = beads if step == "S090" else rng
        name = f"env_{step.lower()}"
        sheet.put(f"{name}_particles_0_5um", step, chance.randint(60, 1900), "1/m3", (0, 3520), 0)
        sheet.put(f"{name}_particles_5um", step, chance.randint(0, 11), "1/m3", (0, 20), 0)
        sheet.put(f"{name}_active_air", step, 0, "1/m3", (0, 0), 0)
        sheet.put(f"{name}_settle_plate", step, 0, "1", (0, 0), 0)
        sheet.put(f"{name}_glove_print", step, 0, "1", (0, 0), 0)
        pressure = min(max(chance.gauss(31, 1.6), 15.0), 60.0)
        sheet.put(f"{name}_room_pressure", step, pressure, "Pa", (15, 60))
