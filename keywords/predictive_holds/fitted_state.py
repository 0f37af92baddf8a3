"""What an estimator learnt, as a hash: trees, coefficients and kernels, whatever they are kept in."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

_BITS = 20
"""Binary digits of the largest number of an array that count, about six decimal ones: threads add in another order,
and what linear algebra leaves of that is measured by the largest number, not by each."""
_NOT_LEARNT = frozenset({"n_jobs", "n_threads", "sklearn_version", "verbose", "warm_start"})
_DEEPEST = 60


def digest_of(value: Any) -> str:
    """SHA-256 of an estimator or an array; equal for equal fits, whatever computed them."""
    found = hashlib.sha256()
    for part in _parts(value, "", 0):
        found.update(part)
    return found.hexdigest()


def _parts(value: Any, name: str, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise ValueError("an estimator that holds itself can't be hashed")
    if isinstance(value, np.ndarray):
        yield from _array(value, name, depth)
    elif isinstance(value, float | np.floating):
        yield from _array(np.array([value], float), name, depth)
    elif value is None or isinstance(value, str | bytes | bool | int | np.integer | np.bool_):
        yield f"{name}={value!r};".encode()
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            if str(key).strip("_") not in _NOT_LEARNT:
                yield from _parts(value[key], f"{name}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        yield f"{name}[{len(value)}];".encode()
        for one in value:
            yield from _parts(one, name, depth + 1)
    else:
        yield f"{name}:{type(value).__module__}.{type(value).__qualname__};".encode()
        # A generator of random numbers was used in fitting and answers nothing; some are seeded by the machine.
        random = type(value).__module__.startswith("numpy.random")
        state = value.__getstate__() if hasattr(value, "__getstate__") and not random else None
        if isinstance(state, dict | tuple | list):
            yield from _parts(state, name, depth + 1)


def _array(values: np.ndarray, name: str, depth: int) -> Iterator[bytes]:
    yield f"{name}{values.shape};".encode()
    if values.dtype.names:  # field by field: bytes between the fields mean nothing
        for field in values.dtype.names:
            yield from _array(np.ascontiguousarray(values[field]), f"{name}.{field}", depth + 1)
    elif values.dtype.kind == "f":
        known = np.isfinite(values)
        finite = np.where(known, values, 0.0).astype(float)
        exponent = int(np.frexp(np.abs(finite).max(initial=0.0))[1])
        kind = np.where(known, 0, np.where(np.isnan(values), 1, np.where(values > 0, 2, 3))).astype(np.int8)
        yield f"{exponent};".encode()
        yield np.round(np.ldexp(finite, _BITS - exponent)).astype(np.int64).tobytes()
        yield kind.tobytes()
    elif values.dtype.kind in "iub":
        yield values.astype(np.int64).tobytes()
    elif values.dtype.kind == "O":
        for one in values.ravel().tolist():
            yield from _parts(one, name, depth + 1)
    else:
        yield str(values.tolist()).encode()


def rounded(value: Any) -> Any:
    """Plain data with numbers to ten digits and without types of numpy."""
    if isinstance(value, dict):
        return {str(name): rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.10g}")
    return value.item() if isinstance(value, np.generic) else value
