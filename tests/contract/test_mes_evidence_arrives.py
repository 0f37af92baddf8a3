"""Evidence across machines: capsules come to the MES in pieces, checked; the next attempt goes on from them."""

import hashlib
import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, record, running_plant

from batchwright.support.servers import Server, bind
from bots.runtime.capsule import check
from bots.runtime.delivery import Delivery
from bots.runtime.job_queue import MesJobQueue
from bots.runtime.keeper import host_secret
from bots.runtime.runner import SuiteRunner
from bots.runtime.worker import Worker
from keywords.browser import WarmBrowser
from keywords.browser_finder import find_browser
from keywords.settings import Secrets, Settings
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.domain.errors import Conflict, Invalid, Unavailable
from mes_core.messages import views as v
from mes_core.messages.capsules import SUFFIX
from mes_core.messages.evidence import PART, CapsulePart
from mes_core.storage.vault import FolderVault
from mes_core.web import create_app
from mes_core.web.limits import NO_LIMITS

pytestmark = pytest.mark.requirement("URS-130")
JOB = "batch_record_review"
FAILS = "    Fail    APPLICATION SITE_AWAY: The site is away.\n"


class Machine:
    """A worker on a machine of its own: a folder and a secret that no other machine has."""

    def __init__(self, folder: Path, url: str, step: str = "    Log    fine\n") -> None:
        self.home, self.events = folder / "home", []
        suites = folder / "bots"
        (suites / "settings").mkdir(parents=True)
        (suites / "settings" / "demo.yaml").write_text("ITEM_TIMEOUT: 30 seconds\n")
        (suites / f"{JOB}.robot").write_text(f"*** Tasks ***\nLook\n{step}")
        settings = Settings.model_validate({"mes": {"url": url, "user": "bot-1"}, "sites": {}})
        secrets = Secrets({"mes": PASSWORD})
        self.client = MesClient.login(url, "bot-1", PASSWORD)
        self.name = folder.name
        delivery = Delivery(self.client.beside, self.home, self.events.append)
        browser = WarmBrowser(find_browser())  # never started: the suite opens no page
        runner = SuiteRunner(
            self.home, settings, secrets, self.client, browser, suites=suites, elsewhere=delivery.earlier
        )
        queue = MesJobQueue(self.client, self.name, host_secret(self.home, self.name))
        self.worker = Worker(queue, runner, (JOB,), self.events.append, delivery=delivery)
        self._queue = queue

    def one(self) -> dict[str, Any]:
        """Take one item and work at it; what became of it."""
        job = self._queue.claim((JOB,))
        assert job is not None
        self.worker._work(job)
        return next(one for one in reversed(self.events) if one["event"] == "item_finished")

    def said(self, event: str) -> list[str]:
        """What was told of a kind of event."""
        return [str(one["message"]) for one in self.events if one["event"] == event]


@pytest.fixture
def plant(migrated_file: Path, tmp_path: Path) -> Iterator[Plant]:
    with running_plant(Path(shutil.copy(migrated_file, tmp_path / "store.sqlite"))) as made:
        made.mes.submit_batch(record(), made.bot)
        yield made


@pytest.fixture
def served(plant: Plant, tmp_path: Path) -> Iterator[Callable[[str], Machine]]:
    """The MES with its folder of evidence, and what makes a machine beside it."""
    evidence = tmp_path / "server" / "evidence"
    app = create_app(plant.mes, evidence=evidence, vault=FolderVault(evidence), limits=NO_LIMITS)
    with Server(app, bind()) as server:
        yield lambda name, step="    Log    fine\n": Machine(tmp_path / name, server.url, step)  # type: ignore[misc]


