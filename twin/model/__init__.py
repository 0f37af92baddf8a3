"""Process model of the pretend plant: donors, cells in culture, and the instruments that watch them."""

from twin.model.culture import Culture, Plan, grow, standard_plan
from twin.model.donors import DONOR_FIELDS, Donors, draw_donor, stack_donors
from twin.model.errors import TwinError
from twin.model.isbt128 import check_character, donation_number
from twin.model.outcome import LATE_NOISE, LIMITS, Outcome, harvest

__all__ = [
    "DONOR_FIELDS",
    "LATE_NOISE",
    "LIMITS",
    "Culture",
    "Donors",
    "Outcome",
    "Plan",
    "TwinError",
    "check_character",
    "donation_number",
    "draw_donor",
    "grow",
    "harvest",
    "stack_donors",
    "standard_plan",
]
