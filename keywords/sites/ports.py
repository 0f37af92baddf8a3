"""Ports: what a bot may ask of each kind of system, in business words and without any page in sight."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Table:
    """One table as it was read: rows under our keys, cells as text, each row with its number (`row`, from 1).

    `complete` is False when the rows read do not add up to the number of entries that the page states; `why` then says
    what is wrong with it. `picture` is the file name of the page's picture in the evidence, where one was taken.
    """

    system: str
    name: str
    page: str
    read_at: datetime
    rows: tuple[dict[str, str], ...]
    complete: bool
    picture: str = ""
    why: str = ""


class Presence(StrEnum):
    """Whether an effect of ours is there: page and export have to agree on it."""

    PRESENT = "PRESENT"
    ABSENT = "ABSENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class ReadBack:
    """What a site shows under our key, by two channels: references on the page and in the export.

    `first` is the first row as the page shows it, under our names of the columns. `open` are rows that stand and are
    not done yet, to be looked at again for `poll_s` seconds; `void` are rows that don't count; both by number and
    state. `unclear` says why a row can't be judged, `differs` where the row shows something else than was sent,
    `channels` which ways of looking this rests on, `blind` that they can't show what an earlier attempt sent,
    `unexplained` that a row has a state and nobody said what it means, `may_hide` that a row which does not show may
    stand all the same.
    """

    on_page: tuple[str, ...]
    in_export: tuple[str, ...]
    complete: bool = True
    first: Mapping[str, str] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    unclear: str = ""
    differs: tuple[str, ...] = ()
    poll_s: float = 0.0
    unexplained: bool = False
    channels: str = "page and export"
    blind: bool = False
    may_hide: bool = False

    @property
    def presence(self) -> Presence:
        """PRESENT or ABSENT when both channels agree and were read to their end, else UNKNOWN."""
        if self.unclear or self.open:
            return Presence.UNKNOWN
        if not self.complete or sorted(self.on_page) != sorted(self.in_export):
            return Presence.UNKNOWN
        return Presence.PRESENT if self.on_page else Presence.ABSENT

    @property
    def count(self) -> int:
        """How many there are, by the channel that shows more."""
        return max(len(self.on_page), len(self.in_export))

    @property
    def reference(self) -> str:
        """The site's own number of the first one; empty when there is none."""
        return (self.on_page or self.in_export or ("",))[0]


@dataclass(frozen=True)
class Slot:
    """One courier slot on offer, price in euro. What a portal says of hold time and risk is never relied on."""

    slot_id: str
    service: str
    pickup_at: datetime
    delivery_at: datetime
    price: float


@dataclass(frozen=True)
class TrackedEvent:
    """One line of a courier's tracking.

    `what` is `picked_up`, `departed` (from a hub, whose code is the `place`), `arrived`, `delayed`, `export_cleared`,
    `import_cleared`, `delivered`, or empty where the site's word is not known; `text` is the site's own word.
    """

    what: str
    text: str
    at: datetime
    place: str
    expected_at: datetime | None = None


@dataclass(frozen=True)
class BookingRequest:
    """What the courier is told. `customer_reference` is our key; no patient name ever goes in here.

    Where only the page is prepared for a person, `shipper_id` may be empty. `label_text` is what the courier puts into
    the label's barcode, before its own reference, where its form asks for that.
    """

    slot_id: str
    customer_reference: str
    contents: str
    shipper_id: str
    contact: str
    pickup_site: str
    destination: str
    pickup_from: datetime
    pickup_to: datetime
    label_text: str = ""


@dataclass(frozen=True)
class ShipmentPosting:
    """A goods issue for the ERP. `our_reference` is our key."""

    batch_id: str
    ship_to: str
    booking_reference: str
    our_reference: str
    quantity: str
    unit: str
    packing_list: Path | None = None


@dataclass(frozen=True)
class Submission:
    """A form for an authority. `applicant_reference` is our key, `declared_by` the person whose statement it is."""

    form: str
    product: str
    applicant_reference: str
    declared_by: str
    document: Path = field(default_factory=Path)


class EffectPort(Protocol):
    """What every site that bots change can do: say what stands under our key."""

    @property
    def settle_s(self) -> float:
        """Seconds after which a request that was sent has either taken effect and shows, or never will."""
        ...


@runtime_checkable
class LimsPort(Protocol):
    """A laboratory system."""

    def results(self, batch_id: str) -> Table:
        """All results of a batch."""
        ...

    def samples(self, batch_id: str) -> Table:
        """All samples of a batch."""
        ...


@runtime_checkable
class ErpPort(EffectPort, Protocol):
    """A stock and posting system."""

    def consumption(self, batch_id: str) -> Table:
        """All material consumption posted on a batch."""
        ...

    def stock(self, lots: Collection[str]) -> Table:
        """The stock rows of the given lots."""
        ...

    def find_shipments(self, our_reference: str) -> ReadBack:
        """Shipment postings under our reference, by page and export."""
        ...

    def post_shipment(self, posting: ShipmentPosting) -> str:
        """Post a shipment; the posting number that the site gives."""
        ...


@runtime_checkable
class CourierPort(EffectPort, Protocol):
    """A courier portal."""

    def search_slots(self, pickup_site: str, destination: str, start: datetime, end: datetime) -> tuple[Slot, ...]:
        """Slots on offer with a pick-up between `start` and `end`."""
        ...

    def find_bookings(self, customer_reference: str) -> ReadBack:
        """Bookings under our reference, by page and export; the first row names its `slot`."""
        ...

    def book(self, request: BookingRequest) -> str:
        """Book a slot; the booking reference that the site gives. Every declaration of `declarations` is made."""
        ...

    def cancel(self, reference: str, our_reference: str) -> str:
        """Cancel a booking by the site's reference, under our key; the number of the cancellation."""
        ...

    def find_cancellations(self, our_reference: str) -> ReadBack:
        """Cancellations under our key, by page and export; the first row names its `booking`."""
        ...

    def label(self, reference: str) -> bytes | None:
        """The label of a booking as PDF; None where the courier brings it along."""
        ...

    def tracking(self, reference: str) -> tuple[TrackedEvent, ...]:
        """Everything that the tracking of a booking shows, in the order of the page."""
        ...

    def prepare(self, request: BookingRequest) -> None:
        """Fill in the booking for a person, without a declaration, and send nothing."""
        ...

    @property
    def declarations(self) -> Mapping[str, str]:
        """What the form makes us declare, in its words: what has to be recorded for each (`packing` facts by name)."""
        ...


@runtime_checkable
class AgencyPort(EffectPort, Protocol):
    """A submission portal of an authority."""

    def find_submissions(self, applicant_reference: str) -> ReadBack:
        """Submissions under our reference, by page and export."""
        ...

    def submit(self, submission: Submission) -> str:
        """Submit a form; the acknowledgement number that the site gives."""
        ...

    def acknowledgement(self, number: str) -> bytes:
        """The acknowledgement as the authority gives it out."""
        ...
