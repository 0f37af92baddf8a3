"""The parts of the keyword libraries that need neither browser nor MES."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from keywords.browser_finder import NoBrowserError, find_browser
from keywords.declarations import check_declarations
from keywords.failures import BusinessError, QualityError, parse_failure
from keywords.lims import _differences
from keywords.settings import SettingsError, load_secrets, load_settings
from keywords.sites import Presence, ReadBack
from keywords.sites.locators import load_locators
from keywords.sites.registry import FOLDER, products
from keywords.sites.values import parse_number, parse_time
from mes_core.messages.logistics import Packing, PackingView
from mes_core.messages.views import Family

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def packing_view(qualified_until: date | None = date(2026, 3, 3), **more: object) -> PackingView:
    content = {
        "shipper": "DS-1",
        "dry_kg": 10,
        "charged_kg": 18,
        "charged_at": NOW,
        "seal": "S-1",
        "logger": "LG-1",
        "batch_on_label": "B-1",
        "patient_on_label": "P-1",
        "chain_of_identity": "G1",
        "out_of_storage_at": NOW,
        "packed_at": NOW,
        "inside_c": -191,
        "free_liquid": False,
        "second_person": "second",
    }
    return PackingView(
        batch_id="B-1",
        number=1,
        packing=Packing.model_validate(content | more),
        content_hash="0",
        packed_by="first",
        printed_name="First",
        signed_at=NOW,
        signature_id="S-1",
        confirmed_by="second",
        shipper_qualified_until=qualified_until,
    )


class TestDeclarations:
    TEXTS: ClassVar = {
        "The shipper is charged and validated": "shipper_charged_and_qualified",
        "The container is cold": "container_cold",
    }

    def test_what_the_record_says_may_be_declared(self) -> None:
        check_declarations("Courier", self.TEXTS, packing_view(), coldest_c=-150, until=date(2026, 3, 3))

    @pytest.mark.parametrize(
        ("texts", "more", "told"),
        [
            (TEXTS, {"inside_c": -149}, "'The container is cold', and packing 1 with the data of shipper"),
            (TEXTS, {"charged_kg": 10, "dry_kg": 10}, "validated', and packing 1 with the data of shipper"),
            (TEXTS, {"qualified_until": date(2026, 3, 2)}, "validated', and packing 1 with the data of shipper"),
            (TEXTS, {"qualified_until": None}, "validated', and packing 1 with the data of shipper"),
            ({"I am insured": ""}, {}, "'I am insured', and no record of ours is known to say so"),
        ],
    )
    def test_everything_else_is_a_persons_to_say(self, texts: dict[str, str], more: dict[str, Any], told: str) -> None:
        with pytest.raises(BusinessError, match="NOT_STATED") as refused:
            check_declarations("Courier", texts, packing_view(**more), coldest_c=-150, until=date(2026, 3, 3))
        assert told in str(refused.value)


class TestFailures:
    def test_family_and_code_survive_the_way_through_robot(self) -> None:
        failure = parse_failure(str(QualityError("EFFECT_NOT_ONE", "Two bookings stand.")))
        assert (failure.family, failure.code, failure.message) == (
            Family.QUALITY,
            "EFFECT_NOT_ONE",
            "Two bookings stand.",
        )

    def test_a_suite_can_fail_in_a_family_by_words(self) -> None:
        assert parse_failure("BUSINESS: Nobody answers.").family is Family.BUSINESS

    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ("Task timeout 60 seconds exceeded.", "TIMED_OUT"),
            ("Execution terminated by signal", "INTERRUPTED"),
            ("AttributeError: nothing", "UNEXPECTED"),
            ("", "UNEXPECTED"),
        ],
    )
    def test_everything_else_is_application(self, message: str, code: str) -> None:
        failure = parse_failure(message)
        assert (failure.family, failure.code) == (Family.APPLICATION, code)
        assert failure.message

    @pytest.mark.parametrize(
        ("message", "said"),
        [
            ("No keyword with name 'Fly' found.", "No keyword with name 'Fly' found."),
            (
                "No keyword with name 'Hand it Over' found. Did you mean:\n    keywords.mes.Mes.Hand Over",
                "No keyword with name 'Hand it Over' found. Did you mean: keywords.mes.Mes.Hand Over?",
            ),
            ("FOR loop must have closing END.", "FOR loop must have closing END."),
            (
                "Multiple errors:\n\n- FOR loop has no variables.\n\n- FOR loop must have closing END.",
                "FOR loop has no variables. FOR loop must have closing END.",
            ),
        ],
    )
    def test_what_a_second_attempt_can_not_mend_is_not_tried_again(self, message: str, said: str) -> None:
        failure = parse_failure(message)
        assert (failure.family, failure.code, failure.message) == (Family.BUSINESS, "SUITE_BROKEN", said)

    def test_a_failure_says_one_sentence(self) -> None:
        assert parse_failure("APPLICATION X: first line\nCall log:\n  - noise").message == "first line"


class TestReadBack:
    @pytest.mark.parametrize(
        ("page", "export", "complete", "presence"),
        [
            ((), (), True, Presence.ABSENT),
            (("B1",), ("B1",), True, Presence.PRESENT),
            (("B1", "B2"), ("B2", "B1"), True, Presence.PRESENT),
            (("B1",), (), True, Presence.UNKNOWN),
            ((), ("B1",), True, Presence.UNKNOWN),
            (("B1",), ("B2",), True, Presence.UNKNOWN),
            ((), (), False, Presence.UNKNOWN),
        ],
    )
    def test_absent_needs_two_channels(
        self, page: tuple[str, ...], export: tuple[str, ...], complete: bool, presence: Presence
    ) -> None:
        assert ReadBack(page, export, complete).presence is presence

    def test_the_count_is_that_of_the_fuller_channel(self) -> None:
        assert ReadBack(("B1",), ("B1", "B2")).count == 2


class TestReleaseCriticalValues:
    ROW: ClassVar = {"result_id": "R1", "test": "Viability", "result": "88", "unit": "%", "status": "final"}

    def test_the_same_rows_show_no_difference(self) -> None:
        assert _differences([{**self.ROW, "row": "1"}], ({**self.ROW, "row": "7"},)) == []

    def test_a_changed_value_a_lost_and_a_new_row_are_named(self) -> None:
        gone, new = {**self.ROW, "result_id": "R2"}, {**self.ROW, "result_id": "R3"}
        found = _differences([self.ROW, gone], ({**self.ROW, "result": "68"}, new))
        assert found == ["R2 (Viability) is gone", "R3 (Viability) is new", found[2]]
        assert "result was '88' and is '68'" in found[2]


class TestBrowserFinder:
    def test_the_named_browser_wins(self, tmp_path: Path) -> None:
        program = tmp_path / "my-browser"
        program.touch(mode=0o755)
        assert find_browser({"BATCHWRIGHT_BROWSER": str(program), "PATH": ""}).path == program

    def test_a_named_browser_that_is_not_there_is_said(self) -> None:
        with pytest.raises(NoBrowserError, match="BATCHWRIGHT_BROWSER names '/nowhere/x'"):
            find_browser({"BATCHWRIGHT_BROWSER": "/nowhere/x"})

    def test_playwrights_own_comes_before_the_systems(self, tmp_path: Path) -> None:
        own = tmp_path / "cache" / "chromium-1200" / "chrome-linux" / "chrome"
        own.parent.mkdir(parents=True)
        own.touch()
        (tmp_path / "chromium").touch(mode=0o755)
        found = find_browser({"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "cache"), "PATH": str(tmp_path)})
        assert found.path == own
        assert find_browser({"PATH": str(tmp_path)}).found_by == "system"

    def test_a_shell_is_taken_where_nobody_looks_on(self, tmp_path: Path) -> None:
        """Playwright's or the system's; whoever wants to see it gets one with windows."""
        for name in ("chromium", "chromium-headless-shell"):
            (tmp_path / name).touch(mode=0o755)
        there = {"PATH": str(tmp_path)}
        assert find_browser(there).path.name == "chromium-headless-shell"
        assert find_browser(there, headed=True).path.name == "chromium"
        shell = tmp_path / "cache" / "chromium_headless_shell-1200" / "chrome-linux" / "headless_shell"
        whole = tmp_path / "cache" / "chromium-1200" / "chrome-linux" / "chrome"
        for own in (shell, whole):
            own.parent.mkdir(parents=True)
            own.touch()
        own_cache = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "cache"), **there}
        assert find_browser(own_cache).path == shell
        assert find_browser(own_cache, headed=True).path == whole

    def test_without_any_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("sys.platform", "linux")
        with pytest.raises(NoBrowserError, match="install Chromium, Chrome or Edge"):
            find_browser({"PATH": str(tmp_path), "HOME": str(tmp_path)})


class TestSettings:
    def test_unknown_fields_are_refused_by_name(self, tmp_path: Path) -> None:
        path = tmp_path / "s.json"
        path.write_text(json.dumps({"mes": {"url": "http://x", "user": "bot", "pasword": "y"}}))
        with pytest.raises(SettingsError, match=r"field 'mes\.pasword'"):
            load_settings(path)

    def test_secrets_that_others_can_read_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "secrets.json"
        path.write_text('{"mes": "p"}')
        path.chmod(0o644)
        with pytest.raises(SettingsError, match="chmod 600"):
            load_secrets(path)
        path.chmod(0o600)
        assert load_secrets(path).get("mes").value == "p"

    def test_a_secret_does_not_show_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "secrets.json"
        path.touch(mode=0o600)
        path.write_text('{"mes": "hunter2"}')
        assert "hunter2" not in f"{load_secrets(path).get('mes')!r} {load_secrets(path).get('mes')}"

    @pytest.mark.parametrize("content", ["", "[]", "{"])
    def test_a_broken_file_is_named(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "s.json"
        path.write_text(content)
        with pytest.raises(SettingsError, match=r"s\.json"):
            load_settings(path)


class TestSiteFolders:
    @pytest.mark.parametrize("product", products())
    def test_the_words_of_each_product_load(self, product: str) -> None:
        assert load_locators(FOLDER / product / "locators.yaml").lists

    def test_times_without_a_zone_and_non_numbers_are_refused(self) -> None:
        assert parse_time("2026-03-01 08:00 UTC", "x") == NOW
        for text in ("2026-03-01 08:00", "soon"):
            with pytest.raises(Exception, match="APPLICATION TIME"):
                parse_time(text, "pick-up")
        with pytest.raises(Exception, match="NUMBER_NOT_READ"):
            parse_number("n/a", "price")


def test_failures_carry_their_family_in_the_message() -> None:
    assert str(BusinessError("NO_SLOT", "None.")) == "BUSINESS NO_SLOT: None."
