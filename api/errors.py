"""Answers every error as RFC 9457 problem+json. For bad input, it names the field and what is allowed there."""

import logging
from http import HTTPMethod, HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount

from api.checkpoints import CheckpointElsewhere, NoCheckpoint
from api.schemas.grids import WrongGrid
from api.schemas.problem import Problem
from api.wording import body_of, word
from evenkeel.analysis.query import QueryError
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import QuotaExceeded
from evenkeel.grids.which_cell import NoSuchCell, SeveralCells
from evenkeel.importing.problems import ImportProblem, SourceAway
from evenkeel.lab.experiments import NoSuchExperiment, NotNow
from evenkeel.lab.runs import NoSuchRun
from evenkeel.store import CellTrains, ExperimentTrains, KeyReused, StoreAway, ThreadsFixed

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "30"
# Every mount serves files, which allow only these methods.
OF_FILES = ("GET", "HEAD")

# A body may have tens of thousands of problems, and each may repeat what the caller sent. The answer stays short.
MAX_PROBLEMS = 20
MAX_FIELD_LENGTH = 200
MAX_PROBLEM_LENGTH = 2000
MAX_DETAIL_LENGTH = 8000

PROBLEM_RESPONSE: dict[str, Any] = {"model": Problem, "content": {"application/problem+json": {}}}


class Unauthorized(Exception):
    """The request has no API key, or one that is not known."""


class Forbidden(Exception):
    """The key may not do this, or a request from another machine has no key."""


