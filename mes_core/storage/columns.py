"""Columns as all tables have them: texts that fit a key, texts that may be empty, numbers."""

from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

metadata = MetaData()


def table(name: str, *parts: Any) -> Table:
    """A table of the store."""
    return Table(name, metadata, *parts)


def an_id(name: str, *, primary_key: bool = False) -> Column[str]:
    """A text that is there, short enough for an index."""
    return Column(name, String(200), nullable=False, primary_key=primary_key)


def a_key(name: str) -> Column[str]:
    """A part of the key."""
    return an_id(name, primary_key=True)


def maybe(name: str) -> Column[str | None]:
    """A text that may be empty."""
    return Column(name, Text, nullable=True)


def a_number(name: str, *, primary_key: bool = False) -> Column[int]:
    """A whole number that the program gives."""
    return Column(name, Integer, nullable=False, primary_key=primary_key, autoincrement=False)
