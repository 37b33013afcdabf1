"""Turns the lab's records into the API's answers."""

import math
from collections.abc import Sequence
from typing import Any

from api.schemas.experiments import ExperimentPosted
from api.schemas.lab import MetricView, TaskView, WorkerView
from api.schemas.runs import EpochRow, RunBrief, RunDetail
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.posting import Posted
from evenkeel.lab.runs import NamedRun, WholeRun
from evenkeel.plugins import Metric, Task
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Worker


def show_posted(posted: Posted) -> ExperimentPosted:
    return ExperimentPosted(
        name=posted.name,
        created=posted.created,
        existing=posted.existing,
        num_cells=posted.num_cells,
        broker="rung" if posted.rung else "away",
        waits_for=posted.waits_for,
        url=f"/experiments/{posted.name}",
        notes=posted.notes,
        left_out=posted.left_out,
    )


def show_run(named: NamedRun) -> RunBrief:
    return RunBrief.model_validate({**vars(named.run), "cell": named.cell, "left_out": named.left_out})


def show_whole_run(found: WholeRun) -> RunDetail:
    named, run = found.named, found.named.run
    levels = run.levels if named.left_out is None else run.stored_levels
    task = known_tasks().get(run.task)
    checkpoint = {"epoch": run.checkpoint_epoch, "path": run.checkpoint_path, "sha256": run.checkpoint_sha256}
    return RunDetail.model_validate(
        {
            **vars(run),
            "cell": named.cell,
            "left_out": named.left_out,
            "spec": {**levels, "seed": run.seed},
            "checkpoint": checkpoint if run.checkpoint_epoch else None,
            "attempts": found.attempts,
            "history": [_epoch_row(task, epoch) for epoch in found.epochs],
            "imported": found.origin,
        }
    )


def show_task(task: Task, workers: Sequence[Worker]) -> TaskView:
    """The task as the API shows it. workers: the workers that were seen lately."""
    return TaskView(
        name=task.name,
        version=task.version,
        parameters=task.parameters.model_json_schema(),
        metrics=[_show_metric(task, metric) for metric in task.metrics],
        default_metric=task.default_metric,
        presets={name: dict(grid) for name, grid in task.presets.items()},
        workers=[worker.name for worker in workers if worker.tasks.get(task.name, 0) >= task.version],
    )


def show_worker(worker: Worker, now_ms: int) -> WorkerView:
    ago = max(0.0, (now_ms - worker.seen_ms) / 1000)
    broken = [{**vars(broken), "package": str(broken.package)} for broken in worker.broken]
    shown = {"ready": worker.ready, "seen_seconds_ago": ago, "plugins": list(worker.plugins), "broken": broken}
    return WorkerView.model_validate({**vars(worker), **shown})


def _show_metric(task: Task, metric: Metric) -> MetricView:
    worst = metric.worst if math.isfinite(metric.worst) else None
    return MetricView.model_validate({**vars(metric), "worst": worst, "label": task.call(metric.name)})


def _epoch_row(task: Task | None, epoch: Epoch) -> EpochRow:
    """The epoch as the API shows it. A task that is not known here is None. Then every value has its stored name."""
    if task is None:
        shown: dict[str, float | None] = {name: value for name, value in epoch.values.items() if value is not None}
    else:
        measured = {metric.name: epoch.values.get(metric.name) for metric in task.metrics}
        shown = {m.name: measured[m.name] for m in task.metrics if m.diagnostic or measured[m.name] is not None}
    whole: dict[str, Any] = {"epoch": epoch.epoch}
    if not math.isnan(epoch.epoch_seconds):
        whole |= {"epoch_seconds": epoch.epoch_seconds, "logged_ms": epoch.logged_ms}
    return EpochRow.model_validate(whole | shown)
