"""Turns the lab's records into the API's answers."""

import math
from collections.abc import Sequence
from inspect import cleandoc

from api.schemas.experiments import ExperimentPosted
from api.schemas.lab import LevelView, MetricView, TaskView, WorkerView
from api.schemas.runs import EpochRow, RunBrief, RunDetail
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.posting import Posted
from evenkeel.lab.runs import NamedRun, WholeRun
from evenkeel.plugins import Announced, AnnouncedLevel, Metric, Task
from evenkeel.records.rows import Epoch
from evenkeel.records.standing import seconds_left, standing_says
from evenkeel.records.workers import Worker


def show_posted(posted: Posted) -> ExperimentPosted:
    return ExperimentPosted(
        name=posted.name,
        created=posted.created,
        existing=posted.existing,
        num_cells=posted.num_cells,
        num_runs=posted.num_runs,
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
    checkpoint |= {"num_bytes": found.checkpoint_bytes}
    return RunDetail.model_validate(
        {
            **vars(run),
            "cell": named.cell,
            "left_out": named.left_out,
            "spec": {**levels, "seed": run.seed},
            "checkpoint": checkpoint if run.checkpoint_epoch else None,
            "attempts": found.attempts,
            "history": [_epoch_row(task, epoch) for epoch in found.epochs],
            "says": standing_says(run),
            "eta_seconds": seconds_left(run, found.epochs),
            "mlflow_url": found.mlflow_url,
            "what_helps": found.what_helps,
            "would_recur": found.would_recur,
            "imported": found.origin,
        }
    )


def show_task(task: Task, known: Announced, workers: Sequence[Worker]) -> TaskView:
    """The task as the API shows it.

    Args:
        known: What is announced.
        workers: The workers that were seen lately.
    """
    package = next((each.package for each in known.tasks if each.name == task.name and each.package.name), None)
    able = [worker for worker in workers if worker.tasks.get(task.name, 0) >= task.version]
    return TaskView(
        name=task.name,
        version=task.version,
        description=cleandoc(task.parameters.__doc__ or ""),
        package=package and package.name,
        package_version=package and package.version,
        parameters=task.parameters.model_json_schema(),
        labels=dict(task.labels),
        metrics=[_show_metric(task, metric) for metric in task.metrics],
        default_metric=task.default_metric,
        presets={name: dict(grid) for name, grid in task.presets.items()},
        levels=[_show_level(level, able) for level in known.levels if level.task == task.name],
        workers=[worker.name for worker in able if package is None or str(package) in worker.plugins],
    )


def show_worker(worker: Worker, now_ms: int, training: Sequence[NamedRun] = ()) -> WorkerView:
    """The worker as the API shows it. training: the runs that it trains now."""
    ago = max(0.0, (now_ms - worker.seen_ms) / 1000)
    broken = [{**vars(broken), "package": str(broken.package)} for broken in worker.broken]
    shown = {"ready": worker.ready, "seen_seconds_ago": ago, "plugins": list(worker.plugins), "broken": broken}
    shown["trains"] = [vars(each.run) | {"cell": each.cell} for each in training]
    return WorkerView.model_validate({**vars(worker), **shown})


def _show_level(level: AnnouncedLevel, workers: Sequence[Worker]) -> LevelView:
    return LevelView(
        factor=level.factor,
        level=level.level,
        package=level.package.name,
        package_version=level.package.version,
        description=level.description,
        workers=[worker.name for worker in workers if str(level.package) in worker.plugins],
    )


def _show_metric(task: Task, metric: Metric) -> MetricView:
    worst = metric.worst if math.isfinite(metric.worst) else None
    return MetricView.model_validate({**vars(metric), "worst": worst, "label": task.call(metric.name)})


def _epoch_row(task: Task | None, epoch: Epoch) -> EpochRow:
    """The epoch as the API shows it. A task that is not known here is None. Then every value has its stored name."""
    metrics = (
        {metric.name: metric.diagnostic for metric in task.metrics} if task else dict.fromkeys(epoch.values, False)
    )
    values = {name: epoch.values.get(name) for name in metrics}
    times = {"epoch_seconds": epoch.epoch_seconds, "logged_ms": epoch.logged_ms}
    return EpochRow(
        {
            "epoch": epoch.epoch,
            **{name: value for name, value in values.items() if value is not None and not metrics[name]},
            **({} if math.isnan(epoch.epoch_seconds) else times),
            **{name: value for name, value in values.items() if metrics[name]},
        }
    )
