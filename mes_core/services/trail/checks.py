"""The whole trail: verified, signed as a checkpoint, and single entries proven."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mes_core.domain import checkpoints
from mes_core.domain.audit import CLOCK_SET
from mes_core.domain.errors import Conflict
from mes_core.domain.principals import Actor
from mes_core.messages.views import EvidenceRef
from mes_core.services.core import Change, Core, dumps, iso, write_audit
from mes_core.services.trail import integrity

CHECKPOINTS = "system:checkpoints"
STORE = "system:store"
"""The chain that tells of the store itself."""


class Trail(Core):
    """Checks of the audit trail over all chains."""

    def verify_audit(self, checkpoint: dict[str, Any] | None = None, *, public_key: str | None = None) -> list[str]:
        """Check every chain, what the store holds against it, and that it agrees with a checkpoint.

        Without a checkpoint it finds what was changed by somebody who can't rewrite a chain. Who rewrites all of it
        from some entry on, or cuts off its tail along with what the tail speaks of, is found with a checkpoint that was
        kept elsewhere.

        Args:
            checkpoint: one that was kept elsewhere.
            public_key: the key that it must be signed with, hexadecimal; None takes the key that it names.

        Returns:
            One sentence for each thing that is wrong, saying where.

        Raises:
            Invalid: the checkpoint is none.
        """
        with self._store.read() as work:
            found = integrity.problems(work)
            if checkpoint is not None:
                chains = integrity.chains(work)
                checkpoints.check(checkpoint)
                found += checkpoints.problems(checkpoint, chains, public_key or checkpoint["key"])
            found += self._steady.problems(work)
        guards = self._store.missing_guards()
        return [*found, *(f"The guard of table {table} was taken off: it can be rewritten." for table in guards)]

    def take_clock(self, reason: str, actor: Actor) -> str:
        """Take the machine's clock as it is, where it was ahead before; changes go on from now.

        Returns:
            The newest time that was known until then, as ISO text; empty when there was none.
        """
        with self._store.write(begin=False) as work:
            before, now = self._steady.reset(work)
            old = iso(before) if before else None
            write_audit(work, STORE, actor, now, Change(CLOCK_SET, "clock", old, iso(now), reason))
        return old or ""

    def trail_state(self) -> dict[str, str | int]:
        """What a witness outside of the store remembers of it: its first entry of all, and how many there are."""
        with self._store.read() as work:
            first = work.find("audit", order=("at", "batch_id", "number"), limit=1)
            return {"first": first[0]["entry_hash"] if first else "", "entries": work.count("audit")}

    def evidence_told(self) -> tuple[tuple[str, EvidenceRef], ...]:
        """Evidence that the trail vouches for, as items ended with it: number of the item, and where it lies."""
        with self._store.read() as work:
            rows = work.find("work_items", order=("place",))
        return tuple(
            (row["item_id"], EvidenceRef.model_validate_json(row["evidence"])) for row in rows if row["evidence"]
        )

    def make_checkpoint(self, key: Ed25519PrivateKey, actor: Actor) -> dict[str, Any]:
        """Sign the state of all chains, if they are whole.

        Raises:
            Conflict: something is wrong with the trail; says what.
        """
        now = self.now()
        with self._store.write() as work:
            found = integrity.problems(work)
            if found:
                raise Conflict(f"No checkpoint is made of a trail that is not whole: {found[0]}")
            before = work.find("checkpoints", order=("-number",), limit=1)
            number = before[0]["number"] + 1 if before else 1
            previous = json.loads(before[0]["document"])["root"] if before else ""
            chains = integrity.chains(work)
            made = checkpoints.make(chains, number=number, made_at=iso(now), previous=previous, key=key)
            # The list of chains follows from the trail itself: the store keeps the statement, the file keeps all.
            kept = {name: value for name, value in made.items() if name != "chains"}
            work.add("checkpoints", [{"number": number, "made_at": iso(now), "document": dumps(kept)}])
            change = Change("checkpoint signed", f"checkpoint {number}", None, kept, None)
            write_audit(work, CHECKPOINTS, actor, now, change)
            return made

    def prove_entry(self, checkpoint: dict[str, Any], chain: str, number: int) -> dict[str, Any]:
        """A document that proves an entry without the store.

        Raises:
            Invalid: it is no checkpoint, or does not cover the entry, or the chain was rewritten since.
        """
        checkpoints.check(checkpoint)
        with self._store.read() as work:
            return checkpoints.prove(checkpoint, integrity.chains(work), chain, number)
