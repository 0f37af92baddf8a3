"""Chance that can be repeated: a generator for each named thing, so that nothing depends on the order of making."""

from random import Random


def seeded(*parts: object) -> Random:
    """A generator that depends on the parts alone."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - a pretend world, no secrets
