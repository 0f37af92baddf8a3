"""An effect happens once, whatever happened before: tried on a site that only counts, through the real gate."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from keywords.context import ItemContext
from keywords.effects import Effect, Intent, once
from keywords.failures import ApplicationError, BusinessError, QualityError
from keywords.gate import Gate
from keywords.sites import ReadBack
from keywords.uploads import whole_body
from mes_core.client import MesError
from mes_core.messages.views import ConfirmEffect, EffectView, NewEffect


class FakeRoute:
    """A request at the gate."""

    def __init__(self, method: str) -> None:
        self.request = SimpleNamespace(method=method, url="http://site/book", post_data_buffer=None, headers={})
        self.fate = ""

    def continue_(self) -> None:
        self.fate = "sent"

    def fetch(self, **options: Any) -> SimpleNamespace:
        assert (options["max_redirects"], options["max_retries"]) == (0, 0), "it leaves once"
        return SimpleNamespace(status=200, headers={})

    def fulfill(self, **_answer: Any) -> None:
        self.fate = "sent"

    def abort(self, reason: str) -> None:
        self.fate = "held back"


class CountingSite:
    """Holds references; `late` bookings show only after a wait, each `stale` channel is empty until then."""

    def __init__(self) -> None:
        self.page: list[str] = []
        self.export: list[str] = []
        self.late: list[str] = []
        self.stale_page = False
        self.acts = 0
        self.waits: list[float] = []
        self.gate = Gate()

    def find(self) -> ReadBack:
        return ReadBack(() if self.stale_page else tuple(self.page), tuple(self.export))

    def act(self, times: int = 1) -> str:
        route = FakeRoute("POST")
        self.gate.handle(cast(Any, route))
        if route.fate != "sent":
            raise ApplicationError("SITE_FAILED", "The request was held back.")
        for _ in range(times):
            self.acts += 1
            self.page.append(f"B{self.acts}")
            self.export.append(f"B{self.acts}")
        return self.page[0]

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.page += self.late
        self.export += self.late
        self.late, self.stale_page = [], False


class Notes:
    """The MES's side of effects, in memory; `lease` is the epoch that holds the item."""

    def __init__(self) -> None:
        self.noted: dict[tuple[str, str, str, int], EffectView] = {}
        self.confirmed: list[ConfirmEffect] = []
        self.lease = 1

    def register_effect(self, effect: NewEffect) -> EffectView:
        key = (effect.site, effect.kind, effect.business_key, effect.revision)
        if key in self.noted:
            return self.noted[key].model_copy(update={"created": False})
        self.noted[key] = EffectView(
            effect_id="e1", state="intended", created=True, created_at=datetime.now(UTC), **effect.model_dump()
        )
        return self.noted[key]

    def act_on_effect(self, effect_id: str, item_id: str, epoch: int, details: dict[str, Any]) -> None:
        if epoch != self.lease:
            raise MesError(409, "The lease is another worker's.")
        self.sent(0.0, details)

    def sent(self, ago_s: float, details: dict[str, Any]) -> None:
        """Note that a request left so many seconds ago."""
        for key, view in self.noted.items():
            self.noted[key] = view.model_copy(
                update={"acted_at": datetime.now(UTC), "acted_ago_s": ago_s, "details": details}
            )

    def confirm_effect(self, effect_id: str, confirmation: ConfirmEffect) -> None:
        self.confirmed.append(confirmation)
        if confirmation.count != 1:
            raise MesError(409, "There must be exactly one.")


INTENT = Intent("courier", "booking", "ship:B-1", "B-1", {"slot_id": "S1"})


def bring_about(site: CountingSite, notes: Notes, act: Callable[[], str] | None = None, **more: Any) -> Effect:
    item = {"item_id": "i1", "epoch": 1}
    browser = SimpleNamespace(gate=site.gate)
    context = cast(
        ItemContext, SimpleNamespace(mes=notes, item=item, browser=browser, account_on=lambda system: f"bot@{system}")
    )
    return once(context, more.get("intent", INTENT), find=site.find, act=act or site.act, settle_s=3, wait=site.wait)


