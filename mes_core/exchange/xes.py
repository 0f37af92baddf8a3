"""Event logs that process-mining tools open: XES (IEEE 1849) and OCEL 2.0 (JSON). Equal events give equal bytes."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import lxml.etree as etree

from mes_core.exchange.event_log import LoggedEvent

_EXTENSIONS = (("Concept", "concept"), ("Time", "time"), ("Organizational", "org"), ("Lifecycle", "lifecycle"))


def export_xes(events: Iterable[LoggedEvent]) -> bytes:
    """One trace a case; an activity whose beginning is known has two events, `start` and `complete`, tied by
    `concept:instance`."""
    log = etree.Element(
        "log", {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}
    )
    for name, prefix in _EXTENSIONS:
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        etree.SubElement(log, "extension", name=name, prefix=prefix, uri=uri)
    for scope, keys in (("trace", ("concept:name",)), ("event", ("concept:name", "lifecycle:transition"))):
        declared = etree.SubElement(log, "global", scope=scope)
        for key in keys:
            etree.SubElement(declared, "string", key=key, value="unknown")
    etree.SubElement(log, "classifier", name="Activity", keys="concept:name")
    by_case = sorted(events, key=lambda one: one.case)
    for case, its in groupby(by_case, key=lambda one: one.case):
        trace = etree.SubElement(log, "trace")
        etree.SubElement(trace, "string", key="concept:name", value=case)
        _add_events(trace, list(its))
    return bytes(etree.tostring(log, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _add_events(trace: etree._Element, events: Sequence[LoggedEvent]) -> None:
    moments: list[tuple[datetime, int, str, LoggedEvent]] = []
    for number, one in enumerate(events):
        if one.started is not None:
            moments.append((one.started, number, "start", one))
        moments.append((one.ended, number, "complete", one))
    # Of two moments at one time a beginning comes first, and what ended first was begun first.
    for at, number, transition, one in sorted(moments, key=lambda m: (m[0], m[2] != "start", m[1])):
        event = etree.SubElement(trace, "event")
        for key, value in (
            ("concept:name", one.activity),
            ("concept:instance", str(number)),
            ("lifecycle:transition", transition),
            ("org:resource", one.resource),
            ("org:role", one.role),
        ):
            etree.SubElement(event, "string", key=key, value=value)
        etree.SubElement(event, "date", key="time:timestamp", value=_iso(at))


def export_ocel(events: Iterable[LoggedEvent]) -> bytes:
    """Objects are batches, resources and what an event is about (a work item, a finding, a shipment); an event has the
    time of its end and says in `started` when it began."""
    every = list(events)
    batches = sorted({one.case for one in every})
    resources = sorted({one.resource for one in every})
    subjects = sorted({(one.case, one.subject) for one in every if one.subject})
    objects: list[dict[str, object]] = [_object(_batch(name), "batch") for name in batches]
    objects += [_object(_who(name), "resource") for name in resources]
    objects += [
        {
            "id": _subject(case, name),
            "type": "subject",
            "attributes": [],
            "relationships": [{"objectId": _batch(case), "qualifier": "belongs to"}],
        }
        for case, name in subjects
    ]
    names = ("started", "role")
    document = {
        "objectTypes": [{"name": name, "attributes": []} for name in ("batch", "resource", "subject")],
        "eventTypes": [
            {"name": activity, "attributes": [{"name": name, "type": _TYPES[name]} for name in names]}
            for activity in sorted({one.activity for one in every})
        ],
        "objects": objects,
        "events": [_ocel_event(number, one) for number, one in enumerate(every, start=1)],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _object(name: str, kind: str) -> dict[str, object]:
    return {"id": name, "type": kind, "attributes": [], "relationships": []}


_TYPES = {"started": "time", "role": "string"}


def _ocel_event(number: int, one: LoggedEvent) -> dict[str, object]:
    related = [(_batch(one.case), "of"), (_who(one.resource), "by")]
    related += [(_subject(one.case, one.subject), "about")] if one.subject else []
    attributes = [{"name": "role", "value": one.role}]
    attributes += [{"name": "started", "value": _iso(one.started)}] if one.started else []
    return {
        "id": f"e{number}",
        "type": one.activity,
        "time": _iso(one.ended),
        "attributes": attributes,
        "relationships": [{"objectId": name, "qualifier": how} for name, how in related],
    }


def _batch(name: str) -> str:
    return f"batch:{name}"


def _who(name: str) -> str:
    return f"resource:{name}"


def _subject(case: str, name: str) -> str:
    return f"subject:{case}:{name}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
