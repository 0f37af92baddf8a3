"""Events and licences as rows, as messages, and as the clocks read them."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import Any, cast

from mes_core.domain.audit import digest
from mes_core.domain.errors import Invalid
from mes_core.domain.filing import places_of
from mes_core.filing import calendars
from mes_core.filing.events import KINDS, Event, Licence
from mes_core.messages.filing import FILINGS_CHAIN, EventFields, EventView, LicenceView, NewLicence
from mes_core.services.aside import BROKEN, readable, standing_in
from mes_core.services.core import dumps, iso, only
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingEventRow, LicenceRow
from mes_core.spelling.times import no_date

STANDS, WITHDRAWN, DUPLICATE = "stands", "withdrawn", "duplicate"
_FIRST_ZONE = timezone(timedelta(hours=14))
"""Where a wall clock shows a time first: what a time without its zone counts as."""


def event_id(source: str, source_key: str) -> str:
    """The name of an event, which follows from where it comes from: it can't come in twice."""
    return f"EV-{digest([source, source_key])[:12]}"


def source_key(batch_id: str, name: str) -> str:
    """What the record calls a thing of a batch, as a code; what no code can hold is named by its hash."""
    return f"{batch_id}/{digest(name)[:12]}"


def aware_moment(fields: EventFields, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """When the first person knew, in UTC, and what is to be asked about it. The clock runs from the earliest moment.

    Raises:
        Invalid: it is no time, or its zone is none.
    """
    try:
        said = datetime.fromisoformat(fields.aware_at)
    except ValueError:
        raise Invalid(
            f"{fields.aware_at!r} is no time of awareness: write it like 2026-03-01T08:00:00+01:00."
        ) from None
    if no_date(said) is not None:  # what programs write for no date would start a clock that repeats thousands of times
        raise Invalid(f"{fields.aware_at!r} is no time of awareness: check its year.")
    asked: list[str] = []
    if said.tzinfo is None and fields.zone:
        said = said.replace(tzinfo=calendars.zone(fields.zone))
    elif said.tzinfo is None:
        said = said.replace(tzinfo=_FIRST_ZONE)
        asked.append("The time of awareness has no zone: the earliest moment that it can mean counts; say the zone.")
    elif not fields.zone:
        asked.append("The zone of who knew first is not known: the earliest day counts; say the zone.")
    else:
        calendars.zone(fields.zone)
    if not fields.aware_who:
        asked.append("Nobody is named who knew first: the moment is provisional; a person gives theirs.")
    if said > now:
        asked.append("The time of awareness lies in the future: the clock runs from now; check it.")
    return min(said.astimezone(UTC), now), tuple(asked)


def check_fields(fields: EventFields) -> None:
    """See that an event says what its kind needs.

    Raises:
        Invalid: it is of no known kind, lacks something, or answers what its kind is not asked.
    """
    kind = KINDS.get(fields.kind)
    if kind is None:
        raise Invalid(f"There is no kind of event {fields.kind!r}: use one of {', '.join(KINDS)}.")
    missing = [name for name in kind.needs if getattr(fields, name) is None]
    if missing:
        raise Invalid(f"{kind.words.capitalize()} needs {' and '.join(missing)}: give it.")
    stray = sorted(set(fields.answers) - set(kind.facts))
    if stray:
        known = f"use {', '.join(kind.facts)}" if kind.facts else "it is asked nothing"
        raise Invalid(f"{kind.words.capitalize()} is not asked {stray[0]!r}: {known}.")


def event_row(view_id: str, version: int, chain: str, document: dict[str, Any], **told: Any) -> FilingEventRow:
    """A version of an event as it is stored."""
    row = {
        "event_id": view_id,
        "version": version,
        "batch_id": chain,
        "kind": document["fields"]["kind"],
        "case_id": document["fields"].get("case_id"),
        "document": dumps(document),
        **told,
    }
    return cast(FilingEventRow, row)


def event_view(row: FilingEventRow, *, created: bool = False) -> EventView:
    """An event as others see it."""
    document = json.loads(row["document"])
    names = ("event_id", "version", "source", "source_key", "recorded_at", "recorded_by", "reason")
    return EventView.model_validate(
        {
            **document["fields"],
            **only(row, *names),
            "duplicate_of": document.get("duplicate_of"),
            "withdrawn": row["state"] == WITHDRAWN,
            "questions": document["questions"],
            "created": created,
        }
    )


def readable_events(found: Iterable[FilingEventRow]) -> Iterator[tuple[FilingEventRow, Event]]:
    """Events that are looked through for another one's sake; one that is damaged is left out: the tick tells of it."""
    for row in found:
        event = readable(f"event {row['event_id']}", partial(as_event, row), standing_in(None))
        if event is not None:
            yield row, event


def as_event(row: FilingEventRow) -> Event:
    """An event as the clocks read it."""
    document = json.loads(row["document"])
    fields = document["fields"]
    return Event(
        event_id=row["event_id"],
        kind=row["kind"],
        aware_at=datetime.fromisoformat(document["aware_at"]),
        zone=fields.get("zone"),
        places=frozenset(fields["places"]) if fields.get("places") else None,  # no place named is none known
        product=fields.get("product"),
        batch_id=fields.get("batch_id"),
        case_id=fields.get("case_id"),
        day=_day(fields.get("day")),
        closed_on=_day(fields.get("closed_on")),
        answers=fields.get("answers") or {},
        duplicate_of=document.get("duplicate_of"),
        withdrawn=row["state"] == WITHDRAWN,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def newest(rows: Iterable[FilingEventRow]) -> list[FilingEventRow]:
    """The newest version of each event, in the order of their names."""
    found: dict[str, FilingEventRow] = {}
    for row in sorted(rows, key=lambda one: (one["event_id"], one["version"])):
        found[row["event_id"]] = row
    return list(found.values())


def the_event(work: UnitOfWork, name: str) -> FilingEventRow | None:
    """The newest version of an event."""
    rows = work.find("filing_events", event_id=name, order=("-version",), limit=1)
    return rows[0] if rows else None


def licence_row(new: NewLicence, version: int, now: datetime, user: str, signature_id: str) -> LicenceRow:
    """A version of a licence as it is stored."""
    content = new.model_dump(mode="json", exclude={"password", "user_name", "reason"})
    return {
        "licence_id": new.licence_id,
        "version": version,
        "batch_id": FILINGS_CHAIN,
        "jurisdiction": new.jurisdiction,
        "product": new.product,
        "document": dumps(content),
        "recorded_at": iso(now),
        "recorded_by": user,
        "signature_id": signature_id,
    }


def licence_view(row: LicenceRow) -> LicenceView:
    """A licence as others see it."""
    return LicenceView.model_validate(
        {**json.loads(row["document"]), **only(row, "version", "recorded_at", "recorded_by")}
    )


def licence_rows(work: UnitOfWork) -> list[LicenceRow]:
    """The newest version of each licence."""
    found: dict[str, LicenceRow] = {}
    for row in work.find("licences", order=("licence_id", "version")):
        found[row["licence_id"]] = row
    return list(found.values())


def licences_for(work: UnitOfWork, products: Collection[str | None]) -> list[Licence]:
    """The licences of the plant, as the clocks read them; one that is damaged counts only where it is about a product.

    Raises:
        Invalid: a licence of one of these products can't be read: without it a clock that runs would be taken back.
    """
    found: list[Licence] = []
    for row in licence_rows(work):
        try:
            found.append(as_licence(row))
        except BROKEN:
            if None in products or row["product"] in products:
                raise Invalid(
                    f"Licence {row['licence_id']} of {row['product']} can't be read: record it again, as without it"
                    " nothing is decided about that product."
                ) from None
    return found


def as_licence(row: LicenceRow) -> Licence:
    """A licence as the clocks read it."""
    document = json.loads(row["document"])
    return Licence(
        row["licence_id"],
        row["jurisdiction"],
        row["product"],
        date.fromisoformat(document["granted_on"]),
        frozenset(document["roles"]),
        _day(document.get("ended_on")),
        document.get("answers") or {},
        _day(document.get("tracked_from")),
    )


def product_of(record: dict[str, Any]) -> str:
    """What licences call the product of a batch: its code, or its name where it has none."""
    return str(record.get("product_code") or record.get("product") or "")


def places(record: dict[str, Any]) -> tuple[str, ...] | None:
    """Jurisdictions of a batch's markets; None where the record names none."""
    return places_of(record.get("markets") or ()) or None
