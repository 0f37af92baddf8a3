"""Ways into a site that others drew: one try of the password, and only where it belongs; who asks is left alone."""

import base64
import hmac
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from tiny_sites import PASSWORD, Desk, bot_at, page

from keywords.browser import WarmBrowser
from keywords.sites.pages import login

pytestmark = pytest.mark.browser
SECRET = "JBSW Y3DP EHPK 3PXP"
_ACCOUNT = "<label>Account <input name=user></label><label>Passphrase <input type=password name=password></label>"
_STEPS = [
    {"fill": "Account", "what": "user"},
    {"fill": "Passphrase", "what": "password"},
    {"press": "Enter"},
]


def _form(fields: str, button: str = "Enter", to: str = "/login") -> str:
    return f"<form method=post action={to}>{fields}<button>{button}</button></form>"


def _tries(desk: Desk) -> int:
    """How often a password was sent."""
    return desk.asked.count("POST /login")


def _codes() -> set[str]:
    """The codes of now and a moment ago, reckoned after RFC 6238 by itself: the product's secret has 80 bits."""
    key, now = base64.b32decode(SECRET.replace(" ", "")), int(time.time()) // 30
    digests = (hmac.new(key, (now - back).to_bytes(8, "big"), "sha1").digest() for back in (0, 1))
    return {f"{(int.from_bytes(one[one[-1] & 15 :][:4], 'big') & 0x7FFFFFFF) % 10**6:06}" for one in digests}


def _with_codes() -> Desk:
    """It asks for a one-time code after the password, and takes none twice."""
    desk, used = Desk(), set[str]()

    async def login(request: Request) -> Response:
        if request.method == "GET":
            return page("Come in", _form(_ACCOUNT))
        right = (await request.form()).get("password") == PASSWORD
        return (
            page("Code", _form("<label>Six digits <input name=code></label>", "Check", "/code"))
            if right
            else page("No", "")
        )

    async def code(request: Request) -> Response:
        given = str((await request.form()).get("code"))
        if given in used or given not in _codes():
            return page("Code", "<p role=alert>Wrong</p>")
        used.add(given)
        return desk.let_in(RedirectResponse("/", 303))

    desk.routes = [Route("/login", login, methods=["GET", "POST"]), Route("/code", code, methods=["POST"])]
    return desk


_CODE_STEPS = {"login": {"steps": [*_STEPS, {"fill": "Six digits", "what": "code"}, {"press": "Check"}]}}


