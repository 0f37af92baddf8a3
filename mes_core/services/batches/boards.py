"""Lists over all batches: exceptions first, by the day of the infusion; searched by what records name.

Every list asks the store as many questions for ten thousand batches as for ten.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import orjson

from mes_core.domain.lists import NO_DAY
from mes_core.domain.principals import PersonPrincipal
from mes_core.domain.states import State
from mes_core.messages import boards as b
from mes_core.messages import views as v
from mes_core.messages.causes import HOLDS_ALONE, CauseNote
from mes_core.services import aside
from mes_core.services.batches import views
from mes_core.services.batches.causes import Cause, of_batches
from mes_core.services.batches.signable import hindrances, sentences
from mes_core.services.batches.together import together
from mes_core.services.core import only, the_batch
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.ports import UnitOfWork, any_table
from mes_core.services.ports.paging import Groups, in_groups
from mes_core.services.ports.rows import BatchRow, FindingRow

_FIRST = (State.LATE_POSITIVE, State.ON_HOLD, State.READY, State.MANUFACTURED)
_SHOWN = ("product", "patient_code", "markets", "infusion_planned_on", "expires_at")
_SEARCHED = ("patient", "donation", "lot", "sample", "equipment")
_SEVERITIES = ("critical", "major", "minor")
_MOST_HELD = 2000
Order = tuple[str, ...]
_BY_DAY: Order = ("infusion_on", "batch_id")
_ORDERS: dict[str, Order] = {"infusion": _BY_DAY, "changed": ("-changed_at", "batch_id"), "number": ("batch_id",)}
_EXCEPTIONS_FIRST: Groups = (
    *(((state.value,), _BY_DAY) for state in _FIRST),
    # What is over for everybody is looked at newest first.
    (tuple(state.value for state in State if state not in _FIRST), _ORDERS["changed"]),
)


class Boards(RulesInForce):
    """Lists over all batches."""

    def board(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        verdict: str | None = None,
        order: str = "exceptions",
        limit: int = 50,
        offset: int = 0,
    ) -> b.Board:
        """One page of batches in an order over all of them.

        Args:
            state: of this state only.
            kind: of this kind of record only.
            verdict: with this newest verdict only.
            order: `exceptions` (what needs a person first, within it the next infusion), `infusion`, `changed` or
                `number`.
            limit: how many.
            offset: from where on.
        """
        equals: dict[str, Any] = {name: value for name, value in (("kind", kind), ("verdict", verdict)) if value}
        with self._store.read() as work:
            counts = any_table(work).counts("batches", "state", **equals)
            by = _ORDERS.get(order, _BY_DAY)
            alone: Groups = (((state,), by),) if state else ((tuple(State), by),)
            groups = _EXCEPTIONS_FIRST if order == "exceptions" and not state else alone
            found = in_groups(any_table(work), "batches", groups, counts, equals, limit=limit, offset=offset)
            rows = cast(list[BatchRow], found)
            at_once = together(work, [row["batch_id"] for row in rows])
            lines = tuple(_line(at_once, row, _reasons) for row in rows)
        return b.Board(lines=lines, total=counts.get(state, 0) if state else sum(counts.values()), counts=counts)

    def get_listed(self, batch_id: str) -> v.BatchView:
        """One batch as lists show it: one whose record can't be used is there all the same, and says so."""
        with self._store.read() as work:
            return views.listed_batch(work, the_batch(work, batch_id))

    def release_board(self, person: PersonPrincipal, *, limit: int = 25, offset: int = 0) -> b.Board:
        """Batches that reviews found ready, the next infusion first, each with what keeps this person from signing."""
        with self._store.read() as work:
            rows = work.find("batches", state=State.READY.value, order=_BY_DAY, limit=limit, offset=offset)
            at_once = together(work, [row["batch_id"] for row in rows])
            rules = {kind: self.hash_in_force(work, kind) for kind in {row["kind"] for row in rows}}

            def why(work: UnitOfWork, row: BatchRow) -> tuple[str, ...]:
                return sentences(hindrances(work, row, person, rules[row["kind"]], production=self._production))

            lines = tuple(_line(at_once, row, why) for row in rows)
            counts = any_table(work).counts("batches", "state")
        return b.Board(lines=lines, total=counts.get(State.READY, 0), counts=counts)

    def exceptions(
        self, *, rule: str | None = None, whose: str | None = None, limit: int = 25, offset: int = 0
    ) -> b.Causes:
        """Open findings of batches that are held, as rule and batch, the next infusion first.

        Args:
            rule: of this rule only.
            whose: that this user has; "" those that nobody has; None: all.
            limit: how many batches.
            offset: from which batch on.
        """
        now = self.now()
        with self._store.read() as work:
            states = [State.LATE_POSITIVE.value, State.ON_HOLD.value]
            held = work.find("batches", within={"state": states}, order=_BY_DAY, limit=_MOST_HELD)
            by_verdict = _open_findings(work, held)
            notes = _notes(work, held)
            owned = _owned(held, by_verdict, notes)
            rules = _by_rule(by_verdict)
            if rule or whose is not None:
                wanted = {name for name, key in owned if rule in (None, key) and whose in (None, owned[name, key])}
                held = [row for row in held if row["batch_id"] in wanted]
            shown = held[offset : offset + limit]
            at_once = together(work, [row["batch_id"] for row in shown])
            causes: list[b.Cause] = []
            for row in shown:
                found = by_verdict.get(row["verdict_id"] or "", [])
                why = "; ".join(_reasons(at_once, row)) if not found else ""
                every = (_with_notes(one, notes) for one in _causes(row, found, why, now))
                causes += [one for one in every if rule in (None, one.key) and whose in (None, one.owner or "")]
        counted = {name: len(names) for name, names in sorted(rules.items(), key=lambda one: (-len(one[1]), one[0]))}
        return b.Causes(causes=tuple(causes), batches=len(held), rules=counted, owners=dict(Counter(owned.values())))

    def search(self, text: str, *, limit: int = 50) -> tuple[b.Hit, ...]:
        """Batches by their number or by what their records name: patient, donation, lot, sample, machine, booking.

        A beginning is enough; what is exactly so comes first.
        """
        text = text.strip()
        if not text:
            return ()
        with self._store.read() as work:
            table = any_table(work)
            found = [
                b.Hit(kind="batch", key=row["batch_id"], batch_id=row["batch_id"], about=row["state"])
                for row in table.beginning("batches", "batch_id", text, limit)
            ]
            for kind in _SEARCHED:
                rows = table.beginning("identities", "number", text, limit, kind=kind)
                found += [b.Hit(kind=kind, key=row["number"], **only(row, "batch_id", "about")) for row in rows]
            for row in table.beginning("shipments", "booking", text, limit):
                found.append(b.Hit(kind="booking", key=row["booking"], batch_id=row["batch_id"]))
        return tuple(sorted(found, key=lambda one: one.key != text)[:limit])


