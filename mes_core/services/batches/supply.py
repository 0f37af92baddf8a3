"""Supply outside of specification: gates are recorded by signature, and the supply is certified through all three."""

import json
from datetime import datetime

from mes_core.domain import gates
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.filing import places_of
from mes_core.domain.principals import Actor, PersonPrincipal, signer
from mes_core.domain.states import LEFT, Event, State
from mes_core.messages.gates import GateView, NewGate
from mes_core.services.batches.judgement import not_own_work
from mes_core.services.core import Change, iso, move, open_holds, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import Row, UnitOfWork
from mes_core.services.ports.rows import BatchRow, SupplyGateRow


class Supply(SignedActs):
    """The gates."""

    def record_gate(self, batch_id: str, gate: NewGate, person: Actor) -> GateView:
        """Record a gate of a supply outside of specification, signed. One that is recorded stays as it is.

        Raises:
            Forbidden: not a person who may, the wrong password, or somebody who had a part in the batch.
            Conflict: the batch is not held for a confirmed result, or the gate before is missing.
            Invalid: it was given in the future.
        """
        rule = gates.GATES[gate.gate.value]
        who = signer(person, f"record {rule.words}", *rule.roles)
        self.confirm_signature(who, gate)
        now = self.now()
        if gate.given_at > now:
            raise Invalid(f"{rule.words.capitalize()} is dated in the future: check its time.")
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            not_own_work(work, batch, who, f"record {rule.words} for")
            if State(batch["state"]) in LEFT or batch["state"] == State.REJECTED:
                raise Conflict(f"Batch {batch_id} is {batch['state'].replace('_', ' ')}: nothing is supplied any more.")
            check_way(batch)
            there = {row["gate"]: datetime.fromisoformat(row["given_at"]) for row in recorded(work, batch_id)}
            gates.check_order(batch_id, gate.gate.value, gate.given_at, there)
            content = gate.model_dump(mode="json", exclude={"password", "user_name"})
            signature = signatures.sign(
                work,
                batch_id,
                who,
                now,
                act="supply gate recorded",
                subject=gate.gate.value,
                content_hash=digest(content),
                meaning=f"I have seen {rule.words}.",
                reason=gate.text[:1000],
            )
            row: SupplyGateRow = {
                "batch_id": batch_id,
                "gate": gate.gate.value,
                "reference": gate.reference,
                "given_by": gate.given_by,
                "text": gate.text,
                "given_at": iso(gate.given_at),
                "recorded_by": who.user,
                "printed_name": who.printed_name,
                "recorded_at": iso(now),
                "signature_id": signature["signature_id"],
            }
            work.add("supply_gates", [row])
            new = {**content, **signatures.shown(signature)}
            write_audit(work, batch_id, who, now, Change("supply gate recorded", gate.gate.value, None, new, gate.text))
            return GateView.model_validate(row)

    def supply_gates(self, batch_id: str) -> tuple[GateView, ...]:
        """The gates that are recorded, in their order."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(GateView.model_validate(row) for row in recorded(work, batch_id))

    def supply_missing(self, batch_id: str) -> tuple[str, ...]:
        """What a supply outside of specification still needs, in words."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return missing(work, batch_id)


def recorded(work: UnitOfWork, batch_id: str) -> list[SupplyGateRow]:
    """Gates of a batch, in their order."""
    order = list(gates.GATES)
    return sorted(work.find("supply_gates", batch_id=batch_id), key=lambda row: order.index(row["gate"]))


def missing(work: UnitOfWork, batch_id: str) -> tuple[str, ...]:
    """What a supply still needs."""
    rows = work.find("deviations", batch_id=batch_id, kind="oos")
    outcomes = {row["deviation_key"]: row["outcome"] for row in rows}
    return gates.missing({row["gate"]: True for row in recorded(work, batch_id)}, outcomes)


def certify(
    work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, reason: str, now: datetime, disposition_id: str
) -> list[Change]:
    """Certify a supply through its gates; the quality holds end by this signature, and the agencies are to be told.

    Raises:
        Conflict: a gate is missing, something else than quality holds the batch, or it is in no state for it.
        Forbidden: who signs recorded the evaluation of the risks.
    """
    batch_id = batch["batch_id"]
    check_way(batch)
    still = missing(work, batch_id)
    if still:
        raise Conflict(f"Batch {batch_id} can't be supplied outside of specification: it needs {'; '.join(still)}.")
    passed = {row["gate"]: row for row in recorded(work, batch_id)}
    if identity.same_person(work, passed[gates.EVALUATION]["recorded_by"], who.user):
        raise Forbidden(f"{who.printed_name} recorded the evaluation of the risks: another qualified person certifies.")
    opened = [
        row["deviation_key"]
        for row in work.find("deviations", batch_id=batch_id, closed_at=None)
        if row["severity"] != "minor" and row["kind"] != "capa"
    ]
    if opened:
        raise Conflict(f"Batch {batch_id} can't be supplied: {opened[0]} is open; close it by signature first.")
    changes = list(move(work, batch, Event.SUPPLY_CERTIFIED, now))
    for hold in open_holds(work, batch_id):
        if hold["kind"] != "quality":
            raise Conflict(f"Batch {batch_id} can't be supplied: the {hold['kind']} hold {hold['hold_id']} is open.")
        lifted = {"lifted_at": iso(now), "lifted_by": who.user, "lift_reason": reason}
        work.change("holds", {"hold_id": hold["hold_id"]}, **lifted)
        changes.append(Change("hold lifted", hold["hold_id"], "open", "supply outside of specification", reason))
    references = {name: passed[name]["reference"] for name in gates.GATES}
    event = from_record.supply(work, batch, disposition_id, references, who, reason, now)
    return [*changes, Change("supply outside of specification", event["event_id"], None, references, reason)]


def check_way(batch: BatchRow) -> None:
    """See that the gates are open to a batch: they are the European Union's.

    Raises:
        Conflict: it goes elsewhere; says which way there is.
    """
    for place in places_of(json.loads(batch["record"])["markets"]) or ("",):
        if place != "EU":
            raise Conflict(f"Batch {batch['batch_id']} can't be supplied outside of specification: {gates.WAYS[place]}")


def event(work: UnitOfWork, batch_id: str) -> list[Row]:
    """The supply as the rules on filing clocks read it; empty when there was none."""
    signed = work.find("register", batch_id=batch_id, certification="out_of_specification", order=("number",))
    if not signed:
        return []
    notices = work.find("filings", batch_id=batch_id, clock_id="EU-OOS", order=("place",))
    passed = {row["gate"]: row["reference"] for row in recorded(work, batch_id)}
    return [
        {
            "event_id": f"supply of {batch_id}",
            "kind": "out_of_specification_supply",
            "aware_at": signed[-1]["entered_at"],
            "reported_at": notices[-1]["accepted_at"] if notices else None,
            **{name: passed.get(name) for name in gates.GATES},
        }
    ]
