"""The page of one run: /ui/runs/{id}."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.concurrency import run_in_threadpool

from api.pages.formats import path
from api.pages.forms import Form
from api.pages.fragments import Fragment
from api.pages.frame import Page, ThePage
from api.pages.one_cell import ask
from api.pages.run.beside import beside
from api.pages.titles import title_of, varying_in
from api.resources import Resources
from api.serializers import show_whole_run
from evenkeel.grids.sharing import QuotaExceeded
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.cells import KnownCell, find_cell
from evenkeel.lab.experiments import NotNow
from evenkeel.lab.one_run import RunChanged, cancel_run, retry_run
from evenkeel.lab.runs import NoSuchRun, find_run, read_log
from evenkeel.plugins import Outcome
from evenkeel.printable import printable_lines

router = APIRouter()

RunId = Annotated[str, Path(max_length=64)]
# The end tells what went wrong. The whole log is a click away.
LAST_LINES = 40


@router.get("/ui/runs/{run_id}")
async def show_run(run_id: RunId, page: ThePage) -> Response:
    known = await run_in_threadpool(_look, page.shared, run_id)
    run, url = known["run"], path("ui", "runs", known["run"].id)
    parts = {"now": _now(page, known), "attempts": _attempts(page, known), "log": _log(page, known)}
    if known["cell"] is not None and run.outcome is Outcome.DIVERGED:
        parts["beside"] = await page.fragment("beside", f"{url}/beside", _beside(known))
    return page.show("run/page.html", **known, parts=parts)


@router.get("/ui/runs/{run_id}/now")
def show_now(run_id: RunId, page: ThePage) -> Response:
    known = _look(page.shared, run_id)
    return page.show_part(_now(page, known), f"Run {known['run'].id[:8]}", path("ui", "runs", known["run"].id))


@router.get("/ui/runs/{run_id}/attempts")
def show_attempts(run_id: RunId, page: ThePage) -> Response:
    known = _look(page.shared, run_id)
    title = f"The attempts at run {known['run'].id[:8]}"
    return page.show_part(_attempts(page, known), title, path("ui", "runs", known["run"].id))


@router.get("/ui/runs/{run_id}/log")
def show_log(run_id: RunId, page: ThePage) -> Response:
    known = _look(page.shared, run_id)
    title = f"The end of the log of run {known['run'].id[:8]}"
    return page.show_part(_log(page, known), title, path("ui", "runs", known["run"].id))


@router.get("/ui/runs/{run_id}/beside")
async def show_beside(run_id: RunId, page: ThePage) -> Response:
    known = await run_in_threadpool(_look, page.shared, run_id)
    if known["cell"] is None:
        raise NoSuchRun(run_id, "the cell of run {!r} cannot be read")
    title = f"Run {known['run'].id[:8]} beside the other seeds"
    return await page.show_fragment("beside", title, path("ui", "runs", known["run"].id), _beside(known))


@router.post("/ui/runs/{run_id}/cancel")
def cancel(run_id: RunId, form: Form, page: ThePage) -> Response:
    return _told(page, run_id, lambda: cancel_run(page.shared.lab, run_id))


@router.post("/ui/runs/{run_id}/retry")
def retry(run_id: RunId, form: Form, page: ThePage) -> Response:
    return _told(page, run_id, lambda: retry_run(page.shared.lab, run_id, page.caller.key_id))


def _told(page: Page, run_id: str, change: Any) -> Response:
    try:
        changed: RunChanged = change()
    except (NotNow, QuotaExceeded) as error:
        return page.refused(str(error), path("ui", "runs", run_id))
    return page.done(changed.says, path("ui", "runs", changed.id))


def _look(shared: Resources, run_id: str) -> dict[str, Any]:
    """What the page shows of a run: the run as the API shows it, its cell (None if it cannot be read) and how its
    study calls that, its task, what its newest attempt printed, the attempts that printed something, and the runs of
    the same cell in its experiment."""
    lab = shared.lab
    found = find_run(lab, run_id)
    run = found.named.run
    cell = find_cell(lab, run.experiment, run.cell_hash)
    return {
        "run": show_whole_run(found),
        "cell": cell if isinstance(cell, KnownCell) else None,
        "title": title_of(cell.made, varying_in(shared, run.experiment)) if isinstance(cell, KnownCell) else "",
        "task": known_tasks().get(run.task),
        "log": read_log(lab, run.id),
        "logged": lab.store.logs.attempts(run.id),
        "seeds": sorted(lab.store.runs.all(run.experiment, [run.cell_id]), key=lambda each: each.seed),
    }


def _now(page: Page, known: dict[str, Any]) -> Fragment:
    url = path("ui", "runs", known["run"].id)
    return page.part("now", f"{url}/now", "run/now.html", **known)


def _attempts(page: Page, known: dict[str, Any]) -> Fragment:
    url = path("ui", "runs", known["run"].id)
    return page.part("attempts", f"{url}/attempts", "run/attempts.html", **known)


def _log(page: Page, known: dict[str, Any]) -> Fragment:
    lines = printable_lines(known["log"].text).splitlines()
    url = path("ui", "runs", known["run"].id)
    return page.part("log", f"{url}/log", "run/log.html", lines=lines[-LAST_LINES:], num_lines=len(lines), **known)


def _beside(known: dict[str, Any]) -> Any:
    return ask(known["cell"], known["task"].default_metric, beside, known["run"].seed)
