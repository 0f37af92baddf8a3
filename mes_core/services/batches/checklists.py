"""What somebody who signs a release signs under, on one page; and the versions of a record beside each other."""

import json
from collections.abc import Iterator
from typing import Any

from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import boards as b
from mes_core.messages.approvals import Approvable
from mes_core.messages.record import RECORD_LISTS
from mes_core.services.batches import trail_review
from mes_core.services.batches.deviations import kind_of
from mes_core.services.batches.signable import (
    DEVIATIONS,
    FINAL_RESULTS,
    FINDINGS,
    HOLDS,
    RULES,
    TRAIL,
    Ground,
    hindrances,
    sentences,
)
from mes_core.services.core import open_holds, the_batch
from mes_core.services.people.in_force import RulesInForce, newest_approval
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow

_MOST_RESULTS = 80
_MOST_CHANGES = 200


class Checklists(RulesInForce):
    """What a signature rests on."""

    def checklist(self, batch_id: str, person: PersonPrincipal) -> b.Checklist:
        """What was looked at for a batch, its results against their limits, and what keeps this person from signing."""
        with self._store.read() as work:
            batch = the_batch(work, batch_id)
            rules = self.hash_in_force(work, batch["kind"])
            why = hindrances(work, batch, person, rules, production=self._production)
            results = sorted(_results(json.loads(batch["record"])), key=lambda one: (bool(one.inside), one.name))
            limited = [one for one in results if one.limited]
            return b.Checklist(
                checks=tuple(_checks(work, batch, limited, {one.about: one.why for one in reversed(why)})),
                results=tuple(limited[:_MOST_RESULTS]),
                without_limits=len(results) - len(limited[:_MOST_RESULTS]),
                hindrances=sentences(why),
            )

    def record_versions(self, batch_id: str) -> tuple[b.Version, ...]:
        """Every version of the record of a batch with what changed in it, the newest first."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("record_versions", batch_id=batch_id, order=("version",))
        before: dict[str, Any] | None = None
        found: list[b.Version] = []
        for row in rows:
            document = json.loads(row["record"])
            changes = list(differences(before, document)) if before is not None else []
            shown = {name: row[name] for name in ("version", "record_hash", "stored_at", "stored_by")}
            more = max(0, len(changes) - _MOST_CHANGES)
            found.append(b.Version.model_validate({**shown, "changes": changes[:_MOST_CHANGES], "more": more}))
            before = document
        return tuple(reversed(found))


def _checks(work: UnitOfWork, batch: BatchRow, limited: list[b.Limited], refused: dict[str, str]) -> Iterator[b.Check]:
    """Lines of the checklist: in order is what the signature's own checks let through, and nothing else."""
    name = batch["batch_id"]
    yield from _rules(work, batch, refused)
    outside = [one.name for one in limited if not one.inside]
    told = f"outside of their limits or without a number: {', '.join(outside[:5])}." if outside else "all inside."
    counted = "1 result" if len(limited) == 1 else f"{len(limited)} results"
    yield b.Check(name="Results", fine=not outside, text=f"{counted} with limits: {told}")
    yield _checked("Findings", _findings(work, batch), refused.get(FINDINGS))
    yield _checked("Deviations", _deviations(work, name), refused.get(DEVIATIONS))
    reasons = "; ".join(one["reason"] for one in open_holds(work, name))
    yield _checked("Holds", reasons or "None is open.", refused.get(HOLDS))
    yield _predictions(work, name)
    yield _trail(work, name)
    pending = [row["test"] for row in work.find("conditions", batch_id=name, state="waiting")]
    text = f"Still to come: {', '.join(pending)}." if pending else "None is waited for."
    yield _checked("Final results", text, refused.get(FINAL_RESULTS))


def _checked(name: str, text: str, why: str | None) -> b.Check:
    return b.Check(name=name, fine=not why, text=f"{text} {why}" if why else text)


