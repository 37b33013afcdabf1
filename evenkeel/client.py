"""The Python client. Each call of the API is described once here, for `Client` and for `AsyncClient`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenkeel.connection import ApiError, AsyncConnection, Connection, EvenkeelError, Unreachable
from evenkeel.download import DownloadError, check_target
from evenkeel.notebook import answers, results
from evenkeel.notebook.answer import Rows
from evenkeel.notebook.calling import call, path_of, run_path
from evenkeel.notebook.importing import Imports
from evenkeel.notebook.questions import Questions
from evenkeel.notebook.record import Record
from evenkeel.notebook.steering import Steering
from evenkeel.notebook.waiting import PATIENCE_SECONDS, Asks, StillGoing, wait_for
from evenkeel.talk import Download, Talk, refusal

if TYPE_CHECKING:
    from rich.console import Console

    from evenkeel.download import Progress

__all__ = ["ApiError", "AsyncClient", "Client", "EvenkeelError", "StillGoing", "Unreachable"]

# MLflow may have to fetch a checkpoint from elsewhere before it sends the first byte.
CHECKPOINT_SECONDS = 300.0


class Calls(Questions, Imports, Record, Steering):
    """The calls about experiments, runs and the lab. `Questions` has those about results, `Record` those about what is
    written down, and `Steering` those that change what was posted."""

    @call
    def submit(
        self, grid: dict[str, Any], dry_run: bool = False, idempotency_key: str | None = None
    ) -> Talk[answers.Posted]:
        """Ensure that the runs of a grid exist. `submit(grid).wait()` waits until they have ended.

        Args:
            grid: The grid: its name, levels, seeds and training. Levels may be NumPy's numbers and arrays.
            dry_run: Only say which runs there would be, and create nothing. `plan` does the same.
            idempotency_key: Any text. If the same grid is sent again with it within a day, nothing is created.
        """
        kind: Any = answers.Plan if dry_run else self.posted
        return self._post_grid(grid, kind, dry_run, idempotency_key)

    @call
    def plan(self, grid: dict[str, Any]) -> Talk[answers.Plan]:
        """Which cells and runs a grid would have, and how many of them are new. Nothing is created."""
        return self._post_grid(grid, answers.Plan, True, None)

    @call
    def wait(
        self,
        name: str,
        seconds: float | None = None,
        progress: bool | Console = True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Talk[answers.Experiment]:
        """Wait until every run of an experiment has ended, and no rule may add seeds to it.

        Args:
            seconds: How long to wait at most; by default as long as it takes.
            progress: Whether to show the progress: as bars in a notebook and on a terminal, and elsewhere as a line now
                and then. Or the console of rich on which to show it.
            patience_seconds: How long the API may be away meanwhile, for example because it is restarted.

        Raises:
            StillGoing: It takes longer than `seconds`. The experiment goes on.
            Unreachable: The API was away for longer than `patience_seconds`.
        """
        path = path_of(name)
        asks = Asks(
            lambda: self._one("GET", path, answers.Experiment),
            lambda: self._rows("/workers", answers.Worker),
            lambda: self._one("GET", "/summary", results.Summary, params={"experiment": name}),
        )
        return wait_for(asks, seconds, progress, patience_seconds)

    @call
    def tasks(self) -> Talk[Rows[answers.Task]]:
        """What can be trained: the factors, metrics and presets of each task, and the workers that train it."""
        return self._rows("/tasks", answers.Task)

    @call
    def workers(self) -> Talk[Rows[answers.Worker]]:
        """The workers that were seen lately: what each trains on, and what keeps it from training."""
        return self._rows("/workers", answers.Worker)

    @call
    def experiment(self, name: str) -> Talk[answers.Experiment]:
        """An experiment: its runs by status and outcome, the time left, and where it is in MLflow."""
        return self._one("GET", path_of(name), answers.Experiment)

    @call
    def runs(self, name: str) -> Talk[Rows[answers.Run]]:
        """The runs of an experiment, in the order in which they are queued."""
        return self._rows(path_of(name, "runs"), answers.Run)

    @call
    def run(self, run_id: str) -> Talk[answers.WholeRun]:
        """A run: its levels and seed, its status, its attempts, and every epoch so far. Its frame has the epochs."""
        return self._one("GET", run_path(run_id), answers.WholeRun)

    @call
    def checkpoint(
        self, run_id: str, to: str | Path = ".", progress: Progress = lambda done, total: None
    ) -> Talk[Path]:
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
        path = run_path(run_id, "checkpoint")
        try:
            check_target(Path(to))
            got: Any = yield Download(path, Path(to), progress, CHECKPOINT_SECONDS)
        except DownloadError as error:
            raise EvenkeelError(str(error)) from error
        if isinstance(got, Path):
            return got
        raise refusal(got, self.url, "GET", path)


class Client(Calls, Connection):
    """Sends requests to the API of a lab, and waits for the answers. It is a context manager.

    Args:
        url: The address of the API. By default it is EVENKEEL_URL, or else port 8000 of this machine.
        api_key: The API key, if the lab has keys. By default it is EVENKEEL_API_KEY.
        timeout_seconds: How long to wait for an answer.
        on_left_out: Called with a text if an answer leaves cells out because the API cannot read them. The text says
            which cells, and why. By default it becomes a warning.

    Raises:
        EvenkeelError: If the address or the key has a wrong form.
    """

    posted = answers.Posted


class AsyncClient(Calls, AsyncConnection):
    """The same calls for asynchronous code: each returns an awaitable. It is an asynchronous context manager."""

    posted = answers.AsyncPosted
