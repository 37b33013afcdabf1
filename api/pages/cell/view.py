"""The page of one cell: /ui/experiments/{name}/cells/{cell}."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.pages.cell.statistics import statistics
from api.pages.formats import path, query
from api.pages.fragments import Fragment
from api.pages.frame import Page, ThePage
from api.pages.one_cell import ask
from api.pages.titles import title_of, varying_in, with_name
from api.resources import Resources
from api.schemas.choices import wrong_metric
from evenkeel.analysis.query import QueryError
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.cells import KnownCell, find_cell, list_cells
from evenkeel.lab.experiments import find_experiment, mlflow_page
from evenkeel.records.left_out import LeftOut

router = APIRouter()

Name = Annotated[str, Path(max_length=64)]
CellName = Annotated[str, Path(max_length=300)]
Metric = Annotated[str, Query(max_length=100)]
# A longer list helps nobody to choose.
MOST_OTHERS = 500


@router.get("/ui/experiments/{name}/cells/{cell}")
async def show_cell(name: Name, cell: CellName, page: ThePage, metric: Metric = "") -> Response:
    found = await run_in_threadpool(find_cell, page.shared.lab, name, cell)
    known = await run_in_threadpool(_look, page.shared, found)
    parts = {"runs": _runs(page, known)}
    if isinstance(found, KnownCell):
        known |= {"metric": _metric(found, metric)}
        asked = ask(found, known["metric"], statistics)
        parts["statistics"] = await page.fragment("statistics", _at(known["url"], known["metric"]), asked)
    return page.show("cell/page.html", **known, parts=parts)


@router.get("/ui/experiments/{name}/cells/{cell}/statistics")
async def show_statistics(name: Name, cell: CellName, page: ThePage, metric: Metric = "") -> Response:
    found = await run_in_threadpool(find_cell, page.shared.lab, name, cell)
    if isinstance(found, LeftOut):
        raise QueryError("cell", f"cannot be read here. {found.why}. {found.remedy}")
    asked = ask(found, _metric(found, metric), statistics)
    return await page.show_fragment("statistics", f"{found.cell}: over its seeds", _url(found), asked)


@router.get("/ui/experiments/{name}/cells/{cell}/runs")
def show_runs(name: Name, cell: CellName, page: ThePage) -> Response:
    known = _look(page.shared, find_cell(page.shared.lab, name, cell))
    return page.show_part(_runs(page, known), f"The runs of {known['cell'].cell}", known["url"])


def _look(shared: Resources, cell: KnownCell | LeftOut) -> dict[str, Any]:
    """What the page shows of a cell, but for its statistics."""
    lab, name = shared.lab, cell.row.experiment if isinstance(cell, KnownCell) else cell.experiment
    varying = varying_in(shared, name)
    rows = [row for row in lab.store.curves.find_cells(name, {}, None) if row.hash == cell.hash]
    runs = sorted(lab.store.runs.all(name, [row.id for row in rows]), key=lambda run: run.seed)
    experiment = find_experiment(lab, name)
    others = [each for each in list_cells(lab, name)[0] if each.hash != cell.hash]
    return {
        "experiment": name,
        "cell": cell,
        "title": title_of(cell.made, varying) if isinstance(cell, KnownCell) else "",
        "readable": isinstance(cell, KnownCell),
        "task": cell.made.task if isinstance(cell, KnownCell) else known_tasks().get(cell.task),
        "url": _url(cell),
        "runs": runs,
        "in_mlflow": {run.id: mlflow_page(lab, experiment, run.mlflow_run_id) for run in runs if run.mlflow_run_id},
        "others": [(each.hash, with_name(title_of(each.made, varying), each.cell)) for each in others[:MOST_OTHERS]],
        "num_others": len(others),
    }


def _metric(cell: KnownCell, metric: str) -> str:
    """The name of a metric of the cell's task. Raises QueryError."""
    task = cell.made.task
    if metric and (problem := wrong_metric(metric, task, known_tasks())):
        raise QueryError("metric", problem)
    return metric or task.default_metric


def _runs(page: Page, known: dict[str, Any]) -> Fragment:
    return page.part("runs", f"{known['url']}/runs", "cell/runs.html", **known)


def _url(cell: KnownCell | LeftOut) -> str:
    experiment = cell.row.experiment if isinstance(cell, KnownCell) else cell.experiment
    return path("ui", "experiments", experiment, "cells", cell.cell)


def _at(url: str, metric: str) -> str:
    return f"{url}/statistics{query({'metric': metric})}"
