"""The page that compares two cells: /ui/compare. They belong to one study or to two."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from api.pages.compare.pair import ask_both
from api.pages.formats import query
from api.pages.frame import ThePage
from api.pages.titles import Varying, title_of, varying_in, with_name
from api.resources import Resources
from api.schemas.choices import wrong_metric
from evenkeel.analysis.query import QueryError
from evenkeel.grids.levels import differing
from evenkeel.grids.tasks import known_tasks
from evenkeel.grids.which_cell import pick_cell
from evenkeel.lab.cells import KnownCell, list_cells
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut
from evenkeel.statistics.equivalence import Margins

router = APIRouter()

Text = Annotated[str, Field(max_length=300)]
# A longer list helps nobody to choose.
MOST_CELLS = 1_000


class Asked(BaseModel):
    """What the form sends. An empty field is not chosen yet."""

    model_config = ConfigDict(extra="forbid")

    experiment: Text = ""
    a: Text = ""
    b_experiment: Text = ""
    b: Text = ""
    metric: Text = ""
    margin: Text = ""
    mean_margin: Text = ""

    @property
    def there(self) -> str:
        """The experiment of b."""
        return self.b_experiment or self.experiment

    @property
    def margins(self) -> Margins:
        return Margins(_margin("margin", self.margin), _margin("mean_margin", self.mean_margin))


@dataclass(frozen=True)
class Side:
    """One half of the form: the cells to choose from, and the one that was chosen."""

    experiment: str
    cells: list[KnownCell]
    num_cells: int
    chosen: KnownCell | None
    varying: Varying

    def title(self, cell: KnownCell) -> str:
        """What its study calls a cell."""
        return title_of(cell.made, self.varying)

    def option(self, cell: KnownCell) -> str:
        return with_name(self.title(cell), cell.cell)


@router.get("/ui/compare")
async def show_comparison(asked: Annotated[Asked, Query()], page: ThePage) -> Response:
    known = await run_in_threadpool(_look, page.shared, asked)
    part = None
    if known["a"].chosen and known["b"].chosen and not known["problem"]:
        work = ask_both(known["a"].chosen, known["b"].chosen, known["metric"], asked.margins)
        part = await page.fragment("pair", f"/ui/compare/pair{query(_plain(asked))}", work)
    return page.show("compare/page.html", **known, asked=asked, part=part)


@router.get("/ui/compare/pair")
async def show_pair(asked: Annotated[Asked, Query()], page: ThePage) -> Response:
    known = await run_in_threadpool(_look, page.shared, asked)
    a, b = known["a"].chosen, known["b"].chosen
    if a is None or b is None or known["problem"]:
        raise QueryError("b", known["problem"] or "choose two cells")
    work = ask_both(a, b, known["metric"], asked.margins)
    return await page.show_fragment("pair", f"{a.cell} and {b.cell}", f"/ui/compare{query(_plain(asked))}", work)


def _look(shared: Resources, asked: Asked) -> dict[str, Any]:
    """What the page shows but for the comparison itself. `problem` says why there is none; '' if there can be one."""
    a = _side(shared, asked.experiment, asked.a, "a")
    b = _side(shared, asked.there, asked.b, "b")
    task = next((cell.made.task for side in (a, b) if (cell := side.chosen)), None)
    known: dict[str, Any] = {
        "experiments": [each.name for each in reversed(shared.lab.store.experiments.all())],
        "a": a,
        "b": b,
        "task": task,
        "metric": _metric(task, asked.metric),
        "problem": _problem(a, b),
        "levels": [],
    }
    if a.chosen and b.chosen and not known["problem"]:
        known |= {"levels": _levels(a.chosen, b.chosen)}
    return known


def _side(shared: Resources, experiment: str, said: str, field: str) -> Side:
    if not experiment:
        return Side("", [], 0, None, {})
    cells, left_out = list_cells(shared.lab, experiment)
    every: list[KnownCell | LeftOut] = [*cells, *left_out]
    chosen = pick_cell(None, every, said) if said else None
    if chosen is not None and not isinstance(chosen, KnownCell):
        raise QueryError(field, f"the cell {chosen.hash} cannot be read here. {chosen.why}. {chosen.remedy}")
    shown = cells[:MOST_CELLS]
    if chosen is not None and chosen not in shown:
        shown = [chosen, *shown]
    return Side(experiment, shown, len(cells), chosen, varying_in(shared, experiment))


def _problem(a: Side, b: Side) -> str:
    if a.chosen is None or b.chosen is None:
        return ""
    if a.chosen.made.task.name != b.chosen.made.task.name:
        return f"They belong to different tasks: {a.chosen.made.task.name} and {b.chosen.made.task.name}."
    if (a.experiment, a.chosen.hash) == (b.experiment, b.chosen.hash):
        return "That is the same cell twice. Choose another one, or another experiment."
    return ""


def _levels(a: KnownCell, b: KnownCell) -> list[tuple[str, Any, Any, bool]]:
    """(factor, level of a, level of b, whether they differ), the factors that differ first."""
    changed = differing(a.made.task, [a.levels, b.levels])
    rows = [(factor, a.levels[factor], b.levels[factor], factor in changed) for factor in a.levels]
    return sorted(rows, key=lambda row: not row[3])


def _metric(task: Task | None, metric: str) -> str:
    if task is not None and metric and (problem := wrong_metric(metric, task, known_tasks())):
        raise QueryError("metric", problem)
    return metric or (task.default_metric if task is not None else "")


def _margin(field: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found < float("inf"):
        raise QueryError(field, f"must be a number above 0, not {text!r}")
    return found


def _plain(asked: Asked) -> dict[str, str]:
    """The fields that were filled in."""
    return {name: value for name, value in asked.model_dump().items() if value}
