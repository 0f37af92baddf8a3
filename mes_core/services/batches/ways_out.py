"""Ways out of a hold besides findings: deviations, investigations and corrective actions end; the trail is reviewed."""

from mes_core.domain.errors import NotFound
from mes_core.domain.principals import Actor, Role, signer
from mes_core.messages import deviations as d
from mes_core.messages.signatures import SignatureView
from mes_core.services.batches import trail_review
from mes_core.services.batches.closings import end_deviation
from mes_core.services.batches.deviations import add_deviation, deviation_view
from mes_core.services.batches.judgement import not_own_work
from mes_core.services.core import Change, the_batch, write_audit
from mes_core.services.own_keys import refuse_own
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs


class WaysOut(SignedActs):
    """What is opened on a batch and ends by signature."""

    def open_deviation(self, batch_id: str, deviation: d.NewDeviation, actor: Actor) -> d.DeviationView:
        """Open a deviation, investigation or corrective action; the same key again returns the one that is there.

        Raises:
            Invalid: the key is one of those that the program makes.
        """
        refuse_own(deviation.deviation_key)
        with self._store.write() as work:
            the_batch(work, batch_id)
            return deviation_view(add_deviation(work, batch_id, deviation, actor, self.now()))

    def deviations(self, batch_id: str) -> tuple[d.DeviationView, ...]:
        """What was opened on a batch, oldest first."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("deviations", batch_id=batch_id, order=("opened_at", "deviation_key"))
        return tuple(deviation_view(row) for row in rows)

    def close_deviation(self, batch_id: str, closing: d.CloseDeviation, person: Actor) -> d.DeviationView:
        """Close one with its outcome, signed.

        Raises:
            Forbidden: not a person who may, the wrong password, who opened it, or who had a part in the batch.
            Invalid: the outcome is none of its kind.
            Conflict: it is closed already.
        """
        who = signer(person, "close a deviation", Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, closing)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            row = work.get("deviations", batch_id=batch_id, deviation_key=closing.deviation_key)
            if row is None:
                raise NotFound(f"Batch {batch_id} has no deviation {closing.deviation_key!r}: look at its list.")
            return end_deviation(work, batch, row, closing.outcome, closing.conclusion, who, now)

    def review_trail(self, batch_id: str, review: d.ReviewTrail, person: Actor) -> d.TrailReview:
        """Sign that the audit trail of a batch was reviewed up to an entry.

        Raises:
            Forbidden: not a person who may, the wrong password, or somebody who had a part in the batch.
            NotFound: there is no such entry.
        """
        roles = (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        who = signer(person, "review an audit trail", *roles)
        self.confirm_signature(who, review)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            not_own_work(work, batch, who, "review the audit trail of")
            entry = work.get("audit", batch_id=batch_id, number=review.number)
            if entry is None:
                raise NotFound(f"The audit trail of batch {batch_id} has no entry {review.number}: look at it again.")
            signature = signatures.sign(
                work,
                batch_id,
                who,
                now,
                act=trail_review.ACT,
                subject=f"up to entry {review.number}",
                content_hash=entry["entry_hash"],
                meaning="I have reviewed the audit trail.",
                reason=review.reason,
            )
            new = signatures.shown(signature)
            change = Change(trail_review.ACT, signature["subject"], None, new, review.reason)
            write_audit(work, batch_id, who, now, change)
            return trail_review.review_view(signature)

    def signatures(self, batch_id: str) -> tuple[SignatureView, ...]:
        """Every signature of a batch, oldest first."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("signatures", batch_id=batch_id, order=("at", "signature_id"))
        return tuple(SignatureView.model_validate(row) for row in rows)

    def trail_reviews(self, batch_id: str) -> tuple[d.TrailReview, ...]:
        """Signed reviews of the audit trail of a batch."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = trail_review.reviews(work, batch_id)
        return tuple(trail_review.review_view(row) for row in rows)
