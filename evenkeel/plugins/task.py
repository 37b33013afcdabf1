"""A task: what is trained and measured, declared once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from evenkeel.plugins.hypotheses import Hypotheses
from evenkeel.plugins.needs import Needs, Prepared

if TYPE_CHECKING:
    from pydantic import BaseModel

# What every run and every epoch has beside its levels and its metrics.
RESERVED = frozenset(
    {"cell", "dataset_hash", "epoch", "epoch_seconds", "experiment", "hash", "logged_ms", "outcome", "seed", "value"}
)


@dataclass(frozen=True)
class Metric:
    """What a task measures in each epoch.

    worst: what counts in place of a run's value after the run diverged. unit: "share" (in [0, 1]), "nats", or "" for
    a number without one. label: as figures and their axes call it. diagnostic: it tells *why* a run is unstable, and
    may be missing from an epoch.
    """

    name: str
    better: Literal["higher", "lower"]
    worst: float
    unit: str
    description: str
    label: str = ""
    diagnostic: bool = False

    @property
    def higher_is_better(self) -> bool:
        return self.better == "higher"


@dataclass(frozen=True)
class Panels:
    """How figures lay out cells: a row of panels for each level of `row`, a column for each of `column`, a line for
    each of `line`. The three factors also name a cell."""

    row: str
    column: str
    line: str

    @property
    def factors(self) -> tuple[str, str, str]:
        return self.row, self.column, self.line


@dataclass(frozen=True, eq=False)
class Task:
    """What is trained and measured, declared once.

    Everything else follows from it: what a grid may hold, the filters of a summary, what is stored, mirrored, drawn and
    described. Raises ValueError for a declaration that contradicts itself.

    Args:
        name: as a grid says it.
        version: raised when the same levels come to mean something else. Above 1 it is in a cell's hash; earlier
            workers leave such cells alone.
        parameters: a frozen pydantic model that forbids unknown keys. Every field is a possible factor, with its range
            and its description. Defaults never change, since a cell's hash leaves out what equals its default.
        metrics: what is measured in each epoch, in the order in which it is shown.
        default_metric: the one that a summary is about if it is not told.
        panels: the factors that name a cell and lay out its figures.
        region_factor: the numeric factor along which the stability region is drawn if no other is asked for.
        labels: level, factor or other word -> what figures call it.
        num_epochs: of a cell's parameters, how many epochs a run trains.
        problem: what no single field's range can say: (parameter, what is allowed), or None.
        notes: what a reader of a cell's results should know and its levels do not say: whole sentences, for `dry_run`
            and the captions of figures.
        later: parameters that came after grids had been posted. A grid that does not give one keeps the hash by which
            a repeated post is known.
        needs: what a worker must have prepared; None where nothing.
        num_parameters: learnable parameters of a cell's network; `prepared` is what `needs` asked for.
        loss: the metric whose sudden rises count as spikes.
        per_example: the metric that is, after the last epoch, the mean of `Finished.correct`.
        presets: name -> a grid that comes with the task.
        hypotheses: what the task was made to test; None where it is for anything.
    """

    name: str
    version: int
    parameters: type[BaseModel]
    metrics: tuple[Metric, ...]
    default_metric: str
    panels: Panels
    region_factor: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    num_epochs: Callable[[Any], int] = lambda parameters: int(parameters.epochs)
    problem: Callable[[Any], tuple[str, str] | None] = lambda parameters: None
    notes: Callable[[Any], Iterable[str]] = lambda parameters: ()
    later: frozenset[str] = frozenset()
    needs: Callable[[Any], Needs | None] = lambda parameters: None
    num_parameters: Callable[[Any, Prepared | None], int | None] = lambda parameters, prepared: None
    loss: str | None = None
    per_example: str | None = None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hypotheses: Hypotheses | None = None

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        for name in names:
            if not name.isidentifier() or name in RESERVED or names.count(name) > 1:
                raise ValueError(f"task {self.name!r}: {name!r} is no name for a metric, or two metrics have it")
        for name in RESERVED.intersection(self.factors):
            raise ValueError(f"task {self.name!r}: a parameter cannot be called {name!r}")
        for named in (self.default_metric, self.loss, self.per_example):
            if named is not None and named not in names:
                raise ValueError(f"task {self.name!r}: {named!r} is none of its metrics: {', '.join(names)}")
        for factor in (*self.panels.factors, self.region_factor, *sorted(self.later)):
            if factor is not None and factor not in self.factors:
                raise ValueError(f"task {self.name!r}: {factor!r} is none of its parameters: {', '.join(self.factors)}")

    @property
    def factors(self) -> tuple[str, ...]:
        """Every parameter, in the order of its declaration."""
        return tuple(self.parameters.model_fields)

    def metric(self, name: str) -> Metric:
        """Raises KeyError for a metric that the task does not declare."""
        return self._by_name[name]

    @property
    def _by_name(self) -> dict[str, Metric]:
        return {metric.name: metric for metric in self.metrics}

    def notes_of(self, cells: Iterable[Any]) -> list[str]:
        """The notes on these cells (the parameters of each), each sentence once."""
        return list(dict.fromkeys(note for cell in cells for note in self.notes(cell)))

    def call(self, word: str) -> str:
        """A metric, a factor or a level as a reader knows it."""
        metric = self._by_name.get(word)
        if metric is not None and metric.label:
            return metric.label
        return self.labels.get(word, word.replace("_", " "))
