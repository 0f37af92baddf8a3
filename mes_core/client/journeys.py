"""The part of the MES client that speaks of a product's journey."""

from typing import Unpack
from urllib.parse import quote

from mes_core.client.predictive import Held, _Calls
from mes_core.messages import journeys as j
from mes_core.messages import logger_files as lf
from mes_core.messages import logistics as lo
from mes_core.messages import views as v


class JourneyCalls:
    """Logistics data, packing, ways, custody."""

    def sign_logistics(self: _Calls, signing: lo.SignLogistics, **held: Unpack[Held]) -> tuple[lo.LogisticsView, ...]:
        """Put logistics data in force, signed."""
        return self._post("/api/logistics-data", signing, v.Page[lo.LogisticsView], held=held).items

    def logistics(self: _Calls, kind: lo.LogisticsKind | None = None) -> tuple[lo.LogisticsView, ...]:
        """The logistics data in force."""
        return tuple(self._each("/api/logistics-data", lo.LogisticsView, {"kind": kind.value if kind else None}))

    def sign_packing(self: _Calls, batch_id: str, signing: lo.SignPacking, **held: Unpack[Held]) -> lo.PackingView:
        """Sign a packing as the person who packed."""
        return self._post(f"/api/batches/{_q(batch_id)}/packings", signing, lo.PackingView, held=held)

    def confirm_packing(
        self: _Calls, batch_id: str, confirming: lo.ConfirmPacking, **held: Unpack[Held]
    ) -> lo.PackingView:
        """Sign a packing as the second person."""
        path = f"/api/batches/{_q(batch_id)}/packing-confirmations"
        return self._post(path, confirming, lo.PackingView, held=held)

    def packings(self: _Calls, batch_id: str) -> tuple[lo.PackingView, ...]:
        """Packing records of a batch, the newest last."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/packings", lo.PackingView, {}))

    def assess_ways(self: _Calls, batch_id: str, asked: j.AskOptions, **held: Unpack[Held]) -> j.OptionsView:
        """Judge the ways on offer: which one may be booked, or why none."""
        return self._post(f"/api/batches/{_q(batch_id)}/way-options", asked, j.OptionsView, held=held)

    def options(self: _Calls, batch_id: str) -> j.OptionsView:
        """The ways of a batch as they were assessed last."""
        return self._get(f"/api/batches/{_q(batch_id)}/way-options", j.OptionsView)

    def decide_way(self: _Calls, batch_id: str, decision: j.DecideWay, **held: Unpack[Held]) -> j.OptionsView:
        """Sign for a way that the bot may not choose by itself."""
        return self._post(f"/api/batches/{_q(batch_id)}/way-decisions", decision, j.OptionsView, held=held)

    def forecast(self: _Calls, batch_id: str) -> j.ForecastView:
        """Judge the booked way by all that is known now; below its limit another one is booked, or a person called."""
        answer = self._request("POST", f"/api/batches/{_q(batch_id)}/forecasts")
        return j.ForecastView.model_validate_json(answer.content)

    def forecasts(self: _Calls, batch_id: str) -> tuple[j.ForecastView, ...]:
        """Every forecast of a batch, the newest last."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/forecasts", j.ForecastView, {}))

    def tracking_looked_at(self: _Calls, batch_id: str, look: j.TrackingLook, **held: Unpack[Held]) -> j.TrackingView:
        """Take note that the tracking of a booking was read; says so when the courier is silent for too long."""
        return self._post(f"/api/batches/{_q(batch_id)}/tracking-looks", look, j.TrackingView, held=held)

    def note_label(self: _Calls, batch_id: str, read: j.LabelRead, **held: Unpack[Held]) -> j.LabelView:
        """Compare what a label reads with batch, chain of identity and booking; a difference opens a hold."""
        return self._post(f"/api/batches/{_q(batch_id)}/labels", read, j.LabelView, held=held)

    def record_rebooking(self: _Calls, shipment: v.Shipment, **held: Unpack[Held]) -> v.BatchView:
        """Record what was booked in the place of an earlier booking."""
        return self._post(f"/api/batches/{_q(shipment.batch_id)}/rebookings", shipment, v.BatchView, held=held)

    def note_custody(self: _Calls, batch_id: str, custody: j.NewCustody, **held: Unpack[Held]) -> j.CustodyView:
        """Note a step that a courier's tracking tells of."""
        return self._post(f"/api/batches/{_q(batch_id)}/custody", custody, j.CustodyView, held=held)

    def sign_custody(self: _Calls, batch_id: str, signing: j.SignCustody, **held: Unpack[Held]) -> j.CustodyView:
        """Sign a step of custody."""
        return self._post(f"/api/batches/{_q(batch_id)}/custody-signatures", signing, j.CustodyView, held=held)

    def custody(self: _Calls, batch_id: str) -> tuple[j.CustodyView, ...]:
        """Every step of custody."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/custody", j.CustodyView, {}))

    def sign_logger_file(
        self: _Calls, batch_id: str, signing: lf.SignLoggerFile, **held: Unpack[Held]
    ) -> lf.LoggerFileView:
        """Keep the file of a journey's logger, signed by whoever read it out."""
        return self._post(f"/api/batches/{_q(batch_id)}/logger-files", signing, lf.LoggerFileView, held=held)

    def logger_files(self: _Calls, batch_id: str) -> tuple[lf.LoggerFileView, ...]:
        """What the files of a batch's loggers say."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/logger-files", lf.LoggerFileView, {}))


def _q(text: str) -> str:
    return quote(text, safe="")
