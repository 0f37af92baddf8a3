"""What a worker is told: where the MES and the sites are, as whom it works, and the secrets, kept apart.

The settings file holds no secret; the secrets file is JSON of its own, readable by its owner alone.
"""

import json
import os
from datetime import UTC, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from robot.api.types import Secret

from keywords.wrong_fields import first_fault
from mes_core.messages.record import Instant
from mes_core.spelling import cron
from mes_core.spelling.times import read_clock

SETTINGS_NAME = "BATCHWRIGHT_SETTINGS"
SECRETS_NAME = "BATCHWRIGHT_SECRETS"


class SettingsError(Exception):
    """The settings or the secrets cannot be used; the message says where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _clock(value: Any) -> Any:
    """Digits are no time of the day: 230 would be seconds since midnight."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        raise ValueError("a time of the day is a text like 02:30")
    return read_clock(value)


ClockTime = Annotated[time, BeforeValidator(_clock)]


Side = Annotated[int, Field(ge=200, le=8000)]
"""A side of the browser's window, in pixels."""


class MesAccess(_Part):
    """Where the MES is, and the bot account."""

    url: str
    user: str


class ClientCertificate(_Part):
    """A certificate by which the bot proves who it is, and its key; a passphrase stands in the secrets as
    `SYSTEM.certificate`."""

    cert: Path
    key: Path


class SiteAccess(_Part):
    """Where one site is, which product it is (a folder in `keywords/sites`), and the bot account there.

    `settle_s` replaces the product's own figure where the plant knows its installation better, in seconds. `hosts`
    are other hosts that belong to the site (`https://host[:port]`, with `*`), `ca_file` the plant's own authority
    (PEM), `proxy` the address of a proxy, `timeout_s` how long an answer may take, `most_mb` how much one request may
    carry. `one_channel` allows effects where the site shows them in one way only, `receipt_only` those of which it
    shows a receipt and nothing else, `trial` opens a product that is on trial, `practice` names the pretend product
    that stands in for the site on a practice plant. A relative path lies beside the settings. `locale` (such as
    `de-DE`), `zone` (a name of the time zone database), `view` (width and height in pixels) and `user_agent` are what
    the browser tells the site of itself.
    """

    product: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    url: str
    user: str
    settle_s: float | None = Field(default=None, gt=0)
    hosts: tuple[str, ...] = ()
    ca_file: Path | None = None
    client_certificate: ClientCertificate | None = None
    proxy: str = ""
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    most_mb: float = Field(default=10.0, gt=0, le=500)
    one_channel: bool = False
    receipt_only: bool = False
    trial: bool = False
    practice: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    locale: str = Field(default="en-GB", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    zone: str = "UTC"
    view: tuple[Side, Side] = (1600, 1000)
    user_agent: str = Field(default="", max_length=500)

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, zone: str) -> str:
        return cron.zone_named(zone).key

    @property
    def account(self) -> str:
        """The account and its site, as the key of a browser context."""
        return f"{self.user}@{self.url}"

    def beside(self, folder: Path) -> "SiteAccess":
        """Itself with its files found from a folder."""
        own = self.client_certificate
        moved = own and own.model_copy(update={"cert": folder / own.cert, "key": folder / own.key})
        return self.model_copy(
            update={"ca_file": self.ca_file and folder / self.ca_file, "client_certificate": moved or None}
        )


class CatchUp(StrEnum):
    """What becomes of moments that passed while no worker ran: one item for all, one for each, or none."""

    ONCE = "once"
    EACH = "each"
    SKIP = "skip"


