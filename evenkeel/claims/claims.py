"""Working on a run. A claim is the right to do so. It is valid while the run is running with the claim's `attempt`.

Every change is one transaction with a condition. Taking a run requires that it is queued. Every other change requires
that the claim is valid. So two workers can never both change a run. If a condition fails, the method returns None or
False and raises nothing. `version` counts the changes of a run; the MLflow mirror copies runs whose version has grown.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, true, tuple_

from evenkeel.claims import history
from evenkeel.claims.each_time import begin_attempt, further, renewed
from evenkeel.claims.ends import end, finish
from evenkeel.claims.held import ASKED, NOT_COPIED, change, is_held, lease_of, note
from evenkeel.claims.scheduler import Scheduler, note_served
from evenkeel.database import Database, clock_ms
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, Lease, hash_arithmetic
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.schema import attempts, correct, runs

NO_CHECKPOINT = {"checkpoint_epoch": None, "checkpoint_path": None, "checkpoint_sha256": None, "mirrored_checkpoint": 0}


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
            if (attempt := begin_attempt(db, run.id, taker, lease_seconds)) is None:
                return None
            note_served(db, run.experiment_id)
            recorded = 0 if attempt == history.FIRST else history.recorded(db, run.id)
            return Claim(run.id, attempt, spec, recorded, run.threads, run.arithmetic or "")

    def begin(self, claim: Claim, epoch: int, step: int, says: str, arithmetic: Mapping[str, str]) -> bool:
        """Record where an attempt begins, and adopt the epochs that its checkpoint had trained. False if the claim was
        lost.

        An attempt that starts again from the first epoch with another arithmetic than the last drops all epochs.

        Args:
            epoch: number of epochs that the checkpoint had trained; 0 without a checkpoint.
            step: number of batches of the next epoch that it had trained.
            says: why it begins there, if that needs a word.
            arithmetic: what it computes with: see `hash_arithmetic`.
        """
        now, values = hash_arithmetic(arithmetic), dict[str, Any](num_epochs=epoch)
        with self.database.write() as db:
            run = db.execute(select(runs).where(is_held(claim)).with_for_update()).one_or_none()
            if run is None:
                return False
            history.adopt(db, claim, history.until(epoch))
            if epoch == 0 and run.arithmetic != now and history.drop(db, claim):
                values |= NOT_COPIED
            if epoch < (run.checkpoint_epoch or 0):
                values |= NO_CHECKPOINT
            note(db, claim, from_epoch=epoch, from_step=step, says=says, arithmetic=dict(arithmetic))
            return change(db, claim, arithmetic=now, **values)

    def renew(self, claim: Claim, lease_seconds: float) -> Lease:
        """Renew a claim's lease. The answer says whether the claim is held, is to be cancelled or paused, or was
        lost."""
        with self.database.write() as db:
            return lease_of(renewed(db, claim, lease_seconds))

    def look(self, claim: Claim) -> Lease:
        """The answer that `renew` would give. The lease stays as it is."""
        with self.database.read() as db:
            return lease_of(db.execute(select(*ASKED).where(is_held(claim))).one_or_none())

    def append_epoch(self, claim: Claim, epoch: Epoch) -> bool:
        """Record the next epoch of a held claim. Its values are not checked. False if the claim was lost; nothing is
        written then."""
        with self.database.write() as db:
            held = further(db, claim, epoch.epoch)
            if held and not history.append(self.database, db, claim, epoch):
                change(db, claim, **NOT_COPIED)
            return held

    def record_checkpoint(self, claim: Claim, epoch: int, path: str, sha256: str, step: int = 0) -> bool:
        """Record a run's newest checkpoint. If no attempt had come as far, the crashes before it no longer count. False
        if the claim was lost.

        Args:
            step: number of batches of the next epoch that it has trained.
        """
        reached = tuple_(attempts.c.to_epoch, attempts.c.to_step) >= tuple_(epoch, step)
        values = {"checkpoint_epoch": epoch, "checkpoint_path": path, "checkpoint_sha256": sha256}
        with self.database.write() as db:
            before = db.scalar(select(func.count()).where(attempts.c.run_id == claim.run_id, reached))
            held = change(db, claim, **values, **({} if before else {"crashes": 0}))
            if held:
                note(db, claim, to_epoch=epoch, to_step=step)
            return held

    def record_dataset(self, claim: Claim, dataset_hash: str) -> bool:
        """Record the hash of the dataset that a run learns from. What was measured on other data before is dropped.
        False if the claim was lost."""
        other = runs.c.dataset_hash.is_not(None), runs.c.dataset_hash != dataset_hash
        with self.database.write() as db:
            if db.scalar(select(func.count()).where(is_held(claim), *other)):
                history.drop(db, claim)
                change(db, claim, **NOT_COPIED)
            return change(db, claim, dataset_hash=dataset_hash)

    def record_correct(self, claim: Claim, num_examples: int, bits: bytes) -> bool:
        """Record which validation examples a run has right after its last epoch. False if the claim was lost.

        Args:
            bits: one bit for each example, as `evenkeel.statistics.noise.pack_bits` packs them.
        """
        with self.database.write() as db:
            held = change(db, claim)
            if held:
                values = {"attempt": claim.attempt, "num_examples": num_examples, "bits": bits}
                insert = self.database.insert(correct).values(run_id=claim.run_id, **values)
                db.execute(insert.on_conflict_do_update(index_elements=["run_id"], set_=values))
            return held

    def finish(
        self, claim: Claim, outcome: Outcome, diverged_epoch: int | None = None, trained: int | None = None
    ) -> bool:
        """End a run as finished, and pack its curves, since they no longer change. If epochs are missing, it ends as
        failed instead. False if the claim was lost.

        Args:
            trained: number of epochs that it trained, if its task may end before the last one.
        """
        with self.database.write() as db:
            return finish(self.database, db, claim, outcome, diverged_epoch, trained)

    def fail(self, claim: Claim, reason: Reason, error: str) -> bool:
        """End a run as failed, or as cancelled if that was asked for. False if the claim was lost."""
        with self.database.write() as db:
            return bool(end(db, is_held(claim), reason, error, max_crashes=0))

    def crash(self, claim: Claim, reason: Reason, error: str, max_crashes: int) -> bool:
        """Give a claim back after its attempt went wrong. What becomes of the run is a matter of the reason, and of
        its crashes without a new checkpoint in between: see `evenkeel.records.endings`. False if the claim was lost."""
        with self.database.write() as db:
            return bool(end(db, is_held(claim), reason, error, max_crashes))

    def confirm_cancel(self, claim: Claim) -> bool:
        """End a run as cancelled. False if the claim was lost."""
        with self.database.write() as db:
            return bool(end(db, is_held(claim), Reason.CANCELLED))

    def release(self, claim: Claim) -> bool:
        """Give a claim back. The run is queued again, or paused or cancelled if that was asked for. This does not count
        as a crash. False if the claim was lost."""
        with self.database.write() as db:
            return bool(end(db, is_held(claim), Reason.STOPPED))

    def expire(self, max_crashes: int) -> list[str]:
        """Take back every claim whose lease has expired. Returns the ids of their runs."""
        error = "the worker did not renew its lease in time"
        with self.database.write() as db:
            return end(db, runs.c.lease_until_ms < clock_ms(), Reason.LOST, error, max_crashes)

    def expire_worker(self, worker: str | None, max_crashes: int) -> list[str]:
        """Take back the claims of a worker that is known to be dead, or of all workers if `worker` is None. Returns the
        ids of their runs."""
        whose = true() if worker is None else runs.c.worker == worker
        with self.database.write() as db:
            return end(db, whose, Reason.LOST, "the worker died", max_crashes)
