"""`batchwright export` and `batchwright import b2mml`: batches for and from other systems."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, text_console
from batchwright.support.settings import home_to_serve, main_home, zone_of
from batchwright.support.wiring import clock, open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.exchange.errors import ImportRefused
from mes_core.services import Mes

if TYPE_CHECKING:
    from mes_core.messages import BatchRecord
    from mes_core.messages.views import BatchView


class Kind(StrEnum):
    """What a batch can be written as."""

    B2MML = "b2mml"
    EPCIS = "epcis"
    HAND_OVER = "hand-over"
    PDF = "pdf"
    XLSX = "xlsx"
    XES = "xes"
    OCEL = "ocel"


def export(
    kind: Annotated[
        Kind,
        typer.Argument(
            help="b2mml: record; epcis: custody events; hand-over: papers of a shipment; pdf, xlsx: report; xes, ocel:"
            " event log."
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write.")],
    batch: Annotated[str, typer.Argument(help="Number of the batch; for an event log all by default.")] = "",
    base: Annotated[
        str, typer.Option(help="epcis: address below which things of this plant are named.")
    ] = "https://id.batchwright.example",
    timezone: Annotated[
        str | None, typer.Option(help="epcis: the plant's time zone, Europe/Berlin; default: BATCHWRIGHT_TIMEZONE.")
    ] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write a batch for another system, or as a report."""
    mes = open_mes(home_to_serve(main_home(), run))
    try:
        if kind in (Kind.XES, Kind.OCEL):
            content = _event_log(mes, kind, batch)
        elif not batch:
            raise Refused(f"Say which batch: 'batchwright export {kind.value} BATCH --out FILE'.")
        else:
            content = _content(mes, kind, batch, base, timezone)
    except DomainError as error:
        raise Refused(str(error)) from None
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Refused(f"{out} can't be written ({error.strerror}): choose another file.") from None
    what = f"Batch {batch}" if batch else "All batches"
    said: dict[str, object] = {"batch": batch or "all", "kind": kind.value, "file": str(out), "bytes": len(content)}
    _say(said, f"{what} as {kind.value}: {out} ({len(content)} bytes).", output)


def _event_log(mes: Mes, kind: Kind, batch: str) -> bytes:
    """The events of one batch or of all."""
    from mes_core.exchange.event_log import events_of
    from mes_core.exchange.xes import export_ocel, export_xes

    names, offset = [batch] if batch else [], 0
    while not batch:
        page = mes.list_batches(limit=200, offset=offset)
        names += [one.batch_id for one in page.items]
        offset += len(page.items)
        if not page.items:
            break
    jobs = {item.item_id: item.job for item in mes.work_items(batch_id=batch or None)}
    events = [one for name in sorted(names) for one in events_of(mes.get_record(name), mes.audit(name), jobs)]
    if not events:
        raise Refused("There is no event to write: let a bot work on a batch first.")
    return export_xes(events) if kind is Kind.XES else export_ocel(events)


def _content(mes: Mes, kind: Kind, batch: str, base: str, timezone: str | None) -> bytes:
    from mes_core.exchange import b2mml, dossier, epcis

    record = mes.get_record(batch)
    if kind is Kind.B2MML:
        try:
            return b2mml.export(record)
        except b2mml.NotExportable as error:
            raise Refused(str(error)) from None
    view = mes.get_batch(batch)
    if kind is Kind.EPCIS:
        zone = zone_of(timezone, "--timezone") or mes.zone
        if zone is None:
            raise Refused(
                "EPCIS says what the plant's clock showed at each event: name its time zone with --timezone or"
                " BATCHWRIGHT_TIMEZONE, as Europe/Berlin."
            )
        steps, files = mes.custody(record.batch_id), mes.logger_files(record.batch_id)
        return epcis.export(record, view, base, zone, steps, files)
    if kind is Kind.HAND_OVER:
        return _packet(mes, record, view)
    known = dossier.Dossier(
        record, view, mes.verdicts(batch), mes.deviations(batch), mes.signatures(batch), mes.audit(batch)
    )
    if kind is Kind.XLSX:
        from mes_core.exchange import xlsx

        return xlsx.export(known)
    from mes_core.exchange import pdf

    return pdf.export(known, clock())


def _packet(mes: Mes, record: "BatchRecord", view: "BatchView") -> bytes:
    """The papers that go with a shipment."""
    from mes_core.domain.errors import Conflict
    from mes_core.exchange import hand_over

    packings = mes.packings(record.batch_id)
    try:
        way = mes.options(record.batch_id)
    except Conflict:
        way = None
    things = {(one.kind, one.name): one.document for one in mes.logistics()}
    packing = packings[-1] if packings else None
    known = hand_over.HandOver(record, view, packing, way, mes.custody(record.batch_id), things)
    return hand_over.export(known, clock())


def import_b2mml(
    file: Annotated[Path, typer.Argument(help="A B2MML BatchProductionRecord.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Take a batch record; the same record again changes nothing."""
    from mes_core.exchange import b2mml, xml

    try:
        record = b2mml.read(xml.read(file), str(file))
        view, created = open_mes(main_home()).submit_batch(record, who_runs_this())
    except (ImportRefused, DomainError) as error:
        raise Refused(str(error)) from None
    said: dict[str, object] = {"batch": view.batch_id, "taken": created, "record_hash": view.record_hash}
    done = "taken; its review is queued" if created else "there already with this record"
    _say(said, f"Batch {view.batch_id} is {done}.", output)


def _say(document: dict[str, object], sentence: str, output: Format) -> None:
    if output is Format.JSON:
        print(json.dumps(document, ensure_ascii=False))  # noqa: T201 - the answer of the command
    else:
        text_console().print(sentence, highlight=False, soft_wrap=True)
