"""An MES of its own with two people, one bot and batches of the twin; every act goes through the typed client."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from robot.api.deco import keyword, library

from batchwright.demo import plant
from batchwright.support.settings import Home
from batchwright.support.wiring import clock, open_mes, who_runs_this
from mes_core.client import MesClient
from mes_core.client.errors import MesError
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import views as v
from mes_core.messages.deviations import CloseDeviation
from mes_core.messages.people import MapName
from mes_core.messages.work import ItemStep, TellSteps
from mes_core.services import Mes
from mes_core.web import create_app
from twin.defects import Bundle, mutate
from twin.world import make_clean_bundles

HOST_MARK = "known to the acceptance tests alone"
REVIEW = "batch_record_review"
PASSWORDS = {
    "reviewer": "Vineyard lamp 12 crates",
    "qp": "Copper otter 29 shelves",
    "ada.keeper": "Marble canoe 53 lanterns",
    "bot": "Thistle anvil 31 ribbons",
}


@library(scope="SUITE", auto_keywords=False)
class MesPlant:
    """The accounts are `reviewer`, `qp` (a qualified person), `ada.keeper` (an administrator) and `bot`."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._clients: dict[str, MesClient] = {}
        self._bundles: list[Bundle] = []
        self._mes: Mes | None = None

    @keyword
    def start_the_mes(self, batches: int = 4) -> str:
        """Serves an empty MES on a free port; gives its address. `batches` is how many can be reviewed in it."""
        folder = Path(tempfile.mkdtemp(prefix="batchwright-acceptance-mes-"))
        self._stack.callback(shutil.rmtree, folder)
        mes = self._mes = open_mes(Home(folder))
        mes.create_person("reviewer", "Robin Reader", ["reviewer"], PASSWORDS["reviewer"], actor=who_runs_this())
        mes.create_person("qp", "Quinn Person", ["qualified_person"], PASSWORDS["qp"], actor=who_runs_this())
        mes.create_person("ada.keeper", "Ada Keeper", ["administrator"], PASSWORDS["ada.keeper"], actor=who_runs_this())
        mes.create_bot("bot", PASSWORDS["bot"], actor=who_runs_this())
        (url,) = self._stack.enter_context(plant.serving(create_app(mes)))
        for user, password in PASSWORDS.items():
            self._clients[user] = self._stack.enter_context(MesClient.login(url, user, password))
        self._bundles = list(make_clean_bundles(batches, 41, now=clock()))
        return url

    @keyword
    def there_is_a_person(self, user: str, printed_name: str, role: str, password: str) -> None:
        """Makes an account of a person with one role."""
        assert self._mes is not None, "Start the MES first."
        self._mes.create_person(user, printed_name, [role], password, actor=who_runs_this())

    @keyword
    def bot_takes_the_review_and_tells_of_a_step(self, batch_id: str, name: str) -> None:
        """The bot claims the review that was asked for last, and tells of a step that it is at."""
        self._take_a_review(batch_id)
        (item,) = self._clients["bot"].work_items(state="running")
        step = ItemStep(name=name, begun_at=clock())
        self._clients["bot"].tell_steps(item.item_id, TellSteps(epoch=item.epoch, steps=(step,)))

    @keyword
    def bot_ends_what_it_has_in_hand(self) -> None:
        """The bot reports its item done."""
        bot = self._clients["bot"]
        for item in bot.work_items(state="running"):
            bot.act_under(f"{item.item_id} {item.epoch} {HOST_MARK}")
            bot.complete(item)

    @keyword
    def stop_the_mes(self) -> None:
        """Ends the server and removes its folder."""
        self._stack.close()

    @keyword
    def batch_reviewed_by_the_bot(self, defect: str = "") -> str:
        """Takes the next batch, plants the defect in it if one is named, and reviews it; gives its number."""
        bundle = self._bundles.pop()
        if defect:
            bundle, _ = mutate(bundle, defect, np.random.default_rng(5))
        bot = self._clients["bot"]
        bot.submit_batch(BatchRecord.model_validate(bundle.record))
        self._say_who_is_who()
        self._take_a_review(bundle.batch_id)
        bot.review(bundle.batch_id, _observations(bundle))
        return bundle.batch_id

    @keyword
    def review_again(self, batch_id: str) -> None:
        """Reviews with the readings that are stored."""
        self._take_a_review(batch_id)
        self._clients["bot"].review(batch_id)

    def _say_who_is_who(self) -> None:
        """The administrator says of the names in records that they are nobody's who has an account."""
        administrator = self._clients["ada.keeper"]
        said = {"reason": "From the list of staff.", "password": PASSWORDS["ada.keeper"]}
        for one in administrator.names_in_records(unknown=True):
            administrator.map_name(MapName.model_validate({"name": one.name, **said}))

    def _take_a_review(self, batch_id: str) -> None:
        """The bot claims a review of the batch, and ends the one that it has in hand; nobody reads without one."""
        bot, reviewer = self._clients["bot"], self._clients["reviewer"]
        for item in bot.work_items(state="running"):
            bot.act_under(f"{item.item_id} {item.epoch} {HOST_MARK}")
            bot.complete(item)
        queued = [one for one in bot.work_items(state="queued", batch_id=batch_id) if one.job == REVIEW]
        one = queued[0] if queued else reviewer.request_review(batch_id, "Read again.")
        assert bot.claim("acceptance", (REVIEW,), HOST_MARK, business_key=one.business_key)

    @keyword
    def batch_should_be(self, batch_id: str, state: str, verdict: str) -> None:
        """State and newest verdict of the batch, and whether a hold is open, which must agree with the state."""
        view = self._clients["reviewer"].get_batch(batch_id)
        assert (view.state.value, view.verdict) == (state, verdict), f"{batch_id} is {view.state}, {view.verdict}."
        assert bool(_open_holds(view)) == (state == "on_hold"), f"{batch_id} is {state}, its holds are {view.holds}."

    @keyword
    def release_should_be_signed_by(self, batch_id: str, printed_name: str) -> None:
        """The disposition is a release with the parts of a signature, bound to the record as it is."""
        view = self._clients["reviewer"].get_batch(batch_id)
        signed = view.disposition
        assert signed is not None, f"{batch_id} carries no disposition."
        assert (signed.disposition.value, signed.printed_name) == ("released", printed_name)
        assert (signed.record_hash, signed.verdict_id) == (view.record_hash, view.verdict_id)
        assert signed.meaning

    @keyword
    def findings_should_be(self, batch_id: str, status: str) -> None:
        """Every finding of the newest verdict is open or closed; there is at least one."""
        found = self._clients["reviewer"].verdicts(batch_id)[0].findings
        assert found, f"{batch_id} has no finding."
        assert {one.status for one in found} == {status}, f"{[(one.finding.rule, one.status) for one in found]}"

    @keyword
    def close_every_finding(self, who: str, batch_id: str, closure: str = "justified", password: str = "") -> None:
        """Closes the findings of the newest verdict, signed by `who`."""
        for one in self._clients["reviewer"].verdicts(batch_id)[0].findings:
            closing = {"closure": closure, "reason": "Seen and explained.", "password": password or PASSWORDS[who]}
            self._clients[who].close_finding(one.finding_id, v.CloseFinding.model_validate(closing))

    @keyword
    def close_every_deviation(self, who: str, batch_id: str) -> None:
        """Closes the deviations that are open, signed by `who`."""
        for one in self._clients["reviewer"].deviations(batch_id):
            ended = {
                "deviation_key": one.deviation_key,
                "outcome": "no_impact",
                "conclusion": "Calibrated the day after.",
            }
            closing = CloseDeviation.model_validate({**ended, "password": PASSWORDS[who]})
            self._clients[who].close_deviation(batch_id, closing)

    @keyword
    def lift_the_hold(self, who: str, batch_id: str, password: str = "") -> None:
        """Lifts every open hold, signed by `who`."""
        lifting = v.LiftHold(reason="Every finding is justified.", password=password or PASSWORDS[who])
        for hold in _open_holds(self._clients["reviewer"].get_batch(batch_id)):
            self._clients[who].lift_hold(hold.hold_id, lifting)

    @keyword
    def sign_the_release(
        self, who: str, batch_id: str, password: str = "", verdict_id: str = "", record_hash: str = ""
    ) -> None:
        """Signs on the verdict and the record as they are now, unless others are named."""
        view = self._clients["reviewer"].get_batch(batch_id)
        signing = {
            "disposition": "released",
            "verdict_id": verdict_id or view.verdict_id,
            "record_hash": record_hash or view.record_hash,
            "reason": "Reviewed and in order.",
            "meaning": "I certify this batch for release.",
            "password": password or PASSWORDS[who],
        }
        self._clients[who].dispose(batch_id, v.SignDisposition.model_validate(signing))

    @keyword
    def correct_the_first_parameter(self, who: str, batch_id: str, password: str = "") -> None:
        """Makes a new version of the record, signed by `who`."""
        one = self._clients["reviewer"].get_record(batch_id).parameters[0]
        body = {"path": f"parameters/{one.name}/text", "old": one.text, "new": f"{one.text}0", "reason": "Digit lost."}
        correction = v.Correction.model_validate({**body, "password": password or PASSWORDS[who]})
        self._clients[who].correct(batch_id, correction)

    @keyword
    def what_a_reviewer_sees(self, batch_id: str) -> dict[str, str]:
        """The verdict and the record that a signature given now would be bound to."""
        view = self._clients["reviewer"].get_batch(batch_id)
        return {"verdict_id": view.verdict_id or "", "record_hash": view.record_hash}

    @keyword
    def should_be_refused(self, status: int, words: str, act: str, who: str, batch_id: str, **how: Any) -> None:
        """The named keyword ends in this HTTP status and one sentence with these words, and changes nothing."""
        before = self._all_of(batch_id)
        try:
            getattr(self, act.lower().replace(" ", "_"))(who, batch_id, **how)
        except MesError as refused:
            assert refused.status == status, f"{refused.status}, wanted {status}: {refused.detail}"
            assert words in refused.detail, f"{refused.detail!r} does not say {words!r}."
            assert "\n" not in refused.detail
            assert refused.detail.endswith("."), f"{refused.detail!r} is no sentence."
        else:
            raise AssertionError(f"{who} may do this: {act} of {batch_id}.")
        assert self._all_of(batch_id) == before, f"{act} was refused and changed {batch_id} all the same."

    def _all_of(self, batch_id: str) -> tuple[Any, ...]:
        reader = self._clients["reviewer"]
        acted = [one for one in reader.audit(batch_id) if "refused" not in one.action]
        return reader.get_batch(batch_id), reader.verdicts(batch_id), reader.get_record(batch_id), acted


def _open_holds(view: v.BatchView) -> list[v.HoldView]:
    return [one for one in view.holds if one.lifted_at is None]


def _observations(bundle: Bundle) -> list[Observation]:
    tables = {
        ("lims", "results"): bundle.lims_results,
        ("lims", "samples"): bundle.lims_samples,
        ("erp", "consumption"): bundle.erp_consumption,
        ("erp", "stock"): bundle.erp_stock,
    }
    return [
        Observation(
            system=system,
            table=table,
            page=f"{system}/{table}",
            read_at=clock(),
            rows=tuple({**row, "row": number} for number, row in enumerate(rows, start=1)),
        )
        for (system, table), rows in tables.items()
    ]
