"""Everything that the page of one batch shows."""

import json
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from mes_core.domain.deviations import OUTCOMES, closers
from mes_core.domain.due import DEVIATION, SIGNED_OFF
from mes_core.domain.gates import GATES
from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages import views as v
from mes_core.messages.causes import CauseNote
from mes_core.messages.deviations import DeviationKind, DeviationView
from mes_core.messages.record import RECORD_LISTS
from mes_core.services import Mes, aside
from mes_core.services.batches.deviations import key_of
from mes_core.web.console import chart

_SEVERITIES = ("critical", "major", "minor")
_MOST_PATHS = 400
_MOST_READ, _MOST_CHARTS, _MOST_CHARTS_OF_ALL = 20, 2, 8
_EMPTY: tuple[Any, ...] = ()


class Group(NamedTuple):
    """Findings of one rule, with the open deviations that were opened for them."""

    rule: str
    title: str
    severity: str
    findings: tuple[v.FindingView, ...]
    deviations: tuple[DeviationView, ...]
    to_end: tuple[DeviationView, ...]
    """Those that may end with the findings that are open: an investigation has outcomes of its own."""

    @property
    def seen(self) -> str:
        """What names exactly what is shown as open: a form that was filled in beside something else is refused."""
        names = ([one.finding_id for one in self.open], [one.deviation_key for one in self.to_end])
        return sha256(json.dumps(names).encode()).hexdigest()[:24]

    @property
    def open(self) -> tuple[v.FindingView, ...]:
        """Those that nobody has closed."""
        return tuple(one for one in self.findings if one.status == "open")


def of(mes: Mes, batch_id: str, who: PersonPrincipal) -> dict[str, Any]:
    """What the page shows; a record that can't be read leaves the rest of the page as it is, and says so."""
    verdicts = mes.verdicts(batch_id)
    newest = verdicts[0] if verdicts else None
    deviations = mes.deviations(batch_id)
    groups = grouped(newest, deviations)
    with_finding = {one.deviation_key for group in groups for one in group.deviations}
    broken: list[str] = []
    record = _whole(f"the record of {batch_id}", lambda: mes.get_record(batch_id), None, broken)
    due = mes.due_items(batch_id=batch_id, state=None)
    audit = mes.audit_page(batch_id, limit=1)
    return {
        "who": who,
        "batch": mes.get_listed(batch_id),
        "record": record,
        "broken": broken,
        "paths": places(record) if record else (),
        "verdicts": verdicts,
        "newest": newest,
        "groups": groups,
        "charts": _whole("the trends", lambda: _charts(mes, batch_id, record, groups), {}, broken) if record else {},
        "hands": _by_rule(mes.cause_notes([batch_id])),
        "colleagues": mes.colleagues() if groups else (),
        "observations": _whole("the readings", lambda: mes.observations(batch_id), _EMPTY, broken),
        "read_by": mes.read_by(batch_id),
        "items": mes.work_items(batch_id=batch_id),
        "deviations": deviations,
        "alone": [one for one in deviations if one.closed_at is None and one.deviation_key not in with_finding],
        "may_end": {one.deviation_key for one in deviations if who.roles & set(closers(one.kind.value, one.severity))},
        "enders": {one.deviation_key: _roles(closers(one.kind.value, one.severity)) for one in deviations},
        "effects": mes.effects(batch_id),
        "predictions": [one for one in mes.predictions(batch_id) if one.said.beside is None],
        "checklist": _whole("the checklist", lambda: mes.checklist(batch_id, who), None, broken) if newest else None,
        "entries": audit.total,
        "trail_reviews": mes.trail_reviews(batch_id),
        "outcomes": OUTCOMES,
        # A deviation that is open stands below its finding or in the list of deviations: once is enough.
        "due": [one for one in due if one.kind != DEVIATION or one.state != "open"],
        "now": mes.now(),
        "signed_off": SIGNED_OFF,
        "gates": {one.gate.value: one for one in mes.supply_gates(batch_id)},
        "gate_rules": GATES,
        "supply_missing": _whole("the gates", lambda: mes.supply_missing(batch_id), _EMPTY, broken),
    }


