"""After a restore: the queues stand still until every effect that may have come about since is compared with its site.

A backup does not know what bots did after it. The keys of their effects follow from batches, filings and intents, so
that what stands on the sites can be asked for, whether the store remembers it or not.
"""

from collections.abc import Iterable
from typing import Any

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.messages.reconciliation import Compared, ExpectedEffect, Finding, SiteReading
from mes_core.services import outbox
from mes_core.services.batches import bookings
from mes_core.services.batches.deviations import stop
from mes_core.services.core import Change, Core, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import EffectRow
from mes_core.services.work.items import STORE, stands_still

COMPARED = "sites compared"
_SHIPS = (("courier", bookings.BOOKING), ("erp", "shipment"))
_FILES = ("agency", "submission")
_OVER = frozenset({"rejected"})
_STOPS = frozenset({Finding.NOT_KNOWN_HERE, Finding.GONE, Finding.OTHER, Finding.NOT_ONE})
_Key = tuple[str, str, str]


class Reconciling(Core):
    """A store that was restored, and the sites."""

    def restored(self, made_at: str, actor: Actor, *, compared: bool = False, why: str = "") -> None:
        """Note that this store was restored: no work item is handed out until the sites were compared.

        Args:
            made_at: when the backup was made.
            actor: who restored it.
            compared: whether a checkpoint that was kept elsewhere agreed with it.
            why: why none was compared.
        """
        new = {"backup_of": made_at, "checkpoint_compared": compared, "why_not": why or None}
        with self._store.write() as work:
            change = Change("store restored", "store", None, new, "Restored from a backup.")
            write_audit(work, STORE, actor, self.now(), change)

    def frozen(self) -> bool:
        """Whether the queues stand still since a restore."""
        with self._store.read() as work:
            return stands_still(work)

    def to_compare(self) -> tuple[ExpectedEffect, ...]:
        """Every effect that may stand on a site.

        Those that the store knows of; bookings and postings of every batch that is not rejected, whether it was
        released before the backup or after; and submissions of every filing that applies.
        """
        with self._store.read() as work:
            return tuple(_expected(work).values())

    def compare(self, readings: Iterable[SiteReading], actor: Actor) -> tuple[Compared, ...]:
        """Compare what the sites show with what the store knows; what disagrees stops its batch.

        An effect that was confirmed and is gone, is another or stands there twice is put in doubt. Each of these, and
        one that the store knows nothing of, opens a deviation and holds its batch, so that a person looks.

        Raises:
            Conflict: the store was not restored, or the queues go on already.
        """
        now = self.now()
        shown = {(one.site, one.kind, one.business_key): one for one in readings}
        with self._store.write() as work:
            if not stands_still(work):
                raise Conflict("The queues do not stand still: there is nothing to compare.")
            found = [_compared(one, shown.get(key)) for key, one in _expected(work).items()]
            for one in found:
                if one.finding in _STOPS:
                    self._doubt(work, one, actor)
            told: dict[str, Any] = {
                "compared": [_key_text(one.expected) for one in found if one.finding is not Finding.NOT_READ],
                "not_read": [_key_text(one.expected) for one in found if one.finding is Finding.NOT_READ],
                "disagree": [one.sentence for one in found if one.finding in _STOPS],
            }
            write_audit(work, STORE, actor, now, Change(COMPARED, "store", None, told, "Read back from the sites."))
        return tuple(found)

    def _doubt(self, work: UnitOfWork, one: Compared, actor: Actor) -> None:
        now, effect_id = self.now(), one.expected.effect_id
        if effect_id is not None and one.expected.state != "in_doubt":
            work.change("effects", {"effect_id": effect_id}, state="in_doubt")
            new = {"state": "in_doubt", "shown": one.reference}
            change = Change("effect compared", effect_id, one.expected.state, new, one.finding.value)
            write_audit(work, one.expected.batch_id, actor, now, change)
        key = f"restore:{_key_text(one.expected)}"
        if work.get("holds", batch_id=one.expected.batch_id, hold_key=key) is None:
            stop(work, one.expected.batch_id, key, one.sentence, actor, now)

    def thaw(self, reason: str, actor: Actor, *, accept_not_read: bool = False) -> None:
        """Let the queues go on: the sites were compared since the restore.

        Args:
            reason: in the person's words.
            actor: the person, or the program on behalf of one.
            accept_not_read: the person looked by hand at what could not be read; the trail names each.

        Raises:
            Conflict: they do not stand still, or something was not compared.
            Forbidden: a bot.
        """
        if isinstance(actor, BotPrincipal):
            raise Forbidden("A bot can't let the queues go on after a restore: a person compares the sites first.")
        with self._store.write() as work:
            if not stands_still(work):
                raise Conflict("The queues do not stand still: there is nothing to let go on.")
            done = _compared_since_restore(work)
            left = [_key_text(one) for one in _expected(work).values() if _key_text(one) not in done]
            if left and not accept_not_read:
                raise Conflict(
                    f"{len(left)} effects were not compared with their sites, the first is {left[0]}: run 'batchwright"
                    " store reconcile', or look by hand and say so with --accept-not-read."
                )
            change = Change("queues let go on", "store", None, {"not_read": left}, reason)
            write_audit(work, STORE, actor, self.now(), change)


