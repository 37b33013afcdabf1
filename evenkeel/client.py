"""The Python client: the API's calls as methods."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from evenkeel.connection import ApiError, Connection, EvenkeelError, Unreachable, check_name
from evenkeel.download import DownloadError, Progress, check_target, save

__all__ = ["ApiError", "Client", "EvenkeelError", "Unreachable"]

# MLflow may have to fetch a checkpoint from elsewhere before it sends the first byte.
CHECKPOINT_SECONDS = 300.0
FIGURES = {
    "bands": "/summary/figure",
    "region": "/summary/region",
    "reaching": "/summary/reaching",
    "effects": "/effects/figure",
}


class Client(Connection):
    """Talks to the API at `url`, else at EVENKEEL_URL, else on this machine, with `api_key`, else EVENKEEL_API_KEY, if
    the lab has keys. A context manager.

    Args:
        on_left_out: Is told which cells an answer leaves out, since the API cannot read them. By default it warns.

    Raises:
        EvenkeelError: the address or the key cannot be one.
    """

    def submit(self, grid: dict[str, Any], dry_run: bool = False, idempotency_key: str | None = None) -> dict[str, Any]:
        """Ensure that a grid's runs exist, or say what they would be."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._json("POST", "/experiments", json=grid, params={"dry_run": dry_run}, headers=headers)

    def tasks(self) -> list[dict[str, Any]]:
        """What can be trained: each task's factors, metrics and presets, and the workers that train it."""
        return self._list("/tasks")

    def experiments(self) -> list[dict[str, Any]]:
        return self._list("/experiments")

    def experiment(self, name: str) -> dict[str, Any]:
        return self._json("GET", _path(name))

    def runs(self, name: str) -> list[dict[str, Any]]:
        return self._list(_path(name, "runs"))

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
            with self._stream(path, CHECKPOINT_SECONDS) as answer:
                return save(answer, Path(to), progress)
        except DownloadError as error:
            raise EvenkeelError(str(error)) from error

    def share(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change `priority`, `max_running` (0 for no limit) or `device`."""
        return self._json("PATCH", _path(name), json=changes)

    def workers(self) -> list[dict[str, Any]]:
        return self._list("/workers")

    def cancel(self, name: str) -> dict[str, Any]:
        return self._json("POST", _path(name, "cancel"))

    def retry(self, name: str) -> dict[str, Any]:
        return self._json("POST", _path(name, "retry"))

    def forget(self, experiment: str, cell: str) -> dict[str, Any]:
        """Delete a cell with its runs and their epochs; refused while one of them trains."""
        return self._json("DELETE", _path(experiment, f"cells/{quote(cell, safe='')}"))

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


def _path(experiment: str, what: str = "") -> str:
    """Whatever the name holds, it is one part of the path."""
    check_name(experiment)
    return f"/experiments/{quote(experiment, safe='')}" + (f"/{what}" if what else "")
