"""Reviews: facts are put together, the rules speak, and what follows is stored in one transaction.

This is the single crossing from the MES to the rules: no edit of a bot may bypass it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import orjson

from mes_core.domain import findings as standing
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.domain.states import Event, State
from mes_core.messages import Observation, Verdict
from mes_core.messages import views as v
from mes_core.services import aside, leases, outbox
from mes_core.services.batches import conditional, laboratory, views
from mes_core.services.batches.deviations import for_findings, known_of
from mes_core.services.batches.history import Reviewed, earlier_values, keep_facts, reviewed
from mes_core.services.batches.records import observation_row
from mes_core.services.batches.review_facts import facts_of
from mes_core.services.core import (
    Change,
    add_hold,
    dumps,
    iso,
    move,
    only,
    open_holds,
    the_batch,
    write_audit,
    write_audits,
)
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import (
    BatchColumns,
    BatchRow,
    DeviationRow,
    FindingRow,
    ObservationColumns,
    ObservationRow,
    VerdictRow,
)

_SKEW = timedelta(minutes=5)
"""How far the clock of a bot may be ahead of the server's."""
_CHUNK = 100
_READ = "table read"
_JUSTIFIED = standing.JUSTIFIED
_READERS = frozenset({outbox.REVIEW})
"""Jobs whose bots read what a review rests on."""
_Any = TypeVar("_Any", bound=Mapping[str, Any])
_REVIEWABLE = frozenset({State.MANUFACTURED, State.READY, State.ON_HOLD, State.RELEASED, State.CONDITIONALLY_RELEASED})