def earlier_try(notes: Notes, sent_ago_s: float | None = None) -> None:
    """An attempt before: its intent, and whether a request of it left."""
    notes.register_effect(
        NewEffect(site="courier", kind="booking", business_key="ship:B-1", batch_id="B-1", item_id="i0")
    )
    if sent_ago_s is not None:
        notes.sent(sent_ago_s, {})


def test_the_first_try_acts_once_and_confirms() -> None:
    site, notes = CountingSite(), Notes()
    effect = bring_about(site, notes)
    assert (effect.reference, effect.adopted, site.acts, site.waits) == ("B1", False, 1, [])
    assert notes.confirmed == [ConfirmEffect(reference="B1", count=1)]


def test_an_effect_made_by_what_nobody_knew_as_a_change_is_no_quiet_success() -> None:
    site, notes = CountingSite(), Notes()

    def link() -> str:
        site.gate.handle(cast(Any, FakeRoute("GET")))
        site.page.append("B1")
        site.export.append("B1")
        return "B1"

    with pytest.raises(QualityError, match="changed_by_link") as refused:
        bring_about(site, notes, link)
    assert refused.value.code == "EFFECT_PAST_GATE"
    assert [one.count for one in notes.confirmed] == [1]


def test_a_second_try_adopts_what_stands_with_the_details_of_the_one_that_acted() -> None:
    site, notes = CountingSite(), Notes()
    earlier_try(notes)
    bring_about(site, notes)
    again = bring_about(site, notes, intent=Intent("courier", "booking", "ship:B-1", "B-1", {"slot_id": "S2"}))
    assert (again.adopted, again.details, site.acts) == (True, {"slot_id": "S1"}, 1)


def test_an_answer_that_was_lost_after_the_commit_is_adopted_at_once() -> None:
    site, notes = CountingSite(), Notes()

    def lost() -> str:
        site.act()
        raise ApplicationError("SITE_NO_ANSWER", "The answer was lost.")

    effect = bring_about(site, notes, lost)
    assert (effect.adopted, effect.details, site.acts, site.waits) == (True, {"slot_id": "S1"}, 1, [3])


def test_what_this_try_sent_has_its_own_details_not_those_of_an_earlier_one() -> None:
    """The earlier try never sent; this one did, and its answer was lost."""
    site, notes = CountingSite(), Notes()
    notes.register_effect(
        NewEffect(
            site="courier",
            kind="booking",
            business_key="ship:B-1",
            batch_id="B-1",
            item_id="i0",
            details={"slot_id": "OLD"},
        )
    )

    def lost() -> str:
        site.act()
        raise ApplicationError("SITE_NO_ANSWER", "The answer was lost.")

    effect = bring_about(site, notes, lost)
    assert (effect.adopted, effect.details) == (True, {"slot_id": "S1"})


def test_a_request_that_never_arrived_fails_and_is_tried_again() -> None:
    site, notes = CountingSite(), Notes()

    def lost() -> str:
        site.act()
        site.page, site.export = [], []
        raise ApplicationError("SITE_NO_ANSWER", "The connection was reset.")

    with pytest.raises(ApplicationError):
        bring_about(site, notes, lost)
    assert bring_about(site, notes).reference == "B2"


def test_a_late_commit_of_an_earlier_try_is_waited_for_as_long_as_the_site_needs() -> None:
    site, notes = CountingSite(), Notes()
    earlier_try(notes, sent_ago_s=1.0)
    site.late = ["B9"]
    effect = bring_about(site, notes)
    assert (effect.reference, effect.adopted, site.acts, site.waits) == ("B9", True, 0, [2.0])


def test_an_earlier_try_that_never_arrived_is_done_after_the_settling_time() -> None:
    site, notes = CountingSite(), Notes()
    earlier_try(notes, sent_ago_s=600.0)
    assert not bring_about(site, notes).adopted
    assert (site.acts, site.waits) == (1, [0.0])


