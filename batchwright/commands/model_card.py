"""The card of a model and its answers as lines for a person: what keeps it from use first."""

from typing import Any

from mes_core.messages.odds import chance_in_words, one_in


def card_lines(card: dict[str, Any]) -> list[str]:
    """A card in lines, beginning with missing skill."""
    from keywords.predictive_holds.training.card import remarks

    test, rolling = card["test"], card["development"]
    found = test["at_threshold"]
    gain = rolling["nested"]["to_forest"]
    lines = [] if card["skill"]["shown"] else [f"NOT TO BE USED: {card['skill']['says']}"]
    lines += [
        card["note"],
        f"Rolling origin: PR-AUC {rolling['nested']['windows_pr_auc']:.3f} (nested choice), forest "
        f"{rolling['forest']['windows_pr_auc']:.3f}; difference {gain['difference']:+.3f} "
        f"[{gain['low']:+.3f}, {gain['high']:+.3f}]",
        f"Rule: {card['rule']['says']}",
        f"Test, held by this rule: {found['caught']} of {found['failures']} failures caught with {found['held']} of "
        f"{test['summary']['rows']} batches held ({found['held_share']:.1%}); PR-AUC "
        f"{test['summary'].get('pr_auc', float('nan')):.3f} at prevalence {test['summary']['prevalence']:.3f}",
        *_calibration(test["calibration"]),
        *remarks(card["data"]),
        *_said_early(card["known_early"]),
        *_asked_about(card.get("asked_about") or []),
    ]
    return [*lines, *_rule_replaced(test), *_parts(test), *_prevalences(test)]


def _calibration(bins: list[dict[str, Any]]) -> list[str]:
    return [
        f"Said {one_in(one['said'])}, came true in {one['failures']} of {one['rows']}"
        f" ({one_in(one['interval'][0])} to {one_in(one['interval'][1])})"
        for one in bins
    ]


def _said_early(names: list[str]) -> list[str]:
    return [f"Said to be known on the day of decision, although it nearly tells the outcome: {name}" for name in names]


def _asked_about(names: list[str]) -> list[str]:
    return [
        f"NOT TO BE APPROVED: nobody said whether {name!r}, which nearly tells the outcome, was known on the day of"
        " decision"
        for name in names
    ]


def _rule_replaced(test: dict[str, Any]) -> list[str]:
    rule = test.get("replaced")
    if not rule:
        return []
    return [
        f"Against {rule['column']} alone: {rule['caught']} of {test['at_threshold']['failures']} caught with as many"
        f" held, PR-AUC {rule['pr_auc']:.3f}; difference {rule['difference']['difference']:+.3f}"
        f" [{rule['difference']['low']:+.3f}, {rule['difference']['high']:+.3f}]"
    ]


def _parts(test: dict[str, Any]) -> list[str]:
    lines = []
    for part in test.get("subgroups", ()):
        low, high = part["recall_interval"]
        lines.append(
            f"Of these {part['column']} {part['value']}: {part['caught']} of {part['failures']} caught [{low:.2f},"
            f" {high:.2f}], {part['held']} of {part['rows']} held{'; WORSE than the rest' if part['worse'] else ''}"
        )
    return lines


def _prevalences(test: dict[str, Any]) -> list[str]:
    lines = []
    for row in test["at_prevalence"]:
        precision = "none held" if row["precision"] is None else f"{row['precision']:.2f}"
        lines.append(
            f"At {row['prevalence']:.1%} failing: precision {precision}, recall {row['recall'] or 0:.2f} "
            f"[{row['recall_interval'][0]:.2f}, {row['recall_interval'][1]:.2f}], net benefit {row['net_benefit']:+.4f}"
        )
    return lines


def said_lines(said: list[dict[str, Any]], silent: str) -> list[str]:
    """Answers in lines, one a row; `silent` is why the model says UNDECIDED only, and stands first."""
    first = [f"NOT TO BE USED: {silent}"] if silent else []
    return first + [_said_line(one) for one in said]


def _said_line(one: dict[str, Any]) -> str:
    why = f"  ({one['note']})" if one["note"] else ""
    chance = chance_in_words(one["probability"], one["low"], one["high"], one["usual"])
    held = "hold" if one["hold"] else "don't hold"
    return (
        f"{one['row']:>6}  {one['answer']:<9}  {held:<10}  fails {chance}; p-value of failing {one['p_fail']:.3f}, of"
        f" passing {one['p_pass']:.3f}{why}"
    )
