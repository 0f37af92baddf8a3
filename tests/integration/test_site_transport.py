"""What the settings say of the way to a site has its effect in browser and gate, each shown by what arrives there."""

import base64
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Error, Page
from playwright.sync_api import TimeoutError as PageTimeoutError
from robot.api.types import Secret

from keywords.browser import WarmBrowser
from keywords.gate.classes import SiteRules
from keywords.gate.words import Hosts
from keywords.settings import SettingsError, SiteAccess
from keywords.transport import transport_of

pytestmark = pytest.mark.browser
FORM = b"<title>Here</title><h1>Here</h1><form method=post action=/send><button>Send</button></form>"


@dataclass
class Seen:
    """What a little site was asked, and how it answers."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    slow_s: float = 0.0
    login: str = ""
    """What a proxy wants to be told, `user:password`."""


def handler_of(seen: Seen) -> type[BaseHTTPRequestHandler]:
    """What answers for the site, and for the proxy in front of it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        known = not seen.login

        def _may(self) -> bool:
            wanted = base64.b64encode(seen.login.encode()).decode()
            if self.known or self.headers.get("Proxy-Authorization") == f"Basic {wanted}":
                return True
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="plant"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def do_CONNECT(self) -> None:
            """Open a tunnel, and be what is at its other end."""
            if self._may():
                self.known = True
                self.send_response(200)
                self.end_headers()

        def _answer(self) -> None:
            if not self._may():
                return
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.paths.append(f"{self.command} {urlsplit(self.path).path}")
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            if isinstance(self.connection, ssl.SSLSocket):
                subject: Any = (self.connection.getpeercert() or {}).get("subject", ())
                seen.peers.append("".join(value for ((name, value),) in subject if name == "commonName"))
            if self.path.startswith(("/slow", "/send")):
                time.sleep(seen.slow_s)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(FORM)))
            self.end_headers()
            self.wfile.write(FORM)

        do_GET = do_POST = _answer  # noqa: N815 - names that the server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def site(seen: Seen, trust: ssl.SSLContext | None = None) -> Iterator[Seen]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(seen))
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    seen.url = f"http{'s' if trust else ''}://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def access_to(url: str, **said: Any) -> SiteAccess:
    return SiteAccess.model_validate({"product": "x", "url": url, "user": "bot", **said})


def open_page(browser: WarmBrowser, access: SiteAccess, account: str, **secrets: str) -> Page:
    known = {name: Secret(value) for name, value in secrets.items()}
    hosts = Hosts(access.url, access.hosts, ())
    browser.gate.begin_item()
    browser.gate.know(account, SiteRules("x", hosts, answer_ms=access.timeout_s * 1000))
    return browser.open_page(account, transport_of(access, known))


@pytest.mark.requirement("URS-154")
def test_a_site_is_told_language_zone_window_and_name_by_page_and_request_and_gate(browser: WarmBrowser) -> None:
    said = {"locale": "de-CH", "zone": "Asia/Tokyo", "view": [1234, 777], "user_agent": "Plant bot 7"}
    with site(Seen()) as seen:
        page = open_page(browser, access_to(seen.url, **said), "spoken")
        page.goto(seen.url)
        told = page.evaluate(
            "() => [navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone,"
            " `${innerWidth}x${innerHeight}`, navigator.userAgent]"
        )
        assert told == ["de-CH", "Asia/Tokyo", "1234x777", "Plant bot 7"]
        with browser.gate.opened(lambda: None, "spoken"):
            page.get_by_role("button", name="Send").click()
            page.wait_for_url("**/send")
        other = open_page(browser, access_to(seen.url), "plain")
        other.goto(f"{seen.url}/other")
        assert other.evaluate("() => [navigator.language, innerWidth]") == ["en-GB", 1600], "as it is by default"
    spoken = [one for one, path in zip(seen.headers, seen.paths, strict=True) if path in ("GET /", "POST /send")]
    assert len(spoken) == 2
    for one in spoken:
        assert one["user-agent"] == "Plant bot 7"
        assert one["accept-language"].startswith("de-CH")
    assert "Plant bot 7" not in seen.headers[-1]["user-agent"]


@pytest.mark.requirement("URS-095")
def test_an_answer_is_waited_for_as_long_as_the_settings_say(browser: WarmBrowser) -> None:
    with site(Seen(slow_s=1.5)) as seen:
        hasty = open_page(browser, access_to(seen.url, timeout_s=0.4), "hasty")
        began = time.monotonic()
        with pytest.raises(PageTimeoutError, match="400ms exceeded"):
            hasty.goto(f"{seen.url}/slow")
        assert time.monotonic() - began < 1.4
        patient = open_page(browser, access_to(seen.url, timeout_s=8), "patient")
        patient.goto(f"{seen.url}/slow")
        assert patient.title() == "Here"


