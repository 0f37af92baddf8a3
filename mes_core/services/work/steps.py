"""The steps of an item as its bot tells of them while it runs, and what people who look on are shown."""

from mes_core.domain.audit import text_digest
from mes_core.domain.errors import NotFound
from mes_core.domain.principals import Actor
from mes_core.messages.work import LiveView, TellSteps
from mes_core.services import aside, leases
from mes_core.services.batches import views
from mes_core.services.core import Core


class Steps(Core):
    """Steps are no record: they stand beside the lease, are replaced by the next claim, and decide nothing."""

    def tell_steps(self, item_id: str, told: TellSteps, actor: Actor) -> None:
        """Keep the steps of a running item in the place of those told before.

        Raises:
            Conflict: the lease was lost, or the item has ended.
            Forbidden: not the bot and host that claimed it.
        """
        with self._store.write() as work:
            leases.running(work, item_id, told.epoch, actor)
            text = told.model_dump_json(include={"steps"})
            work.change("leases", {"item_id": item_id, "epoch": told.epoch}, steps=text)

    def live(self, item_id: str) -> LiveView:
        """An item with its steps, its effects elsewhere, and the end of its lease, as they are now.

        Raises:
            NotFound: there is no such item.
        """
        with self._store.read() as work:
            row = work.get("work_items", item_id=item_id)
            if row is None:
                raise NotFound(f"There is no work item {item_id!r}: look at the list of work items.")
            lease = work.get("leases", item_id=item_id)
            effects = work.find("effects", item_id=item_id, order=("created_at", "effect_id"))
        read = aside.fields(lease["steps"]) if lease is not None else None
        item = aside.readable(f"work item {item_id}", lambda: views.item_view(row), lambda _: None)
        view = LiveView.model_validate(
            {
                "item": item or views.item_view({**row, "payload": "{}", "output": None, "evidence": None}),
                "steps": (read or {}).get("steps", ()),
                "effects": [views.effect_view(one, created=False) for one in effects],
                "lease_until": lease["until"] if lease is not None and row["state"] == "running" else None,
            }
        )
        shown = view.model_dump_json(exclude={"lease_until"})
        return view.model_copy(update={"version": text_digest(shown)[:16]})
