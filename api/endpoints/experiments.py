"""Experiments: post a grid, follow it, cancel it, queue its failed runs again."""

from fastapi import APIRouter, Query, Response

from api.errors import PROBLEM_RESPONSE, NotFound
from api.resources import Lab, Resources
from api.schemas.experiments import (
    Cancelled,
    CellPlan,
    ExperimentBrief,
    ExperimentDetail,
    ExperimentPosted,
    GridPlan,
    Retried,
    RunBrief,
)
from api.views import brief_run
from lab.availability import WORKER_SEEN_SECONDS, check_datasets, num_classes_of
from lab.datasets import Prepared
from lab.progress import remaining_seconds
from lab.records import Experiment, Run
from lab.spec import Cell, GridSpec, cell_labels, expand
from lab.status import Status
from lab.summary import count_runs

router = APIRouter(tags=["experiments"])


@router.post(
    "/experiments",
    status_code=201,
    response_model=ExperimentPosted | GridPlan,
    responses={200: {"description": "All runs existed, or dry_run."}, 422: PROBLEM_RESPONSE},
)
def post_experiment(
    spec: GridSpec,
    lab: Lab,
    response: Response,
    dry_run: bool = Query(False, description="Answer the cells, runs and parameter counts; create nothing."),
) -> ExperimentPosted | GridPlan:
    """Ensure that every run of a grid exists: posting again adds only what is missing, so more seeds or levels extend
    an experiment. 201 if runs were made, 200 if all existed."""
    cells = expand(spec, lab.settings.max_runs)
    prepared = lab.store.datasets(WORKER_SEEN_SECONDS)
    check_datasets(spec, cells, prepared)
    if dry_run:
        response.status_code = 200
        return _plan(spec, cells, prepared, lab)
    ensured = lab.store.ensure_runs(spec.name, cells, spec.seed_list)
    rung = lab.doorbell.ring(ensured.created)
    response.status_code = 201 if ensured.created else 200
    response.headers["Location"] = f"/experiments/{spec.name}"
    return ExperimentPosted(
        name=spec.name,
        created=len(ensured.created),
        existing=ensured.existing,
        num_cells=len(cells),
        broker="rung" if rung else "away",
        url=f"/experiments/{spec.name}",
    )


@router.get("/experiments")
def list_experiments(lab: Lab) -> list[ExperimentBrief]:
    """Every experiment, oldest first."""
    by_experiment: dict[str, list[Run]] = {}
    for run in lab.store.runs():
        by_experiment.setdefault(run.experiment, []).append(run)
    return [_brief(found, by_experiment.get(found.name, [])) for found in lab.store.experiments()]


@router.get("/experiments/{name}", responses={404: PROBLEM_RESPONSE})
def get_experiment(name: str, lab: Lab) -> ExperimentDetail:
    """Counts by status and outcome, time left, and where it is in MLflow."""
    found = _find(name, lab)
    runs = lab.store.runs(name)
    mlflow = lab.settings.mlflow_public_url or lab.settings.mlflow_url
    return ExperimentDetail(
        **_brief(found, runs).model_dump(),
        eta_seconds=remaining_seconds(runs, lab.store.paces(name)),
        mlflow_url=f"{mlflow}/#/experiments/{found.mlflow_experiment_id}/runs" if found.mlflow_experiment_id else None,
        seeds=sorted({run.seed for run in runs}),
        epochs_done=sum(run.cell.epochs if run.status is Status.FINISHED else run.num_epochs for run in runs),
        epochs_total=sum(run.cell.epochs for run in runs),
    )


@router.get("/experiments/{name}/runs", responses={404: PROBLEM_RESPONSE})
def list_runs(name: str, lab: Lab) -> list[RunBrief]:
    """Every run, in the order in which they are queued: the first seed of every cell, then the second."""
    _find(name, lab)
    runs = lab.store.runs(name)
    cells = list({run.cell_id: run.cell for run in runs}.items())
    labels = dict(zip((cell_id for cell_id, _ in cells), cell_labels([cell for _, cell in cells]), strict=True))
    return [brief_run(run, labels[run.cell_id]) for run in runs]


@router.post("/experiments/{name}/cancel", responses={404: PROBLEM_RESPONSE})
def cancel_experiment(name: str, lab: Lab) -> Cancelled:
    """Cancel what is queued and stop what is running. What has finished stays."""
    _find(name, lab)
    cancelled, stopping = lab.store.cancel(name)
    return Cancelled(cancelled=cancelled, stopping=stopping)


@router.post("/experiments/{name}/retry", responses={404: PROBLEM_RESPONSE})
def retry_experiment(name: str, lab: Lab) -> Retried:
    """Queue its failed and cancelled runs again. A diverged run is a result and stays."""
    _find(name, lab)
    queued = lab.store.retry(name)
    lab.doorbell.ring(queued)
    return Retried(queued=len(queued))


def _find(name: str, lab: Resources) -> Experiment:
    found = lab.store.experiment(name)
    if found is None:
        known = ", ".join(known.name for known in lab.store.experiments()[-20:]) or "none yet"
        raise NotFound(f"there is no experiment {name!r}; there are: {known}")
    return found


def _brief(found: Experiment, runs: list[Run]) -> ExperimentBrief:
    return ExperimentBrief(
        name=found.name,
        created_ms=found.created_ms,
        num_cells=len({run.cell_id for run in runs}),
        num_runs=count_runs(runs),
    )


def _plan(spec: GridSpec, cells: list[Cell], prepared: list[Prepared], lab: Resources) -> GridPlan:
    known = {(run.cell_hash, run.seed) for run in lab.store.runs(spec.name)}
    plans = [
        CellPlan(
            cell=label,
            hash=cell.hash,
            levels=cell.model_dump(mode="json"),
            num_parameters=cell.num_parameters(num_classes_of(cell, prepared)),
        )
        for cell, label in zip(cells, cell_labels(cells), strict=True)
    ]
    new = sum((cell.hash, seed) not in known for cell in cells for seed in spec.seed_list)
    num_runs = len(cells) * len(spec.seed_list)
    return GridPlan(name=spec.name, cells=plans, seeds=list(spec.seed_list), num_runs=num_runs, num_new=new)
