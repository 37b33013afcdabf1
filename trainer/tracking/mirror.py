"""Copies runs to MLflow: their params, their epochs and their status.

The store's rows serve as an outbox. A pass takes the runs that changed since they were last copied, and brings each one
up to date in MLflow. A pass may stop anywhere and be repeated. MLflow keeps a metric only once if it is repeated with
its stored timestamp, and the mirror searches for a run by its tag before it creates one. Only one mirror works at a
time: the one that holds the duty in the store.

However many attempts a run takes, its copy stays the same one. Only if an attempt measures an epoch otherwise than an
earlier one, the copy is made anew: see `evenkeel.claims.history`.
"""

import logging
import time

from cachetools import LRUCache
from mlflow.exceptions import MlflowException

from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.grids.cell import UnreadableCell, read_cell
from evenkeel.records.left_out import leave_out
from evenkeel.records.rows import CellRow, Run
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms
from trainer.away import MlflowAway
from trainer.tracking.cells import Cells
from trainer.tracking.inputs import Inputs, dataset_of
from trainer.tracking.logged_models import LoggedModels, has_model
from trainer.tracking.run_copies import RunCopies
from trainer.tracking.server import is_away, make_client, to_points
from trainer.tracking.trash import Trash

log = logging.getLogger(__name__)

DUTY = "mirror"
DUTY_SECONDS = 60.0
RUNS_A_PASS = 50
MOST_NAMED = 1_000
POSTPONE_SECONDS = 60.0

# With this tag MLflow's pages open the experiment in their view for training, not in the one for language models.
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}


class Mirror:
    """Copies changed runs from the store to MLflow."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store = store
        self.cells = Cells(self.client, store, settings.public_url)
        self.copies = RunCopies(self.client, store, settings.public_url)
        self.inputs, self.models = Inputs(self.client), LoggedModels(self.client)
        self._keeps_checkpoints = settings.checkpoints != "none"
        self.trash = Trash(self.client, store)
        self.holder = settings.worker_name
        self._postponed: dict[str, float] = {}
        # (experiment, cell hash) of the unreadable cells that the log has already named.
        self._named: LRUCache[tuple[str, str], None] = LRUCache(MOST_NAMED)

    def pass_once(self) -> int:
        """Bring every changed run up to date in MLflow, unless another mirror has the duty.

        A run that MLflow refuses, for example because somebody deleted it there, is logged and tried again after a
        minute. So is a run whose cell cannot be read here. Such a cell is logged once, however many runs it has.

        Returns:
            The number of runs that were brought up to date.

        Raises:
            MlflowAway: If MLflow cannot be reached.
        """
        if not self._has_duty():
            return 0
        self.trash.pass_once()
        mirrored, began_ms, limit = 0, now_ms(), RUNS_A_PASS + len(self._postponed)
        changed = self.store.outbox.unmirrored(limit)
        for run in changed:
            if self._postponed.get(run.id, 0) > time.monotonic():
                continue
            # The duty is renewed before each run: to draw the figures of many finished cells may take longer than the
            # duty lasts.
            if not self._has_duty():
                break
            self._postponed.pop(run.id, None)
            try:
                self._mirror(run)
                mirrored += 1
            except MlflowException as error:
                if is_away(error):
                    raise MlflowAway(str(error)) from error
                self._postpone(run, f"MLflow refuses it: {error}")
            except UnreadableCell as error:
                self._leave_out(run, error)
        if mirrored == len(changed) < limit:
            self.store.duties.note_synced(DUTY, began_ms)
        return mirrored

    def _postpone(self, run: Run, why: str) -> None:
        log.error("run %s: trying again in a minute: %s", run.id, why)
        self._postponed[run.id] = time.monotonic() + POSTPONE_SECONDS

    def _leave_out(self, run: Run, error: UnreadableCell) -> None:
        self._postponed[run.id] = time.monotonic() + POSTPONE_SECONDS
        if (run.experiment, run.cell_hash) not in self._named:
            self._named[run.experiment, run.cell_hash] = None
            row = CellRow(run.cell_id, run.experiment, run.cell_hash, run.task, run.stored_levels)
            log.error("not copied to MLflow: %s", left_out_says([leave_out(row, error)]))

    def _has_duty(self) -> bool:
        return self.store.duties.hold(DUTY, self.holder, DUTY_SECONDS)

    def _mirror(self, run: Run) -> None:
        # A cell that cannot be read raises here, before anything is created in MLflow.
        read_cell(run.task, run.stored_levels)
        experiment_id, parents = self.store.outbox.mlflow_ids(run.experiment)
        if run.cell_id not in parents:
            # The cell was deleted after the run had been read from the store.
            return None
        parent = parents[run.cell_id]
        if run.attempt == 0:
            # The run was cancelled before it began. In MLflow only the cell's status shows that.
            if parent:
                self.cells.update(run, parent)
            return self.store.outbox.mark_mirrored(run, None, 0)
        experiment_id = experiment_id or self._make_experiment(run)
        parent = parent or self.cells.make(run, experiment_id)
        begins = run.mirrored_attempt != run.attempt
        if run.mlflow_run_id and begins and not self.copies.is_active(run.mlflow_run_id):
            # Somebody deleted it there. The next pass makes a new copy.
            return self.store.outbox.forget_copy(run)
        mlflow_run_id = run.mlflow_run_id or self.copies.make(run, experiment_id, parent)
        is_new, dataset = not run.mlflow_run_id, dataset_of(run)
        done = 0 if is_new else run.mirrored_epoch
        model = self.models.make(run, mlflow_run_id, experiment_id, is_new) if self._has_model(run) else None
        # The epoch of the model is logged once more, as the model's. MLflow keeps one value of it.
        since = done if model is None else min(done, (run.checkpoint_epoch or 1) - 1)
        epochs = self.store.runs.epochs([run.id], after=since)[run.id]
        of_model = {run.checkpoint_epoch: model}
        points = [point for epoch in epochs for point in to_points(epoch, of_model.get(epoch.epoch), dataset)]
        self.copies.log(run, mlflow_run_id, points, is_complete=done > 0)
        self.inputs.log(mlflow_run_id, dataset)
        if model is not None:
            self.models.complete(model, run, mlflow_run_id, is_new)
        if begins or run.status is not Status.RUNNING:
            self.cells.update(run, parent)
        self.store.outbox.mark_mirrored(run, mlflow_run_id, max(done, epochs[-1].epoch) if epochs else done)

    def _has_model(self, run: Run) -> bool:
        return self._keeps_checkpoints and has_model(run)

    def _make_experiment(self, run: Run) -> str:
        found = self.client.get_experiment_by_name(run.experiment)
        if found is None:
            experiment_id = self.client.create_experiment(run.experiment, tags=EXPERIMENT_TAGS)
        else:
            experiment_id = found.experiment_id
            if found.lifecycle_stage == "deleted":
                self.client.restore_experiment(experiment_id)
        self.store.outbox.set_mlflow_experiment(run.experiment, experiment_id)
        return experiment_id
