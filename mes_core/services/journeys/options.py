"""The ways of a batch: judged, ranked and kept; the bot books what this one function lets it book, and nothing else."""

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor, BotPrincipal, Role, signer
from mes_core.messages import RecordKind
from mes_core.messages import journeys as j
from mes_core.services import leases
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.after_release import facts_after_release, margin_of, way_facts
from mes_core.services.core import Change, the_batch, write_audit
from mes_core.services.journeys import rebooking
from mes_core.services.journeys.packing import go_on
from mes_core.services.journeys.reckoning import judging
from mes_core.services.people import signatures
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

_RULES_ASKED = 3
"""So many ways, the best first, are put to the rules before it is said that a person decides."""


class WayOptions(SignedActs, RulesInForce):
    """What the ways on offer are worth for a batch, and who decides."""

    def assess_ways(self, batch_id: str, asked: j.AskOptions, actor: Actor) -> j.OptionsView:
        """Judge the ways on offer and keep what was found; the answer says which one may be booked, or why none.

        The rules on shipping that will judge the shipment judge the chosen way first: what they would hold is never
        booked.

        Raises:
            Forbidden: a bot that has no item of this batch in hand.
            Invalid: something that is needed is not known (zone, product data, shipper); says what.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            if batch["kind"] != RecordKind.CAR_T:
                raise Invalid(f"Batch {batch_id} is no batch of cells: its transport is not planned here.")
            key, replaced = "", None
            if isinstance(actor, BotPrincipal):
                item = leases.in_hand(work, actor, "assess ways of transport for", batch_id)
                key, replaced = item["business_key"], rebooking.replaced_by(item)
            if replaced is not None:
                asked = rebooking.without_the_booked(asked, replaced)
            instead = replaced.reference if replaced else None
            view = judging().judged(work, batch, asked, now, in_hand=key, instead=instead)
            view = self._decided(work, batch, view)
            if replaced is not None:
                view = rebooking.shown(work, batch, view, replaced, now)
            row = kept.add(work, batch_id, kept.ASSESSMENT, view.model_dump(mode="json"), actor, now)
            view = view.model_copy(update={"assessment_id": row["record_id"]})
            told = {"chosen": view.chosen, "decides": view.decides, "why": view.why, "hash": row["content_hash"]}
            write_audit(work, batch_id, actor, now, Change("ways assessed", row["record_id"], None, told))
            return view

    def options(self, batch_id: str) -> j.OptionsView:
        """The newest assessment of a batch.

        Raises:
            Conflict: there is none yet.
        """
        with self._store.read() as work:
            the_batch(work, batch_id)
            row = kept.newest(work, batch_id, kept.ASSESSMENT)
        if row is None:
            raise Conflict(
                f"The ways of batch {batch_id} were not assessed yet: the courier bot does when it is released."
            )
        return options_view(row)

    def decide_way(self, batch_id: str, decision: j.DecideWay, person: Actor) -> j.OptionsView:
        """Sign for a way that the bot may not choose by itself; the shipment that waited goes on with it.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: the assessment is not the newest, or the way may never be taken.
        """
        who = signer(person, "decide on a way", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, decision)
        now = self.now()
        with self._store.write() as work:
            the_batch(work, batch_id)
            row = kept.newest(work, batch_id, kept.ASSESSMENT)
            if row is None or row["record_id"] != decision.assessment_id:
                raise Conflict(f"The ways of batch {batch_id} were assessed again since: look at them, then decide.")
            view = options_view(row)
            way = view.way(decision.way_id)
            if way is None or way.p is None:
                never = "; ".join(way.never) if way else "it is not on offer"
                raise Conflict(f"Way {decision.way_id} may never be taken for batch {batch_id}: {never}.")
            content = {"assessment_id": row["record_id"], "way_id": way.way_id, "p": way.p, "low": way.low}
            signature = signatures.sign(
                work,
                batch_id,
                who,
                now,
                act="way decided",
                subject=way.way_id,
                content_hash=digest(content),
                meaning=f"I decide for this way, whose probability is {way.p:.2%}.",
                reason=decision.reason,
            )
            kept.add(work, batch_id, kept.DECISION, content, who, now, signature_id=signature["signature_id"])
            told = Change("way decided", way.way_id, None, {**content, **signatures.shown(signature)}, decision.reason)
            write_audit(work, batch_id, who, now, told, *go_on(work, batch_id, f"{who.printed_name} decided"))
            return view

    def _decided(self, work: UnitOfWork, batch: BatchRow, view: j.OptionsView) -> j.OptionsView:
        """Who may book what: the bot the best way that no rule would hold, or the way that a person signed for."""
        if view.never:
            return view
        signed = kept.newest(work, batch["batch_id"], kept.DECISION)
        if signed is not None:
            decision = kept.read(signed)
            way = view.way(decision["way_id"])
            # What was signed for is this way as it stood then; one that has become worse is another question.
            if way is not None and way.p is not None and way.p >= float(decision["low"] or decision["p"]):
                said = f"{signed['printed_name']} decided for {way.way_id}, {way.p:.2%}."
                return self._unless_held(
                    work,
                    batch,
                    view.model_copy(update={"decides": "person", "decided_by": signed["made_by"], "why": said}),
                    (way,),
                )
        if view.decides != "bot":
            return view
        fit = tuple(one for one in view.ways if one.p is not None and one.p >= view.threshold)
        return self._unless_held(work, batch, view, fit[:_RULES_ASKED])

    def _unless_held(
        self, work: UnitOfWork, batch: BatchRow, view: j.OptionsView, ways: tuple[j.WayView, ...]
    ) -> j.OptionsView:
        """The first of these ways that the rules on shipping would let go, or none, with what they say."""
        held: dict[str, tuple[str, ...]] = {}
        for way in ways:
            found = self._rules_on(work, batch, view, way)
            if not found:
                others = tuple(_with(one, held) for one in view.ways)
                why = view.why if way is ways[0] else f"{_told(way)}; better ways would be held by the rules."
                return view.model_copy(update={"chosen": way.way_id, "ways": others, "why": why})
            held[way.way_id] = found
        told = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in held.items())
        why = f"The rules on shipping would hold batch {batch['batch_id']}: {told} A person decides."
        ways_shown = tuple(_with(one, held) for one in view.ways)
        return view.model_copy(update={"chosen": None, "decides": "person", "why": why, "ways": ways_shown})

    def _rules_on(self, work: UnitOfWork, batch: BatchRow, view: j.OptionsView, way: j.WayView) -> tuple[str, ...]:
        """What the rules would find, if this way were booked and posted now."""
        facts = facts_after_release(work, batch, view.made_at, self.zone)
        facts["shipment"] = {
            "batch_id": batch["batch_id"],
            # What only the courier and the ERP can give is taken as given: it is looked at when it is there.
            "booking_reference": "to be booked",
            "erp_posting": "to be posted",
            "slot_id": way.way_id,
            "pickup_at": way.pickup_at.isoformat() if way.pickup_at else None,
            "delivery_at": way.delivery_at.isoformat() if way.delivery_at else None,
            "left_at": way.pickup_at.isoformat() if way.pickup_at else None,
            "shipper_id": view.shipper,
        }
        as_kept = view.model_copy(update={"assessment_id": "this one"}).model_dump(mode="json")
        facts["way"] = way_facts(as_kept, way.way_id) | margin_of(work, batch)
        reviewer, _ = self.in_force(work, "shipping")
        verdict = reviewer.review(facts).to_dict()
        if verdict["verdict"] == "READY":
            return ()
        return tuple(f"{one['rule']}: {one['text']}" for one in verdict["findings"]) or ("the rules can't tell",)


def options_view(row: JourneyRecordRow) -> j.OptionsView:
    """An assessment as it was kept."""
    return j.OptionsView.model_validate({**kept.read(row), "assessment_id": row["record_id"]})


def _with(way: j.WayView, held: dict[str, tuple[str, ...]]) -> j.WayView:
    texts = held.get(way.way_id)
    return way.model_copy(update={"never": tuple(f"the rules would hold it: {one}" for one in texts)}) if texts else way


def _told(way: j.WayView) -> str:
    return f"{way.courier} {way.service} ({way.way_id}) has {way.p or 0:.2%}"
