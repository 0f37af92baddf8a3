"""Predictive holds: answers of models with what people decided on them, and the register of models."""

import json
from hashlib import sha256

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.model_states import SIGNATURES, against_rule, check_move, hindrances
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import predictive as p
from mes_core.messages.model_cards import bound_hash, card_digest
from mes_core.services.core import Change, add_hold, dumps, iso, the_batch, write_audit
from mes_core.services.models import shadow
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import ModelColumns, ModelRow, PredictionColumns, PredictionRow

MODELS = p.MODELS_CHAIN


class Predictive(SignedActs):
    """Answers of models, and models. A bot tells what a model said; only people decide."""

    def store_prediction(self, batch_id: str, said: p.NewPrediction, actor: Actor) -> p.PredictionView:
        """Store what a model said of a batch; the same answer to the same question again is the one that is there.

        An ACTIVE answer of RISK also holds the batch, for a person to lift; a SHADOW answer changes nothing.

        Raises:
            Conflict: it claims to be ACTIVE and no model of this content is approved, drift of its inputs is open, or
                it does not follow from the rule that the card of the model was judged by.
        """
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            if said.mode is p.Mode.ACTIVE:
                _may_act(work, said)
            number = work.count("predictions", batch_id=batch_id) + 1
            absent = {"beside", "usual", "probability_low", "probability_high"}
            unnamed = {"note"} | {name for name in absent if getattr(said, name) is None}
            key = sha256(dumps([batch_id, said.model_dump(mode="json", exclude=unnamed)]).encode()).hexdigest()[:16]
            there = work.get("predictions", prediction_id=f"P-{key}")
            if there is not None:
                return prediction_view(there)
            row: PredictionRow = {
                "prediction_id": f"P-{key}",
                "batch_id": batch_id,
                "number": number,
                "document": dumps(said.model_dump(mode="json")),
                "made_at": iso(now),
                "made_by": actor.user,
                "response": None,
                "decided_by": None,
                "decided_at": None,
                "reason": None,
            }
            work.add("predictions", [row])
            told = {name: getattr(said, name) for name in ("model", "content_hash", "probability")}
            told |= {"mode": said.mode.value, "answer": said.answer.value}
            changes = [Change("model answered", row["prediction_id"], None, told)]
            if said.mode is p.Mode.ACTIVE and said.answer is p.RiskAnswer.RISK:
                why = f"{said.model} says RISK on culture day {said.culture_day}: {'; '.join(said.reasons[:3])}"[:1000]
                changes += add_hold(work, batch, actor, now, kind="predictive", reason=why, key=row["prediction_id"])[1]
            write_audit(work, batch_id, actor, now, *changes)
            return prediction_view(row)

    def decide_prediction(self, prediction_id: str, decided: p.DecidePrediction, person: Actor) -> p.PredictionView:
        """Accept or decline an answer, by signature; a hold is lifted by itself, not by declining.

        Raises:
            Forbidden: not a reviewer, a qualified person or quality assurance, or the wrong password.
            Conflict: it was decided already, or it is what a challenger said, which is nobody's advice.
        """
        roles = (Role.REVIEWER, Role.QUALIFIED_PERSON, Role.QUALITY_ASSURANCE)
        who = signer(person, "decide on a prediction", *roles)
        self.confirm_signature(who, decided)
        now = self.now()
        with self._store.write() as work:
            row = work.get("predictions", prediction_id=prediction_id)
            if row is None:
                raise NotFound(f"There is no prediction {prediction_id!r}: look at the predictions of the batch.")
            if json.loads(row["document"]).get("beside"):
                raise Conflict(f"Prediction {prediction_id} is a challenger's: it is compared, not decided on.")
            if row["response"]:
                raise Conflict(f"Prediction {prediction_id} was {row['response']} already by {row['decided_by']}.")
            signature = signatures.sign(
                work,
                row["batch_id"],
                who,
                now,
                act=f"prediction {decided.response.value}",
                subject=prediction_id,
                content_hash=sha256(row["document"].encode()).hexdigest(),
                meaning=decided.meaning,
                reason=decided.reason,
            )
            changed: PredictionColumns = {
                "response": decided.response.value,
                "decided_by": who.user,
                "decided_at": iso(now),
                "reason": decided.reason,
            }
            work.change("predictions", {"prediction_id": prediction_id}, **changed)
            told = {"response": decided.response.value, **signatures.shown(signature)}
            change = Change("prediction decided", prediction_id, None, told, decided.reason)
            write_audit(work, row["batch_id"], who, now, change)
            return prediction_view({**row, **changed})

    def predictions(self, batch_id: str) -> tuple[p.PredictionView, ...]:
        """What models said of a batch, oldest first."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("predictions", batch_id=batch_id, order=("number",), limit=None, offset=0, within=None)
        return tuple(prediction_view(row) for row in rows)

    def all_predictions(self) -> tuple[p.PredictionView, ...]:
        """What models said of every batch."""
        with self._store.read() as work:
            rows = work.find("predictions", order=("batch_id", "number"), limit=None, offset=0, within=None)
        return tuple(prediction_view(row) for row in rows)

    def register_model(self, new: p.NewModel, person: Actor) -> p.ModelView:
        """Put a model into the register as a draft.

        Raises:
            Forbidden: a bot.
            Invalid: the card is not the one that the content hash was made with.
            Conflict: this very content is registered already.
        """
        if not isinstance(person, PersonPrincipal):
            raise Forbidden(f"Models are registered by people, and {person.user!r} is none.")
        if bound_hash(new.parts_hash, card_digest(new.card)) != new.content_hash:
            raise Invalid(
                f"The card of {new.name} is not the one that {new.content_hash[:12]} was computed with: register the"
                " model from its file, as training wrote it."
            )
        now = self.now()
        with self._store.write() as work:
            there = work.get("models", content_hash=new.content_hash)
            if there is not None:
                raise Conflict(f"This content is registered already as {there['model_id']} ({there['state']}).")
            number = work.count("models", name=new.name) + 1
            row: ModelRow = {
                "model_id": f"M-{new.name}-{number}",
                "batch_id": MODELS,
                "name": new.name,
                "number": number,
                "content_hash": new.content_hash,
                "state": "draft",
                "card": dumps(new.card),
                "least_recall": new.least_recall,
                "prepared_by": person.user,
                "registered_by": person.user,
                "registered_at": iso(now),
                "changed_at": iso(now),
                "signed_by": "[]",
            }
            work.add("models", [row])
            told = {"hash": new.content_hash, "least_recall": new.least_recall}
            write_audit(work, MODELS, person, now, Change("model registered", row["model_id"], None, told))
            return _model(row)

    def move_model(self, model_id: str, move: p.MoveModel, person: Actor) -> p.ModelView:
        """Validate, approve or retire a model by signature. An approval takes two people: the first signature waits.

        The model of the same name that was approved before is retired with the second signature.

        Raises:
            Forbidden: neither quality assurance nor a qualified person, its preparer, or the wrong password.
            Conflict: not from its state, not with its card, or the same person signs twice.
        """
        who = signer(person, f"move model {model_id}", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, move)
        now = self.now()
        with self._store.write() as work:
            row = work.get("models", model_id=model_id)
            if row is None:
                raise NotFound(f"There is no model {model_id!r}: look at the register of models.")
            check_move(model_id, row["state"], move.to.value)
            changed = _after(work, row, move, who)
            signature = signatures.sign(
                work,
                MODELS,
                who,
                now,
                act=f"model {move.to.value}",
                subject=model_id,
                content_hash=row["content_hash"],
                meaning=move.meaning,
                reason=move.reason,
            )
            changes = [
                Change(f"model {move.to.value}", model_id, row["state"], signatures.shown(signature), move.reason)
            ]
            if changed["state"] == "approved":
                changes += _retire_others(work, row, iso(now))
            changed["changed_at"] = iso(now)
            work.change("models", {"model_id": model_id}, **changed)
            write_audit(work, MODELS, who, now, *changes)
            return _model({**row, **changed})

    def models(self, content_hash: str | None = None) -> tuple[p.ModelView, ...]:
        """The register, or the model with this content."""
        chosen: ModelColumns = {"content_hash": content_hash} if content_hash else {}
        with self._store.read() as work:
            rows = work.find("models", order=("name", "number"), limit=None, offset=0, within=None, **chosen)
            return tuple(_model(row, suspension(work, row["content_hash"])) for row in rows)


def _may_act(work: UnitOfWork, said: p.NewPrediction) -> None:
    """Raises `Conflict` where an answer may not count as ACTIVE."""
    model = f"Model {said.model} ({said.content_hash[:12]})"
    approved = work.get("models", content_hash=said.content_hash, state="approved")
    if approved is None:
        raise Conflict(f"{model} is not approved: it may only run as SHADOW.")
    why_not = suspension(work, said.content_hash)
    if why_not:
        raise Conflict(f"{model} may only run as SHADOW: {why_not}.")
    against = against_rule(json.loads(approved["card"]), said.answer.value, said.probability, said.p_fail, said.p_pass)
    if against:
        raise Conflict(f"{model} says {said.answer.value} against the rule of its card: {against}.")


def suspension(work: UnitOfWork, content_hash: str) -> str:
    """Why answers of this content hold nothing for now; empty when they may."""
    found = work.find("drift_checks", content_hash=content_hash, outcome="drifted", order=("-number",), limit=1)
    if not found or found[0]["response"] == p.DriftResponse.USE_ON:
        return ""
    kept = "a person has decided that it stays out of use" if found[0]["response"] else "nobody has answered for it"
    return f"drift check {found[0]['check_id']} found drift and {kept}"


def _after(work: UnitOfWork, row: ModelRow, move: p.MoveModel, who: PersonPrincipal) -> ModelColumns:
    """State and signatures of a model after a move."""
    if move.to is p.ModelState.RETIRED:
        return {"state": "retired"}
    me = identity.person_of_user(work, who.user)
    authors = {row["prepared_by"], row["registered_by"] or row["prepared_by"]}
    if me in {identity.person_of_user(work, user) for user in authors}:
        raise Forbidden(f"{who.printed_name} registered {row['model_id']} and can't sign for it: somebody else does.")
    if move.to is p.ModelState.VALIDATED:
        return {"state": "validated"}
    found = (*hindrances(json.loads(row["card"]), row["least_recall"]), *shadow.in_shadow(work, row))
    if found:
        raise Conflict(f"Model {row['model_id']} can't be approved: {'; '.join(found)}.")
    signed = json.loads(row["signed_by"])
    if me in {identity.person_of_user(work, one) for one in signed}:
        raise Conflict(f"{who.printed_name} has signed for {row['model_id']} already: a second person does.")
    signed.append(who.user)
    return {"state": "approved" if len(signed) >= SIGNATURES else "validated", "signed_by": dumps(signed)}


def _retire_others(work: UnitOfWork, row: ModelRow, at: str) -> list[Change]:
    old = work.find("models", name=row["name"], state="approved")
    for one in old:
        work.change("models", {"model_id": one["model_id"]}, state="retired", changed_at=at)
    why = f"Replaced by {row['model_id']}."
    return [Change("model retired", one["model_id"], "approved", "retired", why) for one in old]


def prediction_view(row: PredictionRow) -> p.PredictionView:
    """An answer as it is shown."""
    kept = {name: value for name, value in row.items() if name not in ("document", "number")}
    return p.PredictionView.model_validate({**kept, "said": json.loads(row["document"])})


def _model(row: ModelRow, suspended: str = "") -> p.ModelView:
    left_out = ("batch_id", "card", "least_recall", "signed_by", "registered_by")
    kept = {name: value for name, value in row.items() if name not in left_out}
    why = hindrances(json.loads(row["card"]), row["least_recall"])
    told = {"signed_by": json.loads(row["signed_by"]), "registered_by": row["registered_by"] or ""}
    return p.ModelView.model_validate({**kept, **told, "hindrances": why, "suspended": suspended})
