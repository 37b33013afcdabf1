"""One run, whole."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Reader
from api.errors import problems
from api.resources import Shared
from api.schemas.runs import RunDetail
from api.serializers import show_whole_run
from evenkeel.lab.runs import find_run

router = APIRouter(tags=["runs"], dependencies=[Reader])


@router.get("/runs/{run_id}", response_model_exclude_unset=True, responses=problems(404, 409, 422))
def get_run(run_id: Annotated[str, Path(max_length=64, description="The run.")], shared: Shared) -> RunDetail:
    """Its spec, where it stands, and every epoch so far."""
    return show_whole_run(*find_run(shared.lab, run_id))