@pytest.mark.requirement("URS-095")
@pytest.mark.parametrize("secret", [SECRET, SECRET.replace(" ", "-")], ids=["groups", "with hyphens"])
def test_a_one_time_code_is_made_of_the_account_s_own_secret(secret: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = _with_codes()
    desk.add({"batch": "B-1"})
    with bot_at(desk, browser, tmp_path, _CODE_STEPS, more_secrets={"desk.code": secret}) as bot:
        read = bot.read()
    assert (bot.said, read is not None and len(read.rows), _tries(desk)) == ("", 1, 1)


@pytest.mark.requirement("URS-152")
@pytest.mark.parametrize(
    ("secrets", "words", "says"),
    [
        ({}, _CODE_STEPS, "BUSINESS NO_CODE_SECRET"),
        ({"desk.code": "no base 32!"}, _CODE_STEPS, "BUSINESS CODE_SECRET_WRONG"),
        ({"desk.code": SECRET}, None, "BUSINESS LOG_IN_UNKNOWN"),
    ],
    ids=["no secret", "a wrong secret", "nobody named the step"],
)
def test_without_a_code_a_person_is_asked_after_one_try(
    secrets: dict[str, str], words: dict[str, object] | None, says: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = _with_codes()
    with bot_at(desk, browser, tmp_path, words, more_secrets=secrets) as bot:
        assert bot.read() is None
    assert bot.said.startswith(says)
    assert _tries(desk) <= 1
    assert SECRET not in bot.said


@pytest.mark.requirement("URS-152")
def test_letters_that_only_a_person_reads_end_at_one_try(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()

    async def login(request: Request) -> Response:
        wrong = "<p role=alert>The letters are wrong</p>" if request.method == "POST" else ""
        return page("Come in", wrong + _form(_ACCOUNT + "<label>Letters in the picture <input name=letters></label>"))

    desk.routes = [Route("/login", login, methods=["GET", "POST"])]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS LOG_IN_REFUSED")
    assert "The letters are wrong" in bot.said
    assert _tries(desk) == 1


def _with_another_session() -> Desk:
    """It says that somebody is in already, and asks whether to end that."""
    desk = Desk()

    async def login(request: Request) -> Response:
        if request.method == "GET":
            return page("Come in", _form(_ACCOUNT))
        return page("Another session is open", _form("", "End the other session", "/end"))

    async def end(request: Request) -> Response:
        await request.body()
        return desk.let_in(RedirectResponse("/", 303))

    desk.routes = [Route("/login", login, methods=["GET", "POST"]), Route("/end", end, methods=["POST"])]
    return desk


@pytest.mark.requirement("URS-091")
def test_another_session_is_ended_where_the_locators_say_so_and_never_else(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    named, unnamed = _with_another_session(), _with_another_session()
    ending = {"press": "End the other session", "when": "Another session is open"}
    with bot_at(named, browser, tmp_path / "named", {"login": {"steps": [*_STEPS, ending]}}) as bot:
        assert bot.read() is not None
    assert (bot.said, _tries(named)) == ("", 1)
    with bot_at(unnamed, browser, tmp_path / "unnamed") as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS")
    assert "Another session is open" in bot.said
    assert (_tries(unnamed), unnamed.asked.count("POST /end")) == (1, 0)


def _elsewhere(desk: Desk) -> tuple[Callable[[Request], Awaitable[Response]], list[str]]:
    """A log-in that stands on another host under the same path; the passwords that came to it."""
    came: list[str] = []

    async def login(request: Request) -> Response:
        here = str(request.headers["host"])
        if here.startswith("127.0.0.1"):
            return RedirectResponse(f"http://localhost:{here.rpartition(':')[2]}/login", 303)
        if request.method == "POST":
            came.append(str((await request.form()).get("password")))
            return desk.let_in(RedirectResponse("/", 303))
        return page("Come in", _form(_ACCOUNT))

    return login, came


@pytest.mark.requirement("URS-091")
def test_nothing_is_typed_on_the_log_in_page_of_another_host(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    login, came = _elsewhere(desk)
    desk.routes = [Route("/login", login, methods=["GET", "POST"])]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("BUSINESS OTHER_HOST")
    assert "http://localhost:" in bot.said
    assert came == []


@pytest.mark.requirement("URS-091")
def test_an_export_of_another_host_is_not_fetched(tmp_path: Path, browser: WarmBrowser) -> None:
    """Its numbers would be the site's own word against the page."""
    desk, hosts = Desk(), list[str]()

    async def export(request: Request) -> Response:
        hosts.append(request.headers["host"])
        return await desk.export(request)

    async def orders(request: Request) -> Response:
        port = desk.url.rpartition(":")[2]
        return page(
            "Orders", desk.filter() + desk.listed(desk.matching(request), f"http://localhost:{port}/orders.csv")
        )

    desk.routes = [Route("/orders.csv", export), Route("/orders", desk.inside(orders))]
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.send() is None
    assert bot.said.startswith("BUSINESS OTHER_HOST")
    assert (hosts, desk.sent()) == ([], 0)


def _slow(desk: Desk, path: str, status: int, asked_s: int | str, rests: int) -> list[float]:
    """Make a page answer `status` so often, asking to be left alone; when it was asked."""
    came: list[float] = []
    inner = {"/orders": desk.orders, "/orders.csv": desk.export}[path]

    async def answer(request: Request) -> Response:
        came.append(time.monotonic())
        if len(came) <= rests:
            return (
                page("Not now", "<p>Too many requests</p>", status=status, head="")
                if not asked_s
                else Response("Too many requests", status, {"Retry-After": str(asked_s)})
            )
        return await inner(request)

    desk.routes = [Route(path, desk.inside(answer))]
    return came


@pytest.mark.requirement("URS-018")
@pytest.mark.parametrize("path", ["/orders", "/orders.csv"])
def test_a_site_that_asks_to_wait_is_left_alone_for_so_long(path: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    came = _slow(desk, path, 429, 2, 1)
    with bot_at(desk, browser, tmp_path) as bot:
        number = bot.send()
    assert (bot.said, desk.sent()) == ("", 1)
    assert number == desk.rows[0]["number"]
    assert came[1] - came[0] >= 2


@pytest.mark.requirement("URS-095")
def test_a_site_that_asks_for_no_time_at_all_is_tried_a_few_times_a_second_apart(
    tmp_path: Path, browser: WarmBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "MOST_PAUSES", 2)
    desk = Desk()
    came = _slow(desk, "/orders", 503, "0", 100)
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert bot.said.startswith("APPLICATION SITE_UNREACHABLE")
    assert len(came) == 3
    assert all(second - first >= 1 for first, second in pairwise(came))


@pytest.mark.requirement("URS-095")
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("0", 1), ("00", 1), ("7", 7), ("31536000", 86_400), ("9" * 400, 86_400)),
        ("Mon, 30 Nov 2026 12:00:40 GMT", 40),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 1),
        ("Fri, 1 Jan 2100 00:00:00 GMT", 86_400),
        *(("soon", 30), ("-1", 30), ("1.5", 30), ("\u0663", 30)),
    ],
)
def test_how_long_a_site_asks_to_be_left_alone(said: str, seconds: float) -> None:
    assert login.seconds_asked(said, datetime(2026, 11, 30, 12, tzinfo=UTC)) == seconds


@pytest.mark.requirement("URS-095")
def test_a_year_is_kept_to_as_a_day_and_said(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    _slow(desk, "/orders", 503, "31536000", 1)
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
    assert "left alone for 86400 s (a day is the longest that is kept to)" in bot.said


@pytest.mark.requirement("URS-095")
def test_a_site_that_asks_for_longer_gets_its_item_back_and_hears_nothing_until_then(
    tmp_path: Path, browser: WarmBrowser
) -> None:
    desk = Desk()
    came = _slow(desk, "/orders", 503, 600, 1)
    with bot_at(desk, browser, tmp_path) as bot:
        assert bot.read() is None
        first = bot.said
        assert bot.read() is None
    assert first.startswith("APPLICATION SITE_UNREACHABLE")
    assert "answered 503 and asks to be left alone for 600 s" in first
    assert "asked to be left alone" in bot.said
    assert len(came) == 1
