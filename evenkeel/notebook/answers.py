"""The answers about experiments, runs, tasks and workers.

Type checkers see the fields of the library's classes, where it has them. The others are listed here, as the API's
schemas describe them.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from evenkeel.notebook.answer import Answer, columns_of
from evenkeel.talk import EvenkeelError

if TYPE_CHECKING:
    from rich.console import Console

    from evenkeel.lab.brief import ExperimentBrief
    from evenkeel.lab.experiments import ExperimentDetail
    from evenkeel.lab.happened import Event as EventFields
    from evenkeel.lab.planned import GridPlan
    from evenkeel.reports.tables import Columns
else:
    # These modules need the database's packages, which a notebook has not.
    EventFields = ExperimentBrief = ExperimentDetail = GridPlan = object


class Brief(Answer, ExperimentBrief):
    """An experiment in a list of experiments."""

    shown = ("name", "num_cells", "num_runs_total", "num_runs_status_finished", "num_runs_status_failed", "paused")


class Experiment(Answer, ExperimentDetail):
    """An experiment, and how far it is."""


class Plan(Answer, GridPlan):
    """What a grid would create."""

    def _columns(self) -> Columns:
        """A row for each cell."""
        return columns_of(self["cells"])


class PostedFields(Answer):
    name: str
    created: int
    existing: int
    num_cells: int
    num_runs: Any
    broker: str
    waits_for: str | None
    url: str
    notes: list[str]
    left_out: list[Any]

    def _wait(self, seconds: float | None, progress: bool | Console) -> Any:
        if self._lab is None:
            raise EvenkeelError(f"a copy of an answer has no client; ask it: lab.wait({self['name']!r})")
        lab: Any = self._lab
        return lab.wait(self["name"], seconds, progress)


class Posted(PostedFields):
    """What a post created."""

    def wait(self, seconds: float | None = None, progress: bool | Console = True) -> Experiment:
        """Wait until every run has ended, and show how far they are. See `Client.wait`."""
        return cast(Experiment, self._wait(seconds, progress))


class AsyncPosted(PostedFields):
    """What a post created."""

    def wait(self, seconds: float | None = None, progress: bool | Console = True) -> Awaitable[Experiment]:
        """Await that every run has ended, and show how far they are. See `AsyncClient.wait`."""
        return cast(Awaitable[Experiment], self._wait(seconds, progress))


class Run(Answer):
    """A run in a list of runs."""

    shown = ("id", "cell", "seed", "status", "outcome", "num_epochs", "epochs", "error")

    id: str
    experiment: str
    cell: str
    seed: int
    status: str
    outcome: str | None
    attempt: int
    num_epochs: int
    epochs: int
    diverged_epoch: int | None
    error: str | None
    worker: str | None
    mlflow_run_id: str | None
    cell_hash: str
    left_out: Any


class WholeRun(Run):
    """A run with its attempts and every epoch so far."""

    spec: Any
    imported: Any
    code_version: str | None
    crashes: int
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    checkpoint: Any
    dataset_hash: str | None
    arithmetic: str | None
    attempts: list[Any]
    history: list[Any]
    says: str
    eta_seconds: float | None
    mlflow_url: str | None
    what_helps: str
    would_recur: bool

    def _columns(self) -> Columns:
        """A row for each epoch."""
        return columns_of(self["history"])


class Task(Answer):
    """A task, and the workers that train it."""

    shown = ("name", "version", "default_metric", "workers")

    name: str
    version: int
    description: str
    package: str | None
    package_version: str | None
    levels: list[Any]
    parameters: Any
    labels: Any
    metrics: list[Any]
    default_metric: str
    presets: Any
    workers: list[str]


class Worker(Answer):
    """A worker that was seen lately."""

    shown = ("name", "device", "ready", "slots", "problem", "warning")

    name: str
    device: str
    ready: bool
    slots: int
    trains: list[Any]
    problem: str | None
    warning: str | None
    seen_seconds_ago: float
    code_version: str
    epochs: int
    epoch_seconds: float
    gpu_used_bytes: int | None
    gpu_total_bytes: int | None
    disk_free_bytes: int | None
    disk_used_bytes: int | None
    plugins: list[str]
    broken: list[Any]


class Event(Answer, EventFields):
    """One thing that happened to an experiment."""

    shown = ("at_ms", "says", "by")
