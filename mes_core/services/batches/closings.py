"""Findings and departures that end by signature: one, or a group of one cause with one reason and one password."""

import json
from collections.abc import Iterator
from datetime import datetime

from mes_core.domain import deviations as ends
from mes_core.domain.errors import Conflict, Forbidden, NotFound
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import Closure
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.services import as_told
from mes_core.services.batches import escalations, views
from mes_core.services.batches.deviations import deviation_view, key_of, kind_of
from mes_core.services.batches.judgement import not_own_work, sign
from mes_core.services.core import Change, iso, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, DeviationColumns, DeviationRow, FindingColumns, FindingRow


class Closings(SignedActs):
    """Groups that end at once."""

    def close_findings(self, batch_id: str, closing: d.CloseFindings, person: Actor) -> d.ClosedGroup:
        """Close findings of the newest verdict together: each has its signature, all of them one password and reason.

        With an outcome, the deviations that are named end too, as far as this person may end them; why others remain is
        said.

        Raises:
            Forbidden: not a reviewer or qualified person, the wrong password, or somebody who had a part in the batch
                and wants to justify.
            Conflict: one of them is closed already, or belongs to an earlier verdict: nothing is closed.
            NotFound: one of them is none of this batch, or a deviation that is named is none of these findings.
        """
        who = signer(person, "close a finding", Role.REVIEWER, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, closing)
        now = self.now()
        with self._store.write() as work:
            as_told.check(work, batch_id)
            batch = the_batch(work, batch_id)
            wanted = dict.fromkeys(closing.finding_ids)
            rows = work.find("findings", batch_id=batch_id, within={"finding_id": list(wanted)}, order=("place",))
            missing = sorted(set(wanted) - {row["finding_id"] for row in rows})
            if missing:
                raise NotFound(f"Batch {batch_id} has no finding {missing[0]!r}: open the batch and choose again.")
            if closing.closure is Closure.JUSTIFIED:
                not_own_work(work, batch, who, "justify a finding on")
            for row in rows:
                close_finding(work, batch, row, closing.closure, closing.reason, who, now, hand_to=closing.hand_to)
            ended: list[str] = []
            remain: list[str] = []
            if closing.outcome:
                for row_of in _theirs(work, batch, rows, closing.deviation_keys):
                    try:
                        end_deviation(work, batch, row_of, closing.outcome, closing.reason, who, now)
                        ended.append(row_of["deviation_key"])
                    except Forbidden as refused:  # nothing was written yet: whoever may ends it
                        remain.append(str(refused))
        return d.ClosedGroup(batch_id=batch_id, findings=len(rows), ended=tuple(ended), remain=tuple(remain))


def close_finding(
    work: UnitOfWork,
    batch: BatchRow,
    row: FindingRow,
    closure: Closure,
    reason: str,
    who: PersonPrincipal,
    now: datetime,
    *,
    hand_to: str | None = None,
) -> v.FindingView:
    """Close one finding in this transaction, signed; whoever asks has seen to role and own work.

    What is escalated becomes due with quality assurance, or with the person that it is handed to.

    Raises:
        Conflict: it is closed already, or belongs to a verdict that a newer one has overtaken.
        Invalid: whom it is handed to may not take it.
    """
    finding_id = row["finding_id"]
    if row["status"] == "closed":
        raise Conflict(f"Finding {finding_id} was closed already as {row['closure']} by {row['printed_name']}.")
    if row["verdict_id"] != batch["verdict_id"]:
        raise Conflict(f"Finding {finding_id} belongs to an earlier verdict: close those of the newest one.")
    changed: FindingColumns = {
        "status": "closed",
        "closure": closure.value,
        "reason": reason,
        "closed_by": who.user,
        "printed_name": who.printed_name,
        "closed_at": iso(now),
    }
    work.change("findings", {"finding_id": finding_id}, **changed)
    signature = sign(work, batch, who, now, "finding closed", finding_id, f"Finding closed as {closure.value}.", reason)
    new = {"closure": closure.value, **signatures.shown(signature), "record": batch["record_hash"]}
    write_audit(work, batch["batch_id"], who, now, Change("finding closed", finding_id, "open", new, reason))
    if closure is Closure.ESCALATED:
        escalations.open_item(work, row, reason, hand_to, who, now)
    return views.finding_view({**row, **changed})


def end_deviation(
    work: UnitOfWork,
    batch: BatchRow,
    row: DeviationRow,
    outcome: str,
    conclusion: str,
    who: PersonPrincipal,
    now: datetime,
) -> d.DeviationView:
    """Close a deviation, an investigation or a corrective action in this transaction, signed.

    Raises:
        Forbidden: not a person who may end this one, who opened it, or who had a part in the batch.
        Invalid: the outcome is none of its kind.
        Conflict: it is closed already.
    """
    kind, batch_id = kind_of(row), batch["batch_id"]
    what = f"{ends.word(kind)} {row['deviation_key']}"
    ends.check_outcome(kind, outcome)
    signer(who, f"close the {row['severity']} {what}", *ends.closers(kind, row["severity"]))
    if row["closed_at"]:
        raise Conflict(f"The {what} was closed already by {row['printed_name']} as {row['outcome']}.")
    if identity.same_person(work, row["opened_by"], who.user):
        raise Forbidden(f"{who.printed_name} opened the {what} and can't close it: a second person does.")
    not_own_work(work, batch, who, f"close the {what} of")
    act, meaning = f"{ends.word(kind)} closed", f"Closed as {outcome.replace('_', ' ')}."
    signature = sign(work, batch, who, now, act, row["deviation_key"], meaning, conclusion)
    changed: DeviationColumns = {
        "closed_at": iso(now),
        "closed_by": who.user,
        "printed_name": who.printed_name,
        "outcome": outcome,
        "conclusion": conclusion,
        "signature_id": signature["signature_id"],
    }
    work.change("deviations", {"batch_id": batch_id, "deviation_key": row["deviation_key"]}, **changed)
    new = {"outcome": outcome, **signatures.shown(signature)}
    write_audit(work, batch_id, who, now, Change(act, row["deviation_key"], "open", new, conclusion))
    from_record.deviation_closed(work, batch_id, {**row, **changed}, who, now, signature)
    return deviation_view({**row, **changed})


def _theirs(
    work: UnitOfWork, batch: BatchRow, found: list[FindingRow], keys: tuple[str, ...]
) -> Iterator[DeviationRow]:
    """The deviations of these keys, each of which is one of the findings', also where a later review found it again.

    Raises:
        NotFound: one was not.
    """
    ids = {one["finding_id"] for one in found}
    made = {key_of(batch["batch_id"], batch["record_version"], json.loads(one["document"])) for one in found}
    for key in dict.fromkeys(keys):
        row = work.get("deviations", batch_id=batch["batch_id"], deviation_key=key)
        if row is None or kind_of(row) != ends.DEVIATION or not (row["finding_id"] in ids or key in made):
            raise NotFound(
                f"{key!r} is no deviation of these findings: open batch {batch['batch_id']} and choose again."
            )
        yield row
