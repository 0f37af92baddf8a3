"""Triggers by which the database itself refuses to change, delete or replace what only grows.

Frozen with the migrations that use them: a change here would make new stores differ from old ones.
"""

from collections.abc import Iterable, Iterator, Mapping

GROWING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "record_versions": (("batch_id", "version"),),
    "verdicts": (("verdict_id",), ("batch_id", "number")),
    "facts": (("facts_hash",),),
    "dispositions": (("disposition_id",), ("batch_id", "number")),
    "shipments": (("batch_id",),),
    "signatures": (("signature_id",),),
    "approvals": (("approval_id",), ("kind", "name", "number")),
    "checkpoints": (("number",),),
}
"""Tables that only grow, besides the audit trail, with the keys by which `INSERT OR REPLACE` could replace a row."""

LATER: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "due_notices": (("notice_id",),),
    "register": (("number",), ("disposition_id",)),
}
"""Those of migration 0011."""
GATES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "supply_gates": (("batch_id", "gate"),),
    "plant_settings": (("number",),),
    "master_bindings": (("batch_id",),),
}
"""Those of migration 0012."""
FILINGS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "filing_events": (("event_id", "version"),),
    "filing_drafts": (("filing_id", "number"),),
    "filing_answers": (("filing_id", "number"),),
    "licences": (("licence_id", "version"),),
}
"""Those of migration 0016."""
JOURNEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "journey_records": (("record_id",), ("batch_id", "kind", "name", "number")),
}
"""Those of migration 0015."""
HANDS: Mapping[str, tuple[tuple[str, ...], ...]] = {"cause_notes": (("batch_id", "rule", "number"),)}
"""That of migration 0020."""
ALL: Mapping[str, tuple[tuple[str, ...], ...]] = {**GROWING, **LATER, **GATES, **FILINGS, **JOURNEYS, **HANDS}

_REFUSE = """CREATE OR REPLACE FUNCTION batchwright_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % only grows: its rows cannot be %', TG_TABLE_NAME,
    CASE TG_OP WHEN 'UPDATE' THEN 'changed' WHEN 'DELETE' THEN 'deleted' ELSE 'emptied' END;
END $$"""


def sqlite_guards(table: str, keys: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Statements that make the triggers of one table on SQLite.

    REPLACE deletes without the delete trigger, by any unique key and by the hidden row number: an insert is looked at.
    """
    refuse = f"BEGIN SELECT RAISE(ABORT, 'table {table} only grows: its rows cannot be "
    yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}changed'); END"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}deleted'); END"
    met = [" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys]
    there = " OR ".join(f"({one})" for one in (*met, "rowid = NEW.rowid"))
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"  # noqa: S608 - names of our own tables
    yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} {refuse}replaced'); END"


def sqlite_unguard(table: str) -> Iterator[str]:
    """Statements that drop them."""
    for what in ("update", "delete", "replace"):
        yield f"DROP TRIGGER {table}_no_{what}"


def postgresql_function() -> str:
    """The function that the triggers call."""
    return _REFUSE


def postgresql_guards(table: str) -> Iterator[str]:
    """Statements that make the triggers of one table on PostgreSQL; they fire in every session mode."""
    yield (
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION batchwright_refuse()"
    )
    yield (
        f"CREATE TRIGGER {table}_guard_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION batchwright_refuse()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_guard"
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_guard_truncate"


def postgresql_unguard(table: str) -> Iterator[str]:
    """Statements that drop them."""
    yield f"DROP TRIGGER {table}_guard ON {table}"
    yield f"DROP TRIGGER {table}_guard_truncate ON {table}"
