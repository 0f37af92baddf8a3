"""The closed family: every kind of rule and its check."""

from rules import checks, expression_checks, more_checks, time_checks, value_checks
from rules.checks import Check

CHECKS: dict[str, Check] = {
    "presence": checks.presence,
    "filled": value_checks.filled,
    "range": checks.in_range,
    "limit": value_checks.limit,
    "ordered": value_checks.ordered,
    "enumeration": checks.enumeration,
    "different": checks.different,
    "time_order": checks.time_order,
    "sequence": checks.sequence,
    "expiry": checks.expiry,
    "complete": checks.complete,
    "unique": checks.unique,
    "same": checks.same,
    "match": checks.match,
    "same_result": value_checks.same_result,
    "check_character": value_checks.check_character,
    "recompute": value_checks.recompute,
    "elapsed": time_checks.elapsed,
    "master": value_checks.master,
    "not_future": time_checks.not_future,
    "pattern": time_checks.pattern,
    "within_step": time_checks.within_step,
    "day_order": time_checks.day_order,
    "members": time_checks.members,
    "tested_after": time_checks.tested_after,
    "table_values": time_checks.table_values,
    "lot_status": time_checks.lot_status,
    "head": time_checks.head,
    "pattern_head": time_checks.pattern_head,
    "day_order_head": time_checks.day_order_head,
    "same_quantity": more_checks.same_quantity,
    "quantity": more_checks.quantity,
    "head_among": more_checks.head_among,
    "repeats": more_checks.repeats,
    "trend": more_checks.trend,
    "expression": expression_checks.check,
}
"""Check by kind."""
