"""Whether rows are as the audit trail says: each against its seal, records and states against the words of a chain."""

import json
from collections.abc import Iterable
from typing import Any

from mes_core.domain import audit
from mes_core.domain.errors import Forbidden
from mes_core.services.ledger import TABLES, USERS, Ledger
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.rows import AuditRow, BatchRow, RecordVersionRow

_WORDS = {
    "batches": "the batch as listed",
    "record_versions": "a version of its record",
    "observations": "a table that was read",
    "verdicts": "a verdict",
    "facts": "the facts of a verdict",
    "findings": "a finding",
    "holds": "a hold",
    "deviations": "a deviation",
    "dispositions": "a disposition",
    "shipments": "the shipment",
    "filings": "a filing",
    "filing_events": "an event that starts clocks",
    "filing_drafts": "a draft of a filing",
    "filing_answers": "an answer of an agency",
    "licences": "a licence",
    "work_items": "a work item",
    "effects": "an effect",
    "signatures": "a signature",
    "approvals": "an approval",
    "checkpoints": "a checkpoint",
    "accounts": "an account",
    "aliases": "whose a name is",
    "proposals": "a proposal",
    "predictions": "what a model said",
    "models": "a model",
    "drift_checks": "a drift check",
    "conditions": "what a conditional release waits for",
    "due_items": "something due",
    "supply_gates": "a gate of a supply outside of specification",
    "plant_settings": "a setting",
    "master_records": "a version of a master record",
    "master_bindings": "the master record it was made by",
    "due_notices": "a reminder",
    "cause_notes": "who works on a cause",
    "register": "an entry of the register",
}
_STORED = frozenset({"record stored", "record version"})


def check(work: UnitOfWork, chain: str) -> None:
    """See that what a decision rests on is as the trail says: a chain and its rows, accounts, and whose names are.

    Whoever swaps a row for the moment of a signature, and puts it back, leaves nothing that `problems` could find.
    Once in a transaction: what it changes itself afterwards is told at its end.

    Raises:
        Forbidden: it is not.
    """
    vouched = work.vouched if isinstance(work, Ledger) else set()
    if chain in vouched:
        return
    stored = {name: work.find("audit", batch_id=name, order=("number",)) for name in (chain, USERS)}
    resets = resets_of(work.find("audit", batch_id="system:store", order=("number",)))
    found = [problem for one in stored.values() for problem in audit.problems(one, resets)]
    found += rows(work, stored, chain)
    said = said_by(stored[chain])
    found += [problem for row in work.find("batches", batch_id=chain) for problem in batch_problems(row, said)]
    found += [
        problem for row in work.find("record_versions", batch_id=chain) for problem in version_problems(row, said)
    ]
    if found:
        raise Forbidden(
            "What this rests on is not as the audit trail says, so nothing is signed; an administrator looks into it"
            f" ('batchwright verify --audit'): {found[0]}"
        )
    vouched.add(chain)


def of_table(work: UnitOfWork, chain: str, table: str) -> str:
    """What speaks against the rows of one table that belong to a chain: its first problem, or nothing.

    Less than `check`, for what is asked often: neither accounts nor other tables are looked at.
    """
    entries = work.find("audit", batch_id=chain, order=("number",))
    resets = resets_of(work.find("audit", batch_id="system:store", order=("number",)))
    for problem in audit.problems(entries, resets):
        return problem
    told = {name: one for entry in entries for name, one in _seals(entry).items() if name.startswith(f"{table}/")}
    sealed = TABLES[table]
    kept = {sealed.name(table, row): sealed.seal(row) for row in any_table(work).find(table, batch_id=chain)}
    differ = sorted(name for name in told.keys() | kept.keys() if told.get(name) != kept.get(name))
    said = f"{_WORDS.get(table, table)} ({differ[0].partition('/')[2]})" if differ else ""
    return f"{audit.chain_name(chain)}: {said} is not as the audit trail says" if differ else ""


def resets_of(chain: Iterable[AuditRow]) -> list[tuple[str, str]]:
    """When somebody took the clock as it was: the newest time until then, and the time since."""
    told = [(_read(one["old"]), _read(one["new"])) for one in chain if one["action"] == audit.CLOCK_SET]
    return [(old, new) for old, new in told if isinstance(old, str) and isinstance(new, str)]


def rows(work: UnitOfWork, stored: dict[str, list[AuditRow]], chain: str | None = None) -> Iterable[str]:
    """Every sealed row against its newest seal, in both directions; of all chains, or of one and the accounts."""
    seals: dict[str, tuple[str, str]] = {}
    for name, entries in stored.items():
        for entry in entries:
            for row_name, seal in _seals(entry).items():
                seals[row_name] = (name, seal)
    found: list[str] = []
    for table, sealed in TABLES.items():
        for row in _kept(work, table, chain):
            row_name, home = sealed.name(table, row), sealed.chain_of(row)
            where = f"{audit.chain_name(home)}: {_WORDS.get(table, table)} ({row_name.partition('/')[2]})"
            told, seal = seals.pop(row_name, ("", ""))
            if not seal:
                found.append(f"{where} is there, but the audit trail does not know it.")
            elif seal != sealed.seal(row) or told != home:
                found.append(f"{where} was changed outside the program.")
    for row_name, (name, _) in sorted(seals.items()):
        table, _, key = row_name.partition("/")
        found.append(f"{audit.chain_name(name)}: {_WORDS.get(table, table)} ({key}) was removed outside the program.")
    return found


def _kept(work: UnitOfWork, table: str, chain: str | None) -> list[Any]:
    """The rows of a table; of one chain, its own and those of the accounts."""
    home = TABLES[table].chain
    if chain is None or home in (chain, USERS):
        return any_table(work).find(table)
    return [] if home else any_table(work).find(table, within={"batch_id": {chain, USERS}})


def _seals(entry: AuditRow) -> dict[str, str]:
    seals = _read(entry["seals"])
    return seals if isinstance(seals, dict) else {}


def _read(text: str | None) -> Any:
    """A document; what was made unreadable is None, and its hash tells."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def said_by(chain: list[AuditRow]) -> dict[Any, Any]:
    """What a chain says in words: hash of each version of the record, its newest version, and the state."""
    said: dict[Any, Any] = {}
    for entry in chain:
        if entry["action"] in _STORED:
            new = _read(entry["new"]) or {}
            said[new.get("version")] = new.get("hash")
            said["version"] = new.get("version")
        elif entry["action"] == "state":
            said["state"] = _read(entry["new"])
    return said


def batch_problems(batch: BatchRow, said: dict[Any, Any]) -> list[str]:
    found = []
    where = f"batch {batch['batch_id']}"
    if (batch["record_version"], batch["record_hash"]) != (said.get("version"), said.get(batch["record_version"])):
        found.append(f"{where}: its record is not the version that the audit trail names last.")
    if audit.digest(_read(batch["record"])) != batch["record_hash"]:
        found.append(f"{where}: its record was changed outside the program.")
    if batch["state"] != said.get("state", "manufactured"):
        found.append(f"{where}: its state {batch['state']!r} is not the one that the audit trail names last.")
    return found


def version_problems(version: RecordVersionRow, said: dict[Any, Any]) -> list[str]:
    hashes = {version["record_hash"], audit.digest(_read(version["record"])), said.get(version["version"])}
    if len(hashes) == 1:
        return []
    return [f"batch {version['batch_id']}: version {version['version']} of its record was changed outside the program."]
