"""Changing settings of the plant: by signature, told in a chain of their own."""

from datetime import datetime

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages.settings import ChangeSigning, SettingView, Signing
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.people import settings, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import PlantSettingRow


class PlantSettings(SignedActs):
    """What a signature takes."""

    def signing(self) -> Signing:
        """What a signature takes now."""
        with self._store.read() as work:
            return settings.signing(work)

    def change_signing(self, change: ChangeSigning, person: Actor) -> SettingView:
        """Change what a signature takes, signed under the setting of before.

        Raises:
            Forbidden: neither quality assurance nor an administrator, or the wrong password.
            Conflict: it is so already.
        """
        who = signer(person, "change what a signature takes", Role.QUALITY_ASSURANCE, Role.ADMINISTRATOR)
        self.confirm_signature(who, change)
        now = self.now()
        with self._store.write() as work:
            before = settings.signing(work)
            if before is change.signing:
                raise Conflict(f"A signature takes {change.signing.value!r} already: there is nothing to change.")
            row = put(
                work,
                who,
                now,
                settings.SIGNING,
                change.signing.value,
                before.value,
                act="setting changed",
                meaning="I change this setting.",
                reason=change.reason,
            )
            return SettingView.model_validate(row)

    def settings(self) -> tuple[SettingView, ...]:
        """Every setting that was made, newest first."""
        with self._store.read() as work:
            return settings.views(work)


def put(
    work: UnitOfWork,
    who: PersonPrincipal,
    now: datetime,
    name: str,
    value: str,
    old: str | None,
    *,
    act: str,
    meaning: str,
    reason: str,
) -> PlantSettingRow:
    """Write a setting of the plant as the next one, signed, and tell it in the settings' chain."""
    signature = signatures.sign(
        work,
        settings.SETTINGS,
        who,
        now,
        act=act,
        subject=name,
        content_hash=digest([name, value]),
        meaning=meaning,
        reason=reason,
    )
    last = work.find("plant_settings", order=("-number",), limit=1)
    row: PlantSettingRow = {
        "number": last[0]["number"] + 1 if last else 1,
        "name": name,
        "value": value,
        "reason": reason,
        "set_by": who.user,
        "printed_name": who.printed_name,
        "set_at": iso(now),
        "signature_id": signature["signature_id"],
    }
    work.add("plant_settings", [row])
    new = {"value": value, **signatures.shown(signature)}
    write_audit(work, settings.SETTINGS, who, now, Change(act, name, old, new, reason))
    return row