class Schedule(_Part):
    """Items that are asked for by the clock, one for each batch in `state` (in any, when empty).

    One of three says when: `at`, times of the day such as "02:30"; `cron`, an expression of five fields as Debian's
    cron reads it, such as "30 2 * * MON-FRI"; or `every_min`, minutes counted from midnight UTC of 1970. `at` and
    `cron` are in `zone`, a name of the time zone database. Where its clocks go forward, a moment that is left out comes
    right after the gap; where they go back, it comes once. A moment less than `grace_min` minutes ago was not missed,
    whatever `catch_up` says.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    job: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    state: str = ""
    at: tuple[ClockTime, ...] = ()
    cron: str | None = None
    zone: str = "UTC"
    every_min: int | None = Field(default=None, ge=1, le=525_600)
    catch_up: CatchUp = CatchUp.ONCE
    grace_min: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _one_of_three(self) -> "Schedule":
        if sum((bool(self.at), self.cron is not None, self.every_min is not None)) != 1:
            raise ValueError("say one of 'at', 'cron' and 'every_min'")
        if any(one.tzinfo is not None or one.second or one.microsecond for one in self.at):
            raise ValueError("times in 'at' are like 02:30, to the minute, and name no zone: that is 'zone'")
        if self.every_min is not None and self.zone != "UTC":
            raise ValueError("'every_min' counts from midnight UTC and has no zone")
        zone = cron.zone_named(self.zone)
        if self.cron is not None:
            cron.check(self.cron, zone)
        return self

    @property
    def expressions(self) -> tuple[str, ...]:
        """When, as cron expressions in `zone`; none where minutes are counted."""
        return (self.cron,) if self.cron else tuple(f"{one.minute} {one.hour} * * *" for one in self.at)


class Settings(_Part):
    """Everything a worker has to know about its surroundings.

    `environment` names a file in `bots/settings`; `now` fixes the clock for simulated time, None is the wall clock.
    `folders` are folders of the plant's own bots, each with `bots/` and `sites/`; a relative one lies beside the
    settings file.
    """

    environment: str = Field(default="demo", pattern=r"^[a-z][a-z0-9_]*$")
    mes: MesAccess
    sites: dict[str, SiteAccess] = Field(default_factory=dict)
    now: Instant | None = None
    folders: tuple[Path, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    def clock(self) -> datetime:
        """The present time in UTC, or the simulated one."""
        return (self.now or datetime.now(UTC)).astimezone(UTC)


class Secrets:
    """Passwords by system name; only ever handed out as `Secret`."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = {name: Secret(value) for name, value in values.items()}

    def get(self, name: str) -> Secret:
        """The secret of one system.

        Raises:
            SettingsError: There is none of that name.
        """
        if name not in self._values:
            raise SettingsError(f"The secrets file has no entry '{name}'; add the password of the bot account there.")
        return self._values[name]

    def about(self, system: str) -> dict[str, Secret]:
        """Further secrets of one system by what they are: entry `lims.code` is `code` of `lims`."""
        start = f"{system}."
        return {name.removeprefix(start): one for name, one in self._values.items() if name.startswith(start)}

    def texts(self) -> tuple[str, ...]:
        """The plain texts, for checks that none of them was written anywhere."""
        return tuple(secret.value for secret in self._values.values())


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file, by default the one named in BATCHWRIGHT_SETTINGS.

    Raises:
        SettingsError: The file is missing, broken, or has a wrong or unknown field.
    """
    source = path or _named(SETTINGS_NAME, "the settings file")
    try:
        settings = Settings.model_validate(_read(source))
    except ValidationError as error:
        raise SettingsError(f"Settings file {source}, {first_fault(error, Settings)}.") from error
    folders = tuple((source.parent / folder).resolve() for folder in settings.folders)
    for folder in folders:
        if not folder.is_dir():
            raise SettingsError(f"Settings file {source} names the folder {folder}, which is not there.")
    sites = {name: access.beside(source.parent.resolve()) for name, access in settings.sites.items()}
    return settings.model_copy(update={"folders": folders, "sites": sites})


def load_secrets(path: Path | None = None) -> Secrets:
    """Read the secrets file, by default the one named in BATCHWRIGHT_SECRETS.

    Raises:
        SettingsError: The file is missing, broken, or others than its owner can read it.
    """
    source = path or _named(SECRETS_NAME, "the secrets file")
    values = _read(source)
    if os.name == "posix" and source.stat().st_mode & 0o077:
        raise SettingsError(f"Secrets file {source} can be read by others; make it private with 'chmod 600 {source}'.")
    wrong = [name for name, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise SettingsError(f"Secrets file {source}: the value of '{wrong[0]}' has to be text.")
    return Secrets(values)


def _named(variable: str, what: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        raise SettingsError(f"{variable} is not set; set it to the path of {what}.")
    return Path(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path} has to hold a JSON object.")
    return content
