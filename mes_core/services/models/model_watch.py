"""Watching models in use: drift of what they are asked about, and a challenger in shadow beside the model in use."""

from hashlib import sha256

from mes_core.domain.errors import Conflict, NotFound
from mes_core.domain.principals import Actor, Role, signer
from mes_core.messages import predictive as p
from mes_core.services.core import Change, dumps, iso, only, write_audit
from mes_core.services.models import shadow
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports.rows import DriftCheckColumns, DriftCheckRow


class ModelWatch(SignedActs):
    """Drift checks with what people answered, and comparisons."""

    def store_drift_check(self, said: p.NewDriftCheck, actor: Actor) -> p.DriftView:
        """Store a comparison of recent batches with those of training; the same again is the one that is there.

        The same are: this model, these batches, this outcome. Drift that a person has answered for alarms nobody
        again until there are other batches.
        """
        now = self.now()
        key = dumps(
            [said.content_hash, said.culture_day, sorted(said.batches), said.outcome.value, list(said.left_out)]
        )
        with self._store.write() as work:
            check_id = "DC-" + sha256(key.encode()).hexdigest()[:16]
            there = work.get("drift_checks", check_id=check_id)
            if there is not None:
                return _view(there)
            row: DriftCheckRow = {
                "check_id": check_id,
                "batch_id": p.MODELS_CHAIN,
                "number": work.count("drift_checks") + 1,
                "content_hash": said.content_hash,
                "outcome": said.outcome.value,
                "document": dumps(said.model_dump(mode="json")),
                "made_at": iso(now),
                "made_by": actor.user,
                "response": None,
                "decided_by": None,
                "decided_at": None,
                "reason": None,
            }
            work.add("drift_checks", [row])
            told = {"model": said.model, "hash": said.content_hash, "batches": len(said.batches)}
            told |= {"outcome": said.outcome.value, "inputs_drifted": said.inputs_drifted}
            write_audit(
                work, p.MODELS_CHAIN, actor, now, Change("drift checked", check_id, None, told, said.says[:1000])
            )
            return _view(row)

    def decide_drift(self, check_id: str, decided: p.DecideDrift, person: Actor) -> p.DriftView:
        """Answer for drift, by signature: the model is used on, or stays out of use.

        Raises:
            Forbidden: neither quality assurance nor a qualified person, or the wrong password.
            Conflict: nothing had drifted, or it was decided already.
        """
        who = signer(person, "answer for drift", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, decided)
        now = self.now()
        with self._store.write() as work:
            row = work.get("drift_checks", check_id=check_id)
            if row is None:
                raise NotFound(f"There is no drift check {check_id!r}: look at the drift checks.")
            if row["outcome"] != p.DriftOutcome.DRIFTED:
                raise Conflict(f"Drift check {check_id} found no drift: there is nothing to answer for.")
            if row["response"]:
                raise Conflict(f"Drift check {check_id} was answered already by {row['decided_by']}.")
            signature = signatures.sign(
                work,
                p.MODELS_CHAIN,
                who,
                now,
                act=f"drift {decided.response.value}",
                subject=check_id,
                content_hash=sha256(row["document"].encode()).hexdigest(),
                meaning=decided.meaning,
                reason=decided.reason,
            )
            changed: DriftCheckColumns = {"response": decided.response.value, "decided_by": who.user}
            changed.update({"decided_at": iso(now), "reason": decided.reason})
            work.change("drift_checks", {"check_id": check_id}, **changed)
            told = {"response": decided.response.value, **signatures.shown(signature)}
            write_audit(work, p.MODELS_CHAIN, who, now, Change("drift answered", check_id, None, told, decided.reason))
            return _view({**row, **changed})

    def drift_checks(self, content_hash: str | None = None) -> tuple[p.DriftView, ...]:
        """Drift checks, newest first; of one model, or of all."""
        chosen: DriftCheckColumns = {"content_hash": content_hash} if content_hash else {}
        with self._store.read() as work:
            rows = work.find("drift_checks", order=("-number",), limit=None, offset=0, within=None, **chosen)
        return tuple(_view(row) for row in rows)

    def compare_in_shadow(self, champion: str, challenger: str) -> p.ShadowComparison:
        """Two models on the batches that both answered and whose outcome is known.

        Args:
            champion: content hash of the model whose answers count.
            challenger: content hash of the model that ran beside it.
        """
        with self._store.read() as work:
            return shadow.comparison(work, champion, challenger)

    def challengers(self) -> tuple[p.ShadowComparison, ...]:
        """Every pair of a model and a challenger that ran beside it."""
        with self._store.read() as work:
            return tuple(shadow.comparison(work, *pair) for pair in shadow.pairs(work))


def _view(row: DriftCheckRow) -> p.DriftView:
    kept = only(row, *(name for name in p.DriftView.model_fields if name != "said"))
    return p.DriftView.model_validate({**kept, "said": p.NewDriftCheck.model_validate_json(row["document"])})
