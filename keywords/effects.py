"""Effects: one change in somebody else's system, made once however often an item is tried.

Before the act an intent stands in the MES, unique by site, kind, business key and revision. What the site shows under
our key, by two channels, decides: present is adopted, absent is done, doubt waits and then goes to a person. A request
that changes the site leaves the browser only when the MES says, at that moment, that the lease is still ours; the MES
notes when that was. So "absent" is believed at once when no request ever left, and else only after the site's settling
time. Afterwards there must be exactly one.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from robot.api import logger

from keywords.context import ItemContext
from keywords.failures import ApplicationError, BusinessError, QualityError
from keywords.mes_calls import asking_mes
from keywords.sites import Presence, ReadBack
from mes_core.messages.views import ConfirmEffect, EffectView, NewEffect


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
        ApplicationError: The act failed and nothing stands; the item is tried again.
        BusinessError: The lease is another worker's by now; nothing was sent.
    """
    noted = _note(context, intent)
    found = find()
    if found.presence is not Presence.PRESENT:
        found = _after_earlier_tries(intent, noted, find, found, settle_s, wait)
    if found.presence is Presence.UNKNOWN:
        raise QualityError("EFFECT_IN_DOUBT", _doubt(intent, found))
    adopted, given = found.presence is Presence.PRESENT, ""
    passed = context.browser.gate.passed
    if not adopted:
        given, found, adopted = _act(context, intent, noted, act, find, settle_s, wait)
    logger.info(f"{intent}: {'adopted' if adopted else 'done'}, {found.count} on the site, {found.reference}.")
    one = found.presence is Presence.PRESENT and found.count == 1 and given in ("", found.reference)
    _confirm(context, noted.effect_id, intent, found, one)
    if not adopted and context.browser.gate.passed == passed:
        raise QualityError("EFFECT_PAST_GATE", _past_gate(intent, found))
    earlier = adopted and not noted.created
    return Effect(found.reference, adopted, noted.details if earlier else intent.details, found.first)


def _note(context: ItemContext, intent: Intent) -> EffectView:
    with asking_mes(f"note the intent of {intent}"):
        return context.mes.register_effect(
            NewEffect(
                site=intent.site,
                kind=intent.kind,
                business_key=intent.business_key,
                revision=intent.revision,
                batch_id=intent.batch_id,
                item_id=str(context.item["item_id"]),
                epoch=int(context.item["epoch"]),
                details=dict(intent.details),
            )
        )


def _after_earlier_tries(
    intent: Intent,
    noted: EffectView,
    find: Callable[[], ReadBack],
    found: ReadBack,
    settle_s: float,
    wait: Callable[[float], None],
) -> ReadBack:
    """Wait until what an earlier attempt sent shows or never will; at once when no request ever left."""
    if noted.acted_at is None and found.presence is Presence.ABSENT:
        return found
    left = settle_s if noted.acted_ago_s is None else max(0.0, settle_s - noted.acted_ago_s)
    logger.info(f"{intent} does not show, or not everywhere: waiting {left:.1f} s for a late commit or a stale list.")
    wait(left)
    return find()


def _act(
    context: ItemContext,
    intent: Intent,
    noted: EffectView,
    act: Callable[[], str],
    find: Callable[[], ReadBack],
    settle_s: float,
    wait: Callable[[float], None],
) -> tuple[str, ReadBack, bool]:
    """Act with the gate open; the number given, what stands afterwards, and whether an answer was missing for it."""
    gate = context.browser.gate
    before = gate.passed

    def permission() -> None:
        with asking_mes(f"let the {intent} go"):
            context.mes.act_on_effect(
                noted.effect_id, str(context.item["item_id"]), int(context.item["epoch"]), dict(intent.details)
            )

    try:
        with gate.opened(permission, context.account_on(intent.site)):
            given = act()
    except (ApplicationError, BusinessError) as error:
        if gate.refused is not None:
            raise gate.refused from error
        if gate.passed == before:
            raise
        logger.info(f"{intent} failed after a request had left ({error}): waiting {settle_s:g} s to see what stands.")
        wait(settle_s)
        found = find()
        if found.presence is Presence.ABSENT:
            raise
        return "", found, True
    found = find()
    if found.presence is not Presence.PRESENT or found.count != 1:
        wait(settle_s)  # lists may be stale
        found = find()
    return given, found, False


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


def _past_gate(intent: Intent, found: ReadBack) -> str:
    return (
        f"The {intent} stands on the site ({found.reference}), but no request passed that was known as a change: it can"
        " be made twice. Name the path of the link or form under 'changed_by_link' in the site's locators."
    )


def _doubt(intent: Intent, found: ReadBack) -> str:
    page, export = (", ".join(names) or "none" for names in (found.on_page, found.in_export))
    return (
        f"The {intent} is in doubt: the page shows {page}, the export shows {export}; look on the site how many there"
        " are, cancel what is too much, and decide."
    )
