"""Settings of the plant, made by signature and kept for good: what a signature takes."""

from mes_core.messages.settings import SettingView, Signing
from mes_core.services.ports import UnitOfWork

SETTINGS = "system:settings"
"""The chain that tells of settings."""
SIGNING = "signing"


def signing(work: UnitOfWork) -> Signing:
    """What a signature takes now; a plant that never chose asks for the password within the session."""
    rows = work.find("plant_settings", name=SIGNING, order=("-number",), limit=1)
    return Signing(rows[0]["value"]) if rows else Signing.SESSION


def views(work: UnitOfWork) -> tuple[SettingView, ...]:
    """Every setting that was made, newest first."""
    return tuple(SettingView.model_validate(row) for row in work.find("plant_settings", order=("-number",)))
