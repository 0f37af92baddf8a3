"""Effects: one change in somebody else's system, made once however often an item is tried.

Before the act an intent stands in the MES, unique by site, kind, business key and revision. What the site shows under
our key, by two channels, decides: present is adopted, absent is done, doubt waits and then goes to a person. A request
that changes the site leaves the browser only when the MES says, at that moment, that the lease is still ours; the MES
notes when that was. So "absent" is believed at once when no request ever left, and else only after the site's settling
time. Afterwards there must be exactly one.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from robot.api import logger

from keywords.context import ItemContext
from keywords.failures import ApplicationError, BusinessError, ItemError, QualityError
from keywords.gate import Act
from keywords.mes_calls import asking_mes
from keywords.sites import Presence, ReadBack
from mes_core.messages.views import ConfirmEffect, EffectView, NewEffect

_POLL_S = 2.0
"""Seconds between two looks at a row that is not done yet."""


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
    compare: Callable[[Mapping[str, Any], Mapping[str, str]], tuple[str, ...]] | None = None,
) -> Effect:
    """Bring an effect about exactly once.

    Args:
        context: The item in hand.
        intent: What is to be done, by its unique key.
        find: Reads back what the site shows under the key, by two channels.
        act: Does it; the site's own number.
        settle_s: Seconds after which a request either shows on the site or never will.
        wait: How to wait.
        compare: Says where the row on the site (second) is not what was noted with the intent (first).

    Returns:
        The one effect.

    Raises:
        QualityError: The channels disagree, there is not exactly one effect afterwards, or it is not what was sent; a
            person has to look.
        ApplicationError: The act failed and nothing stands; the item is tried again.
        BusinessError: The lease is another worker's by now; nothing was sent.
    """
    noted = _note(context, intent)
    look = partial(_look, intent, find, wait)
    found = _before(intent, noted, look, settle_s, wait)
    adopted, given = found.presence is Presence.PRESENT, ""
    earlier = adopted and not noted.created
    passed = context.browser.gate.passed
    if not adopted:
        given, found, adopted = _act(context, intent, noted, act, look, settle_s, wait)
    _tell(intent, found, adopted)
    one = found.presence is Presence.PRESENT and found.count == 1 and given in ("", found.reference)
    _confirm(context, noted.effect_id, intent, found, one)
    # What this attempt sent and got no answer to is its own: with its details, not with those that stood there before.
    details = noted.details if earlier else intent.details
    differs = found.differs or (compare(details, found.first) if compare else ())
    if differs:
        raise QualityError("EFFECT_DIFFERS", _is_other(intent, found, differs))
    if not adopted and context.browser.gate.passed == passed:
        raise QualityError("EFFECT_PAST_GATE", _past_gate(intent, found))
    return Effect(found.reference, adopted, details, found.first)


def _before(
    intent: Intent, noted: EffectView, look: Callable[[], ReadBack], settle_s: float, wait: Callable[[float], None]
) -> ReadBack:
    """What stands before the act; nothing is sent where that is in doubt, or was sent before and is void by now."""
    found = look()
    if found.blind:
        return _before_blind(intent, noted, found)
    if found.presence is not Presence.PRESENT:
        found = _after_earlier_tries(intent, noted, look, found, settle_s, wait)
    if found.presence is Presence.UNKNOWN:
        raise QualityError("EFFECT_IN_DOUBT", _doubt(intent, found))
    if found.may_hide and found.presence is Presence.ABSENT and not found.void and noted.acted_at is not None:
        raise QualityError("EFFECT_IN_DOUBT", _may_hide(intent, found))
    if found.void and found.presence is Presence.ABSENT and noted.acted_at is not None:
        raise BusinessError("EFFECT_VOID", _is_void(intent, found))
    return found


def _before_blind(intent: Intent, noted: EffectView, found: ReadBack) -> ReadBack:
    """What the MES knows, where the site can't show it: a receipt that was kept, or that nothing was ever sent."""
    if noted.state == "confirmed" and noted.reference:
        kept = (noted.reference,)
        return replace(found, on_page=kept, in_export=kept, channels="the receipt that was kept", blind=False)
    if noted.acted_at is not None:
        raise QualityError("EFFECT_IN_DOUBT", _no_receipt(intent))
    return found


def _tell(intent: Intent, found: ReadBack, adopted: bool) -> None:
    how = "adopted" if adopted else "done"
    logger.info(f"{intent}: {how}, {found.count} on the site by {found.channels}, {found.reference}.")