def test_the_next_attempt_on_another_machine_goes_on_with_the_chain(served: Any, plant: Plant, tmp_path: Path) -> None:
    """Attempt 1 fails on one machine, attempt 2 is done on another, attempt 1's capsule is there, read and named."""
    first, second = served("a", FAILS), served("b")
    assert first.one()["code"] == "SITE_AWAY"
    plant.later(minutes=1)
    assert second.one()["result"] == "done"
    (item,) = plant.mes.work_items()
    kept = sorted((tmp_path / "server" / "evidence" / "B1").glob(f"*{SUFFIX}"))
    reports = [check(one) for one in kept]
    assert [one.problems for one in reports] == [[], []]
    (before,) = reports[1].manifest["previous"]
    assert (before["attempt"], before["worker"], before["sha256"]) == (1, "a", reports[0].manifest_sha256)
    assert "missing" not in before
    assert (second.home / "evidence" / "B1" / kept[0].name).read_bytes() == kept[0].read_bytes()
    told = second.client.attempts(item.item_id)
    assert [(one.attempt, one.kept, one.capsule_sha256) for one in told] == [
        (number, True, report.sha256) for number, report in enumerate(reports, start=1)
    ]
    assert (first.said("evidence_waits"), second.said("evidence_refused")) == ([], [])


def test_the_console_shows_evidence_from_other_machines(served: Any, plant: Plant, tmp_path: Path) -> None:
    """From the capsule that arrived, vouched for by the trail; also where it lies in a storage behind the folder."""
    machine = served("a")
    machine.one()
    (item,) = plant.mes.work_items()
    evidence = tmp_path / "server" / "evidence"
    behind = f"file://{tmp_path / 'bucket'}"
    vault = FolderVault(tmp_path / "other" / "evidence", behind)
    about, content = _about(machine, item.item_id)
    what = plant.mes.arriving(item.item_id, about, _bot(plant, machine, item.item_id))
    assert vault.add(what, 0, content) == len(content)
    shutil.rmtree(tmp_path / "other" / "evidence")  # the folder is a copy
    for folder, one in ((evidence, FolderVault(evidence)), (tmp_path / "other" / "evidence", vault)):
        web = TestClient(create_app(plant.mes, evidence=folder, vault=one))
        web.post("/login", data={"user": "reviewer", "password": PASSWORD})
        page = web.get(f"/evidence/B1/{about.name}")
        assert page.status_code == 200, page.text[-900:]
        assert "outcome.json" in page.text
        assert "nothing vouches" not in page.text


