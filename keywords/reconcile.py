"""Read back from the sites what a restored store asks for; nothing is changed: the browser's gate stays shut."""

from collections.abc import Callable, Iterable

from keywords.context import ItemContext
from keywords.failures import ItemError
from keywords.settings import SettingsError
from keywords.sites import ReadBack
from mes_core.messages.reconciliation import ExpectedEffect, SiteReading

_AT_COURIERS = ("booking", "cancellation")


def read_back(context: ItemContext, expected: Iterable[ExpectedEffect]) -> tuple[SiteReading, ...]:
    """What the sites show under each key; UNKNOWN, with the reason, where a site can't be asked or contradicts itself.

    Args:
        context: Settings, secrets and browser to ask with.
        expected: The effects to look for.
    """
    return tuple(_reading(context, one) for one in expected)


def _reading(context: ItemContext, one: ExpectedEffect) -> SiteReading:
    about = {"site": one.site, "kind": one.kind, "business_key": one.business_key, "read_at": context.now()}
    try:
        found = _finder(context, one)(one.business_key)
    except (ItemError, SettingsError) as error:
        why = error.sentence if isinstance(error, ItemError) else str(error)
        return SiteReading.model_validate({**about, "presence": "UNKNOWN", "why": why[:500]})
    why = "" if found.presence != "UNKNOWN" else "page and export disagree, or were not read to their end"
    shown = {"presence": found.presence.value, "count": found.count, "reference": found.reference, "why": why}
    return SiteReading.model_validate({**about, **shown})


def _finder(context: ItemContext, one: ExpectedEffect) -> Callable[[str], ReadBack]:
    if (one.site == "courier" or one.site.startswith("courier_")) and one.kind in _AT_COURIERS:
        courier = context.couriers().get(one.site) or context.courier()
        return courier.find_bookings if one.kind == "booking" else courier.find_cancellations
    match (one.site, one.kind):
        case ("erp", "shipment"):
            return context.erp().find_shipments
        case ("agency", "submission"):
            return context.agency().find_submissions
    return lambda key: context.site(one.site).find(one.kind, key)
