"""The gate's refusals, each as one sentence that says what was held back, what was sent, and what to write where."""

from urllib.parse import urlsplit

from keywords.failures import BusinessError


def outside(method: str, address: str, line: str, sent: int) -> BusinessError:
    """A change that came outside an effect."""
    return BusinessError(
        "CHANGE_OUTSIDE_EFFECT",
        f"{named(method, address)} is not known to merely read, and came outside an effect: it was held back"
        f"{_so_far(sent)}. A change needs a keyword that does it once, such as 'Send Form Once'; if it is none, write"
        f" {line} in the locators under 'requests', as read, session, note or draft.",
    )


def of_another_account(method: str, address: str, sent: int) -> BusinessError:
    """A change from a page of another site while an effect on this one is being brought about."""
    return BusinessError(
        "CHANGE_OUTSIDE_EFFECT",
        f"{named(method, address)} came from a page of another site than the one that is being changed: it was held"
        f" back{_so_far(sent)}.",
    )


def not_of_this_act(method: str, address: str, why: str, line: str, sent: int) -> BusinessError:
    """Something in an effect that is not what the effect sends."""
    return BusinessError(
        "CHANGE_NOT_DECLARED",
        f"{named(method, address)} {why}, so it was held back{_so_far(sent)}. Say what it is: write {line} in the"
        " locators under 'requests' as note, read, session or draft, or under the form's 'sends'.",
    )


def to_another_host(method: str, address: str, own: str, sent: int) -> BusinessError:
    """A change that would go to a host that is not the site's."""
    return BusinessError(
        "CHANGE_TO_OTHER_HOST",
        f"{named(method, address)} would go to another host than the site's own ({own}): it was held back"
        f"{_so_far(sent)}. If that host belongs to the site, name it under 'hosts' in the settings or the locators.",
    )


def sent_on(address: str, where: str) -> BusinessError:
    """A redirect that would repeat the change elsewhere."""
    return BusinessError(
        "CHANGE_SENT_ON",
        f"{address.split('?')[0]} sends the change on {where}, where nothing was sent; correct the site's address in"
        " the settings.",
    )


def sent_on_unseen(address: str, method: str, elsewhere: str) -> BusinessError:
    """A read that the site sent on as what is not known to merely read; the browser followed."""
    return BusinessError(
        "READ_SENT_ON",
        f"{address.split('?')[0]} is said to merely read, and sent the request on as {named(method, elsewhere)}, which"
        " is not: look there before the item is tried again, and correct the locators under 'requests'.",
    )


def too_large(method: str, address: str, size: int, most: int) -> BusinessError:
    """A body that is larger than the plant allows."""
    return BusinessError(
        "BODY_TOO_LARGE",
        f"{named(method, address)} carries {size / 1e6:.1f} MB, more than the {most / 1e6:g} MB that are sent: it was"
        " held back. Send smaller files, or raise 'most_mb' in the site's settings.",
    )


def by_socket(address: str, message: str) -> BusinessError:
    """A message that a page sends over a web socket and that nobody knows."""
    path = urlsplit(address).path or "/"
    return BusinessError(
        "CHANGE_BY_SOCKET",
        f"The page sends over its web socket {path} what is not known to merely read ('{message[:80]}'): it was held"
        f" back. Bots may listen to web sockets; to let such messages out, write {{method: SOCKET, path: {path}}} with"
        " 'fields' in the locators under 'requests', as read, session or note.",
    )


def named(method: str, address: str) -> str:
    """A request in a sentence: its method and path, and its host."""
    parts = urlsplit(address)
    return f"{method} {parts.path or '/'} ({parts.netloc})"


def _so_far(sent: int) -> str:
    if not sent:
        return ", and nothing was sent"
    return f"; {sent} {'change' if sent == 1 else 'changes'} of this item had been sent before"
