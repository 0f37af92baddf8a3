"""Whether a model does on its test rows what its card says: computed again from the table, before people sign."""

import hashlib
from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Table
from keywords.predictive_holds.training.checks import Roles, asked_about, learnable
from keywords.predictive_holds.training.lock import split_by_time
from keywords.predictive_holds.training.measures import when_held
from keywords.predictive_holds.training.replaced import against_rule
from keywords.predictive_holds.training.simulated import is_simulated

_COUNTS = ("held", "caught", "failures", "passed")


def card_again(model: Model, table: Table) -> str:
    """A sentence that says on which rows the counts of the card were found again.

    Raises:
        ModelRefused: it is not the table of the card, its test rows are others, it says that it was simulated and the
            card does not, or the model holds other batches than the card says.
    """
    names = ("target", "time", "group", "severity", "early_days", "known_early")
    roles = Roles(**{name: model.settings[name] for name in names})
    data = learnable(table, roles)
    told = model.card["split"]
    if data.table.content_hash() != told["data_sha256"]:
        raise ModelRefused(f"{table.source} is not the table that the card of this model speaks of: give that one.")
    if is_simulated(table) and model.card["generated_data_only"] is not True:
        raise ModelRefused(f"{table.source} says that its rows are simulated and the card does not: train it again.")
    if list(asked_about(data, roles)) != model.card.get("asked_about"):
        raise ModelRefused(f"{table.source} raises other questions than this card tells: train the model again.")
    split = split_by_time(data)
    test = split.test
    if hashlib.sha256(repr(test.tolist()).encode()).hexdigest() != told["test_rows_sha256"]:
        raise ModelRefused(f"The card was made on other test rows than the last fifth of {table.source}: train again.")
    rows = data.take(test)
    probability = model.probabilities(model.matrix(rows.table))
    held = np.array([one.hold for one in model.predict(rows.table)], bool)
    found = when_held(rows.fail, held)
    said: dict[str, Any] = model.card["test"]["at_threshold"]
    for name in _COUNTS:
        if found[name] != said.get(name):
            raise ModelRefused(
                f"The card says {name} = {said.get(name)} and the model on the test rows of {table.source} gives"
                f" {found[name]}: this card does not belong to this model."
            )
    rule = model.card["test"].get("replaced")
    if rule:
        _same_rule(rule, against_rule(rule["column"], data.take(split.development), rows, probability, held))
    caught = f"{found['caught']} of {found['failures']} failures caught"
    return f"Card computed again on {len(test)} test rows of the table {told['data_sha256'][:12]}: {caught}."


def _same_rule(told: dict[str, Any], found: dict[str, Any]) -> None:
    """See that the comparison with what the model replaces is the one on these rows."""
    numbers = [(one["caught"], round(one["difference"]["high"], 6), one["worse"]) for one in (told, found)]
    if numbers[0] != numbers[1]:
        raise ModelRefused(
            f"The card compares the model with {found['column']} otherwise than the table does (caught"
            f" {told['caught']}, found {found['caught']}): this card does not belong to this model."
        )
