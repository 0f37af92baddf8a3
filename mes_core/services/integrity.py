"""Whether the store still says what its audit trail says: records, verdicts and signatures against the chains."""

import json
from typing import Any

from mes_core.domain import audit
from mes_core.services.core import read_audit
from mes_core.services.ports import Row, UnitOfWork

_STORED = frozenset({"record stored", "record version"})


def problems(work: UnitOfWork) -> list[str]:
    """One sentence for each thing that is wrong, in the order of the batches; empty when all is whole."""
    chains: dict[str, list[Row]] = {}
    for row in work.find("audit", order=("batch_id", "number")):
        chains.setdefault(row["batch_id"], []).append(read_audit(row))
    found = [problem for chain in chains.values() for problem in audit.problems(chain)]
    said = {batch_id: _said(chain) for batch_id, chain in chains.items()}
    for batch in work.find("batches", order=("batch_id",)):
        found += _batch(batch, said.get(batch["batch_id"], {}))
    for version in work.find("record_versions", order=("batch_id", "version")):
        found += _version(version, said.get(version["batch_id"], {}))
    for verdict in work.find("verdicts", order=("batch_id", "number")):
        found += _verdict(verdict, said.get(verdict["batch_id"], {}))
    for signed in work.find("dispositions", order=("batch_id", "number")):
        if said.get(signed["batch_id"], {}).get(signed["disposition_id"]) != json.loads(signed["document"]):
            found.append(f"batch {signed['batch_id']}: disposition {signed['number']} is not what was signed.")
    return found


def _said(chain: list[Row]) -> dict[Any, Any]:
    """What a chain says: hash of each version of the record, its newest version, and verdicts and signatures by id."""
    said: dict[Any, Any] = {}
    for entry in chain:
        new = entry["new"]
        if entry["action"] in _STORED:
            said[new["version"]] = new["hash"]
            said["version"] = new["version"]
        elif entry["action"] in ("reviewed", "disposition signed"):
            said[entry["subject"]] = new
        elif entry["action"] == "state":
            said["state"] = new
    return said


def _batch(batch: Row, said: dict[Any, Any]) -> list[str]:
    found = []
    where = f"batch {batch['batch_id']}"
    if (batch["record_version"], batch["record_hash"]) != (said.get("version"), said.get(batch["record_version"])):
        found.append(f"{where}: its record is not the version that the audit trail names last.")
    if audit.digest(json.loads(batch["record"])) != batch["record_hash"]:
        found.append(f"{where}: its record was changed outside the program.")
    if batch["state"] != said.get("state", "manufactured"):
        found.append(f"{where}: its state {batch['state']!r} is not the one that the audit trail names last.")
    return found


def _version(version: Row, said: dict[Any, Any]) -> list[str]:
    hashes = {version["record_hash"], audit.digest(json.loads(version["record"])), said.get(version["version"])}
    if len(hashes) == 1:
        return []
    return [f"batch {version['batch_id']}: version {version['version']} of its record was changed outside the program."]


def _verdict(verdict: Row, said: dict[Any, Any]) -> list[str]:
    document, entry = json.loads(verdict["document"]), said.get(verdict["verdict_id"]) or {}
    stored = (document["verdict"], len(document["findings"]), document["rules_hash"], document["facts_hash"])
    named = tuple(entry.get(name) for name in ("verdict", "findings", "rules", "facts"))
    if stored == named and verdict["verdict"] == document["verdict"] and verdict["record_hash"] == entry.get("record"):
        return []
    return [f"batch {verdict['batch_id']}: verdict {verdict['number']} is not the one that the audit trail names."]
