"""What stands on a shipping label, and whether a label that was read back is the one that was made."""

from mes_core.journey.errors import JourneyError

_PARTS = ("batch", "chain of identity", "booking")
_BREAK = "|"


def label_text(batch_id: str, chain_of_identity: str, booking: str) -> str:
    """The content of a label's barcode: identity by codes alone, never a name.

    Raises:
        JourneyError: a part is missing, or holds the sign that separates them.
    """
    for what, part in zip(_PARTS, (batch_id, chain_of_identity, booking), strict=True):
        if not part or _BREAK in part:
            raise JourneyError(f"No label can be made with the {what} {part!r}: correct it first.")
    return _BREAK.join((batch_id, chain_of_identity, booking))


def check_label(read: str, batch_id: str, chain_of_identity: str, booking: str) -> None:
    """See that a label reads back as it was made.

    Raises:
        JourneyError: it is another batch's, identity's or booking's, or none of ours; nothing leaves with it.
    """
    found = read.strip().split(_BREAK)
    if len(found) != len(_PARTS):
        raise JourneyError(
            f"The label reads {read!r}, which is none of ours: print it again, and leave the batch where it is."
        )
    for what, got, expected in zip(_PARTS, found, (batch_id, chain_of_identity, booking), strict=True):
        if got != expected:
            raise JourneyError(
                f"The label reads {what} {got!r} instead of {expected!r}: destroy it, and leave the batch where it is."
            )
