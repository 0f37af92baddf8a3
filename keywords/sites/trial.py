"""A product on trial is opened where the plant's settings say so, and nowhere else, whoever opens it."""

from keywords.failures import BusinessError
from keywords.settings import SiteAccess
from keywords.sites.locators import Locators


def unless_on_trial(system: str, access: SiteAccess, locators: Locators) -> None:
    """See that a site may be opened.

    Raises:
        BusinessError: Its folder is on trial, and the settings do not say that this plant tries it.
    """
    if locators.on_trial and not access.trial:
        raise BusinessError(
            "ON_TRIAL",
            f"Site product '{access.product}' is on trial ({locators.on_trial}), so nothing was opened: whoever tries"
            f" it, where no patient waits for it, says 'trial: true' of '{system}' in the settings.",
        )
