"""Web systems that bots drive: one port per kind of system, one folder per product.

A product folder holds the flow in Python (`site.py`, function `open_site`) and the words of its pages as data
(`locators.yaml`). Whether a product is real or pretend makes no difference here.
"""

from keywords.sites.ports import (
    AgencyPort,
    BookingRequest,
    CourierPort,
    EffectPort,
    ErpPort,
    LimsPort,
    Presence,
    ReadBack,
    ShipmentPosting,
    Slot,
    Submission,
    Table,
    TrackedEvent,
)
from keywords.sites.registry import open_site

__all__ = [
    "AgencyPort",
    "BookingRequest",
    "CourierPort",
    "EffectPort",
    "ErpPort",
    "LimsPort",
    "Presence",
    "ReadBack",
    "ShipmentPosting",
    "Slot",
    "Submission",
    "Table",
    "TrackedEvent",
    "open_site",
]
