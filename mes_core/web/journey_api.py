"""The JSON API of a product's journey: logistics data, packing, ways, custody."""

from fastapi import APIRouter, status

from mes_core.messages import journeys as j
from mes_core.messages import logger_files as lf
from mes_core.messages import logistics as lo
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.post("/logistics-data", status_code=status.HTTP_201_CREATED)
def sign_logistics(body: lo.SignLogistics, mes: MesDep, who: CallerDep) -> v.Page[lo.LogisticsView]:
    """Put logistics data in force, signed (people only)."""
    signed = mes.sign_logistics(body, who)
    return v.Page[lo.LogisticsView](items=signed, total=len(signed))


@router.get("/logistics-data")
def logistics(
    mes: MesDep, who: CallerDep, part: PartDep, kind: lo.LogisticsKind | None = None, name: Word = None
) -> v.Page[lo.LogisticsView]:
    """The logistics data in force."""
    del who
    return page(v.Page[lo.LogisticsView], mes.logistics(kind), part, name=name)


@router.post("/batches/{batch_id}/packings", status_code=status.HTTP_201_CREATED)
def sign_packing(batch_id: str, body: lo.SignPacking, mes: MesDep, who: CallerDep) -> lo.PackingView:
    """Sign a packing as the person who packed (people only)."""
    return mes.sign_packing(batch_id, body, who)


@router.post("/batches/{batch_id}/packing-confirmations", status_code=status.HTTP_201_CREATED)
def confirm_packing(batch_id: str, body: lo.ConfirmPacking, mes: MesDep, who: CallerDep) -> lo.PackingView:
    """Sign a packing as the second person (people only)."""
    return mes.confirm_packing(batch_id, body, who)


@router.get("/batches/{batch_id}/packings")
def packings(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[lo.PackingView]:
    """Packing records of a batch."""
    del who
    return page(v.Page[lo.PackingView], mes.packings(batch_id), part)


@router.post("/batches/{batch_id}/way-options", status_code=status.HTTP_201_CREATED)
def assess_ways(batch_id: str, body: j.AskOptions, mes: MesDep, who: CallerDep) -> j.OptionsView:
    """Judge the ways on offer: which one may be booked, or why none."""
    return mes.assess_ways(batch_id, body, who)


@router.get("/batches/{batch_id}/way-options")
def options(batch_id: str, mes: MesDep, who: CallerDep) -> j.OptionsView:
    """The ways of a batch as they were assessed last."""
    del who
    return mes.options(batch_id)


@router.post("/batches/{batch_id}/way-decisions", status_code=status.HTTP_201_CREATED)
def decide_way(batch_id: str, body: j.DecideWay, mes: MesDep, who: CallerDep) -> j.OptionsView:
    """Sign for a way that the bot may not choose by itself (people only)."""
    return mes.decide_way(batch_id, body, who)


@router.post("/batches/{batch_id}/forecasts", status_code=status.HTTP_201_CREATED)
def forecast(batch_id: str, mes: MesDep, who: CallerDep) -> j.ForecastView:
    """Judge the booked way by all that is known now; below its limit another one is booked, or a person called."""
    return mes.forecast(batch_id, who)


@router.get("/batches/{batch_id}/forecasts")
def forecasts(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[j.ForecastView]:
    """Every forecast of a batch, the newest last."""
    del who
    return page(v.Page[j.ForecastView], mes.forecasts(batch_id), part)


@router.post("/batches/{batch_id}/labels", status_code=status.HTTP_201_CREATED)
def note_label(batch_id: str, body: j.LabelRead, mes: MesDep, who: CallerDep) -> j.LabelView:
    """Compare what a label reads with batch, chain of identity and booking; a difference opens a hold."""
    return mes.note_label(batch_id, body, who)


@router.get("/batches/{batch_id}/labels")
def labels(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[j.LabelView]:
    """Every label of a batch that was read back."""
    del who
    return page(v.Page[j.LabelView], mes.labels(batch_id), part)


@router.post("/batches/{batch_id}/tracking-looks", status_code=status.HTTP_201_CREATED)
def tracking_looked_at(batch_id: str, body: j.TrackingLook, mes: MesDep, who: CallerDep) -> j.TrackingView:
    """Take note that the tracking of a booking was read; says so when the courier is silent for too long."""
    return mes.tracking_looked_at(batch_id, body, who)


@router.post("/batches/{batch_id}/rebookings", status_code=status.HTTP_201_CREATED)
def record_rebooking(batch_id: str, body: v.Shipment, mes: MesDep, who: CallerDep) -> v.BatchView:
    """Record what was booked in the place of an earlier booking."""
    return mes.record_rebooking(batch_id, body, who)


@router.post("/batches/{batch_id}/custody", status_code=status.HTTP_201_CREATED)
def note_custody(batch_id: str, body: j.NewCustody, mes: MesDep, who: CallerDep) -> j.CustodyView:
    """Note a step that a courier's tracking tells of."""
    return mes.note_custody(batch_id, body, who)


@router.post("/batches/{batch_id}/custody-signatures", status_code=status.HTTP_201_CREATED)
def sign_custody(batch_id: str, body: j.SignCustody, mes: MesDep, who: CallerDep) -> j.CustodyView:
    """Sign a step of custody (people only)."""
    return mes.sign_custody(batch_id, body, who)


@router.get("/batches/{batch_id}/custody")
def custody(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[j.CustodyView]:
    """Every step of custody, in the order in which it was noted."""
    del who
    return page(v.Page[j.CustodyView], mes.custody(batch_id), part)


@router.post("/batches/{batch_id}/logger-files", status_code=status.HTTP_201_CREATED)
def sign_logger_file(batch_id: str, body: lf.SignLoggerFile, mes: MesDep, who: CallerDep) -> lf.LoggerFileView:
    """Keep the file of a journey's logger, signed by whoever read it out (people only)."""
    return mes.sign_logger_file(batch_id, body, who)


@router.get("/batches/{batch_id}/logger-files")
def logger_files(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[lf.LoggerFileView]:
    """What the files of a batch's loggers say."""
    del who
    return page(v.Page[lf.LoggerFileView], mes.logger_files(batch_id), part)


@router.get("/batches/{batch_id}/logger-files/{number}")
def logger_file(batch_id: str, number: str, mes: MesDep, who: CallerDep) -> lf.LoggerFile:
    """One of them with its own text."""
    del who
    return mes.logger_file(batch_id, number)
