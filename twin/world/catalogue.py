"""The master record of the pretend product: steps, materials, equipment, tests and people."""

from collections.abc import Collection
from typing import NamedTuple

from twin.model.errors import TwinError

PRODUCT = "Autologous anti-CD19 CAR-T cells, cryopreserved"
PRODUCT_CODE = "BW-CART19"
MASTER_RECORD = "MBR-CART19"
MASTER_VERSION = "7.0"
PROCEDURE = "Autologous CAR-T, 10-day culture"


class StepPlan(NamedTuple):
    """One step of the master record; `at_h` is hours after the start of day 0, durations are minutes."""

    step_id: str
    unit_procedure: str
    operation: str
    name: str
    at_h: float
    minutes: int
    equipment: tuple[str, ...] = ()


def _culture_days() -> list[StepPlan]:
    up, op = "Expansion", "Daily control"
    made = []
    for day in range(1, 11):
        steps = [StepPlan(f"S{200 + day}", up, op, f"Sample and measure the culture, day {day}", 24 * day, 35)]
        steps[0] = steps[0]._replace(equipment=("EQ-COUNT", "EQ-BGA", "EQ-BIOR"))
        if day in (3, 5, 6):
            steps.append(
                StepPlan(f"S{220 + day}", up, "Feed", f"Add medium, day {day}", 24 * day + 1, 40, ("EQ-BSC", "EQ-BIOR"))
            )
        if day in (2, 4, 7, 8, 9):
            steps.append(
                StepPlan(f"S{220 + day}", up, "Exchange", f"Exchange medium, day {day}", 24 * day + 1, 55, ("EQ-BIOR",))
            )
        made.extend(steps)
    return made


_START = [
    StepPlan("S010", "Receipt", "Receive", "Receive the apheresis and check its shipper", -5.0, 25, ("EQ-SHIP",)),
    StepPlan("S020", "Receipt", "Identify", "Check patient code and donation number on label and order", -4.5, 15),
    StepPlan("S030", "Receipt", "Count", "Count the apheresis", -4.0, 35, ("EQ-COUNT",)),
    StepPlan("S040", "Preparation", "Clear", "Line clearance of the clean room", -3.2, 30, ("EQ-BSC",)),
    StepPlan("S050", "Enrichment", "Wash", "Wash the apheresis", -2.6, 45, ("EQ-CENT",)),
    StepPlan("S060", "Enrichment", "Select", "Select CD4 and CD8 cells", -1.8, 60, ("EQ-SEL",)),
    StepPlan("S070", "Enrichment", "Count", "Count the selected cells", -0.7, 30, ("EQ-COUNT",)),
    StepPlan("S080", "Activation", "Seed", "Seed the bioreactor", 0.0, 40, ("EQ-BSC", "EQ-BIOR")),
    StepPlan("S090", "Activation", "Activate", "Add the activation beads", 0.8, 30, ("EQ-BSC",)),
    StepPlan("S100", "Transduction", "Thaw", "Thaw the vector", 25.0, 20, ("EQ-BATH",)),
    StepPlan("S110", "Transduction", "Transduce", "Add the vector", 25.5, 45, ("EQ-BSC", "EQ-BIOR")),
]
_END = [
    StepPlan("S300", "Harvest", "Clear", "Line clearance before harvest", 241.0, 25, ("EQ-BSC",)),
    StepPlan("S310", "Harvest", "De-bead", "Remove the activation beads", 241.6, 50, ("EQ-MAG",)),
    StepPlan("S320", "Harvest", "Wash", "Wash and concentrate the cells", 242.6, 60, ("EQ-CENT",)),
    StepPlan("S330", "Harvest", "Count", "Count the harvest", 243.8, 30, ("EQ-COUNT",)),
    StepPlan("S340", "Formulation", "Formulate", "Formulate in cryoprotectant", 244.4, 25, ("EQ-BSC", "EQ-BAL")),
    StepPlan("S350", "Formulation", "Fill", "Fill the bags", 244.9, 25, ("EQ-BSC", "EQ-BAL")),
    StepPlan("S360", "Formulation", "Sample", "Take release and retention samples", 245.4, 15, ("EQ-BSC",)),
    StepPlan("S370", "Packaging", "Label", "Label the bags and reconcile the labels", 245.7, 15, ("EQ-PRINT",)),
    StepPlan("S380", "Packaging", "Inspect", "Inspect the bags and test the seals", 246.0, 15),
    StepPlan("S390", "Cryopreservation", "Freeze", "Freeze at a controlled rate", 246.4, 75, ("EQ-CRF",)),
    StepPlan("S400", "Cryopreservation", "Store", "Transfer to vapour-phase storage", 247.9, 20, ("EQ-LN2",)),
    StepPlan("S410", "Closing", "Close", "Enter the laboratory counts, close the record and hand it over", 324.0, 45),
]
STEPS: tuple[StepPlan, ...] = tuple(sorted([*_START, *_culture_days(), *_END], key=lambda s: s.at_h))