def _line(work: UnitOfWork, row: BatchRow, why: Callable[[UnitOfWork, BatchRow], tuple[str, ...]]) -> b.Line:
    """A line; a record that can't be used is there all the same, and says so."""
    about = {**only(row, "batch_id", "kind", "state", "verdict"), "since": row["changed_at"]}

    def whole() -> b.Line:
        record = orjson.loads(row["record"])
        open_now = work.count("findings", verdict_id=row["verdict_id"], status="open") if row["verdict_id"] else 0
        shown = {name: record[name] for name in _SHOWN}
        return b.Line.model_validate({**about, **shown, "open_findings": open_now, "why": why(work, row)})

    def bare(because: str) -> b.Line:
        says = f"(the record can't be shown: {because})"
        return b.Line.model_validate({**about, "product": says, "why": (says,)})

    return aside.readable(f"batch {row['batch_id']}", whole, bare)


def _reasons(work: UnitOfWork, row: BatchRow) -> tuple[str, ...]:
    """Why a batch is held, in the words of its open holds and of its gravest open finding."""
    holds = work.find("holds", batch_id=row["batch_id"], lifted_at=None, order=("opened_at", "hold_id"))
    open_now = work.find("findings", verdict_id=row["verdict_id"], status="open") if row["verdict_id"] else []
    open_now.sort(key=lambda one: (_SEVERITIES.index(one["severity"]), one["place"]))
    told = [json.loads(one["document"])["title"] for one in open_now[:2]]
    return tuple(dict.fromkeys([*told, *(one["reason"] for one in holds if one["kind"] != "quality" or not told)]))