def test_where_no_request_ever_left_nothing_is_waited_for() -> None:
    site, notes = CountingSite(), Notes()
    earlier_try(notes)
    assert not bring_about(site, notes).adopted
    assert (site.acts, site.waits) == (1, [])


def test_a_stale_list_is_waited_for_before_anything_is_decided() -> None:
    site, notes = CountingSite(), Notes()
    earlier_try(notes, sent_ago_s=0.5)
    site.page, site.export, site.stale_page = ["B7"], ["B7"], True
    assert bring_about(site, notes).reference == "B7"
    assert (site.acts, site.waits) == (0, [2.5])


def test_channels_that_disagree_for_good_stop_before_the_act() -> None:
    site, notes = CountingSite(), Notes()
    site.export.append("B7")
    with pytest.raises(QualityError, match=r"the page shows none, the export shows B7"):
        bring_about(site, notes)
    assert (site.acts, site.waits, notes.confirmed) == (0, [3], [])


def test_two_that_stand_are_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()
    site.page, site.export = ["B1", "B2"], ["B1", "B2"]
    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes)
    assert (site.acts, notes.confirmed[0].count) == (0, 2)


def test_one_request_that_the_site_commits_twice_is_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()
    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes, lambda: site.act(times=2))
    assert notes.confirmed[0].count == 2


def test_an_act_that_shows_nowhere_is_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()
    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes, lambda: "B1")
    assert (site.waits, notes.confirmed[0].count) == ([3], 0)


def test_a_number_that_is_not_the_one_shown_is_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()

    def mixed_up() -> str:
        site.act()
        return "B99"

    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes, mixed_up)


def test_a_worker_that_lost_its_lease_sends_nothing() -> None:
    site, notes = CountingSite(), Notes()

    def adopted_meanwhile() -> str:
        notes.lease = 2
        return site.act()

    with pytest.raises(BusinessError, match="The lease is another worker's"):
        bring_about(site, notes, adopted_meanwhile)
    assert (site.acts, notes.confirmed) == (0, [])


def test_a_permission_that_is_old_when_it_arrives_is_asked_for_again() -> None:
    times = iter((0.0, 130.0, 130.0, 130.1))
    gate, asked = Gate(monotonic=lambda: next(times)), []
    with gate.opened(lambda: asked.append(1)):
        gate.handle(cast(Any, FakeRoute("POST")))
    assert len(asked) == 2


def test_files_are_put_back_into_a_form(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"one bag\r\n")
    head = b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    file = b'--X\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\nContent-Type: text/plain\r\n\r\n%s\r\n'
    attached = {"list.txt": tmp_path / "list.txt"}
    kind = "multipart/form-data; boundary=X"
    body = whole_body(kind, head + file % (b"list.txt", b"") + file % (b"", b"") + b"--X--\r\n", attached)
    assert body == head + file % (b"list.txt", b"one bag\r\n") + file % (b"", b"") + b"--X--\r\n"
    assert whole_body(kind, body, attached) == body, "what is whole stays as it is"
    assert whole_body("application/x-www-form-urlencoded", b"a=1", attached) == b"a=1"
    with pytest.raises(BusinessError, match="UPLOAD_NOT_KNOWN"):
        whole_body(kind, file % (b"other.txt", b"") + b"--X--\r\n", attached)


@pytest.mark.parametrize(("method", "fate"), [("GET", "sent"), ("POST", "held back"), ("DELETE", "held back")])
def test_outside_an_effect_only_reading_passes_the_gate(method: str, fate: str) -> None:
    gate, route = Gate(), FakeRoute(method)
    gate.begin_item()
    gate.handle(cast(Any, route))
    assert route.fate == fate
    assert (gate.refused is None) == (fate == "sent")
    with gate.logging_in():
        gate.handle(cast(Any, again := FakeRoute("POST")))
    assert (again.fate, gate.passed) == ("sent", 0)
