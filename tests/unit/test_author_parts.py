"""What an author writes beside suites: items in files, targets on pages, options of the listener, what was meant."""

import json
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from robot.libdoc import LibraryDocumentation  # type: ignore[attr-defined]

from batchwright.commands.worker import Telling, _taken
from batchwright.dev import _wishes, dev
from batchwright.new_bot import NewBot
from batchwright.practice.items import read_item, write_outputs
from batchwright.support.errors import Refused
from batchwright.support.known_bots import unless_unknown
from bots.runtime.runner import with_errors
from bots.runtime.whereabouts import Whereabouts
from keywords import VERSION
from keywords.context import _why_none, current, none_in_hand
from keywords.failures import ApplicationError, BusinessError, Failure, parse_failure
from keywords.near import did_you_mean
from keywords.settings import SettingsError, SiteAccess, load_settings
from keywords.sites.pages.core import without_content
from keywords.sites.pages.targets import Part, parts_of
from keywords.transport import transport_of


class TestItems:
    @pytest.mark.requirement("URS-150")
    def test_an_item_is_read_as_the_file_adapter_writes_it(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")
        path = tmp_path / "items.json"
        path.write_text(json.dumps([{"payload": {"batch_id": "B-1"}}, {"payload": {"n": 2}, "files": {"a": "a.txt"}}]))
        assert read_item(path).payload == {"batch_id": "B-1"}
        assert read_item(path, 2).files == {"a": (tmp_path / "a.txt").resolve()}
        write_outputs(tmp_path / "new" / "out.json", [{"n": 3}])
        assert read_item(tmp_path / "new" / "out.json").payload == {"n": 3}

    @pytest.mark.requirement("URS-150")
    @pytest.mark.parametrize(
        ("text", "number", "said"),
        [
            (None, 1, "can't be read"),
            ("{", 1, "is no JSON"),
            ("{}", 1, "has to hold a list of items"),
            ("[{}]", 2, "holds 1 items and no number 2"),
            ('[{"payload": 3}]', 1, "have to be JSON objects"),
            ('[{"files": {"a": "gone.txt"}}]', 1, "gone.txt, which is not there"),
        ],
    )
    def test_what_is_no_item_is_refused(self, tmp_path: Path, text: str | None, number: int, said: str) -> None:
        path = tmp_path / "items.json"
        if text is not None:
            path.write_text(text)
        with pytest.raises(Refused, match=said):
            read_item(path, number)

    @pytest.mark.requirement("URS-150")
    def test_editor_and_command_line_are_told_the_same(self, tmp_path: Path) -> None:
        NewBot("one", tmp_path).make()
        told = tomllib.loads((tmp_path / "robot.toml").read_text(encoding="utf-8"))
        arguments = (tmp_path / "dev.args").read_text(encoding="utf-8").splitlines()[1:]
        by_line = dict(line.removeprefix("--").split(" ", 1) for line in arguments)
        ((listener, options),) = told["listeners"].items()
        assert by_line == {
            "pythonpath": told["python-path"][0],
            "outputdir": told["output-dir"],
            "variablefile": told["variable-files"][0],
            "listener": ":".join([listener, *options]),
        }
        assert _wishes(tuple(told["profiles"]["watch"]["listeners"][listener]))[1] == ""
        assert read_item(tmp_path / "items.json").payload == {}

    @pytest.mark.requirement("URS-150")
    def test_options_of_the_listener(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("RPA_INPUT_WORKITEM_PATH", raising=False)
        wishes, wrong = _wishes(("item=a.json", "headed=yes", "slow=300", "pause=on", "number=2"))
        assert not wrong
        assert (wishes.item, wishes.headed, wishes.slow_ms, wishes.pause, wishes.number) == (
            Path("a.json"),
            True,
            300,
            True,
            2,
        )
        for option, said in (
            ("headd=yes", "not know 'headd=yes'"),
            ("slow=x", "a number"),
            ("afresh=2", "yes or"),
        ):
            assert said in _wishes((option,))[1]
        monkeypatch.setenv("RPA_INPUT_WORKITEM_PATH", "theirs.json")
        assert _wishes(())[0].item == Path("theirs.json")

    @pytest.mark.requirement("URS-091")
    def test_a_task_that_passes_and_sent_what_was_held_back_has_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("RPA_INPUT_WORKITEM_PATH", raising=False)
        listener, said = dev(), "BUSINESS CHANGE_OUTSIDE_EFFECT: POST /requests/new was held back."
        looked: list[str] = []
        bench = SimpleNamespace(now=True, held_back=lambda: said, failed=looked.append, seal=len, items=(), close=dict)
        listener._bench = bench  # type: ignore[assignment]
        result = SimpleNamespace(status="PASS", message="")
        result.passed, result.failed = True, True  # as Robot Framework's own, which follow the status
        listener.end_test(None, result)
        assert (result.status, result.message, looked) == ("FAIL", said, [said])
        dev._at_work.clear()


@pytest.mark.requirement("URS-151")
class TestTargets:
    def test_parts_stand_within_each_other(self) -> None:
        read = parts_of("frame=Results >> role=row[name=R-1] >> Open", "press")
        assert read == (Part("frame", "Results"), Part("role", "row[name=R-1]"), Part("press", "Open"))
        assert read[1].role == ("row", "R-1")
        assert parts_of("a=b", "label") == (Part("label", "a=b"),)

    @pytest.mark.parametrize(
        ("target", "said"),
        [
            ("css=a >> frame=B", "has to stand first"),
            ("label=", "empty part"),
            ("nth=0", "counts from 1"),
        ],
    )
    def test_what_can_not_be_read_is_refused(self, target: str, said: str) -> None:
        with pytest.raises(BusinessError, match=said):
            parts_of(target, "label")
        with pytest.raises(BusinessError, match="is no role"):
            _ = Part("role", "Button!").role
        with pytest.raises(BusinessError, match=r"'lnk' is no role that elements have \(did you mean 'link'\?\)"):
            _ = Part("role", "lnk[name=Open]").role


class TestWhatWasMeant:
    @pytest.mark.requirement("URS-152")
    def test_the_nearest_name_is_told_and_none_that_is_far(self) -> None:
        assert did_you_mean("servise", ["Service", "Status"]) == " (did you mean 'Service'?)"
        assert did_you_mean("Remark", ["Service", "Batch"]) == ""

    @pytest.mark.requirement("URS-152")
    def test_a_library_that_can_not_be_imported_is_why_its_keywords_are_missing(self) -> None:
        listener = Whereabouts()

        class Complaint:
            level, message = (
                "ERROR",
                (
                    "Error in file '/b/x.robot' on line 2: Importing library 'Nowhere' failed: ModuleNotFoundError: No"
                    " module named 'Nowhere'\nTraceback (most recent call last):\n  None\nPYTHONPATH:\n  /a"
                ),
            )

        listener.message(Complaint())
        told = with_errors(parse_failure("No keyword with name 'Fly' found."), listener.errors)
        assert "No keyword with name 'Fly' found, because: Error in file '/b/x.robot' on line 2" in told.message
        assert told.message.endswith("No module named 'Nowhere'")
        listener.begin()
        assert listener.errors == []

    @pytest.mark.requirement("URS-152")
    def test_a_failure_that_was_dealt_with_is_not_where_it_failed(self) -> None:
        listener = Whereabouts()

        def step(name: str, passed: bool, *inner: tuple[str, bool]) -> None:
            listener.start_keyword(None, None)
            for one, its in inner:
                step(one, its)
            data = SimpleNamespace(source=Path("a.robot"), lineno=len(name), name=name)
            listener.end_keyword(data, SimpleNamespace(passed=passed, failed=not passed, name=name))

        step("Run Keyword And Expect Error", True, ("Fail", False))
        assert listener.failed == {}
        step("Outer", False, ("Inner", True), ("Breaks", False))
        step("Teardown", True, ("Picture", True))
        assert listener.failed["keyword"] == "Breaks"

    @pytest.mark.requirement("URS-009")
    def test_the_call_log_of_the_driver_is_kept_without_what_stood_or_was_typed_there(self) -> None:
        log = (
            'Timeout 10000ms exceeded.\nCall log:\n  - fill("hunter2-Aa1")\n  - waiting for element\n'
            '    - locator resolved to <td class="x">Jane <b>Doe</b></td>\n  - <input value="Jane"/> intercepts events'
        )
        kept = without_content(log)
        assert "waiting for element" in kept
        assert "<td ...>" in kept
        assert "<input ...> intercepts events" in kept
        assert not [one for one in ("hunter2", "Jane", "Doe") if one in kept]

    @pytest.mark.requirement("URS-152")
    def test_other_failures_keep_their_words(self) -> None:
        other = Failure(parse_failure("BUSINESS X: y").family, "X", "y")
        assert with_errors(other, ["noise"]) is other

    @pytest.mark.requirement("URS-152")
    def test_a_setting_that_is_none_is_named_with_those_that_there_are(self, tmp_path: Path) -> None:
        site = {"product": "x", "url": "https://a.example", "user": "bot", "timeout": 3}
        path = tmp_path / "settings.json"
        for told, said in (
            ({"sites": {"a": site}}, "field 'sites.a.timeout': there is no such field (there are: ca_file,"),
            ({"sites": {"a": site}}, "zone) (did you mean 'timeout_s'?)."),
            ({"folder": ["."]}, "field 'folder': there is no such field (there are: "),
            ({"mes": {"user": "bot"}}, "field 'mes.url': it is missing."),
        ):
            path.write_text(json.dumps({"mes": {"url": "http://m", "user": "b"}} | told), encoding="utf-8")
            with pytest.raises(SettingsError) as refused:
                load_settings(path)
            assert said in str(refused.value)

    @pytest.mark.requirement("URS-152")
    def test_who_asks_for_an_item_that_could_not_start_is_told_why(self) -> None:
        none_in_hand("The item file is gone.")
        with pytest.raises(ApplicationError, match=r"No work item is in hand: The item file is gone\."):
            current()
        _why_none.clear()
        with pytest.raises(ApplicationError, match="run the suite with 'robot --listener batchwright"):
            current()


@pytest.mark.requirement("URS-153")
class TestWorkersTell:
    def test_which_bots_are_taken_and_why_others_are_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        suites = {"one": Path("one.robot"), "two": Path("two.robot")}
        assert _taken("", suites, {"one": (), "two": ("erp",)}, "http://mes") == ("one",)
        told = json.loads(capsys.readouterr().out)
        assert told["jobs"] == ["one"]
        assert told["not_taken"] == {"two": "the settings name no site erp"}
        with pytest.raises(Refused, match=r"There is no bot 'tow' \(did you mean 'two'\?\)"):
            _taken("tow", suites, {"one": (), "two": ()}, "http://mes")
        with pytest.raises(Refused, match="No bot can work with these settings"):
            _taken("", suites, {"one": ("a",), "two": ("b",)}, "http://mes")

    def test_an_item_is_asked_for_of_a_bot_that_somebody_knows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("BATCHWRIGHT_SETTINGS", raising=False)
        NewBot("storage_request", tmp_path / "mine").make()
        unless_unknown("storage_request", tmp_path / "mine")
        unless_unknown("batch_record_review", tmp_path / "nowhere")
        with pytest.raises(Refused, match=r"no bot 'storage_reqest' \(did you mean 'storage_request'\?\)"):
            unless_unknown("storage_reqest", tmp_path / "mine")

    def test_why_it_idles_is_told_once(self) -> None:
        events: list[dict[str, Any]] = []
        tell = Telling(("one",), "http://mes", events.append)
        for event in ("idle", "idle", "item_started", "idle"):
            tell({"event": event, "worker": "w-1"})
        assert ["why" in one for one in events] == [True, False, False, True]
        assert "no item of one is queued and due at http://mes" in events[0]["why"]


@pytest.mark.requirement("URS-154")
class TestPackage:
    def test_libraries_tell_their_version(self) -> None:
        for name in ("keywords.site.Site", "keywords.pages.Pages", "keywords.mes.Mes"):
            assert LibraryDocumentation(name).version == VERSION

    def test_the_browser_says_of_itself_what_the_settings_say(self) -> None:
        said = {"locale": "de-DE", "zone": "Europe/Berlin", "view": [1280, 720], "user_agent": "Plant"}
        access = SiteAccess.model_validate({"product": "x", "url": "https://a.example", "user": "bot", **said})
        options = transport_of(access, {}).context_options()
        assert options == {
            "locale": "de-DE",
            "timezone_id": "Europe/Berlin",
            "viewport": {"width": 1280, "height": 720},
            "user_agent": "Plant",
        }
        with pytest.raises(ValueError, match="is no time zone"):
            SiteAccess.model_validate({"product": "x", "url": "https://a.example", "user": "bot", "zone": "Mars/Base"})
