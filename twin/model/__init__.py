"""Process model of the pretend plant: donors, cells in culture, and the instruments that watch them."""

from twin.model.culture import Culture, Plan, grow, standard_plan
from twin.model.donors import DONOR_FIELDS, Donors, draw_donor, stack_donors
from twin.model.errors import TwinError
from twin.model.isbt128 import check_character, donation_number

__all__ = [
    "DONOR_FIELDS",
    "Culture",
    "Donors",
    "Plan",
    "TwinError",
    "check_character",
    "donation_number",
    "draw_donor",
    "grow",
    "stack_donors",
    "standard_plan",
]