@pytest.mark.requirement("URS-018")
def test_the_gate_waits_for_the_answer_of_a_change_as_long_as_the_settings_say_and_never_shorter(
    browser: WarmBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser.gate, "_timeout_ms", 500.0)
    with site(Seen(slow_s=1.2)) as seen:
        for account, timeout_s, shown in (("in-time", 8.0, True), ("too-late", 0.4, False)):
            page = open_page(browser, access_to(seen.url, timeout_s=timeout_s), account)
            page.goto(seen.url)
            with browser.gate.opened(lambda: None, account):
                page.get_by_role("button", name="Send").click(no_wait_after=True, timeout=5_000)
                page.wait_for_timeout(2_000)
            assert page.url.endswith("/send") is shown, account
    assert seen.paths.count("POST /send") == 2, "each once, whether its answer came or not"


@pytest.mark.requirement("URS-095")
def test_a_proxy_is_used_and_told_who_asks(browser: WarmBrowser) -> None:
    with site(Seen(login="plant:let-me-out")) as seen:
        access = access_to("http://desk.example", proxy=seen.url)
        page = open_page(browser, access, "through", proxy="plant:let-me-out")
        page.goto("http://desk.example/list")
        assert page.title() == "Here"
        with browser.gate.opened(lambda: None, "through"):
            page.get_by_role("button", name="Send").click()
            page.wait_for_url("**/send")
        assert seen.paths == ["GET /list", "POST /send"], "the gate's way as well"
        assert [one["host"] for one in seen.headers] == ["desk.example"] * 2
        stranger = open_page(browser, access, "stranger", proxy="plant:guessed")
        answer = stranger.goto("http://desk.example/list")
        assert answer is not None
        assert answer.status == 407
        assert len(seen.paths) == 2


@dataclass(frozen=True)
class Papers:
    """A plant's own authority, a site's certificate from it, and a bot's."""

    authority: Path
    site: Path
    bot: Path
    bot_key: Path


def made(folder: Path, passphrase: bytes) -> Papers:
    now = datetime.now(UTC)

    def issued(
        name: str, key: ec.EllipticCurvePrivateKey, by: str, by_key: ec.EllipticCurvePrivateKey, root: bool
    ) -> bytes:
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, by))
        builder = (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        )
        return builder.sign(by_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def private(key: ec.EllipticCurvePrivateKey, secret: bytes) -> bytes:
        how = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)

    root, site_key, bot_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    papers = Papers(*(folder / name for name in ("ca.pem", "site.pem", "bot.pem", "bot.key")))
    papers.authority.write_bytes(issued("Plant CA", root, "Plant CA", root, root=True))
    papers.site.write_bytes(issued("desk", site_key, "Plant CA", root, root=False) + private(site_key, b""))
    papers.bot.write_bytes(issued("bot-release", bot_key, "Plant CA", root, root=False))
    papers.bot_key.write_bytes(private(bot_key, passphrase))
    return papers


@pytest.mark.requirement("URS-095")
def test_the_plants_own_authority_and_the_bots_certificate_are_used_and_no_other_site_is_believed(
    browser: WarmBrowser, tmp_path: Path
) -> None:
    papers = made(tmp_path, b"key-pass-81")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(papers.site)
    trust.load_verify_locations(papers.authority)
    trust.verify_mode = ssl.CERT_OPTIONAL
    with site(Seen(), trust) as seen:
        stranger = open_page(browser, access_to(seen.url), "no-authority")
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            stranger.goto(seen.url)
        trusting = access_to(seen.url, ca_file=str(papers.authority))
        page = open_page(browser, trusting, "authority")
        page.goto(seen.url)
        with browser.gate.opened(lambda: None, "authority"):
            page.get_by_role("button", name="Send").click()
            page.wait_for_url("**/send")
        assert seen.paths == ["GET /", "POST /send"], "the gate trusts whom the browser trusts"
        assert seen.peers == ["", ""]
        own = {"cert": str(papers.bot), "key": str(papers.bot_key)}
        known = access_to(seen.url, ca_file=str(papers.authority), client_certificate=own)
        page = open_page(browser, known, "certificate", certificate="key-pass-81")
        page.goto(f"{seen.url}/inside")
        with browser.gate.opened(lambda: None, "certificate"):
            page.get_by_role("button", name="Send").click()
            page.wait_for_url("**/send")
    assert seen.paths[2:] == ["GET /inside", "POST /send"]
    assert seen.peers[2:] == ["bot-release", "bot-release"], "the page and the gate both show it"


@pytest.mark.requirement("URS-095")
def test_files_that_are_not_there_or_hold_no_certificate_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"name the file .*gone\.pem, which is not there"):
        transport_of(access_to("https://a.example", ca_file=str(tmp_path / "gone.pem")), {})
    (tmp_path / "empty.pem").write_text("nothing", encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"empty\.pem holds no certificate; give the authority's certificate as PEM"
    ):
        transport_of(access_to("https://a.example", ca_file=str(tmp_path / "empty.pem")), {})
