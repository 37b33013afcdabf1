"""The endpoints of imports: take runs that were trained elsewhere into an experiment."""

from typing import Any

from fastapi import APIRouter, Response

from api.auth import Reader, Writer
from api.endpoints.experiments import Name
from api.errors import problems
from api.resources import Shared
from api.schemas.imports import Arrival, Imported, ImportView, PostedImport
from evenkeel.importing.from_mlflow import import_from_mlflow
from evenkeel.importing.taking import take, view

router = APIRouter(tags=["imports"], dependencies=[Reader])

ADDED: dict[int | str, dict[str, Any]] = {200: {"description": "The experiment had all of these runs."}}


@router.post("/imports", status_code=201, responses={**ADDED, **problems(404, 413, 429)})
def post_import(body: PostedImport, shared: Shared, caller: Writer, response: Response) -> Imported:
    """Import the runs of an experiment of MLflow that are new. The MLflow is the one that the lab's settings name.

    A large import takes several requests. As long as `remaining` is not 0, send the same body again, with `after` and
    `began_ms` of the answer. The status is 201 if runs were created, and 200 otherwise. It is 503 if MLflow does not
    answer, and 429 while another import reads from it."""
    return _status(import_from_mlflow(shared.lab, body.wanted, caller.key_id), response)


@router.post("/imports/runs", status_code=201, responses={**ADDED, **problems(413)})
def post_runs(body: Arrival, shared: Shared, caller: Writer, response: Response) -> Imported:
    """Import a batch of runs that the caller has read, as `evenkeel import --mlflow` and `--table` do. Runs that the
    experiment has to their end stay as they are. The batch is stored as a whole or not at all."""
    return _status(take(shared.lab, body, caller.key_id), response)


@router.get("/experiments/{name}/import", responses=problems(404))
def get_import(name: Name, shared: Shared) -> ImportView:
    """Show how the runs of an experiment were imported, and which of them need not be imported again."""
    return view(shared.lab, name)


def _status(imported: Imported, response: Response) -> Imported:
    response.status_code = 201 if imported.created else 200
    response.headers["Location"] = imported.url
    return imported
