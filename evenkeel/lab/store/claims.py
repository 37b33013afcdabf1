"""Working on a run. A claim is the right to do so. It is valid while the run is running with the claim's `attempt`.

Every change is one transaction with a condition. Taking a run requires that it is queued. Every other change requires
that the claim is valid. So two workers can never both change a run. If a condition fails, the method returns None or
False and raises nothing. `version` counts the changes of a run; the MLflow mirror copies runs whose version has grown.
"""

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, case, or_, true, update
from sqlalchemy.sql import ColumnElement

from evenkeel.lab.store.curves import pack_curves
from evenkeel.lab.store.database import Database, now_ms
from evenkeel.lab.store.scheduler import Scheduler
from evenkeel.lab.store.schema import correct, curves, epochs, experiments, runs
from evenkeel.plugins import Outcome
from evenkeel.records.leases import Claim, Lease
from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker

RUNNING, QUEUED = Status.RUNNING, Status.QUEUED


class Claims:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.scheduler = Scheduler(database)

    def take(self, taker: Taker, lease_seconds: float) -> Claim | None:
        """Take the queued run that the scheduler chooses. None if there is no run to take."""
        with self.database.write() as db:
            if (found := self.scheduler.choose(db, taker)) is None:
                return None
            run, spec = found
            now = now_ms()
            taken = db.execute(
                update(runs)
                .where(runs.c.id == run.id, runs.c.status == QUEUED)
                .values(
                    status=RUNNING,
                    outcome=None,
                    attempt=runs.c.attempt + 1,
                    worker=taker.worker,
                    num_epochs=0,
                    code_version=taker.code_version,
                    lease_until_ms=now + int(lease_seconds * 1000),
                    started_ms=now,
                    ended_ms=None,
                    error=None,
                    diverged_epoch=None,
                    checkpoint_epoch=None,
                    checkpoint_path=None,
                    checkpoint_sha256=None,
                    dataset_hash=None,
                    version=runs.c.version + 1,
                )
                .returning(runs.c.attempt)
            ).one_or_none()
            if taken is None:
                return None
            db.execute(update(experiments).where(experiments.c.id == run.experiment_id).values(served_ms=now))
        return Claim(run.id, taken.attempt, spec)

    def renew(self, claim: Claim, lease_seconds: float) -> Lease:
        """Renew a claim's lease. The answer says whether the claim is held, was cancelled, or was lost."""
        with self.database.write() as db:
            row = db.execute(
                update(runs)
                .where(_held(claim))
                .values(lease_until_ms=now_ms() + int(lease_seconds * 1000))
                .returning(runs.c.cancel_requested, runs.c.pause_requested)
            ).one_or_none()
        if row is None:
            return Lease.LOST
        if row.cancel_requested:
            return Lease.CANCEL
        return Lease.PAUSE if row.pause_requested else Lease.HELD

    def append_epoch(self, claim: Claim, epoch: Epoch) -> bool:
        """Record the next epoch of a held claim. Its values are not checked. False if the claim was lost; nothing is
        written then."""
        with self.database.write() as db:
            held = self._change(db, claim, num_epochs=epoch.epoch)
            if held:
                row = vars(epoch) | {"attempt": claim.attempt, "measured": _as_json(epoch.values)}
                del row["values"]
                db.execute(self.database.insert(epochs).values(row).on_conflict_do_nothing())
            return held

    def record_checkpoint(self, claim: Claim, epoch: int, path: str, sha256: str) -> bool:
        """Record a run's newest checkpoint. False if the claim was lost."""
        with self.database.write() as db:
            return self._change(db, claim, checkpoint_epoch=epoch, checkpoint_path=path, checkpoint_sha256=sha256)

    def record_dataset(self, claim: Claim, dataset_hash: str) -> bool:
        """Record the hash of the dataset that a run learns from. False if the claim was lost."""
        with self.database.write() as db:
            return self._change(db, claim, dataset_hash=dataset_hash)

    def record_correct(self, claim: Claim, num_examples: int, bits: bytes) -> bool:
        """Record which validation examples a run has right after its last epoch. False if the claim was lost.

        Args:
            bits: one bit for each example, as `evenkeel.statistics.noise.pack_bits` packs them.
        """
        with self.database.write() as db:
            held = self._change(db, claim)
            if held:
                values = {"attempt": claim.attempt, "num_examples": num_examples, "bits": bits}
                insert = self.database.insert(correct).values(run_id=claim.run_id, **values)
                db.execute(insert.on_conflict_do_update(index_elements=["run_id"], set_=values))
            return held

    def finish(self, claim: Claim, outcome: Outcome, diverged_epoch: int | None = None) -> bool:
        """End a run as finished, and pack its curves, since they no longer change. False if the claim was lost."""
        with self.database.write() as db:
            held = self._end(db, claim, Status.FINISHED, outcome=outcome, diverged_epoch=diverged_epoch)
            if held:
                db.execute(self.database.insert(curves).values(pack_curves(db, claim.run_id)).on_conflict_do_nothing())
            return held

    def fail(self, claim: Claim, error: str) -> bool:
        """End a run as failed. False if the claim was lost."""
        with self.database.write() as db:
            return self._end(db, claim, Status.FAILED, error=error)

    def confirm_cancel(self, claim: Claim) -> bool:
        """End a run as cancelled. False if the claim was lost."""
        with self.database.write() as db:
            return self._end(db, claim, Status.CANCELLED)

    def release(self, claim: Claim) -> bool:
        """Give a claim back. The run is queued again, or cancelled or paused if that was asked for. This does not count
        as a crash. False if the claim was lost."""
        status = case(
            (runs.c.cancel_requested, Status.CANCELLED.value),
            (runs.c.pause_requested, Status.PAUSED.value),
            else_=QUEUED.value,
        )
        with self.database.write() as db:
            return self._change(db, claim, status=status, lease_until_ms=None)

    def crash(self, claim: Claim, error: str, max_crashes: int) -> bool:
        """Give a claim back after its child process died. The run is queued again, or fails once it has crashed
        `max_crashes` times. False if the claim was lost."""
        with self.database.write() as db:
            return self._change(db, claim, **_after_crash(error, max_crashes))

    def expire(self, max_crashes: int) -> list[str]:
        """Take back every claim whose lease has expired. Returns the ids of their runs."""
        return self._take_back(
            max_crashes, "the worker did not renew its lease in time", runs.c.lease_until_ms < now_ms()
        )

    def expire_worker(self, worker: str | None, max_crashes: int) -> list[str]:
        """Take back the claims of a worker that is known to be dead, or of all workers if `worker` is None. Returns the
        ids of their runs."""
        whose = true() if worker is None else runs.c.worker == worker
        return self._take_back(max_crashes, "the worker died", whose)

    def _take_back(self, max_crashes: int, error: str, which: ColumnElement[bool]) -> list[str]:
        with self.database.write() as db:
            rows = db.execute(
                update(runs)
                .where(runs.c.status == RUNNING, which)
                .values(version=runs.c.version + 1, **_after_crash(error, max_crashes))
                .returning(runs.c.id)
            )
            return [row.id for row in rows]

    def _change(self, db: Connection, claim: Claim, **values: Any) -> bool:
        changed = db.execute(update(runs).where(_held(claim)).values(version=runs.c.version + 1, **values))
        return changed.rowcount == 1

    def _end(self, db: Connection, claim: Claim, status: Status, **values: Any) -> bool:
        return self._change(db, claim, status=status, ended_ms=now_ms(), lease_until_ms=None, **values)


def _as_json(values: Mapping[str, float | None]) -> dict[str, float | None]:
    """NaN and infinity become null: JSON cannot express them, and Postgres refuses a row that contains them."""
    return {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(runs.c.id == claim.run_id, runs.c.status == RUNNING, runs.c.attempt == claim.attempt)


def _after_crash(error: str, max_crashes: int) -> dict[str, Any]:
    """A run whose cancelling was asked for ends as cancelled. Any other is queued again until it has crashed
    `max_crashes` times."""
    cancelled, paused = runs.c.cancel_requested, runs.c.pause_requested
    spent = runs.c.crashes + 1 >= max_crashes
    return {
        "crashes": runs.c.crashes + 1,
        "error": case((spent, f"{error}, {max_crashes} times"), else_=error),
        "status": case(
            (cancelled, Status.CANCELLED.value),
            (spent, Status.FAILED.value),
            (paused, Status.PAUSED.value),
            else_=QUEUED.value,
        ),
        "ended_ms": case((or_(cancelled, spent), now_ms()), else_=None),
        "lease_until_ms": None,
    }
