"""One run, whole."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Reader
from api.errors import NotFound, problems
from api.resources import Lab
from api.schemas.experiments import RunDetail
from api.views import detailed_run
from lab.cell import cell_labels

router = APIRouter(tags=["runs"], dependencies=[Reader])


@router.get("/runs/{run_id}", responses=problems(404, 409, 422))
def get_run(run_id: Annotated[str, Path(max_length=64, description="The run.")], lab: Lab) -> RunDetail:
    """Its spec, where it stands, and every epoch so far."""
    run = lab.store.run(run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id!r}; GET /experiments/NAME/runs lists an experiment's")
    siblings = lab.store.cells(run.experiment)
    labels = cell_labels([cell for _, _, cell in siblings])
    label = labels[[cell_id for cell_id, _, _ in siblings].index(run.cell_id)]
    return detailed_run(run, label, lab.store.epochs([run_id])[run_id])
