"""The effects that bots have in other systems: intended, sent, read back."""

import hashlib

from mes_core.domain.errors import Conflict, Forbidden, NotFound
from mes_core.domain.principals import Actor
from mes_core.messages import views as v
from mes_core.messages.filing import FILINGS_CHAIN
from mes_core.services import leases
from mes_core.services.batches import bookings, views
from mes_core.services.batches.deviations import stop
from mes_core.services.core import Change, Core, dumps, iso, known_chain, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import EffectColumns, EffectRow, WorkItemRow
from mes_core.services.work.jobs import CHECK


class Effects(Core):
    """Changes elsewhere, each with one intent, however often its item is tried."""

    def register_effect(self, effect: v.NewEffect, actor: Actor) -> v.EffectView:
        """Write down the intent of a change elsewhere; the one that is there comes back with `created` False.

        Raises:
            Forbidden: the bot has no item of this batch in hand, or one whose work this is not.
            Conflict: the key is another batch's.
        """
        now = self.now()
        key: EffectColumns = {
            "site": effect.site,
            "kind": effect.kind,
            "business_key": effect.business_key,
            "revision": effect.revision,
        }
        with self._store.write() as work:
            known_chain(work, effect.batch_id)
            item = leases.in_hand(work, actor, "intend an effect for", effect.batch_id)
            if effect.epoch is not None:
                leases.running(work, effect.item_id, effect.epoch, actor)
            bookings.check_is_their_job(work, item, {**key, "batch_id": effect.batch_id})
            there = work.get("effects", **key)
            if there is not None:
                if there["batch_id"] != effect.batch_id:
                    raise Conflict(
                        f"The effect {effect.business_key!r} belongs to batch {there['batch_id']}, not to"
                        f" {effect.batch_id}: use another business key."
                    )
                return views.effect_view(there, created=False, now=now)
            row: EffectRow = {
                "effect_id": "E-" + hashlib.sha256(dumps(key).encode()).hexdigest()[:16],
                "site": effect.site,
                "kind": effect.kind,
                "business_key": effect.business_key,
                "revision": effect.revision,
                "batch_id": effect.batch_id,
                "item_id": item["item_id"],
                "state": "intended",
                "created_at": iso(now),
                "reference": None,
                "details": dumps(effect.details),
                "epoch": effect.epoch,
                "acted_at": None,
            }
            work.add("effects", [row])
            change = Change("effect intended", row["effect_id"], None, {**key, "details": effect.details})
            write_audit(work, effect.batch_id, actor, now, change)
            return views.effect_view(row, created=True)

    def act_on_effect(self, effect_id: str, act: v.ActEffect, actor: Actor) -> v.EffectView:
        """Say whether a request for an effect may leave now, and note that it does.

        Raises:
            Forbidden: it is a booking or a cancellation, and the item in hand is of other work.
            Conflict: the item's lease is over or another worker's, the effect is not open any more, or it is a booking
                while another one of this batch stands.
        """
        now = self.now()
        with self._store.write() as work:
            row = work.get("effects", effect_id=effect_id)
            if row is None:
                raise NotFound(f"There is no effect {effect_id!r}: register the intent before the act.")
            item = leases.running(work, act.item_id, act.epoch, actor)
            if leases.until(work, item) <= iso(now):
                raise Conflict(f"The lease of work item {act.item_id} has run out: it is claimed again.")
            if item["batch_id"] != row["batch_id"] or row["state"] != "intended":
                raise Conflict(
                    f"Effect {effect_id} is {row['state']} for batch {row['batch_id']}: nothing may be sent."
                )
            bookings.check_is_their_job(work, item, row)
            bookings.check_one(work, row, now)
            changed: EffectColumns = {"item_id": act.item_id, "epoch": act.epoch, "acted_at": iso(now)}
            changed["details"] = row["details"] if act.details is None else dumps(act.details)
            work.change("effects", {"effect_id": effect_id}, **changed)
            change = Change("effect sent", effect_id, row["acted_at"], changed)
            write_audit(work, row["batch_id"], actor, now, change)
            return views.effect_view({**row, **changed}, created=False, now=now)

    def confirm_effect(self, effect_id: str, confirmation: v.ConfirmEffect, actor: Actor) -> v.EffectView:
        """Report the read-back after the act; any count but 1 leaves the effect in doubt and holds the batch.

        Raises:
            Conflict: it was confirmed already with another reference, or it is in doubt: a bot can't clear that.
        """
        now = self.now()
        with self._store.write() as work:
            row = work.get("effects", effect_id=effect_id)
            if row is None:
                raise NotFound(f"There is no effect {effect_id!r}: register the intent before the act.")
            item = leases.in_hand(work, actor, "read back an effect of", row["batch_id"])
            if not _is_theirs(work, row, item):
                raise Forbidden(
                    f"Effect {effect_id} belongs to another work item than {item['item_id']}: the bot that has that"
                    " one in hand reads it back."
                )
            once = confirmation.count == 1
            if row["state"] == "in_doubt" and once:
                raise Conflict(f"Effect {effect_id} is in doubt: a person looks at {row['site']} and decides.")
            if row["state"] == "confirmed" and once:
                if row["reference"] != (confirmation.reference or None):
                    raise Conflict(f"Effect {effect_id} was confirmed already as {row['reference']}.")
                return views.effect_view(row, created=False)
            changed: EffectColumns = {
                "state": "confirmed" if once else "in_doubt",
                "reference": confirmation.reference or None,
            }
            work.change("effects", {"effect_id": effect_id}, **changed)
            new = {**changed, "count": confirmation.count}
            write_audit(work, row["batch_id"], actor, now, Change("effect read back", effect_id, row["state"], new))
            if not once and row["batch_id"] != FILINGS_CHAIN:
                why = f"{row['site']} shows {confirmation.count} of {row['kind']} {row['business_key']} instead of one."
                stop(work, row["batch_id"], f"effect:{effect_id}:{iso(now)}", why, actor, now)
            return views.effect_view({**row, **changed}, created=False)

    def effects(self, batch_id: str) -> tuple[v.EffectView, ...]:
        """The effects of a batch."""
        with self._store.read() as work:
            known_chain(work, batch_id)
            rows = work.find("effects", batch_id=batch_id, order=("created_at",))
        return tuple(views.effect_view(row, created=False) for row in rows)


def _is_theirs(work: UnitOfWork, effect: EffectRow, item: WorkItemRow) -> bool:
    """Whether the bot with this item in hand reads an effect back: it is the item's, or the item is to check effects.

    Of a batch, another item of the same job goes on with what an earlier one began.
    """
    if item["item_id"] == effect["item_id"] or item["job"] == CHECK:
        return True
    first = work.get("work_items", item_id=effect["item_id"])
    return effect["batch_id"] != FILINGS_CHAIN and first is not None and first["job"] == item["job"]
