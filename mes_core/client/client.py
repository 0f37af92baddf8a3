"""One typed method per endpoint of the MES API. Synchronous; not shared between threads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from mes_core.client.certification import CertificationCalls
from mes_core.client.errors import MesError, MesUnreachable
from mes_core.client.evidence import EvidenceCalls
from mes_core.client.filing import FilingCalls
from mes_core.client.journeys import JourneyCalls
from mes_core.client.predictive import Held, PredictiveCalls
from mes_core.client.work import PAGE, WorkCalls
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import approvals as a
from mes_core.messages import deviations as d
from mes_core.messages import genealogy as g
from mes_core.messages import views as v
from mes_core.messages.effects import LEASE_HEADER

M = TypeVar("M", bound=BaseModel)


class MesClient(PredictiveCalls, CertificationCalls, JourneyCalls, WorkCalls, FilingCalls, EvidenceCalls):
    """Speaks for one account.

    Every method raises `MesError` when the MES refuses, and `MesUnreachable` when it does not answer. Every change
    takes `if_match` and `idempotency_key` (see `Held`). Lists come whole, or one by one from the methods `each_...`;
    where a list changes while its pages are walked, an item may be met twice or not at all.
    """

    def __init__(
        self, base_url: str, token: str | None = None, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the address and the token of a log-in."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(
            base_url=base_url,
            headers=headers,
            timeout=30.0,
            transport=transport,
            trust_env=False,
            # Reading the authorities takes 0.1 s, which an address without TLS has no use for; no redirect is followed.
            verify=not base_url.startswith("http://"),
        )
        self.session: v.Session | None = None
        self._log_in: Callable[[], v.Session] | None = None
        self._lease: str | None = None
        self._transport = transport

    @classmethod
    def login(
        cls,
        base_url: str,
        user: str,
        password: str,
        *,
        transport: httpx.BaseTransport | None = None,
        stay: bool = False,
    ) -> "MesClient":
        """Log in and return a client that speaks for the account; `session` says who that is.

        Args:
            base_url: address of the MES.
            user: name of the account.
            password: of the account.
            transport: how requests travel; by the network unless a test says otherwise.
            stay: log in again when the session has run out, for a bot that works on for weeks.
        """

        def log_in() -> v.Session:
            with cls(base_url, transport=transport) as anonymous:
                return anonymous._post("/api/login", v.Login(user=user, password=password), v.Session)

        session = log_in()
        client = cls(base_url, session.token, transport=transport)
        client.session = session
        client._log_in = log_in if stay else None
        return client

    @classmethod
    def resumed(cls, base_url: str, session: v.Session) -> "MesClient":
        """A client that speaks for a session which was opened before.

        Args:
            base_url: address of the MES.
            session: as a log-in gave it.
        """
        client = cls(base_url, session.token)
        client.session = session
        return client

    def __enter__(self) -> "MesClient":
        """Use as a context manager to close the connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def act_under(self, lease: str | None) -> None:
        """Send the lease of a work item with each request from now on, None for none; `claim` does it by itself."""
        self._lease = lease

    def beside(self) -> "MesClient":
        """A client for another thread: the same account, under the same lease as now."""
        token = self.session.token if self.session else None
        made = MesClient(str(self._http.base_url), token, transport=self._transport)
        made.session, made._log_in, made._lease = self.session, self._log_in, self._lease
        return made

    def logout(self) -> None:
        """End the session on the server."""
        self._request("POST", "/api/logout")

    # Batches

    def submit_batch(self, record: BatchRecord, **held: Unpack[Held]) -> v.BatchView:
        """Store a record; the same content again changes nothing, other content under the same id is refused."""
        return self._post("/api/batches", record, v.BatchView, held=held)

    def get_batch(self, batch_id: str) -> v.BatchView:
        """State, holds, disposition, shipment and filings of a batch."""
        return self._get(f"/api/batches/{_q(batch_id)}", v.BatchView)

    def list_batches(self, *, state: str | None = None, limit: int = 50, offset: int = 0) -> v.Page[v.BatchView]:
        """One page of batches, newest change first."""
        params: dict[str, Any] = {"limit": limit, "offset": offset} | ({"state": state} if state else {})
        return self._get("/api/batches", v.Page[v.BatchView], params)

    def each_batch(
        self, *, state: str | None = None, kind: str | None = None, page: int = PAGE
    ) -> Iterator[v.BatchView]:
        """Every batch, newest change first, `page` of them at a time. A change in between may move one."""
        return self._each("/api/batches", v.BatchView, {"state": state, "kind": kind}, page)

    def tag(self, batch_id: str) -> str:
        """What names the state of a batch as it is now, for `if_match`."""
        return self._request("GET", f"/api/batches/{_q(batch_id)}").headers["etag"]

    def get_record(self, batch_id: str) -> BatchRecord:
        """The record as it is now."""
        return self._get(f"/api/batches/{_q(batch_id)}/record", BatchRecord)

    def audit(self, batch_id: str) -> tuple[v.AuditEntry, ...]:
        """The whole audit trail of a batch."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/audit", v.AuditEntry, {}))

    def each_audit_entry(
        self, batch_id: str, *, action: str | None = None, user: str | None = None, page: int = PAGE
    ) -> Iterator[v.AuditEntry]:
        """The audit trail of a batch in its order, `page` entries at a time."""
        path = f"/api/batches/{_q(batch_id)}/audit"
        return self._each(path, v.AuditEntry, {"action": action, "user": user}, page)

    def trace(self, kind: g.Traced, key: str) -> g.Genealogy:
        """Every batch that a thing touched, and everything that touched those batches."""
        return self._get("/api/genealogy", g.Genealogy, {"kind": kind.value, "key": key})

    # Review

    def put_observations(self, batch_id: str, observations: Iterable[Observation], **held: Unpack[Held]) -> None:
        """Store what was read in other systems; a table read again replaces the earlier reading."""
        self._request(
            "POST",
            f"/api/batches/{_q(batch_id)}/observations",
            v.ObservationSet(observations=tuple(observations)),
            held=held,
        )

    def observations(self, batch_id: str) -> tuple[Observation, ...]:
        """What was last read in other systems."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/observations", Observation, {}))

    def review(self, batch_id: str, observations: Iterable[Observation] = (), **held: Unpack[Held]) -> v.VerdictView:
        """Ask for a verdict on the record and the stored observations."""
        body = v.ReviewRequest(observations=tuple(observations))
        return self._post(f"/api/batches/{_q(batch_id)}/reviews", body, v.VerdictView, held=held)

    def verdicts(self, batch_id: str) -> tuple[v.VerdictView, ...]:
        """All verdicts of a batch, newest first."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/reviews", v.VerdictView, {}))

    def open_deviation(
        self,
        batch_id: str,
        deviation_key: str,
        title: str,
        severity: str = "major",
        finding_id: str | None = None,
        **held: Unpack[Held],
    ) -> v.DeviationView:
        """Open a deviation; the same key again returns the one that is there."""
        body = v.NewDeviation(deviation_key=deviation_key, title=title, severity=severity, finding_id=finding_id)
        return self._post(f"/api/batches/{_q(batch_id)}/deviations", body, v.DeviationView, held=held)

    def deviations(self, batch_id: str) -> tuple[v.DeviationView, ...]:
        """Deviations, investigations and corrective actions of a batch."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/deviations", v.DeviationView, {}))

    def open_hold(self, batch_id: str, kind: str, reason: str, key: str, **held: Unpack[Held]) -> v.HoldView:
        """Hold a batch; the same key again returns the hold that is there."""
        return self._post(
            f"/api/batches/{_q(batch_id)}/holds", v.NewHold(kind=kind, reason=reason, key=key), v.HoldView, held=held
        )

    def request_review(self, batch_id: str, reason: str, **held: Unpack[Held]) -> v.WorkItemView:
        """Queue a new review by the bot."""
        return self._post(
            f"/api/batches/{_q(batch_id)}/review-requests", v.ReviewAgain(reason=reason), v.WorkItemView, held=held
        )

    # What only people may do

    def correct(self, batch_id: str, correction: v.Correction, **held: Unpack[Held]) -> v.BatchView:
        """Correct one value of the record: a new version, and every earlier verdict is overtaken."""
        return self._post(f"/api/batches/{_q(batch_id)}/corrections", correction, v.BatchView, held=held)

    def close_finding(self, finding_id: str, closing: v.CloseFinding, **held: Unpack[Held]) -> v.FindingView:
        """Close a finding with a reason and a signature."""
        return self._post(f"/api/findings/{_q(finding_id)}/close", closing, v.FindingView, held=held)

    def close_deviation(self, batch_id: str, closing: d.CloseDeviation, **held: Unpack[Held]) -> v.DeviationView:
        """Close a deviation, an investigation or a corrective action, signed."""
        return self._post(f"/api/batches/{_q(batch_id)}/deviation-closures", closing, v.DeviationView, held=held)

    def review_trail(self, batch_id: str, review: d.ReviewTrail, **held: Unpack[Held]) -> d.TrailReview:
        """Sign that the audit trail was reviewed up to an entry."""
        return self._post(f"/api/batches/{_q(batch_id)}/audit-reviews", review, d.TrailReview, held=held)

    def dispose(self, batch_id: str, signing: v.SignDisposition, **held: Unpack[Held]) -> v.DispositionView:
        """Sign a disposition."""
        return self._post(f"/api/batches/{_q(batch_id)}/dispositions", signing, v.DispositionView, held=held)

    def lift_hold(self, hold_id: str, lifting: v.LiftHold, **held: Unpack[Held]) -> v.HoldView:
        """Lift a hold with a reason and a signature."""
        return self._post(f"/api/holds/{_q(hold_id)}/lift", lifting, v.HoldView, held=held)

    # Change control

    def propose(self, proposal: a.NewProposal, **held: Unpack[Held]) -> a.ProposalView:
        """Put content forward for approval, as its author."""
        return self._post("/api/proposals", proposal, a.ProposalView, held=held)

    def approve(self, approval: a.NewApproval, **held: Unpack[Held]) -> a.ApprovalView:
        """Put a rule set, model, suite or site folder in force, signed."""
        return self._post("/api/approvals", approval, a.ApprovalView, held=held)

    def approvals(self, kind: a.Approvable | None = None) -> tuple[a.ApprovalView, ...]:
        """All approvals; the newest one of a kind and name is in force."""
        return tuple(self._each("/api/approvals", a.ApprovalView, {"kind": kind.value if kind else None}))

    # Shipment

    def record_shipment(self, shipment: v.Shipment, **held: Unpack[Held]) -> v.BatchView:
        """Record what was booked and posted; the batch becomes shipped and its filing clocks are decided."""
        return self._post(f"/api/batches/{_q(shipment.batch_id)}/shipments", shipment, v.BatchView, held=held)

    # Plumbing

    def _get(self, path: str, shape: type[M], params: dict[str, Any] | None = None) -> M:
        """One answer; what is None in `params` is left out, which is not the same as an empty text."""
        chosen = {name: value for name, value in params.items() if value is not None} if params else None
        return shape.model_validate_json(self._request("GET", path, params=chosen).content)

    def _each(self, path: str, item: type[M], params: Mapping[str, Any], page: int = PAGE) -> Iterator[M]:
        """Every item of a list, page by page as they are asked for; what is None in `params` is left out."""
        chosen, offset = {name: value for name, value in params.items() if value is not None}, 0
        while True:
            got = self._get(path, v.Page[item], {**chosen, "limit": page, "offset": offset})  # type: ignore[valid-type]
            yield from got.items
            offset += len(got.items)
            if not got.items or offset >= got.total:
                return

    def _post(self, path: str, body: BaseModel, shape: type[M], held: Held | None = None) -> M:
        return shape.model_validate_json(self._request("POST", path, body, held=held).content)

    def _request(
        self,
        method: str,
        path: str,
        body: BaseModel | None = None,
        params: dict[str, Any] | None = None,
        held: Held | None = None,
    ) -> httpx.Response:
        content = None if body is None else body.model_dump_json().encode()
        headers = {"Content-Type": "application/json"} if content else {}
        headers |= {LEASE_HEADER: self._lease} if self._lease else {}
        for name, value in (held or {}).items():
            headers[name.replace("_", "-")] = str(value)
        try:
            answer = self._http.request(method, path, content=content, headers=headers, params=params)
            if answer.status_code == httpx.codes.UNAUTHORIZED and self._log_in is not None:
                self.session = self._log_in()  # the session ran out; nothing was done, so it is asked once more
                self._http.headers["Authorization"] = f"Bearer {self.session.token}"
                answer = self._http.request(method, path, content=content, headers=headers, params=params)
        except httpx.TransportError as error:
            raise MesUnreachable(f"The MES at {self._http.base_url} did not answer ({error}).") from error
        if answer.is_error:
            raise MesError(answer.status_code, _detail(answer))
        return answer


def _q(part: str) -> str:
    return quote(part, safe="")


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The MES answered {answer.status_code} without saying why."
