"""The endpoint for Prometheus. Its numbers come from the store, so every API process gives the same."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from api.auth import Reader
from api.errors import problems
from api.readiness import SEEN_WITHIN_SECONDS, Broker
from api.resources import Shared
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import BrokerAway
from evenkeel.records.status import Status

router = APIRouter(tags=["health"], dependencies=[Reader])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **problems()})
async def get_metrics(shared: Shared) -> Response:
    """Count the runs by status, the waiting messages and the epochs that each worker trained, and measure GPU memory,
    disks, and how far MLflow is behind."""
    # The broker may take seconds to answer or not. Meanwhile no thread waits for it.
    seen = await shared.surroundings.broker.get()
    broker = seen.value if seen is not None else BrokerAway("no answer")
    body = await run_in_threadpool(_write, _Numbers(shared.lab, broker))
    return Response(body, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _write(numbers: Collector) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(numbers)
    return generate_latest(registry)


class _Numbers(Collector):
    """The lab's numbers, which are read again for each request."""

    def __init__(self, lab: Lab, broker: Broker) -> None:
        self.lab, self.broker = lab, broker

    def collect(self) -> Iterator[Metric]:
        yield from self._runs()
        yield from self._queue()
        yield from self._workers()

    def _runs(self) -> Iterator[Metric]:
        runs = GaugeMetricFamily(
            "evenkeel_runs", "Runs by status, and finished runs by outcome.", labels=["status", "outcome"]
        )
        counts = self.lab.store.metering.by_status()
        for status, outcome in dict.fromkeys([*((status, None) for status in Status), *counts]):
            if outcome is not None or status is not Status.FINISHED:
                runs.add_metric([status, outcome or ""], counts.get((status, outcome), 0))
        yield runs
        behind, lag = self.lab.store.metering.mirror_lag()
        yield GaugeMetricFamily("evenkeel_mirror_behind_runs", "Runs with changes that MLflow lacks.", behind)
        unsent = self.lab.store.alerts.unsent()
        yield GaugeMetricFamily("evenkeel_alerts_unsent", "Alerts that the webhook has not taken.", unsent)
        yield GaugeMetricFamily("evenkeel_mirror_lag_seconds", "Seconds that MLflow has been behind.", lag)

    def _queue(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily(
            "evenkeel_queue_messages", "Messages that no worker has taken, by device.", labels=["device"]
        )
        if up := not isinstance(self.broker, BrokerAway):
            for device, waiting in self.broker.waiting.items():
                depth.add_metric([device], waiting)
            if (dropped := self.broker.dropped) is not None:
                yield CounterMetricFamily("evenkeel_messages_dropped", "Messages that workers could not read.", dropped)
        yield GaugeMetricFamily("evenkeel_broker_up", "Whether the broker answers.", up)
        yield depth

    def _workers(self) -> Iterator[Metric]:
        labels = ["worker", "device"]
        slots = GaugeMetricFamily("evenkeel_worker_slots", "Runs that a worker trains side by side.", labels=labels)
        broken = GaugeMetricFamily("evenkeel_worker_broken", "1 if a worker cannot train.", labels=labels)
        epochs = CounterMetricFamily("evenkeel_epochs", "Epochs trained since a worker started.", labels=labels)
        seconds = CounterMetricFamily("evenkeel_epoch_seconds", "Seconds that these epochs took.", labels=labels)
        used = GaugeMetricFamily("evenkeel_gpu_memory_used_bytes", "Used memory of a worker's GPUs.", labels=labels)
        total = GaugeMetricFamily("evenkeel_gpu_memory_total_bytes", "Memory of a worker's GPUs.", labels=labels)
        free = GaugeMetricFamily("evenkeel_disk_free_bytes", "Free space for a worker's checkpoints.", labels=labels)
        taken = GaugeMetricFamily("evenkeel_disk_used_bytes", "What a worker's checkpoints take.", labels=labels)
        for worker in self.lab.store.workers.seen(SEEN_WITHIN_SECONDS):
            of = [worker.name, worker.device]
            slots.add_metric(of, worker.slots)
            broken.add_metric(of, worker.problem is not None)
            epochs.add_metric(of, worker.epochs)
            seconds.add_metric(of, worker.epoch_seconds)
            if worker.gpu_total_bytes is not None:
                used.add_metric(of, worker.gpu_used_bytes or 0)
                total.add_metric(of, worker.gpu_total_bytes)
            if worker.disk_free_bytes is not None:
                free.add_metric(of, worker.disk_free_bytes)
            if worker.disk_used_bytes is not None:
                taken.add_metric(of, worker.disk_used_bytes)
        yield from (slots, broken, epochs, seconds, used, total, free, taken)
