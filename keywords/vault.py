"""Secrets for suites: the adapter behind the standard `RPA.Robocorp.Vault` keywords.

Named in RPA_SECRET_MANAGER as `keywords.vault.BatchwrightVault`. It serves the worker's secrets file, read only.
"""

from typing import Any

from RPA.Robocorp.Vault import BaseSecretManager, Secret

from keywords.context import current
from keywords.failures import BusinessError
from keywords.settings import SettingsError


class BatchwrightVault(BaseSecretManager):
    """One secret for each system of the secrets file, with `password`, and `user` where the settings name an account.

    The password is Robot Framework's own `Secret`: logs show it as `<secret>`; what needs the text takes its `value`.
    """

    def get_secret(self, secret_name: str) -> Any:
        """The account of one system.

        Raises:
            BusinessError: SECRET_NOT_SET, the secrets file has none of that name.
        """
        context = current()
        try:
            values: dict[str, Any] = {"password": context.secrets.get(secret_name)}
        except SettingsError as error:
            raise BusinessError("SECRET_NOT_SET", str(error)) from error
        accounts = {"mes": context.settings.mes.user}
        accounts |= {name: access.user for name, access in context.settings.sites.items()}
        if secret_name in accounts:
            values["user"] = accounts[secret_name]
        return Secret(secret_name, f"The bot's account on {secret_name}", values)  # type: ignore[no-untyped-call]

    def set_secret(self, secret: Any) -> None:
        """Secrets are changed by people, in the secrets file."""
        raise BusinessError(
            "SECRET_CHANGED", f"A suite tried to change the secret '{secret.name}': change it in the secrets file."
        )
