"""Reads the runs of an MLflow experiment over MLflow's REST API. MLflow's own client would take seconds to load."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evenkeel.importing.curves import Point, Points
from evenkeel.importing.heads import Head, State
from evenkeel.importing.mlflow_rest import MOST_POINTS, Rest
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.values import is_name, plain_text, to_level

RUNS_A_PAGE = 200
RUNS_A_CALL = 100  # MLflow allows no more
MOST_NAMED = 20

SEARCH = "api/2.0/mlflow/runs/search"
BY_NAME = "api/2.0/mlflow/experiments/get-by-name"
EXPERIMENTS = "api/2.0/mlflow/experiments/search"
# MLflow's own charts use it. It is no part of the documented API, but the only call that reads many runs.
BULK = "ajax-api/2.0/mlflow/metrics/get-history-bulk"
HISTORY = "api/2.0/mlflow/metrics/get-history"

STATES = {"FINISHED": State.FINISHED, "FAILED": State.FAILED, "KILLED": State.KILLED}
OWN = "evenkeel."  # so begin the tags that a lab gives to the copies of its own runs
NO_SEEDS = ("mlflow.", OWN)


class MlflowRuns:
    """The runs of one MLflow experiment. It is a `Source`."""

    def __init__(self, rest: Rest, experiment: str, search: str = "") -> None:
        """
        Args:
            experiment: The name of the experiment.
            search: Only the runs that MLflow finds with this filter, such as "params.optimizer = 'adam'".

        Raises:
            ImportProblem: There is no such experiment.
            SourceAway: MLflow does not answer, or refuses the caller.
        """
        self._rest, self._search = rest, search
        self._id = self._find(experiment)
        self.name = f"{page_of(rest.url)}/#/experiments/{self._id}"

    def heads(self) -> list[Head]:
        return [_head(run) for page in self._pages() for run in page]

    def points(self, heads: Sequence[Head], metrics: Sequence[str]) -> Mapping[str, Points]:
        found: dict[str, dict[str, list[Point]]] = {head.id: {} for head in heads}
        for metric in metrics:
            with_it = [head.id for head in heads if metric in head.metrics]
            for start in range(0, len(with_it), RUNS_A_CALL):
                for row in self._history(with_it[start : start + RUNS_A_CALL], metric):
                    point = Point(int(row.get("step", 0)), float(row["value"]), int(row["timestamp"]))
                    found[row["run_id"]].setdefault(metric, []).append(point)
        return found

    def _find(self, experiment: str) -> str:
        found = self._rest.get(BY_NAME, {"experiment_name": experiment}, missing={})
        if found:
            return str(found["experiment"]["experiment_id"])
        some = self._rest.post(EXPERIMENTS, {"max_results": MOST_NAMED}).get("experiments", [])
        named = ", ".join(plain_text(one["name"]) for one in some)
        raise ImportProblem("experiment", f"MLflow has no experiment {experiment!r}; it has: {named or 'none'}")

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        body: dict[str, Any] = {"experiment_ids": [self._id], "filter": self._search, "max_results": RUNS_A_PAGE}
        body["order_by"] = ["attributes.start_time ASC"]
        while True:
            answer = self._rest.post(SEARCH, body, refused="filter")
            yield answer.get("runs", [])
            if not (token := answer.get("next_page_token")):
                return
            body["page_token"] = token

    def _history(self, run_ids: Sequence[str], metric: str) -> list[dict[str, Any]]:
        """All values of a metric. The bulk call cuts off what is too much, without a word, so it is asked for less."""
        query = {"run_id": list(run_ids), "metric_key": metric, "max_results": MOST_POINTS}
        answer = self._rest.get(BULK, query, missing=None)
        rows = None if answer is None else answer["metrics"]
        if rows is not None and len(rows) < MOST_POINTS:
            return list(rows)
        if len(run_ids) == 1:
            return list(self._history_of(run_ids[0], metric))
        half = len(run_ids) // 2
        return self._history(run_ids[:half], metric) + self._history(run_ids[half:], metric)

    def _history_of(self, run_id: str, metric: str) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"run_id": run_id, "metric_key": metric, "max_results": MOST_POINTS}
        while True:
            answer = self._rest.get(HISTORY, query)
            yield from ({**row, "run_id": run_id} for row in answer.get("metrics", []))
            if not (token := answer.get("next_page_token")):
                return
            query["page_token"] = token


def page_of(url: str) -> str:
    """The address of MLflow as people may see it: without a password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")


def _head(run: Mapping[str, Any]) -> Head:
    info, data = run["info"], run.get("data", {})
    tags = {plain_text(tag["key"]): tag.get("value", "") for tag in data.get("tags", [])}
    return Head(
        id=info["run_id"],
        state=STATES.get(info["status"], State.RUNNING),
        params={plain_text(param["key"]): to_level(param.get("value", "")) for param in data.get("params", [])},
        tags={key: value for key, value in tags.items() if not key.startswith(NO_SEEDS)},
        metrics=frozenset(metric["key"] for metric in data.get("metrics", []) if is_name(metric["key"])),
        started_ms=_time(info.get("start_time")),
        ended_ms=_time(info.get("end_time")),
        own=any(key.startswith(OWN) for key in tags),
    )


def _time(at: Any) -> int | None:
    # MLflow writes an unknown time as 0, or leaves it out.
    return int(at) if at and int(at) > 0 else None
