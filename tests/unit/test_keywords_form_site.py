"""A site described by its locators alone: what they must say, and what a suite is told when it asks for more."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from batchwright.new_bot import NewBot
from keywords.failures import BusinessError
from keywords.settings import SettingsError
from keywords.sites.form_site import FormSite
from keywords.sites.locators import load_locators

EXPORT = {"path": "/a.csv", "headers": {"our_reference": "Reference", "number": "Number"}}


@pytest.fixture
def words(tmp_path: Path) -> Path:
    NewBot("one", tmp_path).make()
    return tmp_path / "sites" / "one" / "locators.yaml"


def changed(path: Path, **once: Any) -> Path:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["forms"]["request"]["once"] |= once
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("once", "said"),
    [
        ({"list": "orders"}, "shows in list 'orders', which there is not"),
        ({"key": "service"}, "has to be a field of form 'request' and a filter of its list"),
        ({"receipt": True}, "names a 'list' with the column 'number', or an 'export' with it"),
        ({"list": ""}, "names a 'list' with the column 'number', or an 'export' with it"),
        ({"list": "", "number": "", "receipt": True, "key": "sku"}, "'sku' has to be a field of form 'request'"),
        ({"export": EXPORT}, "names a 'list' with the column 'number', or an 'export' with it"),
        ({"list": "", "export": EXPORT | {"path": ""}}, "is csv, xlsx or json, at a 'path' of the site"),
        ({"list": "", "export": EXPORT | {"kind": "none"}}, "is csv, xlsx or json, at a 'path' of the site"),
        ({"list": "", "export": EXPORT, "channel": {"kind": "csv"}}, "leave 'channel' out"),
        ({"list": "", "export": EXPORT, "number": "nr"}, "the export's 'headers' have no 'nr'"),
        ({"list": "", "export": EXPORT, "compare": ["batch"]}, "the export's 'headers' have no 'batch'"),
        ({"number": "nr"}, "needs the columns 'our_reference', 'nr'"),
    ],
)
def test_locators_that_could_not_find_what_was_sent_are_refused(words: Path, once: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_locators(changed(words, **once))


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda site: site.read("orders", {}), "LIST_UNKNOWN"),
        (lambda site: site.read("requests", {"colour": "red"}), "FILTER_UNKNOWN"),
        (lambda site: site.find("order", "k"), "FORM_UNKNOWN"),
        (lambda site: site.send("request", "k", {"colour": "red"}, {}), "FIELD_UNKNOWN"),
    ],
)
def test_what_the_locators_do_not_know_is_a_business_failure_that_lists_what_they_know(
    words: Path, ask: Any, code: str
) -> None:
    site = FormSite(SimpleNamespace(locators=load_locators(words)))  # type: ignore[arg-type]
    with pytest.raises(BusinessError) as refused:
        ask(site)
    assert refused.value.code == code
    assert "request" in refused.value.sentence


def test_a_form_that_does_not_say_where_it_shows_is_never_sent(words: Path) -> None:
    content = yaml.safe_load(words.read_text(encoding="utf-8"))
    del content["forms"]["request"]["once"]
    words.write_text(yaml.safe_dump(content), encoding="utf-8")
    site = FormSite(SimpleNamespace(locators=load_locators(words)))  # type: ignore[arg-type]
    with pytest.raises(BusinessError, match="FORM_WITHOUT_ONCE"):
        site.send("request", "k", {}, {})
