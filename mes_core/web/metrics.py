"""`/metrics` as Prometheus reads it: figures of the store as it is, without a batch or a name in them.

It is answered to this machine and to the networks that the server was started with; to others it is not there.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from mes_core.domain.errors import NotFound
from mes_core.services.work.figures import Figures
from mes_core.web.port import MesDep, address_of

router = APIRouter(include_in_schema=False)
HERE = ("127.0.0.0/8", "::1/128")


@router.get("/metrics")
def metrics(request: Request, mes: MesDep) -> Response:
    """Every figure, for Prometheus."""
    if not _among(address_of(request), request.app.state.metrics_from):
        raise NotFound("There is no page /metrics: check the address, or begin at the list of batches.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Of(mes.figures()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _among(address: str, networks: Sequence[str]) -> bool:
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(one in ipaddress.ip_network(network) for network in networks)


class _Of(Collector):
    """Figures in the form that the library writes."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Each figure with its labels."""
        found = self._figures
        items = GaugeMetricFamily("batchwright_work_items", "Work items by job and state.", labels=("job", "state"))
        for labels, count in found.items.items():
            items.add_metric(labels, count)
        batches = GaugeMetricFamily("batchwright_batches", "Batches by state.", labels=("state",))
        for state, count in found.batches.items():
            batches.add_metric((state,), count)
        return (items, batches, *_single(found))


def _single(found: Figures) -> Iterator[Metric]:
    told = (
        ("oldest_queued_seconds", "Age of the oldest item that is queued.", found.oldest_queued_s),
        ("items_given_up", "Items given up because nothing more was heard of their workers.", found.given_up),
        ("effects_in_doubt", "Effects of which a site shows none or several.", found.effects_in_doubt),
        ("open_holds", "Holds that nobody has lifted.", found.open_holds),
        ("due", "What is due and not done.", found.due),
        ("overdue", "What should have been done by now.", found.overdue),
        ("queues_stand_still", "1 while no item is handed out since a restore.", float(found.stands_still)),
    )
    for name, said, value in told:
        yield GaugeMetricFamily(f"batchwright_{name}", said, value=value)
