"""Dormand-Prince 5(4) for many small systems at once, each with its own step size.

Every system keeps its own time and step, so one that runs out of glucose does not slow the others down, and the
answer for a system does not depend on which other systems were computed beside it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin.model.errors import TwinError

Array = NDArray[np.float64]
Rhs = Callable[[Array, Array], Array]
"""Derivative: (state (k, n), parameters (m, n)) -> (k, n). The systems are autonomous between two events."""

_A = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_E = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
_MAX_ROUNDS = 100_000


def _combine(y: Array, h: Array, stages: list[Array], weights: tuple[float, ...]) -> Array:
    total = np.zeros_like(y)
    for weight, stage in zip(weights, stages, strict=True):
        if weight:
            total += weight * stage
    return y + h * total


def _attempt(rhs: Rhs, y: Array, params: Array, h: Array, first: Array) -> tuple[Array, Array, Array]:
    """One trial step: new state, error estimate, and the derivative at the new state (reused by the next step)."""
    stages = [first]
    new = y
    for weights in _A[1:]:
        new = _combine(y, h, stages, weights)
        stages.append(rhs(new, params))
    error = np.zeros_like(y)
    for weight, stage in zip(_E, stages, strict=True):
        if weight:
            error += weight * stage
    return new, h * error, stages[-1]


def integrate(
    rhs: Rhs, y0: Array, params: Array, duration: float, *, rtol: float = 1e-6, atol: float = 1e-9, h0: float = 0.05
) -> Array:
    """State of every system after `duration`, from `y0`; shapes (k, n), parameters (m, n).

    The local error of each component is kept under `atol + rtol * |y|`. Raises `TwinError` when a system does not get
    to the end (a state that is not finite, or steps that shrink without end).
    """
    if duration < 0:
        raise TwinError(f"A culture cannot run for {duration} days: give a duration of zero or more.")
    result = y0.copy()
    todo = np.arange(y0.shape[1])
    y, p = y0.copy(), params
    left = np.full(y0.shape[1], float(duration))
    h = np.minimum(h0, left)
    first = rhs(y, p)
    for _ in range(_MAX_ROUNDS):
        if not todo.size:
            return result
        h = np.minimum(h, left)
        new, error, last = _attempt(rhs, y, p, h, first)
        scale = atol + rtol * np.maximum(np.abs(y), np.abs(new))
        norm = np.sqrt(np.mean((error / scale) ** 2, axis=0))
        if not np.isfinite(norm).all():
            raise TwinError("The kinetics left the range of numbers: check the parameters of the culture.")
        ok = norm <= 1.0
        y, first = np.where(ok, new, y), np.where(ok, last, first)
        left = np.where(ok, left - h, left)
        h = h * np.clip(0.9 * np.maximum(norm, 1e-10) ** -0.2, 0.2, 5.0)
        done = left <= 1e-12
        if done.any():
            result[:, todo[done]] = y[:, done]
            keep = ~done
            todo, y, p, first = todo[keep], y[:, keep], p[:, keep], first[:, keep]
            left, h = left[keep], h[keep]
    raise TwinError("The kinetics did not reach the end of the culture: check the parameters of the culture.")
