"""Copies the runs of one pass to MLflow: their experiments and cells first, then the runs, then what their cells say.

Every step may stop anywhere and be repeated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking.calls import Steps
from trainer.tracking.cells import Cells
from trainer.tracking.in_step import in_step
from trainer.tracking.inputs import Inputs, dataset_of
from trainer.tracking.logged_models import LoggedModels, has_model
from trainer.tracking.run_copies import RunCopies
from trainer.tracking.server import to_points
from trainer.tracking.together import Together

# To draw the figures of a cell takes half a second and more, and the duty lasts a minute.
CELLS_AT_ONCE = 8
# With this tag MLflow's pages open the experiment in their view for training, not in the one for language models.
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}


@dataclass(frozen=True)
class Copied:
    """What a run's copy shows: the epochs up to `epoch`. It is None if a new copy must be made first."""

    mlflow_run_id: str | None
    epoch: int
    changes_cell: bool


# Why MLflow refused a run; None if its copy shows it now.
Results = dict[str, MlflowException | None]


class OnePass:
    """
    Args:
        may_go_on: Asked before anything is sent. Once it says no, nothing more is.
    """

    def __init__(self, client: MlflowClient, store: Store, settings: Settings, may_go_on: Callable[[], bool]) -> None:
        self.client, self.store, self.may_go_on = client, store, may_go_on
        self.together = Together(client)
        self.cells = Cells(client, store, settings.public_url)
        self.copies = RunCopies(client, store, settings.public_url)
        self.inputs, self.models = Inputs(), LoggedModels(client)
        self._keeps_checkpoints = settings.checkpoints != "none"
        self._experiments: dict[str, str | None] = {}
        # The id of a cell -> that of its parent. A cell that is not in here was deleted.
        self._parents: dict[int, str | None] = {}

    def copy(self, runs: Sequence[Run]) -> Results:
        """Bring the copies of these runs up to date. The cells of all of them can be read.

        Returns:
            The id of a run -> why MLflow refused it, or None. Runs that were not reached are missing.
        """
        places = {name: self.store.outbox.mlflow_ids(name) for name in dict.fromkeys(run.experiment for run in runs)}
        self._experiments = {name: experiment_id for name, (experiment_id, _) in places.items()}
        self._parents = {cell: parent for _, parents in places.values() for cell, parent in parents.items()}
        # The others were deleted after they had been read from the store.
        here = [run for run in runs if run.cell_id in self._parents]
        results: Results = {run.id: None for run in runs if run.cell_id not in self._parents}
        begun = [run for run in here if run.attempt]
        refused = self._make_experiments(begun) | self._make_parents([run for run in begun if self._is_placed(run)])
        begun = [run for run in begun if self._is_placed(run) and self._parents[run.cell_id]]
        orphans = self._orphans(begun)
        found = in_step({run.id: self._steps(run, orphans) for run in begun}, self.together.send, self.may_go_on)
        refused |= {key: error for key, error in found.items() if isinstance(error, MlflowException)}
        copied = {key: copy for key, copy in found.items() if isinstance(copy, Copied)}
        # A run that was cancelled before it began shows in MLflow only in the status of its cell.
        copied |= {run.id: Copied(None, 0, bool(self._parents[run.cell_id])) for run in here if not run.attempt}
        shown = self._update_cells([run for run in here if run.id in copied and copied[run.id].changes_cell])
        for run in here:
            copy, shows = copied.get(run.id), shown.get(run.cell_id)
            if copy is None or (copy.changes_cell and run.cell_id not in shown):
                continue
            if copy.changes_cell and isinstance(shows, MlflowException):
                refused[run.id] = shows
                continue
            if copy.mlflow_run_id or not run.attempt:
                self.store.outbox.mark_mirrored(run, copy.mlflow_run_id, copy.epoch)
            results[run.id] = None
        return results | refused

    def _is_placed(self, run: Run) -> bool:
        return self._experiments[run.experiment] is not None

    def _make_experiments(self, runs: Sequence[Run]) -> dict[str, MlflowException]:
        """Find or make the experiments of the runs. Returns the runs of those that MLflow refuses."""
        refused: dict[str, MlflowException] = {}
        for name in dict.fromkeys(run.experiment for run in runs if not self._is_placed(run)):
            try:
                self._experiments[name] = self._make_experiment(name)
            except MlflowException as error:
                refused |= {run.id: error for run in runs if run.experiment == name}
        return refused

    def _make_experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is None:
            experiment_id = str(self.client.create_experiment(name, tags=EXPERIMENT_TAGS))
        else:
            experiment_id = str(found.experiment_id)
            if found.lifecycle_stage == "deleted":
                self.client.restore_experiment(experiment_id)
        self.store.outbox.set_mlflow_experiment(name, experiment_id)
        return experiment_id

    def _make_parents(self, runs: Sequence[Run]) -> dict[str, MlflowException]:
        """Find or make the parents of the runs. Returns the runs of those that MLflow refuses."""
        missing = {run.cell_id: run for run in runs if self._parents[run.cell_id] is None}
        if not missing:
            return {}
        orphans = self.cells.orphans(self._ids(list(missing.values())))
        jobs = {cell: self.cells.make(run, self._id(run), orphans) for cell, run in missing.items()}
        found = in_step(jobs, self.together.send, self.may_go_on)
        self._parents |= {cell: parent for cell, parent in found.items() if isinstance(parent, str)}
        errors = {cell: error for cell, error in found.items() if isinstance(error, MlflowException)}
        return {run.id: errors[run.cell_id] for run in runs if run.cell_id in errors}

    def _orphans(self, runs: Sequence[Run]) -> dict[str, list[str]]:
        ids = self._ids([run for run in runs if run.mlflow_run_id is None])
        return self.copies.orphans(ids) if ids else {}

    def _ids(self, runs: Sequence[Run]) -> list[str]:
        return list(dict.fromkeys(self._id(run) for run in runs))

    def _id(self, run: Run) -> str:
        return str(self._experiments[run.experiment])

    def _steps(self, run: Run, orphans: dict[str, list[str]]) -> Steps[Copied]:
        experiment_id, parent = self._id(run), str(self._parents[run.cell_id])
        begins = run.mirrored_attempt != run.attempt
        if run.mlflow_run_id and begins and not (yield from self.copies.is_active(run.mlflow_run_id)):
            # Somebody deleted it there. The next pass makes a new copy.
            self.store.outbox.forget_copy(run)
            return Copied(None, 0, False)
        is_new, dataset = not run.mlflow_run_id, dataset_of(run)
        mlflow_run_id = run.mlflow_run_id or (yield from self.copies.make(run, experiment_id, parent, orphans))
        done, model = 0 if is_new else run.mirrored_epoch, None
        if self._keeps_checkpoints and has_model(run):
            model = yield from self.models.make(run, mlflow_run_id, experiment_id, is_new)
        # The epoch of the model is logged once more, as the model's. MLflow keeps one value of it.
        since = done if model is None else min(done, (run.checkpoint_epoch or 1) - 1)
        epochs = self.store.runs.epochs([run.id], after=since)[run.id]
        of_model = {run.checkpoint_epoch: model}
        points = [point for epoch in epochs for point in to_points(epoch, of_model.get(epoch.epoch), dataset)]
        yield from self.copies.log(run, mlflow_run_id, points, is_complete=done > 0)
        yield from self.inputs.log(mlflow_run_id, dataset)
        if model is not None:
            yield from self.models.complete(model, run, mlflow_run_id, is_new)
        epoch = max(done, epochs[-1].epoch) if epochs else done
        return Copied(mlflow_run_id, epoch, begins or run.status is not Status.RUNNING)

    def _update_cells(self, runs: Sequence[Run]) -> dict[int, MlflowException | None]:
        """Bring each cell of the runs up to date once. Returns cell -> why MLflow refused it, or None."""
        shown: dict[int, MlflowException | None] = {}
        cells = iter({run.cell_id: run for run in runs}.items())
        while some := dict(islice(cells, CELLS_AT_ONCE)):
            if not self.may_go_on():
                break
            jobs = {cell: self.cells.update(run, str(self._parents[cell])) for cell, run in some.items()}
            shown |= in_step(jobs, self.together.send, self.may_go_on)
        return shown
