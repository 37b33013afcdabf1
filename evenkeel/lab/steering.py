"""Changes experiments after they were posted: shares, describes, pauses, resumes, cancels and retries them.

Each is told as an event. `by` and `key_id` are the id of the API key that asks; '' if the lab has no keys.
"""

from evenkeel.grids.about import About
from evenkeel.grids.sharing import Sharing
from evenkeel.lab.brief import ExperimentBrief, brief_of
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import check_trained_here, find_experiment
from evenkeel.lab.reconcile import RINGS_AT_MOST, wake
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.rows import Experiment
from evenkeel.result import about, result
from evenkeel.store import Charge


@result
class Paused:
    paused: int = about("Number of queued runs that were paused now.")
    stopping: int = about("Number of runs that still train. They stop at a checkpoint within seconds.")


@result
class Resumed:
    queued: int = about("Number of paused runs that were queued again. They go on from their checkpoints.")


@result
class Cancelled:
    cancelled: int = about("Number of queued and paused runs that were cancelled now.")
    stopping: int = about("Number of running runs that were asked to stop. They are cancelled within seconds.")


@result
class Retried:
    queued: int = about("Number of failed and cancelled runs that were queued again; they are paused if it is.")


def change(
    lab: Lab, name: str, sharing: Sharing | None = None, about: About | None = None, by: str = ""
) -> ExperimentBrief:
    """Change how an experiment shares the workers, or its note and tags. Runs that already train go on.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        ThreadsFixed: its number of threads would change although runs of it have started. Nothing is changed.
    """
    find_experiment(lab, name)
    lab.store.experiments.change(name, sharing, about, by)
    found = find_experiment(lab, name)
    if sharing not in (None, Sharing()):
        _ring(lab, found, RINGS_AT_MOST)
    tallies = lab.store.tallies.of(found.id)
    return brief_of(lab, found, tallies)


def pause(lab: Lab, name: str, by: str = "") -> Paused:
    """Pause the queued runs of an experiment, and ask the running ones to stop at a checkpoint. It may be called again.
    Raises NoSuchExperiment."""
    find_experiment(lab, name)
    return Paused(*lab.store.experiments.pause(name, by))


def resume(lab: Lab, name: str, by: str = "") -> Resumed:
    """Queue the paused runs of an experiment again, and wake workers for them. It may be called again. Raises
    NoSuchExperiment."""
    found = find_experiment(lab, name)
    queued = lab.store.experiments.resume(name, by)
    _ring(lab, found, queued)
    return Resumed(queued)


def cancel(lab: Lab, name: str, by: str = "") -> Cancelled:
    """Cancel the queued and paused runs of an experiment and ask its running ones to stop.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        NotNow: its runs were imported.
    """
    find_experiment(lab, name)
    check_trained_here(lab, name, "cancelled")
    cancelled, stopping = lab.store.experiments.cancel(name, by)
    return Cancelled(cancelled, stopping)


def retry(lab: Lab, name: str, key_id: str = "") -> Retried:
    """Queue the failed and cancelled runs again, and wake workers for them. From now on they count for the API key that
    asks, whoever posted them.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        NotNow: its runs were imported.
        QuotaExceeded: the key would have too many runs in flight. Nothing is queued.
    """
    found = find_experiment(lab, name)
    check_trained_here(lab, name, "queued again")
    queued = lab.store.experiments.retry(name, Charge(key_id, lab.quota, "name"))
    _ring(lab, found, 0 if found.paused else queued)
    return Retried(queued)


def _ring(lab: Lab, found: Experiment, num_runs: int) -> None:
    wake(lab.doorbell, lab.store.workers.seen(WORKER_SEEN_SECONDS), found.device, num_runs)
