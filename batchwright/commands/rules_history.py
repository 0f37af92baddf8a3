"""`batchwright rules diff` and `replay`, and how often a rule fired: what a change of the rules would do beforehand."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

import rules
from batchwright.support.errors import Refused
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import open_mes
from mes_core.domain.errors import DomainError
from mes_core.services.batches.history import Reviewed
from mes_core.services.rulebook import SETS

_KIND_OF_SET = {name: kind.value for kind, name in SETS.items()}


def read_set(name_or_file: str) -> rules.RuleSet:
    """A built-in rule set by name, or one in a file.

    Raises:
        Refused: there is none, or it is refused.
    """
    try:
        path = Path(name_or_file)
        if path.suffix in (".yaml", ".yml") or path.is_file():
            return rules.load_rule_set(path)
        return rules.builtin_rule_set(name_or_file)
    except rules.RuleError as error:
        raise Refused(str(error)) from None


def compare(before: rules.RuleSet, after: rules.RuleSet) -> dict[str, Any]:
    """Rules that were added, removed and changed, with the fields that differ."""
    old = {rule.id: rule.model_dump(mode="json", by_alias=True) for rule in before.rules}
    new = {rule.id: rule.model_dump(mode="json", by_alias=True) for rule in after.rules}
    changed = {
        name: {field: [old[name].get(field), new[name].get(field)] for field in _differing(old[name], new[name])}
        for name in old.keys() & new.keys()
        if old[name] != new[name]
    }
    return {
        "before": _named(before),
        "after": _named(after),
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": dict(sorted(changed.items())),
        "master": _differing_entries(before.master, after.master),
        "product": _differing_entries(_product(before), _product(after)),
    }


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _differing_entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [old.get(name), new.get(name)] for name in _differing(old, new)}


def _product(rule_set: rules.RuleSet) -> dict[str, Any]:
    """The product data of a rule set, one entry for each limit, list and dose band."""
    if rule_set.product is None:
        return {}
    data = rule_set.product.model_dump(mode="json")
    bands = {f"{one['indication']} over {one['over_kg']:g} kg": one for one in data["dose_bands"]}
    return {**data["limits"], **data["lists"], **bands}


def _named(rule_set: rules.RuleSet) -> dict[str, Any]:
    return {
        "rule_set": rule_set.name,
        "version": rule_set.version,
        "hash": rule_set.content_hash,
        "rules": len(rule_set.rules),
    }


def replay(rule_set: rules.RuleSet, since: datetime | None, run: str | None, *, draft: bool) -> dict[str, Any]:
    """Review history again under other rules.

    Returns:
        how many batches were reviewed again, and of each whose verdict or findings change: both verdicts, and the rules
        that fire only before or only after; and the batches that could not be reviewed again, with why.

    Raises:
        Refused: there is no store.
    """
    kind = _KIND_OF_SET.get(rule_set.name)
    seen, changes = 0, []
    verdicts: Counter[str] = Counter()
    aside: dict[str, str] = {}
    for one in _history(since, run, aside):
        if kind is not None and one.kind != kind:
            continue
        try:
            judged = rule_set.judge(one.facts, draft=draft)
        except rules.BadFact as error:
            aside[one.batch_id] = str(error)
            continue
        seen += 1
        old_verdict = one.verdict["verdict"]
        verdicts[f"{old_verdict} -> {judged.verdict}"] += 1
        old = Counter(_shown(finding) for finding in one.verdict["findings"])
        new = Counter(_shown(finding.to_dict()) for finding in judged.findings)
        if old_verdict != judged.verdict or old != new:
            changes.append(
                {
                    "batch": one.batch_id,
                    "reviewed_at": one.reviewed_at,
                    "before": old_verdict,
                    "after": judged.verdict,
                    "no_longer": [_why(*key) for key in sorted((old - new).elements())],
                    "newly": [_why(*key) for key in sorted((new - old).elements())],
                }
            )
    return {
        "rule_set": _named(rule_set),
        "draft": draft,
        "reviewed": seen,
        "verdicts": dict(sorted(verdicts.items())),
        "verdict_changes": sum(one["before"] != one["after"] for one in changes),
        "changes": changes,
        "put_aside": aside,
    }


def fired(rule_id: str, run: str | None) -> dict[str, int] | None:
    """In how many of the newest reviews a rule fired, of how many; None where there is no store."""
    try:
        home_to_serve(main_home(), run)
    except Refused:
        if run is not None:
            raise
        return None
    batches = findings = of = 0
    for one in _history(None, run, {}):
        hits = sum(finding["rule"] == rule_id for finding in one.verdict["findings"])
        of += 1
        batches += bool(hits)
        findings += hits
    return {"batches": batches, "findings": findings, "of": of}


def moment(text: str | None) -> datetime | None:
    """A day or a time with a zone, as an option gives it.

    Raises:
        Refused: it is neither.
    """
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no date: write it as 2026-03-31 or 2026-03-31T08:00Z.") from None
    if read.tzinfo is None and len(text) > 10:
        raise Refused(f"{text!r} has no time zone: add Z for UTC, or an offset such as +02:00.")
    return read.replace(tzinfo=read.tzinfo or UTC)


def _history(since: datetime | None, run: str | None, aside: dict[str, str]) -> Iterator[Reviewed]:
    """Reviews of the past; `aside` comes to hold the batches that can't be read, with why."""
    home = home_to_serve(main_home(), run)
    try:
        yield from open_mes(home).reviewed(since, aside.__setitem__)
    except DomainError as error:
        raise Refused(str(error)) from None
    except SQLAlchemyError as error:
        raise Refused(
            f"The store in {home.folder} can't be read ({type(error).__name__}): is it one of ours?"
        ) from None


def _shown(finding: dict[str, Any]) -> tuple[str, str]:
    return finding["rule"], json.dumps([list(finding["fields"]), finding["text"]])


def _why(rule: str, shown: str) -> dict[str, Any]:
    fields, text = json.loads(shown)
    return {"rule": rule, "fields": fields, "text": text}
