"""How a site is reached, for the browser and for the gate alike: authorities, proxy, certificates, time limits."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from robot.api.types import Secret

from keywords.browser_user import give
from keywords.nss_store import StoreError, as_pem, certificates_in, make_store, trusted_in
from keywords.settings import SettingsError, SiteAccess

_EXTRA = "NODE_EXTRA_CA_CERTS"
_STORE = Path(".pki") / "nssdb"
_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMDATA",
)
_KEPT_BEGIN = ("LC_", "XDG_")
_NOT_FOR_WORKERS = ("BATCHWRIGHT_STORE", "PGPASSWORD", "PGPASSFILE", "PGUSER", "DATABASE_URL")


@dataclass(frozen=True)
class Transport:
    """How one account's site is reached.

    Attributes:
        url: address of the site.
        authorities: file of authorities that are trusted besides those of the system, PEM.
        proxy: address of a proxy, with `proxy_login` as user and password where it wants them.
        certificate: files of a client certificate and its key, with `certificate_secret`.
        basic: user and password for HTTP's own log-in.
        timeout_ms: how long an action or an answer may take.
        locale: language and country that the browser says it is in.
        zone: time zone of the browser.
        view: width and height of its window, in pixels.
        user_agent: what it calls itself; its own words when empty.
    """

    url: str
    authorities: Path | None = None
    proxy: str = ""
    proxy_login: Secret | None = None
    certificate: tuple[Path, Path] | None = None
    certificate_secret: Secret | None = None
    basic: tuple[str, Secret] | None = None
    timeout_ms: float = 10_000
    locale: str = "en-GB"
    zone: str = "UTC"
    view: tuple[int, int] = (1600, 1000)
    user_agent: str = ""

    def context_options(self) -> dict[str, Any]:
        """What a browser context is told; its gate sends by the same."""
        width, height = self.view
        options: dict[str, Any] = {
            "locale": self.locale,
            "timezone_id": self.zone,
            "viewport": {"width": width, "height": height},
        }
        if self.user_agent:
            options["user_agent"] = self.user_agent
        if self.proxy:
            user, _, password = (self.proxy_login.value if self.proxy_login else "").partition(":")
            login = {"username": user, "password": password} if user else {}
            options["proxy"] = {"server": self.proxy, **login}
        if self.certificate:
            cert, key = self.certificate
            secret = {"passphrase": self.certificate_secret.value} if self.certificate_secret else {}
            one = {"origin": _origin(self.url), "certPath": str(cert), "keyPath": str(key), **secret}
            options["client_certificates"] = [one]
        if self.basic:
            user, password_ = self.basic
            one = {"username": user, "password": password_.value, "origin": _origin(self.url)}
            options["http_credentials"] = {**one, "send": "unauthorized"}
        return options


def transport_of(access: SiteAccess, secrets: Mapping[str, Secret], basic: Secret | None = None) -> Transport:
    """How a site of the settings is reached.

    Args:
        access: What the settings say.
        secrets: Of this site, by what they are: `proxy`, `certificate`.
        basic: The password, where the site asks for it by HTTP's own log-in.

    Raises:
        SettingsError: A file that the settings name is not there, or holds no certificate.
    """
    own = access.client_certificate
    for path in (access.ca_file, *((own.cert, own.key) if own else ())):
        if path is not None and not path.is_file():
            raise SettingsError(f"The settings of site {access.url} name the file {path}, which is not there.")
    if access.ca_file and not certificates_in(access.ca_file.read_bytes()):
        raise SettingsError(f"{access.ca_file} holds no certificate; give the authority's certificate as PEM.")
    return Transport(
        url=access.url,
        authorities=access.ca_file,
        proxy=access.proxy,
        proxy_login=secrets.get("proxy"),
        certificate=(own.cert, own.key) if own else None,
        certificate_secret=secrets.get("certificate"),
        basic=(access.user, basic) if basic else None,
        timeout_ms=access.timeout_s * 1000,
        locale=access.locale,
        zone=access.zone,
        view=access.view,
        user_agent=access.user_agent,
    )


@dataclass
class Trust:
    """The authorities that a browser and its gate trust besides those that they know.

    Attributes:
        files: PEM files that the settings name.
    """

    files: set[Path] = field(default_factory=set)
    _folder: Path | None = None

    def browser_environment(self, environment: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of the browser: nothing of ours that it doesn't need, and a store with these authorities.

        Raises:
            SettingsError: The authorities can't be put into a store that the browser reads.
        """
        given = os.environ if environment is None else environment
        kept = {name: value for name, value in given.items() if name in _KEPT or name.startswith(_KEPT_BEGIN)}
        if not self.files:
            return kept
        if not sys.platform.startswith("linux"):
            return kept  # Windows and macOS: the browser takes the system's store, where a plant puts its authority
        home = self.folder() / "home"
        theirs = Path(kept.get("HOME", "/nonexistent")) / _STORE
        if theirs.is_dir() and not (home / _STORE).exists():
            shutil.copytree(theirs, home / _STORE)
        try:
            make_store(home / _STORE, self._files())
        except StoreError as error:
            raise SettingsError(f"The authorities of the settings can't be given to the browser: {error}.") from error
        return {**kept, "HOME": str(home)}

    @contextmanager
    def for_the_gate(self) -> Iterator[None]:
        """While the browser's driver is started: it sends for the gate, and trusts what the browser trusts."""
        before = os.environ.get(_EXTRA)
        trusted = self._files() + self._of_the_browser()
        if before and Path(before).is_file():
            trusted += Path(before).read_bytes()
        changed = {"NODE_USE_SYSTEM_CA": "1"} if not sys.platform.startswith("linux") else {}
        if trusted.strip():
            bundle = self.folder() / "authorities.pem"
            bundle.write_bytes(trusted)
            changed[_EXTRA] = str(bundle)
        with _environment({**changed, **dict.fromkeys(_NOT_FOR_WORKERS)}):
            yield

    def forget(self) -> None:
        """Remove what was written for the browser."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _files(self) -> bytes:
        return b"".join(
            as_pem(one).encode() for path in sorted(self.files) for one in certificates_in(path.read_bytes())
        )

    def _of_the_browser(self) -> bytes:
        """What the browser of this machine trusts besides the authorities that it comes with."""
        if not sys.platform.startswith("linux"):
            return b""
        try:
            return trusted_in(Path(os.environ.get("HOME", "/nonexistent")) / _STORE)
        except (StoreError, OSError) as error:
            raise SettingsError(f"The browser's own store of authorities can't be read: {error}.") from error

    def folder(self) -> Path:
        """A folder for what the browser is started with; others may look into it and can't change it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="batchwright-trust-"))
            self._folder.chmod(0o755)
        return self._folder

    def home_for(self, account: str, environment: Mapping[str, str]) -> str:
        """A home of its own for a browser that runs as another account, with the authorities that it shall trust."""
        home = self.folder() / "home-of-browser"
        theirs = Path(environment.get("HOME", "/nonexistent")) / _STORE
        if not home.exists():
            home.mkdir()
            if theirs.is_dir():
                shutil.copytree(theirs, home / _STORE)
        give(home, account)
        return str(home)


def without_the_store(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the address and password of the MES's store, which no bot needs."""
    return {name: value for name, value in environment.items() if name not in _NOT_FOR_WORKERS}


def forget_the_store(names: Iterable[str] = _NOT_FOR_WORKERS) -> None:
    """Take the address and password of the MES's store out of this process, so that nothing it starts inherits them."""
    for name in names:
        os.environ.pop(name, None)


@contextmanager
def _environment(changed: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changed}
    _set(changed)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/')[0]}"
