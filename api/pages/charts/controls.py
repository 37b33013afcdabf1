"""The form above a chart of bands: what may be chosen there, and what is chosen. Without scripts it changes the
image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from api.pages.charts.axes import Axes, choose_axes
from api.pages.charts.queries import BandsView
from api.questions import find_task
from evenkeel.analysis.query import QueryError
from evenkeel.grids.levels import differing, in_order, show
from evenkeel.lab.context import Lab
from evenkeel.plugins import Task

MOST_LEVELS = 40  # of a factor that the form offers to filter by
MOST_IN_IMAGE = 200  # cells that the image may have


@dataclass(frozen=True)
class Choice:
    """Something that may be chosen: its value in the address, and its name."""

    value: str
    label: str


@dataclass(frozen=True)
class Filter:
    """A factor that varies, and its levels, some of which may be chosen."""

    name: str
    label: str
    levels: list[Choice]


@dataclass(frozen=True)
class Controls:
    """What the form shows.

    Attributes:
        page: The path of the page that the form belongs to.
        view: What is chosen.
        axes: What is along rows, columns and colours if nothing is chosen.
        num_cells: How many cells the experiment has.
        chosen: Factor -> the levels that are chosen, as text.
    """

    experiment: str
    page: str
    view: BandsView
    axes: Axes
    metrics: list[Choice]
    filters: list[Filter]
    num_cells: int
    chosen: dict[str, list[str]]

    @property
    def source(self) -> str:
        """The address of the chart's data."""
        return f"/ui/experiments/{quote(self.experiment)}/bands.json?{self._asked}"

    @property
    def image(self) -> str | None:
        """The address of the same figure as an image; None if it would have too many cells."""
        if self.num_cells > MOST_IN_IMAGE and not self.chosen:
            return None
        return f"/summary/figure.svg?{urlencode({'experiment': self.experiment})}&{self._asked}"

    @property
    def _asked(self) -> str:
        fixed = {"metric": self.view.metric, "band": self.view.band, "task": self.view.task}
        return urlencode({name: value for name, value in fixed.items() if value} | self.chosen, doseq=True)


def read_controls(lab: Lab, experiment: str, page: str, given: QueryParams) -> Controls:
    """The form for the cells of an experiment.

    Args:
        given: The query of the page. What is no part of the form is passed over.

    Raises:
        QueryError: Something is chosen that cannot be.
        NoSuchExperiment: There is no such experiment.
    """
    task = find_task(given.get("task"), experiment, lab)
    chosen = {
        name: given.getlist(name) for name in task.factors if name in given and name not in BandsView.model_fields
    }
    own = {name: given[name] for name in BandsView.model_fields if given.get(name)}
    try:
        view = BandsView.model_validate({"metric": task.default_metric} | own)
    except ValidationError as error:
        first = error.errors()[0]
        raise QueryError(str(first["loc"][0]), first["msg"]) from error
    # The levels as they are stored: nothing is validated, because nothing is worked out from them.
    defaults = {name: info.default for name, info in task.parameters.model_fields.items()}
    cells = [defaults | row.levels for row in lab.store.curves.find_cells(experiment, {}, task)]
    varying = _varying(task, cells)
    return Controls(
        experiment=experiment,
        page=page,
        view=view,
        axes=choose_axes(task, varying),
        metrics=[Choice(metric.name, task.call(metric.name)) for metric in task.metrics],
        filters=[
            Filter(name, task.call(name), [Choice(_text(level), _call(task, level)) for level in levels])
            for name, levels in varying.items()
        ],
        num_cells=len(cells),
        chosen=chosen,
    )


def _varying(task: Task, cells: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """The factors that vary, with their levels."""
    return {name: in_order(task, name, (cell[name] for cell in cells)) for name in differing(task, cells)}


def _call(task: Task, level: Any) -> str:
    return task.call(level) if isinstance(level, str) else show(level)


def _text(level: Any) -> str:
    return show(level) if isinstance(level, int | float) and not isinstance(level, bool) else str(level)