class Reviews(RulesInForce):
    """Observations, verdicts, and what a verdict does to its batch."""

    def put_observations(self, batch_id: str, observed: Iterable[Observation], actor: Actor) -> None:
        """Store what was read in other systems; a table read again replaces the earlier reading.

        Raises:
            Forbidden: anybody but a bot with a review of the batch in hand: nobody tells what a system showed.
        """
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            leases.in_hand(work, actor, "store readings of", batch_id, _READERS)
            self._observe(work, batch, observed, actor, self.now())

    def _observe(
        self, work: UnitOfWork, batch: BatchRow, observed: Iterable[Observation], actor: Actor, now: datetime
    ) -> None:
        changes: list[Change] = []
        batch_id, tables = batch["batch_id"], list(observed)
        nothing: dict[str, str | None] = {}  # a reading that is damaged is healed by the next
        before = aside.readable(batch_id, partial(conditional.known_before, work, batch), aside.standing_in(nothing))
        stood = partial(laboratory.strange, work, batch_id)
        strange = aside.readable(batch_id, stood, aside.standing_in(frozenset()))
        for one in tables:
            row = observation_row(batch_id, one)
            key: ObservationColumns = {"batch_id": batch_id, "system": one.system, "name": one.table}
            there = work.get("observations", **key)
            _check_order(batch_id, one, there, now)
            if there is None:
                work.add("observations", [row])
            else:
                work.change("observations", key, content_hash=row["content_hash"], document=row["document"])
            old = there["content_hash"] if there else None
            new = {"rows": len(one.rows), "complete": one.complete, "hash": row["content_hash"]}
            changes.append(Change(_READ, f"{one.system}/{one.table}", old, new, one.page))
        changes += conditional.note_readings(work, batch, tables, before, actor, now)
        changes += conditional.note_strange(work, the_batch(work, batch_id), strange, actor, now)
        write_audit(work, batch_id, actor, now, *changes)

    def observations(self, batch_id: str) -> tuple[Observation, ...]:
        """What was last read in other systems."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("observations", batch_id=batch_id, order=("system", "name"))
        return tuple(Observation.model_validate_json(row["document"]) for row in rows)

    def read_by(self, batch_id: str) -> dict[str, str]:
        """The account that brought each reading which is kept, by `system/table`, as the trail tells it."""
        with self._store.read() as work:
            told = work.find("audit", batch_id=batch_id, action=_READ, order=("number",))
        return {row["subject"]: row["user"] for row in told}

    def review(self, batch_id: str, observed: Iterable[Observation], actor: Actor) -> v.VerdictView:
        """Review a batch on its record and on what was read; anything but ready opens a quality hold.

        Each critical finding that is open has a deviation from the same moment on.

        Raises:
            NotFound: there is no such batch.
            Conflict: the batch is rejected, or was supplied outside of specification and stays in the plant.
            Forbidden: readings by anybody but a bot with a review of the batch in hand.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            tables = tuple(observed)
            if tables or isinstance(actor, BotPrincipal):
                leases.in_hand(work, actor, "store readings of", batch_id, _READERS)
            self._observe(work, batch, tables, actor, now)
            rows = work.find("observations", batch_id=batch_id)
            verdict_row, finding_rows, changes = self._verdict(work, batch, rows, actor, now)
            there = work.find("deviations", batch_id=batch_id)
            opened, done = self._follow(work, batch, verdict_row, finding_rows, there, actor, now)
            work.add("verdicts", [verdict_row])
            work.add("findings", finding_rows)
            work.add("deviations", opened)
            write_audit(work, batch_id, actor, now, *changes, *done)
            known_of(work, batch, opened, actor, now)
            return views.verdict_view(verdict_row, finding_rows, current=True)

    def _follow(
        self,
        work: UnitOfWork,
        batch: BatchRow,
        verdict: VerdictRow,
        found: list[FindingRow],
        there: list[DeviationRow],
        actor: Actor,
        now: datetime,
    ) -> tuple[list[DeviationRow], list[Change]]:
        """What a verdict does to its batch: its state, a hold unless it is ready, deviations for critical findings."""
        ready = standing.is_ready(verdict["verdict"], [views.standing(one) for one in found])
        more: BatchColumns = {"verdict_id": verdict["verdict_id"], "verdict": verdict["verdict"]}
        changes = list(move(work, batch, Event.REVIEWED_READY if ready else Event.REVIEWED_NOT_READY, now, **more))
        if not ready:
            changes += self._quality_hold(work, batch, verdict, found, actor, now)
        opened, told = for_findings(verdict, found, {one["deviation_key"] for one in there}, actor, now)
        return opened, [*changes, *told]

    def _quality_hold(
        self,
        work: UnitOfWork,
        batch: BatchRow,
        verdict: VerdictRow,
        found: list[FindingRow],
        actor: Actor,
        now: datetime,
    ) -> list[Change]:
        """One open quality hold is enough: a new one only when there is none."""
        if any(hold["kind"] == "quality" for hold in open_holds(work, batch["batch_id"])):
            return []
        reason = f"Review {verdict['number']}: {verdict['verdict']}, {_counted(found)}."
        key = f"review:{verdict['verdict_id']}"
        return list(add_hold(work, batch, actor, now, kind="quality", reason=reason, key=key)[1])

    def _verdict(
        self, work: UnitOfWork, batch: BatchRow, observed: list[ObservationRow], actor: Actor, now: datetime
    ) -> tuple[VerdictRow, list[FindingRow], list[Change]]:
        number = work.count("verdicts", batch_id=batch["batch_id"]) + 1
        earlier = justified_since(work, batch) if number > 1 else []
        return self._conclude(work, batch, observed, earlier, number, actor, now)

    def _conclude(
        self,
        work: UnitOfWork,
        batch: BatchRow,
        observed: list[ObservationRow],
        justified: list[FindingRow],
        number: int,
        actor: Actor,
        now: datetime,
    ) -> tuple[VerdictRow, list[FindingRow], list[Change]]:
        reviewer, approval = self.in_force(work, batch["kind"])
        facts = facts_of(batch, observed, now)
        facts |= self.plant_facts()
        facts["history"] = earlier_values(work, batch, getattr(reviewer, "trended", ()))
        verdict = Verdict.model_validate({**reviewer.review(facts).to_dict(), "approval": approval})
        keep_facts(work, batch["batch_id"], verdict.facts_hash, facts)
        verdict_id = f"V-{batch['batch_id']}-{number}"
        row: VerdictRow = {
            "verdict_id": verdict_id,
            "batch_id": batch["batch_id"],
            "number": number,
            "record_hash": batch["record_hash"],
            "record_version": batch["record_version"],
            "observations_hash": views.observations_hash(observed),
            "reviewed_at": iso(now),
            "reviewed_by": actor.user,
            "verdict": verdict.verdict.value,
            "document": dumps(verdict.model_dump(mode="json")),
        }
        known = {one["fingerprint"]: one for one in justified}
        found = [_finding_row(one, place, row, known) for place, one in enumerate(verdict.findings, start=1)]
        new = {
            "verdict": row["verdict"],
            "findings": len(found),
            "rules": verdict.rules_hash,
            "facts": verdict.facts_hash,
        }
        return row, found, [Change("reviewed", verdict_id, None, {**new, "record": batch["record_hash"]})]

    def review_all(
        self, actor: Actor, *, kind: str | None = None, put_aside: aside.PutAside = aside.unheard
    ) -> Iterator[v.VerdictView]:
        """Review every batch that can be reviewed, a hundred in a transaction, in the order of their numbers.

        Args:
            actor: on whose behalf.
            kind: only batches of this kind.
            put_aside: told of each batch whose record can't be used, and why; its trail has it too, and the others are
                reviewed.
        """
        chosen: BatchColumns = {"kind": kind} if kind else {}
        with self._store.read() as work:
            rows = work.find("batches", order=("batch_id",), **chosen)
        names = [row["batch_id"] for row in rows if State(row["state"]) in _REVIEWABLE]
        names.sort(key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
        for start in range(0, len(names), _CHUNK):
            yield from self._reviewed_or_aside(names[start : start + _CHUNK], actor, put_aside)

    def _reviewed_or_aside(self, names: list[str], actor: Actor, put_aside: aside.PutAside) -> list[v.VerdictView]:
        """A chunk in one transaction; one of which a batch can't be reviewed, batch by batch."""
        whole: list[v.VerdictView] | None = None
        with aside.each(f"reviews of {len(names)} batches at once", ""):
            whole = self._review_chunk(names, actor)
        if whole is not None:
            return whole
        done: list[v.VerdictView] = []
        for name in names:
            with aside.each(f"review of batch {name}", name, partial(self._not_reviewed, actor, put_aside)):
                done += self._review_chunk([name], actor)
        return done

    def _not_reviewed(self, actor: Actor, put_aside: aside.PutAside, batch_id: str, why: str) -> None:
        told = f"It could not be reviewed ({why}): look at its record and correct it."
        with self._store.write() as work:
            write_audit(work, batch_id, actor, self.now(), Change("review put aside", batch_id, None, None, told))
        put_aside(batch_id, why)

    def _review_chunk(self, names: list[str], actor: Actor) -> list[v.VerdictView]:
        now = self.now()
        done: list[v.VerdictView] = []
        verdicts: list[VerdictRow] = []
        found: list[FindingRow] = []
        opened: list[DeviationRow] = []
        told: dict[str, list[Change]] = {}
        with self._store.write() as work:
            batches = {row["batch_id"]: row for row in work.find("batches", within={"batch_id": names})}
            observed = _grouped(work.find("observations", within={"batch_id": names}))
            judged = {row["batch_id"] for row in work.find("findings", within={"batch_id": names}, closure=_JUSTIFIED)}
            earlier = {name: justified_since(work, batches[name]) for name in judged}
            there = _grouped(work.find("deviations", within={"batch_id": names}))
            numbers = {
                name: len(rows) for name, rows in _grouped(work.find("verdicts", within={"batch_id": names})).items()
            }
            for name in names:
                batch = batches[name]
                row, rows, changes = self._conclude(
                    work, batch, observed.get(name, []), earlier.get(name, []), numbers.get(name, 0) + 1, actor, now
                )
                fresh, followed = self._follow(work, batch, row, rows, there.get(name, []), actor, now)
                told[name] = [*changes, *followed]
                opened += fresh
                verdicts.append(row)
                found += rows
                done.append(views.verdict_view(row, rows, current=True))
            work.add("verdicts", verdicts)
            work.add("findings", found)
            work.add("deviations", opened)
            write_audits(work, actor, now, told)
        return done

    def reviewed(self, since: datetime | None = None, put_aside: aside.PutAside = aside.unheard) -> Iterator[Reviewed]:
        """The newest verdict of every batch with the facts it rests on, for replaying history under other rules.

        `put_aside` is told of each batch whose verdict or facts can't be read, and why.
        """
        yield from reviewed(self._store, since, put_aside)

    def verdicts(self, batch_id: str) -> tuple[v.VerdictView, ...]:
        """All verdicts of a batch, newest first."""
        with self._store.read() as work:
            batch = the_batch(work, batch_id)
            rows = work.find("verdicts", batch_id=batch_id, order=("-number",))
            found = _grouped(work.find("findings", batch_id=batch_id, order=("place",)), "verdict_id")
            return tuple(
                views.verdict_view(row, found.get(row["verdict_id"], []), current=is_current(work, batch, row))
                for row in rows
            )

    def request_review(self, batch_id: str, request: v.ReviewAgain, actor: Actor) -> v.WorkItemView:
        """Queue a new review by the bot."""
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            number = 1 + sum(
                one["job"] == outbox.REVIEW and f":v{batch['record_version']}:" in one["business_key"]
                for one in work.find("work_items", batch_id=batch_id)
            )
            key = outbox.review_key(batch_id, batch["record_version"], number)
            item = outbox.enqueue(work, now, job=outbox.REVIEW, key=key, batch_id=batch_id)
            change = Change("work item queued", item["item_id"], None, item["job"], request.reason)
            write_audit(work, batch_id, actor, now, change)
            return views.item_view(item)


def justified_since(work: UnitOfWork, batch: BatchRow) -> list[FindingRow]:
    """Findings that were explained and stay so: those of the question that is asked now.

    What was accepted for a conditional release answers that one question; the second certification asks a new one.
    """
    found = work.find("findings", batch_id=batch["batch_id"], closure=standing.JUSTIFIED)
    if not found:
        return found
    signed = [json.loads(row["document"]) for row in work.find("dispositions", batch_id=batch["batch_id"])]
    answered = [one["signed_at"] for one in signed if one["disposition"] == v.Disposition.CONDITIONALLY_RELEASED]
    since = max((iso(datetime.fromisoformat(at)) for at in answered), default="")
    return [one for one in found if (one["closed_at"] or "") > since]


def is_current(work: UnitOfWork, batch: BatchRow, verdict: VerdictRow) -> bool:
    """Whether a verdict is the newest one, about the record and the readings as they are now."""
    about = ("verdict_id", "record_version", "record_hash")
    if only(verdict, *about) != only(batch, *about):
        return False
    observed = work.find("observations", batch_id=batch["batch_id"])
    return bool(verdict["observations_hash"] == views.observations_hash(observed))


def _finding_row(finding: Any, place: int, verdict: VerdictRow, justified: dict[str, FindingRow]) -> FindingRow:
    document = finding.model_dump(mode="json")
    print_of_it = standing.fingerprint(document)
    kept = justified.get(print_of_it)
    return {
        "finding_id": f"F-{verdict['batch_id']}-{verdict['number']}-{place}",
        "verdict_id": verdict["verdict_id"],
        "batch_id": verdict["batch_id"],
        "place": place,
        "severity": finding.severity.value,
        "fingerprint": print_of_it,
        "status": "closed" if kept else "open",
        "document": dumps(document),
        "closure": kept["closure"] if kept else None,
        "reason": kept["reason"] if kept else None,
        "closed_by": kept["closed_by"] if kept else None,
        "printed_name": kept["printed_name"] if kept else None,
        "closed_at": kept["closed_at"] if kept else None,
    }


def _check_order(batch_id: str, one: Observation, there: ObservationRow | None, now: datetime) -> None:
    """See that a reading is of now, and that none from before takes the place of a later one."""
    if one.read_at > now + _SKEW:
        raise Invalid(
            f"{one.system}/{one.table} of batch {batch_id} was read at {one.read_at:%Y-%m-%d %H:%M} UTC, which is still"
            " to come: set the clock of the worker's machine."
        )
    kept = aside.readable(f"reading of {batch_id}", partial(_read_at, there), aside.standing_in(None))
    if kept is not None and one.read_at < kept:
        raise Conflict(
            f"{one.system}/{one.table} of batch {batch_id} was read again at {kept:%Y-%m-%d %H:%M} UTC: an earlier"
            " reading does not take its place; read it anew."
        )


def _read_at(row: ObservationRow | None) -> datetime | None:
    return datetime.fromisoformat(orjson.loads(row["document"])["read_at"]) if row else None


def _counted(found: list[FindingRow]) -> str:
    counts = {name: sum(row["severity"] == name for row in found) for name in ("critical", "major", "minor")}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no findings"


def _grouped(rows: list[_Any], by: str = "batch_id") -> dict[str, list[_Any]]:
    groups: dict[str, list[_Any]] = {}
    for row in rows:
        groups.setdefault(row[by], []).append(row)
    return groups
