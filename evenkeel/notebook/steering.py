"""The calls that change what was posted: more seeds, shares, pauses, cancels, retries, deletions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from evenkeel.notebook import answers, changed
from evenkeel.notebook.calling import Calling, call, path_of, run_path
from evenkeel.talk import Talk


class Steering(Calling):
    """The calls that change experiments and runs after they were posted."""

    @call
    def add_seeds(
        self, name: str, add: int, dry_run: bool = False, idempotency_key: str | None = None
    ) -> Talk[changed.SeedsAdded]:
        """Add seeds to every cell of an experiment: those that come after its highest one. Each call adds more.

        Args:
            add: How many seeds each cell gets.
            dry_run: Only say what would be added, and create nothing.
            idempotency_key: Any text. If the same call is sent again with it within a day, nothing is added.
        """
        options: dict[str, Any] = {"json": {"add": add}, "params": {"dry_run": dry_run}}
        if idempotency_key:
            options["headers"] = {"Idempotency-Key": idempotency_key}
        return self._one("POST", path_of(name, "seeds"), changed.SeedsAdded, **options)

    @call
    def share(self, /, name: str, **changes: Any) -> Talk[answers.Brief]:
        """Change the `priority`, `max_running` (0 for no limit), `device` or `threads` of an experiment."""
        return self._one("PATCH", path_of(name), answers.Brief, json=changes)

    @call
    def pause(self, name: str) -> Talk[changed.Paused]:
        """Pause an experiment. Its running runs stop at a checkpoint, and go on from there when it is resumed."""
        return self._one("POST", path_of(name, "pause"), changed.Paused)

    @call
    def resume(self, name: str) -> Talk[changed.Resumed]:
        """Let a paused experiment go on."""
        return self._one("POST", path_of(name, "resume"), changed.Resumed)

    @call
    def cancel(self, name: str) -> Talk[changed.Cancelled]:
        """Cancel the runs of an experiment that have not ended."""
        return self._one("POST", path_of(name, "cancel"), changed.Cancelled)

    @call
    def retry(self, name: str) -> Talk[changed.Retried]:
        """Queue the failed and cancelled runs of an experiment again."""
        return self._one("POST", path_of(name, "retry"), changed.Retried)

    @call
    def cancel_run(self, run_id: str) -> Talk[changed.RunChanged]:
        """Cancel one run that has not ended. The API refuses this for any other (409)."""
        return self._one("POST", run_path(run_id, "cancel"), changed.RunChanged)

    @call
    def retry_run(self, run_id: str) -> Talk[changed.RunChanged]:
        """Queue one failed or cancelled run again. The API refuses this for any other (409)."""
        return self._one("POST", run_path(run_id, "retry"), changed.RunChanged)

    @call
    def forget(self, experiment: str, cell: str) -> Talk[changed.Forgotten]:
        """Delete a cell with its runs and their epochs. The API refuses this while one of the runs trains."""
        return self._one("DELETE", path_of(experiment, f"cells/{quote(cell, safe='')}"), changed.Forgotten)

    @call
    def delete(self, name: str) -> Talk[changed.Deleted]:
        """Delete an experiment with its cells, runs and checkpoints. The API refuses this while one of its runs trains
        (409). MLflow's copy is moved to MLflow's trash."""
        return self._one("DELETE", path_of(name), changed.Deleted, params={"confirm": name})
