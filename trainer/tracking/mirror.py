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
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms
from trainer.away import MlflowAway
from trainer.tracking.one_pass import OnePass, Results
from trainer.tracking.server import is_away, make_client
from trainer.tracking.trash import Trash

log = logging.getLogger(__name__)

DUTY = "mirror"
DUTY_SECONDS = 60.0
RUNS_A_PASS = 100
MOST_NAMED = 1_000
POSTPONE_SECONDS = 60.0


class Mirror:
    """Copies changed runs from the store to MLflow."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store = store
        self.one_pass = OnePass(self.client, store, settings, self._has_duty)
        self.trash = Trash(self.client, store)
        self.holder = settings.worker_name
        self._postponed: dict[str, float] = {}
        # (experiment, cell hash) of the unreadable cells that the log has already named.
        self._named: LRUCache[tuple[str, str], None] = LRUCache(MOST_NAMED)

    def catch_up(self) -> None:
        """Make pass after pass until one finds fewer changed runs than it could take."""
        while self.pass_once() >= RUNS_A_PASS:
            pass

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
        began_ms, limit = now_ms(), RUNS_A_PASS + len(self._postponed)
        changed = self.store.outbox.unmirrored(limit)
        due = [run for run in changed if self._is_due(run)]
        results = self._copy([run for run in due if self._is_readable(run)])
        away = [error for error in results.values() if error is not None and is_away(error)]
        if away:
            raise MlflowAway(str(away[0])) from away[0]
        for run in due:
            if (error := results.get(run.id)) is not None:
                self._postpone(run, f"MLflow refuses it: {error}")
        mirrored = sum(error is None for error in results.values())
        if mirrored == len(changed) < limit:
            self.store.duties.note_synced(DUTY, began_ms)
        return mirrored

    def _copy(self, runs: list[Run]) -> Results:
        try:
            return self.one_pass.copy(runs)
        except MlflowException as error:
            # Not one run is to blame. If MLflow refuses what it is asked about all of them, it is not fit for use.
            raise MlflowAway(str(error)) from error

    def _is_readable(self, run: Run) -> bool:
        """Whether the cell of a run can be read here. If not, nothing of it is created in MLflow."""
        try:
            read_cell(run.task, run.stored_levels)
        except UnreadableCell as error:
            self._leave_out(run, error)
            return False
        return True

    def _is_due(self, run: Run) -> bool:
        if self._postponed.get(run.id, 0) > time.monotonic():
            return False
        self._postponed.pop(run.id, None)
        return True

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