def _look(intent: Intent, find: Callable[[], ReadBack], wait: Callable[[float], None]) -> ReadBack:
    """What stands under the key; a row that is not done yet is looked at again until it is, or a person's.

    Raises:
        BusinessError: It stays open, or its state can't be judged.
    """
    found, waited = find(), 0.0
    while found.open and not found.unclear and waited < found.poll_s:
        wait(_POLL_S)
        waited += _POLL_S
        found = find()
    if found.unclear:
        raise BusinessError(
            "ROW_STATE_UNKNOWN",
            f"The {intent} stands on the site ({found.reference or 'without a number'}), but"
            f" {found.unclear}: say it there, or see to the row by hand; then try the item again, which looks first.",
        )
    if found.open:
        raise BusinessError(
            "EFFECT_OPEN",
            f"The {intent} stands on the site as {', '.join(found.open)}, and was not done after {found.poll_s:g} s:"
            " see to it there; then try the item again, which looks first.",
        )
    return found


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
    look: Callable[[], ReadBack],
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
    return look()


def _act(
    context: ItemContext,
    intent: Intent,
    noted: EffectView,
    act: Callable[[], str],
    look: Callable[[], ReadBack],
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

    if gate.refused is not None:  # nothing is sent for an item of which something was held back
        raise gate.refused
    try:
        with gate.opened(permission, context.account_on(intent.site), Act(intent.business_key)):
            given = act()
    except (ApplicationError, BusinessError) as error:
        reason = gate.refused or error
        if gate.passed == before:
            raise reason from _cause(reason, error)
        logger.warn(f"{intent} failed after a request had left ({reason}): waiting {settle_s:g} s to see what stands.")
        wait(settle_s)
        refused, gate.refused = gate.refused, None
        found = look()
        gate.refused = refused
        if found.blind:
            raise QualityError("EFFECT_IN_DOUBT", _no_receipt(intent)) from _cause(reason, error)
        if found.presence is not Presence.ABSENT and isinstance(reason, BusinessError):
            raise BusinessError(reason.code, _stands_all_the_same(intent, reason, found)) from error
        if found.presence is Presence.ABSENT:
            said = _nothing_shows(intent, found, reason)
            raise said from _cause(said, error)
        return "", found, True
    found = look()
    if found.presence is not Presence.PRESENT or found.count != 1 or found.unexplained:
        wait(settle_s)  # lists may be stale, and a state that nobody explained may still change
        found = look()
    if found.void and found.presence is Presence.ABSENT:
        raise BusinessError("EFFECT_VOID", _is_void(intent, found))
    return given, found, False


def _nothing_shows(intent: Intent, found: ReadBack, reason: ItemError) -> ItemError:
    """What it means that a request had left and nothing counts on the site."""
    if found.void:
        return BusinessError("EFFECT_VOID", _is_void(intent, found))
    return QualityError("EFFECT_IN_DOUBT", _may_hide(intent, found)) if found.may_hide else reason


def _cause(reason: ItemError, error: ItemError) -> BaseException | None:
    """What a reason is raised from: the error, unless it came from that reason; nobody can print a circle."""
    chain: BaseException | None = error
    while chain is not None:
        if chain is reason:
            return reason.__cause__
        chain = chain.__cause__
    return error


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


def _stands_all_the_same(intent: Intent, reason: ItemError, found: ReadBack) -> str:
    said = reason.sentence.rstrip(".").replace(", and nothing was sent", "")
    return (
        f"{said}. A request had been sent, and the {intent} stands on the site ({found.reference or 'in doubt'}): see"
        " whether it is right, and try the item again, which adopts it."
    )


def _is_void(intent: Intent, found: ReadBack) -> str:
    return (
        f"The {intent} was sent, and does not count on the site ({', '.join(found.void)}): see why, and send a new one"
        " with another revision if it is wanted."
    )


def _is_other(intent: Intent, found: ReadBack, differs: tuple[str, ...]) -> str:
    return (
        f"The {intent} stands on the site ({found.reference}), but not as it was sent: {'; '.join(differs[:3])}."
        " Correct or cancel it there, and decide."
    )


def _no_receipt(intent: Intent) -> str:
    return (
        f"The {intent} was sent and no receipt was read, and the site shows it nowhere else: ask whoever runs the site"
        " whether it stands; if it does not, send it with another revision."
    )


def _may_hide(intent: Intent, found: ReadBack) -> str:
    return (
        f"The {intent} was sent and does not show ({found.channels}), which may be late or cut: ask whoever runs the"
        " site whether it stands; if it does not, send it with another revision."
    )


def _doubt(intent: Intent, found: ReadBack) -> str:
    page, export = (", ".join(names) or "none" for names in (found.on_page, found.in_export))
    return (
        f"The {intent} is in doubt: the page shows {page}, the export shows {export}; look on the site how many there"
        " are, cancel what is too much, and decide."
    )
