"""Records of qualification in the audit trail: told by the program, or signed by a person; and what a period held."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from mes_core.domain.principals import Actor, Role, SystemPrincipal, signer
from mes_core.messages.qualification import Qualification, QualificationView, SignQualification
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs

QUALIFICATIONS = "system:qualification"
"""The chain that tells of qualification."""
_TOLD, _SIGNED = "qualification told", "qualification signed"


class Qualifications(SignedActs):
    """What was checked on this machine, by the hash of its record."""

    def tell_qualification(
        self, kind: Qualification, sha256: str, commit: str, outcome: str, program: SystemPrincipal
    ) -> QualificationView:
        """Tell the trail of a record that a program made; nobody has signed it."""
        now = self.now()
        new = {"sha256": sha256, "commit": commit, "outcome": outcome}
        with self._store.write() as work:
            write_audit(work, QUALIFICATIONS, program, now, Change(_TOLD, kind.value, None, new, None))
        return self.qualifications()[-1]

    def sign_qualification(self, signed: SignQualification, person: Actor) -> QualificationView:
        """Tell the trail of a record that a person has signed.

        Raises:
            Forbidden: neither quality assurance nor a qualified person, or the wrong password.
        """
        who = signer(person, "sign a record of qualification", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, signed)
        now = self.now()
        with self._store.write() as work:
            signature = signatures.sign(
                work,
                QUALIFICATIONS,
                who,
                now,
                act=_SIGNED,
                subject=signed.kind.value,
                content_hash=signed.sha256,
                meaning="I have looked at this record and its outcome.",
                reason=signed.reason,
            )
            told = {"sha256": signed.sha256, "commit": signed.commit, "outcome": signed.outcome}
            new = {**told, **signatures.shown(signature)}
            write_audit(work, QUALIFICATIONS, who, now, Change(_SIGNED, signed.kind.value, None, new, signed.reason))
        return self.qualifications()[-1]

    def qualifications(self) -> tuple[QualificationView, ...]:
        """Every record that the trail tells of, in its order."""
        with self._store.read() as work:
            rows = work.find("audit", batch_id=QUALIFICATIONS, order=("number",))
        found = []
        for row in rows:
            new = json.loads(row["new"] or "{}")
            about = {name: new.get(name) or "" for name in ("sha256", "commit", "outcome")}
            told = {"number": row["number"], "kind": row["subject"]}
            about |= {"told_by": row["user"], "told_at": row["at"], "signature_id": new.get("signature_id")}
            found.append(QualificationView.model_validate({**told, **about}))
        return tuple(found)

    def actions_between(self, begins: datetime, ends: datetime) -> Mapping[str, Mapping[str, int]]:
        """How often each action stands in the trail from one moment up to before another, batches as one chain."""
        first, last = iso(begins), iso(ends)
        with self._store.read() as work:
            rows = work.find("audit", order=("at", "batch_id", "number"))
        found: dict[str, Counter[str]] = {}
        for row in rows:
            if first <= row["at"] < last:
                chain = row["batch_id"] if row["batch_id"].startswith("system:") else "batches"
                found.setdefault(chain, Counter())[row["action"]] += 1
        return {chain: dict(sorted(counted.items())) for chain, counted in sorted(found.items())}