def test_what_could_not_be_sent_is_sent_later_from_where_it_had_come_to(
    served: Any, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item ends; the capsule waits on its machine, and goes with the next one."""
    machine = served("a", FAILS)
    asked: list[int] = []
    whole = MesClient.send_capsule

    def broken(client: MesClient, item_id: str, about: CapsulePart, file: Path) -> Any:
        asked.append(about.size)
        half = file.read_bytes()[: about.size // 2]
        address = f"/api/work-items/{item_id}/capsules"
        client._request("POST", address, about.model_copy(update={"content": b64encode(half).decode()}))
        raise MesUnreachable("The line was cut.")

    monkeypatch.setattr(MesClient, "send_capsule", broken)
    machine.one()
    assert machine.said("evidence_waits")
    (item,) = plant.mes.work_items()
    assert [one.kept for one in machine.client.attempts(item.item_id)] == [False]
    offsets: list[int] = []
    request = MesClient._request

    def seen(client: MesClient, method: str, path: str, body: Any = None, *more: Any, **named: Any) -> Any:
        if path.endswith("/capsules") and body.content:
            offsets.append(body.offset)
        return request(client, method, path, body, *more, **named)

    monkeypatch.setattr(MesClient, "send_capsule", whole)
    monkeypatch.setattr(MesClient, "_request", seen)
    machine.worker.drain(lambda: bool(offsets))  # the item itself waits for its next try, by a clock that stands
    assert offsets == [asked[0] // 2]
    assert [one.kept for one in machine.client.attempts(item.item_id)] == [True]


def _announced(machine: Machine, plant: Plant) -> tuple[CapsulePart, bytes, Any]:
    """What one attempt of a machine left: about it, its bytes, and where they shall lie."""
    machine.one()
    (item,) = plant.mes.work_items()
    about, content = _about(machine, item.item_id)
    return about, content, plant.mes.arriving(item.item_id, about, _bot(plant, machine, item.item_id))


def test_what_a_person_has_tried_again_leaves_evidence_of_its_own(served: Any, plant: Plant, tmp_path: Path) -> None:
    """A name never comes round again, so the capsule of the item's end is neither refused nor taken for another."""
    first, second = served("a", FAILS), served("b")
    for _ in range(3):
        first.one()
        plant.later(minutes=10)
    (item,) = plant.mes.work_items()
    plant.mes.retry_item(item.item_id, "The site is back.", plant.reviewer)
    assert second.one()["result"] == "done"
    assert second.said("evidence_refused") == []
    told = second.client.attempts(item.item_id)
    assert [(one.attempt, one.worker, one.kept) for one in told] == [
        (1, "a", True),
        (2, "a", True),
        (3, "a", True),
        (4, "b", True),
    ]
    assert len({one.sha256 for one in told}) == 4
    (done,) = plant.mes.work_items()
    assert done.evidence is not None
    assert done.evidence.sha256 == told[-1].sha256


def test_two_senders_of_one_capsule_neither_double_nor_block_it(served: Any, plant: Plant, tmp_path: Path) -> None:
    _, content, what = _announced(served("a"), plant)
    vault = FolderVault(tmp_path / "other")
    half = len(content) // 2
    with ThreadPoolExecutor(8) as many:
        for begin, piece in ((0, content[:half]), (half, content[half:])):
            told = list(many.map(lambda _, begin=begin, piece=piece: _tried(vault, what, begin, piece), range(8)))
            assert all(one == begin + len(piece) or "have arrived: go on from there" in str(one) for one in told)
    assert vault.read(what.path) == content


def _tried(vault: FolderVault, what: Any, begin: int, piece: bytes) -> int | str:
    try:
        return vault.add(what, begin, piece)
    except Conflict as refused:
        return str(refused)


def test_a_storage_that_can_not_be_asked_is_never_written_over(served: Any, plant: Plant, tmp_path: Path) -> None:
    """And what it says of itself, which may hold a password, is said to nobody."""
    _, content, what = _announced(served("a"), plant)
    vault = FolderVault(tmp_path / "other", f"file://{tmp_path / 'bucket'}")
    vault._behind, written = Hiccup(), []
    vault._behind.pipe_file = lambda *given: written.append(given)  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="does not take or give evidence at present") as refused:
        vault.add(what, 0, content)
    assert written == []
    assert "secret" not in str(refused.value)


class Hiccup:
    """A storage whose answer does not come."""

    def info(self, path: str) -> dict[str, Any]:
        """No answer."""
        raise TimeoutError(f"sftp://batch:secret@host{path} timed out")

    def cat_file(self, path: str) -> bytes:
        """None."""
        raise FileNotFoundError(path)

    def pipe_file(self, path: str, value: bytes) -> None:
        """Nothing."""

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Nothing."""


def test_an_attempt_whose_machine_is_gone_is_named_as_missing_and_comes_in_later(served: Any, plant: Plant) -> None:
    """The second machine can't have it and says so; when the first one is back, its evidence is told in the trail."""
    first, second = served("a"), served("b")
    job = first._queue.claim((JOB,))
    folder = first.home / "evidence" / "B1" / f"{job.item_id}-1"
    folder.mkdir(parents=True)
    (folder / "console.txt").write_text("half a line")
    plant.later(minutes=3)
    assert second.one()["result"] == "done"
    about, _ = _about(second, job.item_id)
    (before,) = check(_capsule(second, about.name)).manifest["previous"]
    assert (before["attempt"], before["worker"], before["sha256"]) == (1, "a", "")
    assert "told nothing" in before["missing"]
    from bots.runtime.attempts import previous_attempts

    previous_attempts(
        folder.with_name(f"{job.item_id}-2"), {"item": {"item_id": job.item_id, "job": JOB, "batch_id": "B1"}}
    )
    Delivery(first.client.beside, first.home, first.events.append).send_left()
    assert first.said("evidence_refused") == []
    assert [one.kept for one in first.client.attempts(job.item_id)] == [True, True]
    assert plant.mes.audit("B1")[-1].action == "evidence kept"
    assert f"evidence/B1/{folder.name}" in plant.mes.seals("B1")


