"""Reminders and escalations by mail and webhook, to those whose role they are.

A message names what is due, by when, the batch's number and the role. It holds nothing of the patient, and links to the
console, where one logs in.
"""

import hashlib
import json
import os
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx

from batchwright.support.errors import Refused
from mes_core.services.ports.rows import DueNoticeRow

_WAIT_S = 15.0
_MAIL_TO = "BATCHWRIGHT_MAIL_TO"


@dataclass(frozen=True)
class Way:
    """How notices go out.

    Attributes:
        host: of the mail server; empty: no mail.
        port: of it.
        sender: who the mail is from.
        to: addresses by role; `*` for every other role.
        starttls: whether the line is encrypted before anything is said.
        webhook: address that gets each notice as JSON; empty: none.
        console: address of the console, for a link.
    """

    host: str = ""
    port: int = 25
    sender: str = ""
    to: Mapping[str, Sequence[str]] | None = None
    starttls: bool = True
    webhook: str = ""
    console: str = ""


def way_of(environment: Mapping[str, str] | None = None) -> Way | None:
    """How the environment says that notices go out: `BATCHWRIGHT_MAIL_SERVER`, `_FROM`, `_TO`, `BATCHWRIGHT_WEBHOOK`.

    `BATCHWRIGHT_MAIL_TO` is a JSON object of addresses by role. None: notices are in the console alone.

    Raises:
        Refused: what is said does not fit together.
    """
    known = os.environ if environment is None else environment
    server, webhook = known.get("BATCHWRIGHT_MAIL_SERVER", ""), known.get("BATCHWRIGHT_WEBHOOK", "")
    if not server and not webhook:
        return None
    host, _, port = server.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise Refused(f"BATCHWRIGHT_MAIL_SERVER is {server!r}: write it like mail.plant.example:587.")
    to = _addresses(known.get(_MAIL_TO, "")) if server else None
    sender = known.get("BATCHWRIGHT_MAIL_FROM", "")
    if server and "@" not in sender:
        raise Refused("BATCHWRIGHT_MAIL_FROM names nobody: give the address that notices come from.")
    starttls = known.get("BATCHWRIGHT_MAIL_STARTTLS", "yes") != "no"
    console = known.get("BATCHWRIGHT_CONSOLE", "").rstrip("/")
    return Way(host, int(port or 25), sender, to, starttls, webhook, console)


def _addresses(said: str) -> dict[str, tuple[str, ...]]:
    try:
        found = json.loads(said or "{}")
        to = {str(role): tuple(map(str, [one] if isinstance(one, str) else one)) for role, one in found.items()}
    except (ValueError, AttributeError, TypeError):
        to = {}
    if not to or not all("@" in one for listed in to.values() for one in listed):
        raise Refused(f'{_MAIL_TO} is no list of addresses by role: write {{"reviewer": ["r@plant.example"]}}.')
    return to


class Sender:
    """Sends notices, one at a time, by each of its ways, as `Mes.send_notices` takes them."""

    def __init__(self, way: Way) -> None:
        """Take how they go out."""
        self._way = way

    @property
    def ways(self) -> dict[str, Callable[[DueNoticeRow], None]]:
        """How a notice goes out, by name; each raises OSError where it is not taken."""
        found: dict[str, Callable[[DueNoticeRow], None]] = {}
        if self._way.host:
            found["mail"] = self._mail
        if self._way.webhook:
            found["webhook"] = self._post
        return found

    def _mail(self, one: DueNoticeRow) -> None:
        to = (self._way.to or {}).get(one["to_role"]) or (self._way.to or {}).get("*")
        if not to:
            return
        with smtplib.SMTP(self._way.host, self._way.port, timeout=_WAIT_S) as server:
            if self._way.starttls:
                server.starttls(context=ssl.create_default_context())
            server.send_message(self._message(one, to))

    def _message(self, one: DueNoticeRow, to: Sequence[str]) -> EmailMessage:
        what = "Reminder" if one["level"] == 1 else "Escalation"
        message = EmailMessage()
        message["From"], message["To"] = self._way.sender, ", ".join(to)
        message["Subject"] = " ".join(f"{what}: {one['text']}".split())[:200]
        message["Message-ID"] = f"<{hashlib.sha256(one['notice_id'].encode()).hexdigest()[:40]}@batchwright>"
        role = one["to_role"].replace("_", " ")
        link = f"\n\n{self._way.console}/due" if self._way.console else ""
        message.set_content(f"{one['text']}\n\nFor: {role}\nAbout: {one['batch_id']}{link}\n")
        return message

    def _post(self, one: DueNoticeRow) -> None:
        told = {name: one[name] for name in ("notice_id", "batch_id", "level", "to_role", "text", "planned_at")}
        # The address of a webhook is a secret of its own: who knows it may send. Its host is all that is said of it.
        host = urlsplit(self._way.webhook).hostname or "the webhook"
        try:
            with httpx.Client(timeout=_WAIT_S, trust_env=False) as client:
                answer = client.post(self._way.webhook, json=told)
        except httpx.HTTPError as error:
            raise OSError(f"{host} can't be reached ({type(error).__name__})") from None
        if not answer.is_success:
            raise OSError(f"{host} does not take the notice (HTTP {answer.status_code})")