class MaterialPlan(NamedTuple):
    """A material of the master record; `life_days` is the shelf life of a lot from its receipt."""

    material_id: str
    name: str
    quantity: float
    spread: float
    unit: str
    step_id: str
    life_days: int


MATERIALS: tuple[MaterialPlan, ...] = (
    MaterialPlan("MAT-1001", "Wash buffer, PBS/EDTA", 1000, 0, "mL", "S050", 540),
    MaterialPlan("MAT-1002", "Selection reagent, CD4", 7.5, 0, "mL", "S060", 365),
    MaterialPlan("MAT-1003", "Selection reagent, CD8", 7.5, 0, "mL", "S060", 365),
    MaterialPlan("MAT-1004", "Selection tubing set", 1, 0, "1", "S060", 730),
    MaterialPlan("MAT-1005", "T-cell medium, basal", 250, 0, "mL", "S080", 300),
    MaterialPlan("MAT-1006", "Interleukin-7", 0.25, 0.02, "mL", "S080", 400),
    MaterialPlan("MAT-1007", "Interleukin-15", 0.25, 0.02, "mL", "S080", 400),
    MaterialPlan("MAT-1008", "Activation beads, CD3/CD28", 15, 0.5, "mL", "S090", 365),
    MaterialPlan("MAT-1009", "Bioreactor bag, 2 L", 1, 0, "1", "S080", 900),
    MaterialPlan("MAT-1010", "Lentiviral vector, anti-CD19 CAR", 4.0, 0.6, "mL", "S110", 420),
    MaterialPlan("MAT-1011", "Feed medium", 1400, 0, "mL", "S223", 240),
    MaterialPlan("MAT-1012", "Exchange medium", 5000, 60, "mL", "S222", 240),
    MaterialPlan("MAT-1013", "Human serum albumin, 25 %", 40, 1, "mL", "S340", 700),
    MaterialPlan("MAT-1014", "Cryoprotectant with DMSO", 30, 1, "mL", "S340", 450),
    MaterialPlan("MAT-1015", "Cryo bag, 50 mL", 2, 0, "1", "S350", 900),
    MaterialPlan("MAT-1016", "Label stock, cryo", 8, 0, "1", "S370", 800),
)

EQUIPMENT: tuple[tuple[str, str, int], ...] = (
    ("EQ-SHIP", "Validated apheresis shipper", 180),
    ("EQ-COUNT", "Cell counter", 180),
    ("EQ-BSC", "Biosafety cabinet", 365),
    ("EQ-CENT", "Closed centrifuge", 365),
    ("EQ-SEL", "Magnetic selection system", 365),
    ("EQ-BIOR", "Bioreactor", 180),
    ("EQ-BATH", "Dry thawing bath", 180),
    ("EQ-BGA", "Blood gas and metabolite analyser", 90),
    ("EQ-MAG", "Magnet for bead removal", 730),
    ("EQ-BAL", "Balance", 180),
    ("EQ-PRINT", "Label printer", 365),
    ("EQ-CRF", "Controlled-rate freezer", 180),
    ("EQ-LN2", "Vapour-phase nitrogen store", 365),
)
"""Identifier, name, and days between two calibrations or qualifications."""

OPERATORS = ("j.brandt", "m.okafor", "s.lindqvist", "a.moreau", "t.nakamura", "k.novak")
CHECKERS = ("p.hughes", "l.ferrari", "d.vandijk", "n.haddad")
ANALYSTS = ("qc.ramos", "qc.weber", "qc.silva", "qc.jensen")
REVIEWERS = ("qc.lead.adler", "qc.lead.dubois")


CLEARED_STEPS = tuple(one.step_id for one in STEPS if one.operation not in ("Close", "Clear", "Receive"))
"""Steps before which the line is cleared of everything of another batch."""

HANDOVERS: tuple[tuple[str, str | None], ...] = (
    ("Collection label", None),
    ("Courier to plant", "S010"),
    ("Receipt to wash", "S050"),
    ("Selection to bioreactor", "S080"),
    ("Vector to cells", "S110"),
    ("Bioreactor to harvest", "S310"),
    ("Harvest to formulation", "S340"),
    ("Filled bags to label", "S370"),
    ("Labelled bags to freezer", "S390"),
    ("Freezer to store", "S400"),
)
"""Every passing of the cells from one hand to the next, from the apheresis label on, and the step in which it falls."""

DONOR_TESTS = ("HIV 1 and 2", "Hepatitis B", "Hepatitis C", "Syphilis", "HTLV I and II")


