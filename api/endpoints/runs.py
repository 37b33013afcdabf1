"""One run, whole."""

from fastapi import APIRouter

from api.errors import PROBLEM_RESPONSE, NotFound
from api.resources import Lab
from api.schemas.experiments import RunDetail
from api.views import detailed_run
from lab.spec import cell_labels

router = APIRouter(tags=["runs"])


@router.get("/runs/{run_id}", responses={404: PROBLEM_RESPONSE})
def get_run(run_id: str, lab: Lab) -> RunDetail:
    """Its spec, where it stands, and every epoch so far."""
    run = lab.store.run(run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id!r}; GET /experiments/NAME/runs lists an experiment's")
    siblings = lab.store.cells(run.experiment)
    labels = cell_labels([cell for _, _, cell in siblings])
    label = labels[[cell_id for cell_id, _, _ in siblings].index(run.cell_id)]
    return detailed_run(run, label, lab.store.epochs([run_id])[run_id])
