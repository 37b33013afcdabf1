"""A task: what is trained and measured, declared once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from evenkeel.plugins.hypotheses import Hypotheses
from evenkeel.plugins.needs import Needs, Prepared

if TYPE_CHECKING:
    from pydantic import BaseModel

# Every run and every epoch has these columns, so no factor and no metric can have one of these names.
RESERVED = frozenset(
    {"cell", "dataset_hash", "epoch", "epoch_seconds", "experiment", "hash", "logged_ms", "outcome", "seed", "value"}
)


@dataclass(frozen=True)
class Metric:
    """What a task measures in each epoch.

    Attributes:
        better: Whether higher or lower values are better.
        worst: The value that a run counts with after it diverged. It may be infinite. None means infinite.
        unit: "share" (in [0, 1]), "nats", or "" for a number without a unit.
        label: Its name in figures and on their axes.
        diagnostic: Whether it tells *why* a run is unstable. The value of a diagnostic may be missing in an epoch.

    Raises:
        ValueError: If `better` or `worst` is not allowed.
    """

    name: str
    better: Literal["higher", "lower"]
    worst: float = None  # type: ignore[assignment]  # It is a number once the metric is made.
    unit: str = ""
    description: str = ""
    label: str = ""
    diagnostic: bool = False

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"metric {self.name!r}: better is {self.better!r}; allowed: higher, lower")
        bad = -math.inf if self.higher_is_better else math.inf
        if self.worst is None:
            object.__setattr__(self, "worst", bad)
        elif math.isnan(self.worst) or self.worst == -bad:
            raise ValueError(f"metric {self.name!r}: worst is {self.worst}; allowed: a number, or {bad}")

    @property
    def higher_is_better(self) -> bool:
        return self.better == "higher"


@dataclass(frozen=True)
class Panels:
    """How figures lay out cells, by three factors that also name a cell.

    Each level of `row` has a row of panels, each level of `column` has a column, and each level of `line` has a line.
    """

    row: str
    column: str
    line: str

    @property
    def factors(self) -> tuple[str, str, str]:
        return self.row, self.column, self.line


@dataclass(frozen=True, eq=False)
class Task:
    """What is trained and measured, declared once.

    Everything else follows from it: what a grid may hold, the filters of a summary, and what the lab stores, mirrors,
    draws and describes.

    Args:
        name: The name of the task, as grids use it.
        version: Raise it if the same levels begin to mean something else. A version above 1 is part of a cell's hash.
            Workers that have an earlier version do not train such cells.
        parameters: A frozen pydantic model that forbids unknown keys. Every field is a possible factor, with its range
            and its description. A default must never change, because a cell's hash leaves out levels that equal it.
        metrics: What is measured in each epoch, in the order in which tables show it.
        default_metric: The metric of a summary if none is asked for.
        panels: The factors that name a cell and lay out its figures.
        region_factor: The numeric factor along which the stability region is drawn if no other is asked for.
        labels: level, factor or other word -> its name in figures.
        num_epochs: Returns how many epochs a run with these parameters trains.
        problem: Checks what the range of a single field cannot express. Returns (parameter, what is allowed), or None.
        notes: Returns what a reader of a cell's results should know beyond its levels. These are whole sentences for
            `dry_run` and for the captions of figures.
        ignores: Returns the parameters that change nothing for these parameters. Cells that differ in nothing else must
            train to the same bits, because they count as one cell. A parameter that is returned must not change
            which others are.
        later: The parameters that were added after grids had been posted. A grid without such a parameter keeps its
            hash, so a repeated post of it is still recognised.
        needs: Returns what a worker must have prepared, or None if it needs nothing.
        num_parameters: Returns the number of learnable parameters of a cell's network, or None if it is not known.
            `prepared` is the dataset that `needs` named.
        work: Returns the number of multiply-adds of one epoch, all its examples and its validation included, or None if
            it is not known. `prepared` is as for `num_parameters`. The time of an epoch that was never measured is
            foretold from it, and of the cells of a grid, the one with the most work is trained first.
        loss: The metric whose sudden rises count as spikes.
        per_example: The metric that equals the mean of `Finished.correct` after the last epoch.
        presets: name -> a grid that comes with the task.
        hypotheses: What the task was made to test; None if it was made for no hypothesis in particular.
        length: The parameter that says how many epochs a run trains. A task may have none of that name.
        costs: The parameters that set how long an epoch takes. By default all but `length`. Times are foretold from
            runs that agree in all of them.

    Raises:
        ValueError: If the declaration contradicts itself.
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
    ignores: Callable[[Any], Iterable[str]] = lambda parameters: ()
    later: frozenset[str] = frozenset()
    needs: Callable[[Any], Needs | None] = lambda parameters: None
    num_parameters: Callable[[Any, Prepared | None], int | None] = lambda parameters, prepared: None
    work: Callable[[Any, Prepared | None], int | None] = lambda parameters, prepared: None
    loss: str | None = None
    per_example: str | None = None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hypotheses: Hypotheses | None = None
    length: str = "epochs"
    costs: frozenset[str] | None = None

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        for name in names:
            if not name.isidentifier() or name in RESERVED or names.count(name) > 1:
                raise ValueError(f"task {self.name!r}: {name!r} cannot name a metric: reserved, no word, or used twice")
        for name in RESERVED.intersection(self.factors):
            raise ValueError(f"task {self.name!r}: a parameter cannot be called {name!r}: the name is reserved")
        for named in (self.default_metric, self.loss, self.per_example):
            if named is not None and named not in names:
                raise ValueError(f"task {self.name!r}: {named!r} is not one of its metrics: {', '.join(names)}")
        for factor in (*self.panels.factors, self.region_factor, *sorted(self.later | self.timed)):
            if factor is not None and factor not in self.factors:
                allowed = ", ".join(self.factors)
                raise ValueError(f"task {self.name!r}: {factor!r} is not one of its parameters: {allowed}")

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of all parameters, in the order of their declaration."""
        return tuple(self.parameters.model_fields)

    @property
    def timed(self) -> frozenset[str]:
        """The parameters that set how long an epoch takes."""
        return frozenset(self.factors) - {self.length} if self.costs is None else self.costs

    def metric(self, name: str) -> Metric:
        """The metric with this name. Raises KeyError if the task does not declare it."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Metric]:
        return {metric.name: metric for metric in self.metrics}

    def notes_of(self, cells: Iterable[Any]) -> list[str]:
        """The notes on these cells, each sentence once. cells: the parameters of each cell."""
        return list(dict.fromkeys(note for cell in cells for note in self.notes(cell)))

    def call(self, word: str) -> str:
        """The name of a metric, a factor or a level in figures and tables."""
        metric = self._by_name.get(word)
        if metric is not None and metric.label:
            return metric.label
        return self.labels.get(word, word.replace("_", " "))
