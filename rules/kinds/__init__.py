"""The closed family: every kind of rule. A new kind is a file here and a name in the list."""

from importlib import import_module

from rules.family import Kind

_NAMES = (
    "check_character",
    "complete",
    "covered",
    "day_order",
    "day_order_head",
    "different",
    "dose_band",
    "elapsed",
    "enumeration",
    "expiry",
    "expression",
    "filled",
    "head",
    "head_among",
    "includes",
    "lasts",
    "limit",
    "lot_status",
    "master",
    "match",
    "members",
    "not_future",
    "ordered",
    "pattern",
    "pattern_head",
    "presence",
    "quantity",
    "range",
    "recompute",
    "repeats",
    "retests",
    "role",
    "same",
    "same_quantity",
    "same_result",
    "sequence",
    "table_values",
    "tested_after",
    "tested_or_labelled",
    "time_order",
    "total_time",
    "trend",
    "unique",
    "within_step",
)
KINDS: dict[str, Kind] = {name: import_module(f"{__name__}.{name}").KIND for name in _NAMES}
"""Kind by its name."""
