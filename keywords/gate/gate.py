"""The gate: asks for permission before every request that changes something, and sends it exactly once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIResponse, Error, Page, Request, Route, WebSocketRoute

from keywords.failures import ApplicationError, BusinessError, ItemError
from keywords.gate import refusals
from keywords.gate.act import Act, Sent
from keywords.gate.bodies import Body
from keywords.gate.classes import Class, SiteRules, is_safe, line_for
from keywords.gate.sockets import listen
from keywords.gate.words import ChangeWords, NoteWords, origin_of
from keywords.uploads import Attached, whole_body

PERMISSION_S = 2.0
"""Seconds after which a permission that was asked for is not acted upon any more."""
MOST_REDIRECTS = 5
Permission = Callable[[], None]


def _closed() -> None:
    raise BusinessError(
        "CHANGE_OUTSIDE_EFFECT",
        "The suite tried to change a site outside an effect, and nothing was sent; use a keyword that does it once,"
        " such as 'Send Form Once'.",
    )


def _freely() -> None:
    """No permission needed."""


class Gate:
    """Asks for permission before every request that changes something, and sends it exactly once.

    Args:
        timeout_ms: How long to wait for the answer of a changing request.
        monotonic: Seconds, to know how old a permission is.

    Attributes:
        refused: why a request was held back, the first time; None while all went through.
        passed: how many requests that needed permission went through since the item began.
        diary: every request that was not simply let go, with its class and fate, for the evidence.
        log_in_answer: status and location of the last answer to a log-in.
        flying: how many changes are under way now.
        stopped: whether the worker is to stop at once: nothing leaves any more.
    """

    def __init__(self, timeout_ms: float = 10_000, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._timeout_ms = timeout_ms
        self._monotonic = monotonic
        self._ask: Permission = _closed
        self._account: str | None = None
        self._act: Act | None = None
        self._logging_in = False
        self._left: frozenset[Page] = frozenset()
        self._rules: dict[str, SiteRules] = {}
        self._by_link: dict[str, tuple[str, ...]] = {}
        self._attached = Attached()
        self.refused: ItemError | None = None
        self.passed = 0
        self.diary: list[dict[str, Any]] = []
        self.log_in_answer: tuple[int, str] = (0, "")
        self.flying = 0
        self.stopped = False

    def begin_item(self) -> None:
        """Forget what the item before did."""
        self.refused, self.passed, self._ask, self._account = None, 0, _closed, None
        self._act, self._logging_in, self.diary = None, False, []
        self._attached.clear()

    def attach(self, path: Path, field: str = "") -> None:
        """Know a file that a form of this item carries, and in which field where that is known."""
        self._attached.add(path, field)

    def know(self, account: str, rules: SiteRules) -> None:
        """Know what the requests of an account's site mean, and where its pages are."""
        known = self._rules.get(account)
        if known is not None:
            rules.matched |= known.matched
        self._rules[account] = rules

    def rules_of(self, account: str) -> SiteRules | None:
        """What the gate knows of an account's site."""
        return self._rules.get(account)

    def changed_by_link(self, account: str, paths: tuple[str, ...]) -> None:
        """Take the opening of these pages (paths with `*`) for a change of the account's site, as that of a link."""
        self._by_link[account] = paths

    def leave(self, pages: frozenset[Page]) -> None:
        """Hold back whatever these pages of an item that is over still send, without blaming the item in hand."""
        self._left = pages

    def stop(self) -> None:
        """Let nothing out any more that changes a site; there is no way back."""
        self.stopped = True

    @contextmanager
    def opened(self, ask: Permission, account: str | None = None, act: Act | None = None) -> Iterator[None]:
        """Let changing requests out while `ask` does not raise; it is called for each of them.

        Args:
            ask: Raises when a request must not leave.
            account: The only account whose pages may send; None for any.
            act: What may leave; None for anything.
        """
        before = self._ask, self._account, self._act
        self._ask, self._account, self._act = ask, account, act
        try:
            yield
        finally:
            self._ask, self._account, self._act = before

    @contextmanager
    def logging_in(self, account: str | None = None) -> Iterator[None]:
        """Let the requests of a log-in out: they change nothing that has to happen once."""
        before, self._logging_in, self.log_in_answer = self._logging_in, True, (0, "")
        try:
            with self.opened(_freely, account):
                yield
        finally:
            self._logging_in = before

    @contextmanager
    def drafting(self, account: str | None = None) -> Iterator[None]:
        """Let the requests of a form's earlier pages out, where the product's locators say that they only draft."""
        with self.opened(_freely, account):
            yield

    @property
    def act(self) -> Act | None:
        """The act that is being done; None outside of one."""
        return self._act

    def handle(self, route: Route, account: str | None = None) -> None:
        """Let a request of an account's page go on, or hold it back; made for `BrowserContext.route`."""
        try:
            request = route.request
            if is_safe(request.method, request.headers) and not self._by_its_address(request.url, account):
                route.continue_()
            elif self._left and _page_of(request) in self._left:
                route.abort("blockedbyclient")
            else:
                self._decide(route, account)
        except ItemError as refusal:
            self.refused = self.refused or refusal
            # A page that was to be left stays as it is, for its picture.
            _end(route, "aborted" if _leads_on(route.request) else "blockedbyclient")
        except Error:
            _end(route, "connectionreset")

    def see(self, request: Request, account: str | None = None) -> None:
        """Look at what a browser sends on by itself, which no interception holds: a read whose body goes elsewhere."""
        before, rules = request.redirected_from, self._rules.get(account or "")
        if before is None or rules is None or is_safe(request.method, {}):
            return
        body = Body(request.headers.get("content-type", ""), request.post_data_buffer)
        try:
            if rules.classify(request.method, request.url, body)[0] in (Class.READ, Class.NOTE):
                return
        except BusinessError as refusal:
            self._blame(refusal)
            return
        self._note(Class.UNKNOWN, request.method, request.url, "sent on by the browser")
        self._blame(refusals.sent_on_unseen(before.url, request.method, request.url))

    def handle_socket(self, socket: WebSocketRoute, account: str | None = None) -> None:
        """Let a page of an account listen to a web socket, and look at what it sends."""
        listen(socket, self._rules.get(account or ""), self._note, self._blame)

    def _decide(self, route: Route, account: str | None) -> None:
        """What becomes of a request that is not safe by its method or address."""
        request, rules = route.request, self._rules.get(account or "")
        body = Body(request.headers.get("content-type", ""), request.post_data_buffer)
        kind, words = Class.UNKNOWN, None
        if rules is not None:
            kind, words = rules.classify(request.method, request.url, body)
        match kind:
            case Class.READ:
                self._note(kind, request.method, request.url, "let go")
                route.continue_()
            case Class.NOTE:
                self._take_note(route, words)
            case Class.SESSION | Class.DRAFT:
                self._unless_elsewhere(request, rules)
                self._note(kind, request.method, request.url, "sent once")
                self._hand_over(route, *self._follow(route, self._body(request, rules), account, self._unless_stopped))
            case _:
                self._change(route, account, rules, body, words)

    def _take_note(self, route: Route, words: object) -> None:
        """Tracking: dropped with an empty answer, or let through."""
        through = isinstance(words, NoteWords) and words.let_through
        self._note(Class.NOTE, route.request.method, route.request.url, "let go" if through else "dropped")
        if through:
            route.continue_()
        else:
            route.fulfill(status=words.answer if isinstance(words, NoteWords) else 204)

    def _change(self, route: Route, account: str | None, rules: SiteRules | None, body: Body, words: Any) -> None:
        """A change, or what nobody knows: it leaves only in an effect, and only where the effect takes it."""
        request, act = route.request, self._act
        kind = Class.CHANGE if words is not None else Class.UNKNOWN
        act = act if rules is not None else None
        declared = bool(rules and rules.requests.change)
        why = act.why_not(words, request.method, request.url, body, declared=declared) if act else ""
        if getattr(request, "resource_type", "") == "ping" and (self._ask is _closed or why):
            # A beacon has no answer that a page could show, so what it was for can't be read wrongly.
            self._note(kind, request.method, request.url, "held back: a beacon")
            route.abort("blockedbyclient")
            return
        if self._ask is _closed:
            self._refuse(kind, request, refusals.outside(*self._about(request, body, rules), self.passed))
        if self._account is not None and account is not None and account != self._account:
            self._refuse(kind, request, refusals.of_another_account(request.method, request.url, self.passed))
        self._unless_elsewhere(request, rules, kind)
        whole = self._body(request, rules)
        if act is None or self._ask is _freely:
            self._send_once(route, whole, account, Sent(request.method, request.url, ""))
            return
        digest = Body(request.headers.get("content-type", ""), whole).digest()
        twin = act.twin_of(request.method, request.url, digest)
        if twin is not None:
            self._answer_again(route, twin)
            return
        if why:
            self._keep_out(route, act, words, why, self._about(request, body, rules))
            return
        sent = Sent(request.method, request.url, digest, words)
        act.sent.append(sent)
        self._note(kind, request.method, request.url, "sent once")
        self._send_once(route, whole, account, sent)

    def _keep_out(self, route: Route, act: Act, words: Any, why: str, about: tuple[str, str, str]) -> None:
        """Something in an act that is none of it; before anything has left, nothing leaves any more at all."""
        kind = Class.CHANGE if words is not None else Class.UNKNOWN
        if isinstance(words, ChangeWords) and any(one.words == words for one in act.sent):
            # The page tries once more what has left, and is to blame for no more than haste.
            self._note(kind, *about[:2], "held back: the page sent it once more")
            route.abort("blockedbyclient")
            return
        refusal = refusals.not_of_this_act(*about[:2], why, about[2], self.passed)
        act.closed = act.closed or not act.sent
        self._refuse(kind, route.request, refusal)

    def _about(self, request: Request, body: Body, rules: SiteRules | None) -> tuple[str, str, str]:
        hosts = rules.hosts if rules else None
        return request.method, request.url, line_for(request.method, request.url, body, hosts)

    def _refuse(self, kind: Class, request: Request, refusal: BusinessError) -> None:
        self._note(kind, request.method, request.url, f"held back: {refusal.sentence}")
        raise refusal

    def _blame(self, refusal: ItemError) -> None:
        self.refused = self.refused or refusal

    def _note(self, kind: Class, method: str, address: str, fate: str) -> None:
        parts = urlsplit(address)
        where = {"method": method, "host": parts.netloc, "path": parts.path}
        self.diary.append({"class": kind.value, **where, "fate": fate})

    def _unless_elsewhere(self, request: Request, rules: SiteRules | None, kind: Class = Class.CHANGE) -> None:
        """A change goes to the site's own hosts; that of a log-in also to those on which it may type."""
        if rules is None or rules.hosts.ours(request.url):
            return
        if self._logging_in and rules.hosts.log_in(request.url):
            return
        own = origin_of(rules.hosts.own)
        self._refuse(kind, request, refusals.to_another_host(request.method, request.url, own, self.passed))

    def _by_its_address(self, address: str, account: str | None) -> bool:
        paths = self._by_link.get(account or "", ())
        return bool(paths) and any(fnmatchcase(urlsplit(address).path, one) for one in paths)

    def _answer_again(self, route: Route, twin: Sent) -> None:
        """An equal request of the page itself gets the answer of the first, also where that is still to come."""
        self._note(Class.CHANGE, twin.method, twin.address, "held back: answered from the first")
        if twin.status is None:
            twin.waiting.append(route)
        elif twin.response is None:
            route.abort("connectionreset")
        else:
            route.fulfill(response=twin.response)

    def _send_once(self, route: Route, body: bytes | None, account: str | None, sent: Sent) -> None:
        try:
            answer, headers = self._follow(route, body, account, self._ask_now)
        except (ItemError, Error):
            sent.status = 0
            for one in sent.waiting:
                one.abort("connectionreset")
            raise
        sent.status, sent.response, sent.kind = answer.status, answer, answer.headers.get("content-type", "")
        if self._act is not None and sent in self._act.sent and "json" in sent.kind:
            sent.answer = answer.body()[:10_000_000]
        if self._logging_in:
            self.log_in_answer = (answer.status, (headers or answer.headers).get("location", ""))
        for one in (route, *sent.waiting):
            self._hand_over(one, answer, headers)

    def _follow(
        self, route: Route, body: bytes | None, account: str | None, ask: Permission
    ) -> tuple[APIResponse, dict[str, str] | None]:
        """Send a request, and where it is sent on with its body, send it there; the answer, and headers in its place.

        `ask` is asked each time. What the browser itself is sent on with, nobody sees.
        """
        address, headers = None, None
        for _ in range(MOST_REDIRECTS):
            ask()
            self.passed += ask == self._ask_now and self._ask is not _freely
            answer = self._fetch(route, address, body, self._rules.get(account or ""))
            here = address or route.request.url
            address = urljoin(here, answer.headers.get("location", ""))
            method = _method_after(route.request.method, answer)
            if method is None or (is_safe(method, {}) and not self._by_its_address(address, account)):
                if headers is not None and "location" in answer.headers:
                    headers = answer.headers | {"location": address}
                return answer, headers
            if urlsplit(here)[:2] != urlsplit(address)[:2]:
                raise refusals.sent_on(here, f"to {urlsplit(address).scheme}://{urlsplit(address).netloc}")
            headers = answer.headers
        raise refusals.sent_on(here, f"more than {MOST_REDIRECTS} times")

    def _fetch(self, route: Route, address: str | None, body: bytes | None, rules: SiteRules | None) -> APIResponse:
        # A shorter time would only make doubt: what has left is not called back by not waiting for its answer.
        longest = max(self._timeout_ms, rules.answer_ms if rules else 0.0)
        self.flying += 1
        try:
            return route.fetch(url=address, post_data=body, max_redirects=0, max_retries=0, timeout=longest)
        finally:
            self.flying -= 1

    def _hand_over(self, route: Route, answer: APIResponse, headers: dict[str, str] | None = None) -> None:
        route.fulfill(response=answer, headers=headers)

    def _body(self, request: Request, rules: SiteRules | None) -> bytes | None:
        body = request.post_data_buffer
        body = body and whole_body(request.headers.get("content-type", ""), body, self._attached)
        most = rules.most_bytes if rules else 10_000_000
        if body and len(body) > most:
            raise refusals.too_large(request.method, request.url, len(body), most)
        return body

    def _ask_now(self) -> None:
        """Ask until the answer is fresh: the permission of a process that was stopped meanwhile is worth nothing."""
        while True:
            self._unless_stopped()
            asked = self._monotonic()
            self._ask()
            if self._monotonic() - asked < PERMISSION_S:
                return

    def _unless_stopped(self) -> None:
        if self.stopped:
            raise ApplicationError("INTERRUPTED", "The worker was stopped while the item ran; it is tried again.")


def _method_after(method: str, answer: APIResponse) -> str | None:
    """The method with which a browser would follow a redirect; None where the answer is none."""
    if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
        return None
    becomes_get = answer.status == 303 or (answer.status in (301, 302) and method == "POST")
    return "GET" if becomes_get else method


def _end(route: Route, why: str) -> None:
    """Hold a request back for good; one whose page has gone, or that was answered before the error, is at its end."""
    with suppress(Error):
        route.abort(why)


def _leads_on(request: Request) -> bool:
    """Whether a request is the way to another page."""
    return getattr(request, "resource_type", "") == "document"


def _page_of(request: Request) -> Page | None:
    """The page that sends a request; None where the browser knows of none (yet)."""
    try:
        return request.frame.page
    except Error:
        return None
