"""`batchwright site learn`: a walk through the practice desk makes a folder that reads, and sends once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bots_fakes import PASSWORD, MemoryMes, record
from bots_rows import NOW
from robot.running import Keyword, TestSuite
from robot.variables import Variables

from batchwright.site_desk.learning import _SUITE, Learnt, Lesson, _cell, learn, on_practice
from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser
from keywords.context import ItemContext, in_hand
from keywords.evidence_folder import EvidenceFolder
from keywords.settings import Secrets, load_settings
from keywords.site import Site
from twin.sites import desk_practice

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-099")]
WALK = """
- {fill: User name, with: $user}
- {fill: Password, with: $password}
- {press: Log in}
- {press: New request}
- {fill: Our reference, with: $key}
- {fill: Batch, with: B-0}
- {fill: Service, with: Storage}
- {fill: Note, with: Learnt}
- {tick: The batch number was checked}
- {press: Send}
- {press: Confirm}
- {press: Requests}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The practice desk: its address and its store."""
    store = tmp_path_factory.mktemp("desk") / "desk.sqlite"
    desk_practice.seed(store)
    app = desk_practice.create_app(store, clock=lambda: NOW, accounts={"bot": PASSWORD})
    with Server(app, bind()) as served:
        yield served.url, store


@pytest.fixture(scope="module")
def learnt(desk: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Learnt, Path, float]:
    """The folder learnt from the walk, where it is, and how long it took."""
    root = tmp_path_factory.mktemp("author")
    (root / "walk.yaml").write_text(WALK, "utf-8")
    began = time.monotonic()
    lesson = Lesson(desk[0], "our_desk", "bot", root / "my_bots", "learn-7f3a")
    made = learn(lesson, root / "walk.yaml", Secrets({"our_desk": PASSWORD}))
    return made, root / "my_bots", time.monotonic() - began


def test_the_folder_says_what_the_walk_showed(learnt: tuple[Learnt, Path, float]) -> None:
    words = learnt[0].words
    assert words["login"] == {"path": "/login", "user": "User name", "password": "Password", "button": "Log in"}
    assert words["lists"]["requests"]["filters"] == {"our_reference": "Our reference", "batch": "Batch"}
    form = words["forms"]["send"]
    assert form["once"] == {
        "list": "requests",
        "key": "our_reference",
        "number": "request_number",
        "state": {"column": "status", "done": ["Open"]},
    }
    assert (form["dialog"], form["confirm"], form["done"]) == ("Send this request?", "Confirm", "Request sent")
    assert form["checks"] == ["The batch number was checked"]
    assert words["requests"]["change"] == [{"method": "POST", "path": "/requests/new", "key": "any"}]


def test_the_learnt_folder_reads_and_sends_once_without_a_word_changed(
    learnt: tuple[Learnt, Path, float], desk: tuple[str, Path], browser: WarmBrowser, tmp_path: Path
) -> None:
    settings = load_settings(learnt[1] / "settings.json")
    patient = {name: one.model_copy(update={"timeout_s": 60.0}) for name, one in settings.sites.items()}
    settings = settings.model_copy(update={"sites": patient})
    item = {"item_id": "i-1", "job": "our_desk", "business_key": "ask:B-1", "batch_id": "B-1", "attempt": 1, "epoch": 1}
    given = {"batch": "B-1", "service": "Storage", "note": "Product"}
    numbers = []
    for attempt in range(2):
        context = ItemContext(
            settings=settings,
            secrets=Secrets({"mes": "x", "our_desk": PASSWORD}),
            mes=MemoryMes(record()),  # type: ignore[arg-type]
            browser=browser,
            evidence=EvidenceFolder(tmp_path / f"evidence-{attempt}"),
            item=item,
        )
        browser.gate.begin_item()
        with in_hand(context):
            before = Site().read_list("our_desk", "requests")
            numbers.append(Site().send_form_once("our_desk", "send", **given))
        browser.end_item(failed=False)
    assert [row["our_reference"] for row in before.rows] == ["learn-7f3a", "ask:B-1"]
    assert numbers[0] == numbers[1]
    assert [one["our_reference"] for one in desk_practice.requests(desk[1])] == ["learn-7f3a", "ask:B-1"]


def test_no_password_is_written(learnt: tuple[Learnt, Path, float]) -> None:
    for path in learnt[1].rglob("*"):
        assert not path.is_file() or PASSWORD not in path.read_text("utf-8"), path


def test_a_name_that_is_taken_is_refused_before_the_walk(learnt: tuple[Learnt, Path, float]) -> None:
    with pytest.raises(Refused, match="There is a site 'our_desk' already"):
        learn(Lesson("http://127.0.0.1:9", "our_desk", "bot", learnt[1], "k"), None, None)


def test_only_products_that_come_along_can_be_practised_on(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no 'lims_other' to practise on: there are desk_practice, lims_benchview"):
        on_practice("our_lims", "bot", tmp_path / "my_bots", "lims_other").__enter__()
    assert not (tmp_path / "my_bots").exists()


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "5 mg",
            "a  b",
            " edge ",
            "two\nlines",
            "a\tb",
            "C:\\temp\\n",
            "# no remark",
            "a=b",
            "x\u00a0\u2003y",
            "\x1c",
        ),
        *(
            "${EMPTY}",
            "${{ 1 + 1 }}",
            "@{LIST}",
            "%{HOME}",
            "...",
            "x\n    Log    y",
            "tail\\",
            "a   ",
            "\u2028",
            "x\u00a0\u2003y",
        ),
    ],
)
def test_what_was_typed_is_one_text_in_the_suite(typed: str) -> None:
    """The bot runs the suite: a text of a site must be no step, and no expression, of it."""
    words = {"title": "T", "name": "n", "list": "l", "form": "f", "values": f"    ...    note={_cell(typed)}"}
    suite = TestSuite.from_string(_SUITE.format(**words))
    keyword = suite.tests[0].body[2]
    assert isinstance(keyword, Keyword)
    assert len(suite.tests[0].body) == 4
    *_, last = keyword.args
    name, _, value = last.partition("=")
    assert (name, Variables().replace_string(value)) == ("note", typed)
