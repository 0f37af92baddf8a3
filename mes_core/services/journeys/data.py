"""Logistics data of the plant: put in force by signature, versioned, and never changed."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from mes_core.domain.audit import digest
from mes_core.domain.errors import Invalid
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.journey.errors import JourneyError
from mes_core.journey.loggers import budget_of
from mes_core.messages import logistics as lo
from mes_core.messages.bounds import place_of
from mes_core.services.batches import journey_records as kept
from mes_core.services.core import Change, write_audit
from mes_core.services.journeys import forecasts
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import JourneyRecordRow


class LogisticsData(SignedActs):
    """Places, airports, couriers, products, shippers, loggers, limits, delays, outlook."""

    def sign_logistics(self, signing: lo.SignLogistics, person: Actor) -> tuple[lo.LogisticsView, ...]:
        """Put documents in force, all or none; one whose content is in force already stays as it is.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Invalid: a document has another shape than its kind asks for.
        """
        who = signer(person, "change logistics data", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, signing)
        now = self.now()
        documents = [(new, _checked(new)) for new in signing.documents]
        with self._store.write() as work:
            views, changes = [], []
            for new, document in documents:
                there = kept.newest(work, kept.LOGISTICS, new.kind.value, new.name)
                if there is not None and kept.read(there) == document:
                    views.append(_view(there))
                    continue
                row = _sign(work, new, document, signing.reason, who, now)
                views.append(_view(row))
                old = {"number": there["number"], "hash": there["content_hash"]} if there else None
                told = {"number": row["number"], "hash": row["content_hash"], "signature_id": row["signature_id"]}
                subject = f"{new.kind.value} {new.name}"
                changes.append(Change("logistics data signed", subject, old, told, signing.reason))
            write_audit(work, kept.LOGISTICS, who, now, *changes)
            if changes:
                forecasts.after_data(work, who, now)
            return tuple(views)

    def logistics(self, kind: lo.LogisticsKind | None = None) -> tuple[lo.LogisticsView, ...]:
        """What is in force, by kind and name."""
        kinds = [kind] if kind else list(lo.LogisticsKind)
        with self._store.read() as work:
            rows = [row for one in kinds for row in kept.in_force(work, kept.LOGISTICS, one.value).values()]
        return tuple(_view(row) for row in rows)


def _checked(new: lo.NewLogistics) -> dict[str, Any]:
    """A document in the shape of its kind, as it is kept."""
    try:
        shaped = lo.SHAPES[new.kind].model_validate(new.document)
        if isinstance(shaped, lo.ProductData):
            budget_of(shaped.stability_minutes, shaped.longest_charged_h * 60)
        return shaped.model_dump(mode="json")
    except JourneyError as wrong:
        raise Invalid(f"The {new.kind.value} {new.name!r} can't be taken: {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = place_of(first, ".") or "the document"
        raise Invalid(
            f"The {new.kind.value} {new.name!r} can't be taken: {where}: {first['msg'].lower()}; correct it."
        ) from None


def _sign(
    work: UnitOfWork, new: lo.NewLogistics, document: Any, reason: str, who: PersonPrincipal, now: datetime
) -> JourneyRecordRow:
    signature = signatures.sign(
        work,
        kept.LOGISTICS,
        who,
        now,
        act="logistics data signed",
        subject=f"{new.kind.value} {new.name}",
        content_hash=digest(document),
        meaning="I put this logistics data in force.",
        reason=reason,
    )
    chain, kind = kept.LOGISTICS, new.kind.value
    return kept.add(work, chain, kind, document, who, now, name=new.name, signature_id=signature["signature_id"])


def _view(row: JourneyRecordRow) -> lo.LogisticsView:
    return lo.LogisticsView(
        kind=lo.LogisticsKind(row["kind"]),
        name=row["name"],
        number=row["number"],
        document=kept.read(row),
        content_hash=row["content_hash"],
        set_by=row["made_by"],
        printed_name=row["printed_name"],
        set_at=row["made_at"],
        signature_id=row["signature_id"] or "",
    )