def _charts(
    mes: Mes, batch_id: str, record: BatchRecord, groups: Iterable[Group]
) -> dict[str, tuple[chart.Chart, ...]]:
    """Charts by rule: the numbers that its findings name, after those of earlier batches."""
    known = {one.name for one in record.parameters}
    named: dict[str, tuple[str, ...]] = {}
    for group in groups:
        told = [fact.path for one in group.findings[:_MOST_READ] for fact in one.finding.facts]
        told += [name for one in group.findings[:_MOST_READ] for name in one.finding.fields]
        parts = [part for path in told for part in re.split(r"[.\[\]/]", path)]
        named[group.rule] = tuple(dict.fromkeys(part for part in parts if part in known))[:_MOST_CHARTS]
    shown = dict.fromkeys(name for names in named.values() for name in names)
    drawn = {name: chart.trend(one) for name, one in mes.trends(batch_id, list(shown)[:_MOST_CHARTS_OF_ALL]).items()}
    return {rule: tuple(one for one in map(drawn.get, names) if one) for rule, names in named.items()}


def _by_rule(notes: Iterable[CauseNote]) -> dict[str, list[CauseNote]]:
    """What people noted, by the rule of the cause."""
    found: dict[str, list[CauseNote]] = {}
    for one in notes:
        found.setdefault(one.rule, []).append(one)
    return found


def grouped(verdict: v.VerdictView | None, deviations: Iterable[DeviationView]) -> tuple[Group, ...]:
    """Findings by their rule, the gravest first, each group with the open deviations of its findings."""
    if verdict is None:
        return ()
    groups: dict[str, list[v.FindingView]] = {}
    for one in verdict.findings:
        groups.setdefault(one.finding.rule, []).append(one)
    open_now = [one for one in deviations if one.closed_at is None]
    made: list[Group] = []
    for rule, same in groups.items():
        gravest = min((one.finding.severity.value for one in same), key=_SEVERITIES.index)
        theirs = _of(verdict, same, open_now)
        to_end = _of(verdict, [one for one in same if one.status == "open"], theirs)
        may_end = tuple(one for one in to_end if one.kind is DeviationKind.DEVIATION)
        made.append(Group(rule, same[0].finding.title, gravest, tuple(same), theirs, may_end))
    return tuple(sorted(made, key=lambda one: (not one.open, _SEVERITIES.index(one.severity))))


def _of(
    verdict: v.VerdictView, findings: Iterable[v.FindingView], deviations: Iterable[DeviationView]
) -> tuple[DeviationView, ...]:
    """Deviations of findings, also those that an earlier review of the same version opened."""
    found = list(findings)
    names = {one.finding_id for one in found}
    keys = {key_of(verdict.batch_id, verdict.record_version, dict(one.finding)) for one in found}
    return tuple(one for one in deviations if one.finding_id in names or one.deviation_key in keys)


def places(record: BatchRecord) -> tuple[str, ...]:
    """Places of a record that people correct, as they are named: heads, values, steps, materials, machines."""
    found = [name for name, value in record if isinstance(value, str) and name not in ("batch_id", "kind", "source")]
    for name, fields in (("parameters", ("text",)), ("steps", ("performer", "checker")), ("materials", ("lot",))):
        key = RECORD_LISTS[name]
        found += [f"{name}/{getattr(one, key)}/{field}" for one in getattr(record, name) for field in fields]
    return tuple(found[:_MOST_PATHS])


def _roles(roles: Iterable[Any]) -> str:
    return " or ".join(role.value.replace("_", " ") for role in roles)


def _whole(what: str, make: Callable[[], Any], instead: Any, broken: list[str]) -> Any:
    def put_aside(why: str) -> Any:
        broken.append(f"{what[:1].upper()}{what[1:]} can't be shown ({why}).")
        return instead

    return aside.readable(what, make, put_aside)