class Indication(NamedTuple):
    """An indication, its share among patients, and the dose aimed at: 1e6 cells, or 1e6 for each kg up to a weight."""

    name: str
    share: float
    aim: tuple[float, float]
    aim_per_kg: tuple[float, float]
    per_kg_up_to: float


INDICATIONS = (
    Indication("B-ALL", 0.25, (90.0, 190.0), (1.6, 3.4), 50.0),
    Indication("LBCL", 0.75, (170.0, 320.0), (0.0, 0.0), 0.0),
)


class Centre(NamedTuple):
    """A treatment centre, its time zone, and the market that its country belongs to."""

    name: str
    city: str
    country: str
    markets: tuple[tuple[str, ...], ...]
    zone: str


CENTRES: tuple[Centre, ...] = (
    Centre("University Hospital Lindenau", "Leipzig", "DE", (("EU",), ("DE",), ("EU", "US")), "Europe/Berlin"),
    Centre("Hopital des Tilleuls", "Lyon", "FR", (("EU",), ("FR",)), "Europe/Paris"),
    Centre("Ospedale San Ginepro", "Milan", "IT", (("EU",), ("EU", "US")), "Europe/Rome"),
    Centre("Riverside Cancer Center", "Boston", "US", (("US",), ("US", "EU")), "America/New_York"),
    Centre("Lakeview Medical Center", "Chicago", "US", (("US",),), "America/Chicago"),
    Centre("Hospital de la Encina", "Madrid", "ES", (("EU",), ("ES",)), "Europe/Madrid"),
)
IMPORTING_CENTRES: tuple[Centre, ...] = (
    Centre("St Aldate's Hospital", "London", "GB", (("GB",), ("GB", "EU")), "Europe/London"),
    Centre("Northmoor Royal Infirmary", "Manchester", "GB", (("GB",),), "Europe/London"),
    Centre("Klinik Seematt", "Zurich", "CH", (("CH",), ("CH", "EU")), "Europe/Zurich"),
)
"""Centres whose countries import every batch. The plant sends there when it is asked to: see `centres_of`."""
MARKETS = tuple(sorted({name for one in (*CENTRES, *IMPORTING_CENTRES) for names in one.markets for name in names}))


def centres_of(markets: Collection[str] | None) -> tuple[Centre, ...]:
    """The centres that treat for these markets, each with those of its destinations that hold one of them.

    Without markets: the centres of everyday, in the Union and the United States. Raises `TwinError` for a market to
    which none belongs.
    """
    if markets is None:
        return CENTRES
    strange = sorted(set(markets) - set(MARKETS))
    if strange or not markets:
        raise TwinError(
            f"No treatment centre is in market {strange[0] if strange else 'none'!r}: take {', '.join(MARKETS)}."
        )
    kept = [
        one._replace(markets=tuple(names for names in one.markets if set(names) & set(markets)))
        for one in (*CENTRES, *IMPORTING_CENTRES)
    ]
    return tuple(one for one in kept if one.markets)


class TestPlan(NamedTuple):
    """A release test: unit and limits as the LIMS shows them, days after its sample at which it is reported, method."""

    test: str
    unit: str
    lower: str
    upper: str
    sample: str
    day: float
    method: str = "in-house"


TESTS: tuple[TestPlan, ...] = (
    TestPlan("Viability", "%", "80", "", "Final product", 0.3),
    TestPlan("CD3+ purity", "%", "80", "", "Final product", 0.9),
    TestPlan("CAR+ fraction", "%", "10", "", "Final product", 1.0),
    TestPlan("VCN", "copies/cell", "", "", "Final product", 1.9),
    TestPlan("Endotoxin", "EU/mL", "", "5", "Final product", 0.6, "compendial"),
    TestPlan("Sterility", "", "Negative", "Negative", "Sterility", 7.2, "rapid"),
    TestPlan("Mycoplasma", "", "Negative", "Negative", "Harvest", 1.6, "rapid"),
    TestPlan("RCL", "", "Negative", "Negative", "Harvest", 2.1),
    TestPlan("Potency", "% survival", "", "70", "Final product", 3.0),
    TestPlan("Cell dose", "1e6 cells", "5", "600", "Final product", 1.1),
    TestPlan("Residual beads", "beads/3e6 cells", "", "100", "Final product", 0.8),
    TestPlan("Appearance", "", "Pass", "Pass", "Final product", 0.2),
    TestPlan("Identity", "", "Match", "Match", "Labelled product", 0.4),
    TestPlan("Sterility, in process", "", "Negative", "Negative", "In-process day 5", 7.1, "rapid"),
    TestPlan("Container integrity", "", "Pass", "Pass", "Labelled product", 0.5, "compendial"),
    TestPlan("Viability after thaw", "%", "70", "", "Thaw control", 1.2),
    TestPlan("Cell dose after thaw", "1e6 cells", "5", "600", "Thaw control", 1.3),
)
