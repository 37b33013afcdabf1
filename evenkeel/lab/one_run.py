"""Cancels a single run, or queues it again."""

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NotNow
from evenkeel.lab.reconcile import wake
from evenkeel.lab.runs import NoSuchRun, pick_run
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.imports import is_imported
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.result import about, result
from evenkeel.store import Charge


@result
class RunChanged:
    id: str = about("Id of the run.")
    status: Status = about("Status of the run now.")
    says: str = about("What was done, or what will happen next.")


def cancel_run(lab: Lab, run_id: str, by: str = "") -> RunChanged:
    """Cancel one run. A run that trains is asked to stop. Nothing happens to one that was cancelled before.

    Args:
        run_id: the id of the run, or the beginning of it.
        by: id of the API key that asks; '' if the lab has no keys.

    Raises:
        NoSuchRun: no run, or more than one, fits the id.
        NotNow: the run has finished or failed, or was imported.
    """
    run = pick_run(lab, run_id)
    _check_own(run, "cancelled")
    status, changed = _told(lab.store.one_run.cancel(run.id, by), run_id)
    if not changed and status is not Status.CANCELLED:
        raise NotNow(f"run {run.id} has {status}, so it cannot be cancelled; allowed: queued, paused and running runs")
    if status is Status.RUNNING:
        return RunChanged(run.id, status, "The run trains. It was asked to stop, and is cancelled within seconds.")
    return RunChanged(run.id, status, "The run is cancelled." if changed else "The run was cancelled before.")


def retry_run(lab: Lab, run_id: str, key_id: str = "") -> RunChanged:
    """Queue a failed or cancelled run again, and wake a worker for it. From now on it counts for the API key that asks.

    Args:
        run_id: the id of the run, or the beginning of it.
        key_id: id of that key; '' if the lab has no keys.

    Raises:
        NoSuchRun: no run, or more than one, fits the id.
        NotNow: the run has neither failed nor was it cancelled, or it was imported.
        QuotaExceeded: the key would have too many runs in flight.
    """
    run = pick_run(lab, run_id)
    _check_own(run, "queued again")
    status, changed = _told(lab.store.one_run.retry(run.id, Charge(key_id, lab.quota)), run_id)
    if not changed:
        raise NotNow(f"run {run.id} is {status}, so it is not queued again; allowed: failed and cancelled runs")
    if status is Status.PAUSED:
        says = f"The experiment is paused, so the run waits. To go on: evenkeel resume {run.experiment}"
        return RunChanged(run.id, status, says)
    found = lab.store.experiments.find(run.experiment)
    if found is not None:
        wake(lab.doorbell, lab.store.workers.seen(WORKER_SEEN_SECONDS), found.device, 1)
    return RunChanged(run.id, status, "The run is queued again.")


def _check_own(run: Run, what: str) -> None:
    if is_imported(run.task):
        raise NotNow(
            f"run {run.id} was trained elsewhere and imported, so it cannot be {what}: no worker here trains it"
        )


def _told(after: tuple[Status, bool] | None, run_id: str) -> tuple[Status, bool]:
    if after is None:
        raise NoSuchRun(run_id)
    return after
