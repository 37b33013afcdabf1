"""Declares the task of an experiment of imported runs, from the params and metrics of all runs so far.

A factor is a param that varies over the runs. If it begins to vary only later, its default is the value that all runs
had until then. A cell's hash leaves out levels that equal their defaults, so the cells that exist keep their hashes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evenkeel.importing.arrival import Arrival, Choices, WantedMetric
from evenkeel.importing.factors import Factor, Params
from evenkeel.importing.heads import State
from evenkeel.importing.metrics import loss_among
from evenkeel.importing.names import metric_name
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.values import Level, level_key, to_level
from evenkeel.plugins import AnnouncedTask, Metric, Package
from evenkeel.records.imports import task_name
from evenkeel.stability.task import panels_of

NO_PACKAGE = Package("", "")
# Where the JSON Schema of the parameters keeps what is known beyond the factors. JSON Schema leaves such keys alone.
KEPT = "x-import"
# The parameter of an experiment whose runs differ in no param.
ONE_CELL = "runs"
ALL = {"type": "string", "default": "all", "description": "When the task was declared, no param varied over the runs."}


@dataclass(frozen=True)
class Kept:
    """What the lab keeps of an import beyond its runs.

    Attributes:
        metrics: Metric where it was logged -> its name in the lab.
    """

    choices: Choices
    params: Params
    metrics: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        return {
            "choices": self.choices.model_dump(mode="json"),
            "constants": self.params.constants,
            "factors": {param: factor.name for param, factor in self.params.factors.items()},
            "metrics": self.metrics,
        }


def kept_of(task: AnnouncedTask) -> Kept:
    """What the task of imported runs keeps."""
    kept, parts = task.parameters[KEPT], task.parameters["properties"]
    factors = {param: Factor.read(param, name, parts[name]) for param, name in kept["factors"].items()}
    choices = Choices.model_validate(kept["choices"])
    return Kept(choices, Params(factors, dict(kept["constants"])), dict(kept["metrics"]))


def declare(before: AnnouncedTask | None, arrival: Arrival) -> tuple[AnnouncedTask, Kept]:
    """The task of the experiment with the runs of a batch, and what is kept of them.

    Args:
        before: The task so far; None if the experiment is new.

    Raises:
        ImportProblem: The experiment began with other choices, or its cells would change.
    """
    kept = _begin(arrival.choices) if before is None else _go_on(kept_of(before), arrival.choices)
    choices, metrics = kept.choices, kept.metrics
    taken = {ONE_CELL, *metrics.values()}
    params = kept.params.with_values(_values(arrival), [choices.seed, *choices.ignore], taken)
    parts = {factor.name: factor.part for factor in params.factors.values()}
    if not parts or (before and ONE_CELL in before.parameters["properties"]):
        parts[ONE_CELL] = ALL
    numeric = [factor.name for factor in params.factors.values() if factor.is_numeric]
    words = [name for name in parts if name not in numeric]
    task = AnnouncedTask(
        name=task_name(arrival.into),
        package=NO_PACKAGE,
        version=1,
        parameters={"type": "object", "properties": parts, KEPT: Kept(choices, params, metrics).to_json()},
        metrics=tuple(_metric(wanted, metrics[wanted.name], before, arrival) for wanted in choices.metrics),
        default_metric=metrics[choices.metrics[0].name],
        # They name the cells, and a name never changes.
        panels=before.panels if before else panels_of([*words, *numeric]).factors,
        epochs=max([before.epochs if before and isinstance(before.epochs, int) else 1, *_lengths(arrival)]),
        description=f"Runs that were trained elsewhere, imported from {arrival.source}",
        loss=loss_among(list(metrics.values())),
        labels={factor.name: param for param, factor in params.factors.items() if factor.name != param},
    )
    return task, Kept(choices, params, metrics)


def _begin(choices: Choices) -> Kept:
    metrics: dict[str, str] = {}
    for wanted in choices.metrics:
        metrics[wanted.name] = metric_name(wanted.name, metrics.values())
    return Kept(choices, Params({}, {}, is_new=True), metrics)


def _go_on(kept: Kept, choices: Choices) -> Kept:
    """The same, with what is ignored from now on. Raises ImportProblem."""
    began = kept.choices
    for field in ("seed", "factors", "metrics"):
        if (was := getattr(began, field)) != getattr(choices, field):
            told = [f"{one.name}:{one.better}" for one in was] if field == "metrics" else was
            raise ImportProblem(
                field, f"the experiment began with {told!r}, and keeps it; leave it out, or choose a new experiment"
            )
    if gone := sorted(set(began.ignore) - set(choices.ignore)):
        raise ImportProblem("ignore", f"the experiment began without {', '.join(gone)}; choose a new experiment")
    if used := sorted(set(choices.ignore) & set(kept.params.factors)):
        raise ImportProblem(
            "ignore", f"{', '.join(used)} tells apart cells of this experiment; choose a new experiment"
        )
    return Kept(choices, kept.params, kept.metrics)


def _values(arrival: Arrival) -> dict[str, list[Level]]:
    """The values over all runs of the source, and those of the batch, which should be among them."""
    of_batch = {name for run in arrival.runs for name in run.params}
    only = arrival.choices.factors
    names = [name for name in dict.fromkeys((*arrival.params, *of_batch)) if only is None or name in only]
    placed = [run for run in arrival.runs if run.seed is not None]
    found: dict[str, list[Level]] = {}
    for name in names:
        levels = (*map(to_level, arrival.params.get(name, ())), *(arrival.value(run, name) for run in placed))
        found[name] = list({level_key(level): level for level in levels}.values())
    return found


def _metric(wanted: WantedMetric, name: str, before: AnnouncedTask | None, arrival: Arrival) -> Metric:
    """It is a share, in [0, 1], as long as more is better and all its values lie there."""
    was_share = before is None or any(metric.name == name and metric.unit == "share" for metric in before.metrics)
    values = (value for run in arrival.runs for value in run.curves.get(wanted.name, ()) if value is not None)
    share = wanted.better == "higher" and was_share and all(0 <= value <= 1 for value in values)
    return Metric(
        name=name,
        better=wanted.better,
        worst=0.0 if share else None,  # type: ignore[arg-type]  # None means infinite.
        unit="share" if share else "",
        description=f"The metric {wanted.name!r} of the imported runs.",
        label="" if name == wanted.name else wanted.name,
    )


def _lengths(arrival: Arrival) -> Iterable[int]:
    """The numbers of epochs of the runs that got to their end."""
    return (run.num_epochs for run in arrival.runs if run.state is State.FINISHED or run.diverged_epoch)