def _rules(work: UnitOfWork, batch: BatchRow, refused: dict[str, str]) -> Iterator[b.Check]:
    verdict = work.get("verdicts", verdict_id=batch["verdict_id"]) if batch["verdict_id"] else None
    if verdict is None:
        yield b.Check(name="Rules", fine=False, text="The batch was never reviewed.")
        return
    said = json.loads(verdict["document"])
    counted = "1 rule" if said["rules_run"] == 1 else f"{said['rules_run']} rules"
    run = f"{counted} of {said['rule_set']} {said['rule_set_version']} ran: {said['verdict']}."
    yield _checked("Rules", run, refused.get(RULES) or refused.get(FINDINGS))
    approved = newest_approval(work, Approvable.RULE_SET, said["rule_set"])
    fine = approved is not None and approved["content_hash"] == said["rules_hash"]
    text = said.get("approval", "") or "Nothing is known of an approval."
    yield b.Check(name="Rule set approved", fine=fine, text=text)


def differences(old: Any, new: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two records differ: place, old value, new value; items of a list are known by their key."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from differences(old.get(name), new.get(name), f"{place}/{name}".lstrip("/"))
    elif isinstance(old, list) and isinstance(new, list) and old != new:
        key = RECORD_LISTS.get(place, "")
        before, after = _keyed(old, key), _keyed(new, key)
        for name in dict.fromkeys([*before, *after]):
            yield from differences(before.get(name), after.get(name), f"{place}/{name}")
    elif old != new:
        yield place, old, new


def _keyed(items: list[Any], key: str) -> dict[str, Any]:
    """Items by their key; by their number where it is missing or stands twice."""
    names = [str(one.get(key)) if key and isinstance(one, dict) and one.get(key) else "" for one in items]
    alone = {name for name in names if name and names.count(name) == 1}
    return {
        name if name in alone else str(place): one
        for place, (name, one) in enumerate(zip(names, items, strict=True), start=1)
    }


def _results(record: dict[str, Any]) -> Iterator[b.Limited]:
    for one in record["parameters"]:
        low, high, value = one["low"], one["high"], one["value"]
        inside = None
        if (low is not None or high is not None) and value is not None:
            inside = (low is None or value >= low) and (high is None or value <= high)
        text = one["text"] if one["text"] is not None else "" if value is None else str(value)
        shown = {name: one.get(name) for name in ("name", "unit", "low", "high", "step_id")}
        yield b.Limited.model_validate({**shown, "text": text, "inside": inside})


def _findings(work: UnitOfWork, batch: BatchRow) -> str:
    found = work.find("findings", verdict_id=batch["verdict_id"]) if batch["verdict_id"] else []
    open_now = sum(row["status"] == "open" for row in found)
    justified = [row for row in found if row["closure"] == "justified"]
    names = sorted({row["printed_name"] or "" for row in justified})
    text = f"{len(found)} in the newest verdict, {open_now} open"
    return f"{text}, {len(justified)} justified by {', '.join(names)}." if justified else f"{text}."


def _deviations(work: UnitOfWork, batch_id: str) -> str:
    rows = work.find("deviations", batch_id=batch_id, order=("deviation_key",))
    open_now = [row for row in rows if row["closed_at"] is None]
    told = "; ".join(f"{row['severity']} {kind_of(row)}: {row['title'][:120]}" for row in open_now[:5])
    return f"{len(open_now)} of {len(rows)} open: {told}." if open_now else f"{len(rows)}, none open."


def _predictions(work: UnitOfWork, batch_id: str) -> b.Check:
    said = [
        (row, json.loads(row["document"])) for row in work.find("predictions", batch_id=batch_id, order=("number",))
    ]
    advice = [(row, document) for row, document in said if not document.get("beside")]
    waiting = [row for row, document in advice if row["response"] is None and document["answer"] != "CLEAR"]
    told = "; ".join(
        f"{document['model']} said {document['answer']} ({document['probability']:.0%}) on culture day"
        f" {document['culture_day']}, {row['response'] or 'undecided'}"
        for row, document in advice
    )
    return b.Check(name="What models said", fine=not waiting, text=f"{told}." if told else "Nothing.")


def _trail(work: UnitOfWork, batch_id: str) -> b.Check:
    reviews = trail_review.reviews(work, batch_id)
    last = work.find("audit", batch_id=batch_id, order=("-number",), limit=1)
    if not reviews:
        return b.Check(name="Audit trail reviewed", fine=False, text="Nobody has signed a review of it yet.")
    newest = reviews[-1]
    text = f"Up to entry {trail_review.number_of(newest)} of {last[0]['number']}, by {newest['printed_name']}."
    why = Ground(TRAIL, lambda: trail_review.check_release(work, batch_id)).refused()
    return _checked("Audit trail reviewed", text, why)