def test_what_is_no_evidence_of_the_attempt_is_not_kept(served: Any, plant: Plant, tmp_path: Path) -> None:
    """Another content, item or host, a person, a path that leads elsewhere: refused in a sentence each."""
    machine = served("a")
    machine.one()
    (item,) = plant.mes.work_items()
    about, content = _about(machine, item.item_id)
    bot = _bot(plant, machine, item.item_id)
    vault = FolderVault(tmp_path / "fresh")
    what = plant.mes.arriving(item.item_id, about, bot)
    with pytest.raises(Invalid, match="hash is another one"):
        vault.add(what, 0, b"x" * what.size)
    assert vault.received(what) == 0, "it can be sent anew"
    with pytest.raises(Invalid, match="more were sent"):
        vault.add(what, 0, content + b"x")
    with pytest.raises(Invalid, match="no name"):
        vault.add(what._replace(path="../out.capsule.zip"), 0, content)
    with pytest.raises(Invalid, match="about another attempt"):
        vault.add(what._replace(attempt=2), 0, content)
    for change, word in (({"name": "../x"}, "not called"), ({"sha256": "0" * 64}, "names another capsule")):
        with pytest.raises(Invalid, match=word):
            plant.mes.arriving(item.item_id, about.model_copy(update=change), bot)
    address = f"/api/work-items/{item.item_id}/capsules"
    machine.client.act_under(f"{item.item_id} 0 {'z' * 40}")
    with pytest.raises(MesError, match="another account's or host's"):
        machine.client._request("POST", address, about)
    with (
        MesClient.login(str(machine.client._http.base_url), "qp", PASSWORD) as person,
        pytest.raises(MesError, match="bots"),
    ):
        person._request("POST", address, about)


def test_a_storage_that_refuses_loses_nothing(served: Any, plant: Plant, tmp_path: Path) -> None:
    """The sender is told in one sentence and keeps the capsule; when the storage is back, the same bytes go in."""
    about, content, what = _announced(served("a"), plant)
    bucket = tmp_path / "bucket"
    bucket.write_text("a file where the bucket should be")
    vault = FolderVault(tmp_path / "fresh", f"file://{bucket}")
    with pytest.raises(Exception, match="does not take or give evidence"):
        vault.add(what, 0, content)
    assert not list((tmp_path / "fresh").rglob(f"*{SUFFIX}"))
    bucket.unlink()
    assert vault.received(what) == 0, "nothing is taken whose place could not be looked at"
    assert vault.add(what, 0, content) == what.size
    assert (bucket / "B1" / f"{about.name}{SUFFIX}").read_bytes() == content


def _capsule(machine: Machine, name: str) -> Path:
    return machine.home / "evidence" / "B1" / f"{name}{SUFFIX}"


def _about(machine: Machine, item_id: str) -> tuple[CapsulePart, bytes]:
    newest = sorted((machine.home / "evidence" / "B1").glob(f"{item_id}-*{SUFFIX}"))[-1]
    content, report = newest.read_bytes(), check(newest)
    assert len(content) < PART
    facts = {"attempt": report.manifest["item"]["attempt"], "name": newest.name.removesuffix(SUFFIX)}
    hashes = {"sha256": hashlib.sha256(content).hexdigest(), "manifest_sha256": report.manifest_sha256}
    return CapsulePart.model_validate({**facts, **hashes, "size": len(content)}), content


def _bot(plant: Plant, machine: Machine, item_id: str) -> Any:
    from mes_core.domain.principals import BotPrincipal, Lease

    return BotPrincipal("bot-1", Lease(item_id, 0, host_secret(machine.home, machine.name)))


def test_a_lie_about_the_evidence_of_an_attempt_shows(served: Any, plant: Plant) -> None:
    """A capsule that was changed after its attempt told of it is refused by the hash in the trail."""
    machine = served("a")
    machine.one()
    (item,) = plant.mes.work_items()
    (told,) = machine.client.attempts(item.item_id)
    assert told.kept
    stored = json.loads(plant.mes.audit("B1")[-1].new) if isinstance(plant.mes.audit("B1")[-1].new, str) else None
    new = stored or plant.mes.audit("B1")[-1].new
    assert isinstance(new, dict)
    assert new["capsule_sha256"] == told.capsule_sha256
    assert v.EvidenceRef.model_validate(new).path == f"evidence/B1/{told.folder}"