def _expected(work: UnitOfWork) -> dict[_Key, ExpectedEffect]:
    found: dict[_Key, ExpectedEffect] = {}
    live = {row["business_key"] for row in work.find("work_items") if row["state"] not in ("done", "cancelled")}

    def may_stand(site: str, kind: str, business_key: str, batch_id: str, effect: EffectRow | None = None) -> None:
        known = {name: effect[name] for name in ("effect_id", "state", "reference")} if effect else {}
        one = {"site": site, "kind": kind, "business_key": business_key, "batch_id": batch_id}
        expected = ExpectedEffect.model_validate({**one, **known, "queued": business_key in live})
        found.setdefault((site, kind, business_key), expected)

    effects = work.find("effects", order=("site", "kind", "business_key"))
    gone = bookings.cancelled(effects)
    for row in effects:
        if row["kind"] == bookings.BOOKING and bookings.is_gone(row, gone):
            continue  # that it is gone is what its cancellation says, which is compared
        may_stand(row["site"], row["kind"], row["business_key"], row["batch_id"], row)
    booked: dict[str, list[EffectRow]] = {}
    for row in sorted(effects, key=lambda one: (one["created_at"], one["effect_id"])):
        if row["kind"] == bookings.BOOKING and row["reference"]:
            booked.setdefault(row["batch_id"], []).append(row)
    for batch in work.find("batches", order=("batch_id",)):
        if batch["state"] not in _OVER and batch["kind"] == "car_t":
            for site, kind in _SHIPS:
                may_stand(site, kind, outbox.ship_key(batch["batch_id"]), batch["batch_id"])
            made = booked.get(batch["batch_id"], [])
            if made:  # another way may have been booked in the place of the last one since
                key = outbox.rebook_key(batch["batch_id"], len(made))
                may_stand(made[-1]["site"], bookings.BOOKING, key, batch["batch_id"])
    for filed in work.find("filings", applies=True, order=("filing_id",)):
        for attempt in range(1, (filed["attempt"] or 0) + (2 if filed["status"] == "approved" else 1)):
            key = outbox.submit_key(filed["filing_id"], filed["version"] or 1, attempt)
            may_stand(*_FILES, key, filed["batch_id"])
    return found


def _compared(expected: ExpectedEffect, reading: SiteReading | None) -> Compared:
    if reading is None or reading.presence == "UNKNOWN":
        why = reading.why if reading else "the site was not asked"
        return Compared(expected=expected, finding=Finding.NOT_READ, why=why)
    return Compared(expected=expected, finding=_finding(expected, reading), reference=reading.reference)


def _finding(expected: ExpectedEffect, reading: SiteReading) -> Finding:
    if reading.presence == "ABSENT":
        return Finding.GONE if expected.state == "confirmed" else Finding.AGREES
    if reading.count != 1:
        return Finding.NOT_ONE
    if expected.state == "confirmed":
        return Finding.AGREES if reading.reference == (expected.reference or "") else Finding.OTHER
    return Finding.WILL_BE_ADOPTED if expected.queued else Finding.NOT_KNOWN_HERE


def _compared_since_restore(work: UnitOfWork) -> set[str]:
    restored = work.find("audit", batch_id=STORE, action="store restored", order=("-number",), limit=1)
    entries = work.find("audit", batch_id=STORE, action=COMPARED, order=("number",))
    since = [entry for entry in entries if restored and entry["number"] > restored[0]["number"]]
    return {key for entry in since if entry["new"] for key in outbox.loads(entry["new"])["compared"]}


def _key_text(one: ExpectedEffect) -> str:
    return f"{one.site}/{one.kind}/{one.business_key}"