def _open_findings(work: UnitOfWork, held: list[BatchRow]) -> dict[str, list[FindingRow]]:
    groups: dict[str, list[FindingRow]] = {}
    named = [row["verdict_id"] for row in held if row["verdict_id"]]
    if named:
        for one in work.find("findings", within={"verdict_id": named}, status="open", order=("verdict_id", "place")):
            groups.setdefault(one["verdict_id"], []).append(one)
    return groups


def _by_rule(by_verdict: dict[str, list[FindingRow]]) -> dict[str, set[str]]:
    rules: dict[str, set[str]] = {}
    for found in by_verdict.values():
        for one in found:
            rules.setdefault(orjson.loads(one["document"])["rule"], set()).add(one["batch_id"])
    return rules


Notes = dict[Cause, list[CauseNote]]


def _notes(work: UnitOfWork, held: list[BatchRow]) -> Notes:
    """What was noted on the causes of batches, oldest first."""
    found: Notes = {}
    for row in of_batches(work, [one["batch_id"] for one in held]):
        found.setdefault((row["batch_id"], row["rule"]), []).append(CauseNote.model_validate(row))
    return found


def _owned(held: list[BatchRow], by_verdict: dict[str, list[FindingRow]], notes: Notes) -> dict[Cause, str]:
    """Every cause with who has it; "" for nobody."""
    found: dict[Cause, str] = {}
    for row in held:
        findings = by_verdict.get(row["verdict_id"] or "", [])
        for key in {orjson.loads(one["document"])["rule"] for one in findings} or {HOLDS_ALONE}:
            of_it = notes.get((row["batch_id"], key))
            found[row["batch_id"], key] = (of_it[-1].owner or "") if of_it else ""
    return found


def _with_notes(cause: b.Cause, notes: Notes) -> b.Cause:
    of_it = tuple(notes.get((cause.batch_id, cause.key), ()))
    if not of_it:
        return cause
    return cause.model_copy(update={"owner": of_it[-1].owner, "owner_name": of_it[-1].owner_name, "notes": of_it})


def _causes(row: BatchRow, found: list[FindingRow], why: str, now: datetime) -> list[b.Cause]:
    """What holds a batch, by rule; without an open finding it is its holds that do."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        document = {**orjson.loads(one["document"]), "severity": one["severity"]}
        groups.setdefault(document["rule"], []).append(document)
    day = row["infusion_on"]
    about = {
        **only(row, "batch_id", "state"),
        "infusion_planned_on": None if day == NO_DAY else day,
        "days": (now - datetime.fromisoformat(row["changed_at"])).days,
    }
    if not found:
        return [b.Cause.model_validate({**about, "title": "On hold without an open finding", "text": why})]
    causes = [
        b.Cause.model_validate(
            {
                **about,
                **only(same[0], "rule", "title", "text"),
                "severity": min((one["severity"] for one in same), key=_SEVERITIES.index),
                "findings": len(same),
            }
        )
        for same in groups.values()
    ]
    return sorted(causes, key=lambda one: (_SEVERITIES.index(one.severity), one.rule))
