"""Calls of MLflow's REST API as values, so that those of many runs can be sent together.

What brings one run or one cell up to date is a generator of waves. It yields the calls of one wave, and gets their
answers once MLflow has answered all of them. If MLflow refuses a call, the generator gets MlflowException instead.
"""

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

from mlflow.entities import DatasetInput, Metric, Param, RunTag

POINTS_A_CALL = 1000  # MLflow accepts no more, params and tags included
PARAMS_A_CALL = 100


@dataclass(frozen=True)
class Call:
    """A call of MLflow's REST API.

    Attributes:
        path: What follows /api/2.0/mlflow/.
    """

    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """A file to send among the artifacts of a run."""

    run_id: str
    folder: str
    name: str
    content: bytes


Wave = Sequence[Call | Upload]
Answer = dict[str, Any]
T = TypeVar("T")
Steps: TypeAlias = Generator[Wave, list[Answer], T]


def create_run(experiment_id: str, name: str, start_ms: int, tags: Mapping[str, str]) -> Call:
    """Its answer has the id of the run at ["run"]["info"]["run_id"]."""
    body = {"experiment_id": experiment_id, "run_name": name, "start_time": start_ms, "tags": _pairs(tags)}
    return Call("POST", "runs/create", body | {"user_id": tags.get("mlflow.user", "unknown")})


def get_run(run_id: str) -> Call:
    return Call("GET", f"runs/get?run_id={quote(run_id, safe='')}")


def update_run(run_id: str, status: str, name: str | None = None, ended_ms: int | None = None) -> Call:
    """What is None stays as it is."""
    changes = {"status": status, "run_name": name, "end_time": ended_ms}
    return Call("POST", "runs/update", {"run_id": run_id, **_known(changes)})


def log_batches(
    run_id: str, points: Sequence[Metric], params: Sequence[Param] = (), tags: Sequence[RunTag] = ()
) -> list[Call]:
    """Log values of metrics, params, and up to 100 tags, in calls that MLflow accepts.

    Params and tags go along with the last values, since each call takes as long as many values.
    """
    last_params = list(params[:PARAMS_A_CALL])
    parts: list[dict[str, Any]] = [{"params": some} for some in _in_parts(params[PARAMS_A_CALL:], PARAMS_A_CALL)]
    last = max(0, len(points) - (POINTS_A_CALL - len(last_params) - len(tags)))
    parts += [{"metrics": some} for some in _in_parts(points[:last], POINTS_A_CALL)]
    if points[last:] or last_params or tags:
        parts.append({"metrics": points[last:], "params": last_params, "tags": tags})
    return [Call("POST", "runs/log-batch", {"run_id": run_id, **_written(part)}) for part in parts]


def log_input(run_id: str, dataset: DatasetInput) -> Call:
    tags = [{"key": tag.key, "value": tag.value} for tag in dataset.tags]
    written = {"dataset": _known(dataset.dataset.to_dictionary()), "tags": tags}
    return Call("POST", "runs/log-inputs", {"run_id": run_id, "datasets": [written]})


def log_output(run_id: str, model_id: str, step: int) -> Call:
    return Call("POST", "runs/outputs", {"run_id": run_id, "models": [{"model_id": model_id, "step": step}]})


def create_model(
    experiment_id: str, name: str, run_id: str, model_type: str, tags: Mapping[str, str], params: Mapping[str, str]
) -> Call:
    """At most 100 params. Its answer has the id of the model at ["model"]["info"]["model_id"]."""
    body = {"experiment_id": experiment_id, "name": name, "model_type": model_type, "source_run_id": run_id}
    return Call("POST", "logged-models", body | {"tags": _pairs(tags), "params": _pairs(params)})


def log_model_params(model_id: str, params: Mapping[str, str]) -> Call:
    return Call("POST", f"logged-models/{model_id}/params", {"model_id": model_id, "params": _pairs(params)})


def search_models(experiment_id: str, run_id: str) -> Call:
    """Its answer has the model of a run, if there is one, at ["models"]."""
    body = {"experiment_ids": [experiment_id], "filter": f"source_run_id = '{run_id}'", "max_results": 1}
    return Call("POST", "logged-models/search", body)


def finalize_model(model_id: str) -> Call:
    return Call("PATCH", f"logged-models/{model_id}", {"model_id": model_id, "status": "LOGGED_MODEL_READY"})


def _in_parts(values: Sequence[T], most: int) -> list[Sequence[T]]:
    return [values[start : start + most] for start in range(0, len(values), most)]


def _written(part: Mapping[str, Iterable[Metric | Param | RunTag]]) -> dict[str, list[dict[str, Any]]]:
    return {kind: [_known(_plain(each)) for each in some] for kind, some in part.items()}


def _plain(each: Metric | Param | RunTag) -> dict[str, Any]:
    if not isinstance(each, Metric):
        return {"key": each.key, "value": each.value}
    # JSON has no numbers for these. MLflow reads their names.
    value = (
        each.value
        if math.isfinite(each.value)
        else {"inf": "Infinity", "-inf": "-Infinity"}.get(str(each.value), "NaN")
    )
    about = {"model_id": each.model_id, "dataset_name": each.dataset_name, "dataset_digest": each.dataset_digest}
    return {"key": each.key, "value": value, "timestamp": each.timestamp, "step": each.step, **about}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
