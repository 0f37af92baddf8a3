"""What the audit trail says of evidence: the seal of each attempt."""

import json
from collections.abc import Mapping
from typing import Any

from mes_core.services.core import Core

_ENDED = ("work item done", "work item failed")


class Evidence(Core):
    """Evidence, by its hashes."""

    def seals(self, batch_id: str) -> Mapping[str, str]:
        """SHA-256 of the manifest of every attempt of a batch, by the path of its folder, as the audit trail has it."""
        with self._store.read() as work:
            ended = work.find("audit", order=("number",), within={"action": _ENDED}, batch_id=batch_id)
        found: dict[str, str] = {}
        for entry in ended:
            new: Any = json.loads(entry["new"]) if entry["new"] else None
            evidence = new.get("evidence", new) if isinstance(new, dict) else None
            if isinstance(evidence, dict) and isinstance(evidence.get("path"), str):
                # The first word counts: what an attempt left is sealed once.
                found.setdefault(evidence["path"], str(evidence.get("sha256", "")))
        return found
