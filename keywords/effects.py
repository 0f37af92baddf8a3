"""Effects: one change in somebody else's system, made once however often an item is tried.

Before the act an intent stands in the MES, unique by site, kind, business key and revision. What the site shows under
our key decides: present is adopted, absent is done, doubt goes to a person. Afterwards there must be exactly one.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from robot.api import logger

from keywords.context import ItemContext
from keywords.failures import BusinessError, QualityError
from keywords.mes_calls import asking_mes
from keywords.sites import Presence, ReadBack
from mes_core.messages.views import ConfirmEffect, NewEffect


@dataclass(frozen=True)
class Intent:
    """What is to be done once: the effect's key, and details that help whoever looks at it later."""

    site: str
    kind: str
    business_key: str
    batch_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1

    def __str__(self) -> str:
        return f"{self.kind} '{self.business_key}' on {self.site}"


@dataclass(frozen=True)
class Effect:
    """What stands on the site now.

    Attributes:
        reference: The site's own number.
        adopted: Whether an earlier attempt made it.
        details: What was noted with the intent, by the attempt that made it.
        shown: Its row on the site, as read back.
    """

    reference: str
    adopted: bool
    details: Mapping[str, Any]
    shown: Mapping[str, str] = field(default_factory=dict)


def once(
    context: ItemContext,
    intent: Intent,
    *,
    find: Callable[[], ReadBack],
    act: Callable[[], str],
    settle_s: float,
    wait: Callable[[float], None] = time.sleep,
) -> Effect:
    """Bring an effect about exactly once.

    Args:
        context: The item in hand.
        intent: What is to be done, by its unique key.
        find: Reads back what the site shows under the key, by two channels.
        act: Does it; the site's own number.
        settle_s: Seconds after which a request either shows on the site or never will.
        wait: How to wait.

    Returns:
        The one effect.

    Raises:
        QualityError: The channels disagree, or there is not exactly one effect afterwards; a person has to look.
    """
    with asking_mes(f"note the intent of {intent}"):
        noted = context.mes.register_effect(
            NewEffect(
                site=intent.site,
                kind=intent.kind,
                business_key=intent.business_key,
                revision=intent.revision,
                batch_id=intent.batch_id,
                item_id=str(context.item["item_id"]),
                details=dict(intent.details),
            )
        )
    found = find()
    if not noted.created and found.presence is not Presence.PRESENT:
        logger.info(f"{intent} was tried before and does not show: waiting {settle_s:g} s for a late commit.")
        wait(settle_s)
        found = find()
    if found.presence is Presence.UNKNOWN:
        raise QualityError("EFFECT_IN_DOUBT", _doubt(intent, found))
    adopted = found.presence is Presence.PRESENT
    given = ""
    if not adopted:
        given = act()
        found = _settled(find, settle_s, wait)
    logger.info(f"{intent}: {'adopted' if adopted else 'done'}, {found.count} on the site, {found.reference}.")
    one = found.presence is Presence.PRESENT and found.count == 1 and given in ("", found.reference)
    _confirm(context, noted.effect_id, intent, found, one)
    return Effect(found.reference, adopted, noted.details if adopted else intent.details, found.first)


def _confirm(context: ItemContext, effect_id: str, intent: Intent, found: ReadBack, one: bool) -> None:
    """Tell the MES what was read back; anything but exactly one is a QUALITY failure, also when the MES says so."""
    count = found.count if found.count != 1 or one else 0
    try:
        with asking_mes(f"confirm {intent}"):
            context.mes.confirm_effect(effect_id, ConfirmEffect(reference=found.reference, count=count))
    except BusinessError as refused:
        if one:
            raise
        raise QualityError("EFFECT_NOT_ONE", _doubt(intent, found)) from refused
    if not one:
        raise QualityError("EFFECT_NOT_ONE", _doubt(intent, found))


def _settled(find: Callable[[], ReadBack], settle_s: float, wait: Callable[[float], None]) -> ReadBack:
    """Read back after an act; lists may be stale, so look once more after the settling time."""
    found = find()
    if found.presence is not Presence.PRESENT:
        wait(settle_s)
        found = find()
    return found


def _doubt(intent: Intent, found: ReadBack) -> str:
    page, export = (", ".join(names) or "none" for names in (found.on_page, found.in_export))
    return (
        f"The {intent} is in doubt: the page shows {page}, the export shows {export}; look on the site how many there"
        " are, cancel what is too much, and decide."
    )
