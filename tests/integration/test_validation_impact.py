"""What a change reaches: modules, requirements, tests, and what needs a signature."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import batchwright as run_command
from validation_support import ROOT

from batchwright.support.errors import Refused
from batchwright.validation.model import Checkout

_NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def batchwright(*words: str) -> "subprocess.CompletedProcess[str]":
    """A command from the checkout's folder."""
    return run_command(*words, cwd=ROOT)


@pytest.mark.requirement("URS-265")
def test_a_change_reaches_what_imports_it_and_says_why(tmp_path: Path) -> None:
    from batchwright.validation.impact import impact_of
    from batchwright.validation.imports_of import read_imports
    from batchwright.validation.trace import read_sources

    sources, imports = read_sources(ROOT), read_imports(ROOT)
    files = (
        ("M", "mes_core/domain/states.py"),
        ("M", "rules/book/car_t_review.yaml"),
        ("M", "keywords/sites/lims_labline/locators.yaml"),
    )
    found = impact_of(sources, imports, "a" * 40, "b" * 40, files)
    tests = {one.name: one for one in found.tests}
    assert tests["tests/unit/test_mes_domain.py"].direct
    far = tests["tests/contract/test_mes_way.py"]
    assert "mes_core.domain.states" in far.why
    assert "tests/unit/test_rules_expressions.py" not in tests
    requirements = {one.name: one for one in found.requirements}
    assert requirements["URS-003"].direct
    assert requirements["URS-211"].why == "it is specified in the rule book"
    assert {kind for kind, _, _ in found.signatures} == {"rule set", "site folder"}
    lock = impact_of(sources, imports, "a" * 40, "b" * 40, (("M", "requirements.txt"),))
    assert lock.whole.startswith("requirements.txt changed")


@pytest.mark.requirement("URS-265")
def test_what_proves_a_requirement_that_is_reached_runs_again() -> None:
    """Over the import alone tests through a server or a browser would be left out."""
    from batchwright.validation.impact import impact_of
    from batchwright.validation.imports_of import read_imports
    from batchwright.validation.trace import read_sources

    sources, imports = read_sources(ROOT), read_imports(ROOT)
    found = impact_of(sources, imports, "a" * 40, "b" * 40, (("M", "rules/book/car_t_review.yaml"),))
    again = {one.name: one.why for one in found.tests}
    direct = {one.name for one in found.requirements if one.direct}
    proofs = {one.path for name in direct for one in sources.tests_of(name) if one.claim == "mark"}
    assert "URS-211" in direct
    assert proofs <= set(again)
    assert "it proves URS-211, which is reached" in again.values()
    assert {name for name, why in again.items() if why.startswith("it proves")} <= proofs, "what serves it alone is not"


@pytest.mark.requirement("URS-265")
def test_a_change_is_assessed_from_the_sources_that_it_ends_at() -> None:
    from batchwright.validation.impact import need_sources_of

    need_sources_of(Checkout(ROOT, "b" * 40, _NOW), "b" * 40)
    with pytest.raises(Refused, match=r"ends at commit a{12} and .* holds b{12}.*: check out a{12}\.$"):
        need_sources_of(Checkout(ROOT, "b" * 40, _NOW), "a" * 40)
    with pytest.raises(Refused, match=r"in 2 file\(s\), x\.py among them.*: commit them or put them aside\.$"):
        need_sources_of(Checkout(ROOT, "b" * 40, _NOW, ("x.py", "y.py")), "b" * 40)
    said = batchwright("validation", "impact", "HEAD~2..HEAD~1")
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1), said.stderr
    assert "check out" in said.stderr


@pytest.mark.requirement("URS-265")
def test_a_span_that_names_nothing_is_refused() -> None:
    for span in ("HEAD", "..HEAD", "HEAD..nowhere"):
        said = batchwright("validation", "impact", span)
        assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1)
