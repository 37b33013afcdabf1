"""The Python client. It has a method for each request to the API."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from evenkeel.connection import ApiError, Connection, EvenkeelError, Unreachable, check_name
from evenkeel.download import DownloadError, Progress, check_target, save

__all__ = ["ApiError", "Client", "EvenkeelError", "Unreachable"]

# MLflow may have to fetch a checkpoint from elsewhere before it sends the first byte.
CHECKPOINT_SECONDS = 300.0
FIGURES = {"bands": "/summary/figure", "region": "/summary/region", "reaching": "/summary/reaching"}
FIGURES |= {"effects": "/effects/figure", "sensitivity": "/effects/sensitivity"}


class Client(Connection):
    """Sends requests to the API of a lab. It is a context manager.

    Args:
        url: The address of the API. By default it is EVENKEEL_URL, or else port 8000 of this machine.
        api_key: The API key, if the lab has keys. By default it is EVENKEEL_API_KEY.
        timeout_seconds: How long to wait for an answer.
        on_left_out: Called with a text if an answer leaves cells out because the API cannot read them. The text says
            which cells, and why. By default it becomes a warning.

    Raises:
        EvenkeelError: If the address or the key has a wrong form.
    """

    def submit(self, grid: dict[str, Any], dry_run: bool = False, idempotency_key: str | None = None) -> dict[str, Any]:
        """Ensure that the runs of a grid exist.

        Args:
            grid: The grid: its name, levels, seeds and training.
            dry_run: Only say which runs there would be, and create nothing.
            idempotency_key: Any text. If the same grid is sent again with it within a day, nothing is created.
        """
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._json("POST", "/experiments", json=grid, params={"dry_run": dry_run}, headers=headers)

    def tasks(self) -> list[dict[str, Any]]:
        """What can be trained: the factors, metrics and presets of each task, and the workers that train it."""
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
        """Fetch the file of a run's newest checkpoint. `models.load` makes the trained network from this file.

        Args:
            run_id: The id of the run, or at least its first eight characters.
            to: A folder, or the file to write. In a folder, the file is named after the run and the epoch.
            progress: Called with the number of bytes so far and the number of all bytes, or None if that is not known.

        Returns:
            The path of the file. The file is written as a whole or not at all.

        Raises:
            ApiError: If the run does not exist (404), has no checkpoint yet (404), or the API cannot read it (409).
            EvenkeelError: If the file has not arrived as it was written, or its folder does not exist.
            OSError: If the file cannot be written.
        """
        try:
            check_target(Path(to))
            path = f"/runs/{quote(run_id, safe='')}/checkpoint"
            with self._stream(path, CHECKPOINT_SECONDS) as answer:
                return save(answer, Path(to), progress)
        except DownloadError as error:
            raise EvenkeelError(str(error)) from error

    def imports(self, name: str) -> dict[str, Any]:
        """How the runs of an experiment were imported, and which of them need not be imported again."""
        return self._json("GET", f"/imports/{quote(name, safe='')}")

    def import_mlflow(self, experiment: str, **options: Any) -> dict[str, Any]:
        """Import what is new of an experiment of MLflow. options: the other keys of the body of POST /imports."""
        return self._json("POST", "/imports", json={"experiment": experiment, **options})

    def import_runs(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Import a batch of runs, as `evenkeel.importing.reading` makes them."""
        return self._json("POST", "/imports/runs", json=batch)

    def share(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change the `priority`, `max_running` (0 for no limit), `device` or `threads` of an experiment."""
        return self._json("PATCH", _path(name), json=changes)

    def workers(self) -> list[dict[str, Any]]:
        return self._list("/workers")

    def pause(self, name: str) -> dict[str, Any]:
        """Pause an experiment. Its running runs stop at a checkpoint, and go on from there when it is resumed."""
        return self._json("POST", _path(name, "pause"))

    def resume(self, name: str) -> dict[str, Any]:
        """Let a paused experiment go on."""
        return self._json("POST", _path(name, "resume"))

    def cancel(self, name: str) -> dict[str, Any]:
        """Cancel the runs of an experiment that have not ended."""
        return self._json("POST", _path(name, "cancel"))

    def retry(self, name: str) -> dict[str, Any]:
        """Queue the failed and cancelled runs of an experiment again."""
        return self._json("POST", _path(name, "retry"))

    def cancel_run(self, run_id: str) -> dict[str, Any]:
        """Cancel one run that has not ended. The API refuses this for any other (409)."""
        return self._json("POST", f"/runs/{quote(run_id, safe='')}/cancel")

    def retry_run(self, run_id: str) -> dict[str, Any]:
        """Queue one failed or cancelled run again. The API refuses this for any other (409)."""
        return self._json("POST", f"/runs/{quote(run_id, safe='')}/retry")

    def forget(self, experiment: str, cell: str) -> dict[str, Any]:
        """Delete a cell with its runs and their epochs. The API refuses this while one of the runs trains."""
        return self._json("DELETE", _path(experiment, f"cells/{quote(cell, safe='')}"))

    def delete(self, name: str) -> dict[str, Any]:
        """Delete an experiment with its cells, runs and checkpoints. The API refuses this while one of its runs trains
        (409). MLflow's copy is moved to MLflow's trash."""
        return self._json("DELETE", _path(name), params={"confirm": name})

    def summary(self, **query: Any) -> dict[str, Any]:
        """How far the seeds of each cell spread, and how many runs diverged.

        The query may have `experiment`, `task`, `metric`, `threshold`, and any factor with a level or a list of levels.
        """
        return self._json("GET", "/summary", params=query)

    def effects(self, **query: Any) -> dict[str, Any]:
        """Which factors mattered. The query is that of `summary`, without `threshold`.

        It may have `start_value`, the value of the metric before training, with which diverged runs count.
        """
        return self._json("GET", "/effects", params=query)

    def compare(self, a: str, **query: Any) -> dict[str, Any]:
        """Compare the cell `a` with the cells of the list `b`; by default with every other cell.

        Args:
            a: The name or the hash of the cell.
            query: `margin` also tests whether `a` spreads less than so many times as wide, and `mean_margin` whether
                the means are less than so far apart, in the metric's unit. The rest is that of `effects`.
        """
        return self._json("GET", "/compare", params={"a": a, **query})

    def seeds_needed(self, cell: str, half_width: float, **query: Any) -> dict[str, Any]:
        """How many seeds a cell needs.

        Args:
            cell: The name or the hash of the cell.
            half_width: Half of the width that the 95 % interval may have, in the metric's unit.
            query: `of` is what to estimate: mean, std or divergence. The rest is that of `effects`.
        """
        return self._json("GET", "/seeds-needed", params={"cell": cell, "half_width": half_width, **query})

    def report(self, experiment: str, **query: Any) -> dict[str, Any]:
        """A report on an experiment, with `markdown`, `html` (the same as a page), `answer` and `findings`."""
        return self._json("GET", "/report", params={"experiment": experiment, **query})

    def figure(self, form: str = "svg", kind: str = "bands", **query: Any) -> bytes:
        """The content of a file with a figure.

        Args:
            form: 'svg', 'png' or 'pdf'.
            kind: 'bands', 'effects', 'region', 'reaching' or 'sensitivity'.
            query: Among others `caption`: 'full', 'short' or 'none'; for bands `band`: 'survivors', 'all' or 'mean'.
        """
        return self._request("GET", f"{FIGURES[kind]}.{form}", params=query).content

    def table(self, path: str, form: str, **query: Any) -> bytes:
        """The content of a file with a table.

        Args:
            path: '/summary', '/effects' or '/compare'.
            form: 'csv', 'parquet' or 'latex'.
        """
        return self._request("GET", path, params={**query, "format": form}).content


def _path(experiment: str, what: str = "") -> str:
    """The path of an experiment. Its name is quoted, so that it is a single part of the path."""
    check_name(experiment)
    return f"/experiments/{quote(experiment, safe='')}" + (f"/{what}" if what else "")
