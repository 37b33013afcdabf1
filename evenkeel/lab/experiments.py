"""Experiments: listed, followed, and changed after they were posted."""

from collections.abc import Sequence

from evenkeel.grids.sharing import Device, Sharing
from evenkeel.lab.availability import WORKER_SEEN_SECONDS
from evenkeel.lab.context import Lab
from evenkeel.lab.left_out import LeftOut, read_cells
from evenkeel.lab.progress import RunCounts, count_runs, count_tallies, epochs_done, remaining_seconds
from evenkeel.lab.reconcile import RINGS_AT_MOST, wake
from evenkeel.lab.records import Experiment
from evenkeel.result import about, result

# That an error names: the newest ones.
NAMED_AT_MOST = 20


class NoSuchExperiment(Exception):
    """known: names of experiments that there are, the newest last."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no experiment {name!r}; there are: {', '.join(known) or 'none yet'}")
        self.name = name


@result
class ExperimentBrief:
    name: str = about("The experiment.")
    created_ms: int = about("When it was first posted, in ms since 1970.")
    priority: int = about("Of two experiments with queued runs the higher goes first.")
    max_running: int | None = about("Most of its runs that train at once; null for no limit.")
    device: Device = about("Where its runs may train.")
    num_cells: int = about("Its cells.")
    num_runs: RunCounts = about("Its runs.")


@result
class ExperimentDetail(ExperimentBrief):
    eta_seconds: float | None = about("Expected time left; null before an epoch was measured.")
    mlflow_url: str | None = about("Its page in the MLflow UI; null until it was mirrored.")
    seeds: list[int] = about("Every seed that some cell is trained with.")
    epochs_done: int = about("Epochs trained so far in the current attempts.")
    epochs_total: int = about("Epochs of all its runs.")
    left_out: list[LeftOut] = about("Its cells that cannot be read here, so that no summary has them.")


@result
class Cancelled:
    cancelled: int = about("Queued runs, cancelled now.")
    stopping: int = about("Running ones, asked to stop; cancelled within seconds.")


@result
class Retried:
    queued: int = about("Failed and cancelled runs that were queued again.")


def find_experiment(lab: Lab, name: str) -> Experiment:
    """Raises NoSuchExperiment."""
    found = lab.store.experiments.find(name)
    if found is None:
        raise NoSuchExperiment(name, [known.name for known in lab.store.experiments.all()[-NAMED_AT_MOST:]])
    return found


def list_experiments(lab: Lab) -> list[ExperimentBrief]:
    """Every experiment, oldest first."""
    counts = lab.store.tallies.counts()
    return [
        _brief(found, num_cells, count_runs(runs))
        for found in lab.store.experiments.all()
        for num_cells, runs in [counts.get(found.id, (0, {}))]
    ]


def follow(lab: Lab, found: Experiment) -> ExperimentDetail:
    """How far an experiment is."""
    tallies = lab.store.tallies.of(found.id)
    done, total = epochs_done(tallies)
    mlflow = lab.settings.mlflow_public_url or lab.settings.mlflow_url
    page = f"{mlflow}/#/experiments/{found.mlflow_experiment_id}/runs" if found.mlflow_experiment_id else None
    return ExperimentDetail(
        **vars(_brief(found, len({tally.cell_id for tally in tallies}), count_tallies(tallies))),
        eta_seconds=remaining_seconds(tallies),
        mlflow_url=page,
        seeds=lab.store.tallies.seeds(found.id),
        epochs_done=done,
        epochs_total=total,
        left_out=left_out_of(lab, found.name),
    )


def left_out_of(lab: Lab, name: str) -> list[LeftOut]:
    """The cells of an experiment that cannot be read here."""
    _, left_out = read_cells(lab.store.curves.find_cells(name, {}, None))
    return left_out


def share(lab: Lab, name: str, sharing: Sharing) -> ExperimentBrief:
    """Change how an experiment shares the workers; runs that train go on. Raises NoSuchExperiment."""
    find_experiment(lab, name)
    lab.store.experiments.share(name, sharing)
    found = find_experiment(lab, name)
    _ring(lab, found, RINGS_AT_MOST)
    tallies = lab.store.tallies.of(found.id)
    return _brief(found, len({tally.cell_id for tally in tallies}), count_tallies(tallies))


def cancel(lab: Lab, name: str) -> Cancelled:
    """Cancel what is queued and stop what is running. Raises NoSuchExperiment."""
    find_experiment(lab, name)
    cancelled, stopping = lab.store.experiments.cancel(name)
    return Cancelled(cancelled, stopping)


def retry(lab: Lab, name: str) -> Retried:
    """Queue the failed and cancelled runs again, and wake workers for them. Raises NoSuchExperiment."""
    found = find_experiment(lab, name)
    queued = lab.store.experiments.retry(name)
    _ring(lab, found, queued)
    return Retried(queued)


def _ring(lab: Lab, found: Experiment, num_runs: int) -> None:
    wake(lab.doorbell, lab.store.workers.seen(WORKER_SEEN_SECONDS), found.device, num_runs)


def _brief(found: Experiment, num_cells: int, num_runs: RunCounts) -> ExperimentBrief:
    return ExperimentBrief(
        name=found.name,
        created_ms=found.created_ms,
        priority=found.priority,
        max_running=found.max_running,
        device=found.device,
        num_cells=num_cells,
        num_runs=num_runs,
    )