def problem(
    status: int,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    num_more: int = 0,
) -> JSONResponse:
    """The answer for an error.

    Args:
        status: The HTTP status.
        detail: What is wrong, and what would be right.
        errors: The fields that are wrong, each as {"field", "problem"}.
        num_more: The number of wrong fields that `errors` leaves out.
    """
    shown, title = shortened(detail, MAX_DETAIL_LENGTH), HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=shown, errors=errors or [], num_more=num_more)
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: the errors that any request may get, and `statuses`."""
    return dict.fromkeys((400, 401, 403, 422, 503, *statuses), PROBLEM_RESPONSE)


def add_handlers(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()
        body = error.spec if isinstance(error, WrongGrid) else body_of(request)
        return _unprocessable([word(each, request, body) for each in found[:MAX_PROBLEMS]], len(found) - MAX_PROBLEMS)

    @app.exception_handler(SpecError)
    @app.exception_handler(ImportProblem)
    def cannot_be(_: Request, error: SpecError | ImportProblem) -> JSONResponse:
        # A key of the posted JSON may contain half of a surrogate pair, which cannot be encoded as UTF-8.
        field = error.field.encode("ascii", "backslashreplace").decode()
        return _unprocessable([{"field": field, "problem": error.problem}])

    @app.exception_handler(QueryError)
    def cannot_be_asked(_: Request, error: QueryError) -> JSONResponse:
        parts = [{"field": field, "problem": problem} for field, problem in error.parts]
        return _unprocessable(parts[:MAX_PROBLEMS], len(parts) - MAX_PROBLEMS)

    @app.exception_handler(NoSuchExperiment)
    def no_experiment(request: Request, error: NoSuchExperiment) -> JSONResponse:
        asked_in_query = f"there is no experiment {error.name!r}; GET /experiments lists the experiments"
        return problem(404, str(error) if "name" in request.path_params else asked_in_query)

    @app.exception_handler(NoSuchRun)
    def no_run(_: Request, error: NoSuchRun) -> JSONResponse:
        return problem(404, f"{error}; GET /experiments/NAME/runs lists the runs of an experiment")

    @app.exception_handler(Unauthorized)
    def unauthorized(_: Request, error: Unauthorized) -> JSONResponse:
        return problem(401, str(error), headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(Forbidden)
    def forbidden(_: Request, error: Forbidden) -> JSONResponse:
        return problem(403, str(error))

    @app.exception_handler(QuotaExceeded)
    def too_many(_: Request, error: QuotaExceeded) -> JSONResponse:
        if error.passes:
            return problem(429, f"{error}; nothing was stored", headers={"Retry-After": RETRY_AFTER_SECONDS})
        return _unprocessable([{"field": error.field, "problem": str(error)}])

    @app.exception_handler(SourceAway)
    def source_away(_: Request, error: SourceAway) -> JSONResponse:
        return problem(503, f"{error}; what was imported before is stored")

    @app.exception_handler(KeyReused)
    def key_reused(_: Request, error: KeyReused) -> JSONResponse:
        text = "was used with another body before; for a day, a key belongs to one body"
        return _unprocessable([{"field": "Idempotency-Key", "problem": text}])

    @app.exception_handler(NoCheckpoint)
    @app.exception_handler(NoSuchCell)
    def not_there(_: Request, error: NoCheckpoint | NoSuchCell) -> JSONResponse:
        return problem(404, str(error))

    @app.exception_handler(SeveralCells)
    def several_cells(_: Request, error: SeveralCells) -> JSONResponse:
        return _unprocessable([{"field": "cell", "problem": str(error)}])

    @app.exception_handler(CellTrains)
    @app.exception_handler(ExperimentTrains)
    def still_trains(_: Request, error: CellTrains | ExperimentTrains) -> JSONResponse:
        return problem(409, f"{error}; nothing was deleted")

    @app.exception_handler(CheckpointElsewhere)
    @app.exception_handler(NotNow)
    def not_now(_: Request, error: CheckpointElsewhere | NotNow) -> JSONResponse:
        return problem(409, str(error))

    @app.exception_handler(ThreadsFixed)
    def threads_fixed(_: Request, error: ThreadsFixed) -> JSONResponse:
        return problem(409, f"threads: {error}")

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods_at(request))
            return problem(405, f"{request.method} is not allowed here; allowed: {headers['Allow']}", headers=headers)
        if error.status_code == 404:
            text = f"there is nothing at {request.url.path}; /docs lists all endpoints"
            return problem(404, text, headers=headers)
        return problem(error.status_code, str(error.detail), headers=headers)

    @app.exception_handler(StoreAway)
    def store_away(_: Request, error: StoreAway) -> JSONResponse:
        log.error("store: %s", error)
        return problem(503, "the store does not answer, or was never migrated; nothing was changed; see /readyz")


def _methods_at(request: Request) -> list[str]:
    """The methods that any route to the path allows. Starlette names only those of the first route."""
    return [method for method in HTTPMethod if any(_allows(route, request, method) for route in request.app.routes)]


def _allows(route: BaseRoute, request: Request, method: str) -> bool:
    """Whether `route` accepts `method` at the request's path.

    We ask the route itself, because an included router does not list its routes.
    """
    if isinstance(route, Mount) and method not in OF_FILES:
        return False
    # A mount has moved its part of the path into `root_path`. The routes need the path as it came.
    root = request.scope.get("app_root_path", request.scope.get("root_path", ""))
    scope = {"type": "http", "path": request.scope["path"], "root_path": root, "method": method, "headers": []}
    return route.matches(scope)[0] is Match.FULL


def _unprocessable(errors: list[dict[str, str]], num_more: int = 0) -> JSONResponse:
    errors = [
        {"field": shortened(e["field"], MAX_FIELD_LENGTH), "problem": shortened(e["problem"], MAX_PROBLEM_LENGTH)}
        for e in errors
    ]
    detail = "; ".join(f"{e['field']}: {e['problem']}" for e in errors)
    if num_more > 0:
        detail = f"{len(errors) + num_more:,} problems, the first {len(errors)} of them: {detail}"
    return problem(422, detail, errors, num_more=max(0, num_more))


def shortened(text: str, most: int) -> str:
    """The text with at most `most` characters. The middle is left out, since both what is wrong and what is allowed
    matter."""
    half = most // 2 - 3
    return text if len(text) <= most else f"{text[:half]} ... {text[-half:]}"
