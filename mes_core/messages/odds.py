"""Probabilities as a person reads them: 1 in 110, not 0.0091."""

_RAREST = 10_000
_OFTEN = 0.2


def one_in(probability: float) -> str:
    """A probability in words, to two digits: `1 in 110`, or `35 in 100` from one in five on."""
    if probability >= 0.995:
        return "more than 99 in 100"
    if probability >= _OFTEN:
        return f"{round(100 * probability)} in 100"
    if probability * _RAREST < 1:
        return f"less than 1 in {_RAREST:,}"
    return f"1 in {float(f'{1 / probability:.2g}'):,g}"


def chance_in_words(
    probability: float, low: float | None = None, high: float | None = None, usual: float | None = None
) -> str:
    """A probability of failure, its 95 % interval, and what is usual: `1 in 110 (1 in 180 to 1 in 70), usual 1 in 21`.

    Args:
        probability: Of failing, 0 to 1.
        low: Lower end of the interval; None where it is not known.
        high: Upper end.
        usual: Share of batches that fail; None where it is not known.
    """
    said = one_in(probability)
    if low is not None and high is not None:
        said += f" ({one_in(low)} to {one_in(high)})"
    return said if usual is None else f"{said}, usual {one_in(usual)}"
