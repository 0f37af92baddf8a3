"""The item in hand: what keywords of every library share while a suite runs.

The worker sets it up in process; there is one at a time, because a worker does one item at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ApplicationError, BusinessError, ItemError, first_sentence
from keywords.near import did_you_mean
from keywords.provenance import folder_hash
from keywords.settings import Secrets, Settings, SettingsError, SiteAccess
from keywords.sites import AgencyPort, CourierPort, ErpPort, LimsPort, open_site
from keywords.sites.form_site import FormSite
from keywords.sites.locators import Locators
from keywords.sites.registry import products
from keywords.sites.site_page import SitePage
from keywords.sites.trial import unless_on_trial
from mes_core.client import MesClient
from mes_core.messages.bounds import Small, in_words

_OUTPUT = TypeAdapter(Small)
"""What the MES takes as an item's output."""


@dataclass
class ItemContext:
    """Everything one attempt at one item works with.

    `item` is the work item as plain data: item_id, job, business_key, batch_id, attempt, and its payload. `used` says
    which rule set, model and site products the attempt rests on, by kind and name, with version or content hash.
    `pause` waits for a person who looks on at the browser; None where nobody does.
    """

    settings: Settings
    secrets: Secrets
    mes: MesClient
    browser: WarmBrowser
    evidence: EvidenceFolder
    item: Mapping[str, Any]
    output: dict[str, Any] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    released_as: ItemError | None = None
    pause: Callable[[str], None] | None = None
    _ports: dict[str, Any] = field(default_factory=dict)
    _pages: dict[str, SitePage] = field(default_factory=dict)

    def now(self) -> datetime:
        """The bots' clock, in UTC."""
        return self.settings.clock()

    def lims(self) -> LimsPort:
        """The laboratory system of the settings."""
        return cast(LimsPort, self._port("lims", LimsPort))

    def erp(self) -> ErpPort:
        """The stock and posting system of the settings."""
        return cast(ErpPort, self._port("erp", ErpPort))

    def courier(self) -> CourierPort:
        """The courier portal of the settings."""
        return cast(CourierPort, self._port("courier", CourierPort))

    def couriers(self) -> dict[str, CourierPort]:
        """Every courier portal of the settings: `courier`, and those whose name begins with `courier_`."""
        names = sorted(name for name in self.settings.sites if name == "courier" or name.startswith("courier_"))
        return {name: cast(CourierPort, self._port(name, CourierPort)) for name in names or ["courier"]}

    def agency(self) -> AgencyPort:
        """The authority's portal of the settings."""
        return cast(AgencyPort, self._port("agency", AgencyPort))

    def site(self, system: str) -> FormSite:
        """Any site of the settings whose locators say all there is to it."""
        return cast(FormSite, self._port(system, FormSite))

    def page(self, system: str) -> SitePage:
        """The one page that the item has on a site of the settings, to be operated step by step."""
        self._port(system, object)
        return self._pages[system]

    def account_on(self, system: str) -> str | None:
        """The account whose pages may change a site; None where the settings name no such site."""
        access = self.settings.sites.get(system)
        return access.account if access else None

    @property
    def opened(self) -> frozenset[str]:
        """The systems of which a page was opened."""
        return frozenset(self._pages)

    def uses(self, kind: str, name: str, version: str) -> None:
        """Note for the evidence what the attempt rests on.

        Args:
            kind: `rule_set`, `model` or `site`.
            name: Which one.
            version: Its version or content hash.
        """
        self.used.setdefault(kind, {})[name] = version

    def hand_over(self, results: Mapping[str, Any]) -> None:
        """Take results into the item's output.

        Raises:
            BusinessError: The MES would not take it: it is too long, or holds what is no value.
        """
        try:
            made = json.loads(json.dumps({**self.output, **results}, default=str))
            _OUTPUT.validate_python(made)
        except (ValueError, TypeError, RecursionError) as error:
            why = in_words(error.errors()[0]) if isinstance(error, ValidationError) else first_sentence(str(error))
            raise BusinessError(
                "OUTPUT_NOT_TAKEN",
                f"The output {', '.join(results) or 'of the item'} can't be handed over: {why}. Hand over what the next"
                " step needs, and keep the rest in a file of the evidence.",
            ) from None
        self.output = made

    def picture(self, system: str, name: str) -> str:
        """Take a picture of the page that is open on a system; empty when none is."""
        if system not in self._pages and system not in self.settings.sites and system not in _KINDS:
            raise self._not_set(system)
        return self._pages[system].picture(name) if system in self._pages else ""

    def picture_open_pages(self, why: str) -> None:
        """Take a picture of every page that the item has open."""
        for system in self._pages:
            self.picture(system, f"{why} {system}")

    def _port(self, system: str, port: type) -> Any:
        access = self.settings.sites.get(system)
        if access is None:
            raise self._not_set(system)
        opened = self._ports.get(system) or self._open_site(system, access)
        if not isinstance(opened, port):
            raise BusinessError(
                "WRONG_PRODUCT", f"Site product '{access.product}' cannot serve as '{system}'; correct the settings."
            )
        return opened

    def _not_set(self, system: str) -> BusinessError:
        there = ", ".join(sorted(self.settings.sites)) or "none"
        return BusinessError(
            "SITE_NOT_SET",
            f"The settings name no site '{system}', which this item needs (there are: {there})"
            f"{did_you_mean(system, self.settings.sites)}; add it under 'sites'.",
        )

    def _open_site(self, system: str, access: SiteAccess) -> Any:

        def connect(locators: Locators) -> SitePage:
            unless_on_trial(system, access, locators)
            if access.settle_s is not None:
                locators = locators.model_copy(update={"settle_s": access.settle_s})
            page = SitePage(
                system=system,
                access=access,
                password=self.secrets.get(system),
                locators=locators,
                browser=self.browser,
                evidence=self.evidence,
                clock=self.now,
                secrets=self.secrets.about(system),
            )
            self._pages[system] = page
            return page

        try:
            opened = open_site(access.product, connect, self.settings.folders)
        except SettingsError as error:  # its folder is missing, or can't be read
            raise BusinessError("SITE_NOT_SET", str(error)) from error
        self.uses("site", access.product, folder_hash(products(self.settings.folders)[access.product]))
        self._ports[system] = opened
        return opened


_KINDS = ("lims", "erp", "courier", "agency")
"""Systems that suites speak of also where the settings have no such site."""
_current: list[ItemContext] = []
_why_none: list[str] = []


def current() -> ItemContext:
    """The item in hand.

    Raises:
        ApplicationError: No worker has set one up.
    """
    if not _current and _why_none:
        raise ApplicationError("NO_ITEM", f"No work item is in hand: {_why_none[-1]}")
    if not _current:
        raise ApplicationError(
            "NO_ITEM",
            "No work item is in hand: run the suite with 'robot --listener batchwright.dev SUITE', on a practice"
            " plant, or with 'batchwright run JOB KEY'.",
        )
    return _current[-1]


def none_in_hand(why: str) -> None:
    """Say why there is no item in hand, to whoever asks for it until there is one."""
    _why_none[:] = [why]


@contextmanager
def in_hand(context: ItemContext) -> Iterator[ItemContext]:
    """Make `context` the item in hand for the time of the block."""
    _current.append(context)
    _why_none.clear()
    try:
        yield context
    finally:
        _current.remove(context)
