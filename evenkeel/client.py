"""The Python client: the API's calls as methods, its problems as exceptions."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic_core import from_json

from evenkeel.download import DownloadError, Progress, check_target, save

DEFAULT_URL = "http://127.0.0.1:8000"
# MLflow may have to fetch a checkpoint from elsewhere before it sends the first byte.
CHECKPOINT_SECONDS = 300.0
FIGURES = {
    "bands": "/summary/figure",
    "region": "/summary/region",
    "reaching": "/summary/reaching",
    "effects": "/effects/figure",
}


class EvenkeelError(Exception):
    """Anything that kept a call from succeeding."""


class Unreachable(EvenkeelError):
    """No API answers at the address."""


class ApiError(EvenkeelError):
    """The API said no. `status` is the HTTP status, `errors` names fields (for 422)."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]]) -> None:
        super().__init__(detail)
        self.status, self.errors = status, errors


class Client:
    """Talks to the API at `url`, else at EVENKEEL_URL, else on this machine, with `api_key`, else EVENKEEL_API_KEY, if
    the lab has keys. A context manager."""

    def __init__(self, url: str | None = None, api_key: str | None = None, timeout_seconds: float = 30.0) -> None:
        self.url = (url or os.environ.get("EVENKEEL_URL") or DEFAULT_URL).rstrip("/")
        key = api_key or os.environ.get("EVENKEEL_API_KEY")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=self.url, timeout=timeout_seconds, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, grid: dict[str, Any], dry_run: bool = False, idempotency_key: str | None = None) -> dict[str, Any]:
        """Ensure that a grid's runs exist, or say what they would be."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._json("POST", "/experiments", json=grid, params={"dry_run": dry_run}, headers=headers)

    def tasks(self) -> list[dict[str, Any]]:
        """What can be trained: each task's factors, metrics and presets, and the workers that train it."""
        found: list[dict[str, Any]] = self._request("GET", "/tasks").json()
        return found

    def experiments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._request("GET", "/experiments").json()
        return found

    def experiment(self, name: str) -> dict[str, Any]:
        return self._json("GET", _path(name))

    def runs(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._request("GET", _path(name, "runs")).json()
        return found

    def run(self, run_id: str) -> dict[str, Any]:
        return self._json("GET", f"/runs/{quote(run_id, safe='')}")

    def checkpoint(self, run_id: str, to: str | Path = ".", progress: Progress = lambda done, total: None) -> Path:
        """Fetch the file of a run's newest checkpoint; `models.load` makes the trained network of it.

        Args:
            run_id: The run: its id, or the first eight characters of it or more.
            to: A folder, for a file that is named after the run and the epoch; or the name of the file.
            progress: Told the bytes that have arrived, and the bytes in all (None where that is not known).

        Returns:
            The file, which is there whole or not at all.

        Raises:
            ApiError: If there is no such run (404), it has no checkpoint yet (404), or the API cannot reach it (409).
            EvenkeelError: If the file did not arrive as it was written, or there is no folder for it.
            OSError: If it cannot be written.
        """
        try:
            check_target(Path(to))
            path = f"/runs/{quote(run_id, safe='')}/checkpoint"
            with self._http.stream("GET", path, timeout=CHECKPOINT_SECONDS) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                return save(answer, Path(to), progress)
        except DownloadError as error:
            raise EvenkeelError(str(error)) from error
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def share(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change `priority`, `max_running` (0 for no limit) or `device`."""
        return self._json("PATCH", _path(name), json=changes)

    def workers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._request("GET", "/workers").json()
        return found

    def cancel(self, name: str) -> dict[str, Any]:
        return self._json("POST", _path(name, "cancel"))

    def retry(self, name: str) -> dict[str, Any]:
        return self._json("POST", _path(name, "retry"))

    def summary(self, **query: Any) -> dict[str, Any]:
        """`experiment`, `task`, `metric`, `threshold`, and any factor as a level or a list of levels."""
        return self._json("GET", "/summary", params=query)

    def effects(self, **query: Any) -> dict[str, Any]:
        """Which factor mattered; the query is the summary's."""
        return self._json("GET", "/effects", params=query)

    def compare(self, a: str, **query: Any) -> dict[str, Any]:
        """Cell `a` against the cells `b` (a list; every other one if it is empty)."""
        return self._json("GET", "/compare", params={"a": a, **query})

    def seeds_needed(self, cell: str, half_width: float, **query: Any) -> dict[str, Any]:
        """How many seeds of `cell` it takes; `of` is mean, std or divergence."""
        return self._json("GET", "/seeds-needed", params={"cell": cell, "half_width": half_width, **query})

    def report(self, experiment: str, **query: Any) -> dict[str, Any]:
        """What came out of an experiment, as Markdown and as a page: `markdown`, `html`, `answer`, `findings`."""
        return self._json("GET", "/report", params={"experiment": experiment, **query})

    def figure(self, form: str = "svg", kind: str = "bands", **query: Any) -> bytes:
        """'svg', 'png' or 'pdf' of 'bands', 'effects', 'region' or 'reaching'."""
        return self._request("GET", f"{FIGURES[kind]}.{form}", params=query).content

    def table(self, path: str, form: str, **query: Any) -> bytes:
        """What `path` (/summary, /effects, /compare) answers as 'csv' or 'parquet'."""
        return self._request("GET", path, params={**query, "format": form}).content

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        # A summary of 1,000 runs is megabytes, which json takes three times as long to read.
        body: dict[str, Any] = from_json(self._request(method, path, **options).content)
        return body

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if answer.is_success:
            return answer
        raise _refusal(answer)

    def _unreachable(self, error: httpx.HTTPError) -> Unreachable:
        return Unreachable(f"no answer from {self.url} ({error}). Is the stack up? evenkeel up")


def _refusal(answer: httpx.Response) -> ApiError:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return ApiError(answer.status_code, body.get("detail") or answer.text[:500], body.get("errors") or [])


def _path(experiment: str, what: str = "") -> str:
    """Whatever the name holds, it is one part of the path."""
    return f"/experiments/{quote(experiment, safe='')}" + (f"/{what}" if what else "")
