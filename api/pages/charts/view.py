"""What charts are drawn from, as JSON. The pages name these addresses, and scripts ask for them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.endpoints.runs import RunId
from api.heavy.work import Work
from api.pages.charts.bands import bands
from api.pages.charts.curves import curves
from api.pages.charts.queries import BandsData, CellData, about_cell
from api.pages.frame import Page, ThePage
from evenkeel.lab.runs import pick_run

router = APIRouter()


@router.get("/ui/experiments/{name}/bands.json")
async def get_bands(name: str, query: Annotated[BandsData, Query()], page: ThePage) -> Response:
    return await _answer(page, Work(bands, query.model_copy(update={"experiment": name}), "json"))


@router.get("/ui/experiments/{name}/cells/{cell}/curves.json")
async def get_curves_of_cell(name: str, cell: str, page: ThePage, task: str | None = None) -> Response:
    return await _answer(page, Work(curves, CellData(experiment=name, cell=cell, task=task), "json", about_cell))


@router.get("/ui/runs/{run_id}/curves.json")
async def get_curves_of_run(run_id: RunId, page: ThePage) -> Response:
    run = await run_in_threadpool(pick_run, page.shared.lab, run_id)
    asked = CellData(experiment=run.experiment, cell=run.cell_hash, task=run.task, run=run.id, seed=run.seed)
    return await _answer(page, Work(curves, asked, "json", about_cell))


async def _answer(page: Page, work: Work) -> Response:
    return await page.shared.heavy.answer(page.request, page.caller.key_id, work)
