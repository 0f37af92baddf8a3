"""A rule set, and its one execution path: facts in, findings and a verdict out."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from rules.base import RuleBase, Severity
from rules.canonical import canonical, content_hash
from rules.compiler import Screen, compile_screen
from rules.errors import BadFact, MissingFact
from rules.facts import Facts, UnderReview
from rules.hits import Hit
from rules.kinds import KINDS
from rules.rule_file import RuleFile, content_of
from rules.selection import Selection, Selector

_ORDER = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0+)?(?:Z|\+00:00)")


@dataclass(frozen=True)
class Finding:
    """One rule not satisfied, or not able to run."""

    rule: str
    severity: str
    clause: str
    title: str
    text: str
    next_step: str
    fields: tuple[str, ...]
    values: tuple[Any, ...]
    facts: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, in the shape of the MES's message."""
        listed = {name: list(getattr(self, name)) for name in ("fields", "values", "facts")}
        return {**vars(self), **listed}


@dataclass(frozen=True)
class Outcome:
    """What a review concludes, with what it rests on."""

    verdict: str
    findings: tuple[Finding, ...]
    rules_run: int
    rule_set: str
    rule_set_version: str
    rules_hash: str
    facts_hash: str
    selection: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, in the shape of the MES's message."""
        return {**vars(self), "findings": [one.to_dict() for one in self.findings]}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The conclusion alone: verdict, findings, rules that ran, and the jurisdictions that they stand for."""

    verdict: str
    findings: tuple[Finding, ...]
    rules_run: int
    selection: str


class RuleSet:
    """Rules that were validated, ready to review. Make it with `load_rule_set` or `builtin_rule_set`."""

    def __init__(self, file: RuleFile) -> None:
        self.name = file.rule_set
        self.version = file.version
        self.title = file.title
        self.rules = file.rules
        self.master = MappingProxyType(dict(file.master))
        """The parameters of the master record: name to unit, lower and upper limit."""
        self.product = file.product
        """What the master record of the product says beside its parameters; None where the file has no such block."""
        self.content_hash = content_hash(content_of(file))
        self.trended = tuple(dict.fromkeys(name for rule in file.rules for name in rule.trended()))
        """Parameters whose values in earlier batches the rules ask for, under `history`."""
        self._selector = Selector(file.rules)
        self._screens: dict[Selection, Screen] = {}
        self._whole = True

    def __setattr__(self, name: str, value: object) -> None:
        """One set stands for all who asked for the same rules: nobody changes it under the others."""
        if getattr(self, "_whole", False):
            raise AttributeError(f"A rule set can't be changed ({name}): load one that says otherwise.")
        super().__setattr__(name, value)

    def review(self, facts: Facts, /, *, draft: bool = False) -> Outcome:
        """Review one batch.

        Args:
            facts: plain JSON values; times as ISO texts with a zone. The destination markets select the jurisdictions
                that apply, and `now` the rules that are in effect.
            draft: apply draft law as well.

        Returns:
            READY when every rule that applies ran and nothing critical or major was found; HOLD or REJECT_PROPOSED
            when something was; UNDECIDED when a rule could not run for want of a fact.

        Raises:
            BadFact: a fact that can't be one (NaN, a time without a zone, another type than at its place).
        """
        if not isinstance(facts, dict):
            raise BadFact(f"Facts are a set of fields, not {type(facts).__name__}.")
        facts_hash = sha256(canonical(facts)).hexdigest()
        judged = self.judge(facts, draft=draft)
        return Outcome(
            judged.verdict,
            judged.findings,
            judged.rules_run,
            self.name,
            self.version,
            self.content_hash,
            facts_hash,
            judged.selection,
        )

    def judge(self, facts: dict[str, Any], /, *, draft: bool = False) -> Judgement:
        """What `review` concludes, without the hash of the facts: for facts whose hash is already stored.

        Raises:
            BadFact: as `review`; NaN is only noticed where a rule reads it.
        """
        selection = self._selector.choose(facts, draft=draft)
        found, rejects, not_run = self.findings(facts, selection)
        if not found:
            return Judgement("READY", (), len(selection.places), selection.words)
        held = any(one.severity != Severity.MINOR and not one.text.startswith(_NOT_RUN) for one in found)
        verdict = "REJECT_PROPOSED" if rejects else "HOLD" if held else "UNDECIDED" if not_run else "READY"
        return Judgement(verdict, tuple(found), len(selection.places) - not_run, selection.words)

    def findings(self, facts: dict[str, Any], selection: Selection) -> tuple[list[Finding], bool, int]:
        """What rules find, the gravest first; whether one proposes to reject; and how many could not run.

        Raises:
            BadFact: as `review`.
        """
        found: list[Finding] = []
        rejects, not_run = False, 0
        left = self.not_cleared(facts, selection)
        if not left:
            return found, rejects, not_run
        read = UnderReview(facts)
        for rule in (self.rules[place] for place in left):
            hits: list[Finding] = []
            try:
                hits.extend(_finding(rule, one) for one in KINDS[rule.kind].check(rule, read))
            except MissingFact as missing:
                # What it found before stays: that one entry can't be judged clears no other.
                not_run += 1
                found.append(_not_run(rule, missing.path))
            rejects = rejects or (rule.proposes_reject and bool(hits))
            found += hits
        found.sort(key=lambda one: _ORDER[Severity(one.severity)])
        return found, rejects, not_run

    def not_cleared(self, facts: dict[str, Any], selection: Selection) -> list[int]:
        """Places of the rules that can't be seen to be satisfied at a glance, in the order of the set."""
        screen = self._screens.get(selection)
        if screen is None:
            screen = self._screens[selection] = compile_screen(self.rules, selection.places)
        left = screen(facts)
        left.sort()
        return left

    def select(self, facts: Facts, *, draft: bool = False) -> Selection:
        """The rules that apply to these facts."""
        return self._selector.choose(facts, draft=draft)


_NOT_RUN = "Could not be checked"


def _not_run(rule: RuleBase, path: str) -> Finding:
    text = f"{_NOT_RUN}: {path} is missing."
    step = "Supply the missing data and review again."
    shown = ({"path": path, "value": None, "source": None},)
    return Finding(rule.id, rule.severity.value, rule.clause, rule.title, text, step, (path,), (None,), shown)


def _finding(rule: RuleBase, hit: Hit) -> Finding:
    words = {name: _plain(value) for name, value in hit.words.items()}
    facts = tuple(fact.to_dict() for fact in hit.facts)
    text = rule.text.format_map(_Words(words))
    return Finding(
        rule.id, rule.severity.value, rule.clause, rule.title, text, rule.next_step, hit.fields, hit.values, facts
    )


class _Words(dict[str, str]):
    """Words of a text; what a hit does not give is said to be unknown rather than failing a review."""

    def __missing__(self, key: str) -> str:
        return "(unknown)"


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, float):
        return _figure(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{value[:10]} {value[11:19]} UTC"
    return str(value)


def _figure(value: float) -> str:
    """A number that was recorded with all its digits; one that was computed with as many as a person can use."""
    whole = f"{value:.12g}"
    return whole if float(whole) == value else f"{value:.6g}" if abs(value) < 1e6 else f"{value:.9g}"
