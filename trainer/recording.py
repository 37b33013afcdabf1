"""Writes what the child of a slot sends to the store. A worker that lost its claim writes nothing more."""

import logging
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_fixed
from tenacity.nap import sleep_using_event

from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch
from evenkeel.store import Store, StoreAway, now_ms
from trainer.protocol import Alive, Began, Checkpointed, Correct, Dataset, Ended, EpochMeasured, Event, Failed, Stopped
from trainer.slot import ChildDied

log = logging.getLogger(__name__)

STORE_PAUSE_SECONDS = 1.0

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Meter:
    """Counts the epochs trained since the worker started, and their seconds. The threads of all its slots share it."""

    def __init__(self) -> None:
        self.epochs, self.seconds = 0, 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self.epochs += 1
            self.seconds += seconds


class Recorder:
    """Records the events of one attempt.

    Args:
        stopping: Is set when the worker must stop. Writes are no longer repeated then.
        max_crashes: See `evenkeel.records.endings`.
        before_end: Is called before an end of the attempt is recorded.
    """

    def __init__(
        self,
        store: Store,
        claim: Claim,
        meter: Meter,
        stopping: threading.Event,
        max_crashes: int,
        before_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._claims, self._claim = store.claims, claim
        self._meter, self._stopping, self._max_crashes = meter, stopping, max_crashes
        self._before_end = before_end
        # Epochs up to this one were trained by an earlier attempt.
        self._began_at = 0

    def record(self, event: Event) -> bool:
        """Write an event to the store. False if the claim was lost.

        Raises:
            ChildDied: For an event that cannot occur while a run trains.
        """
        claims, claim = self._claims, self._claim
        match event:
            case Began(number, step, says, exact, arithmetic):
                self._began_at = number
                if says or not exact:
                    log.warning("run %s: %s", claim.run_id, says or "starts again with another arithmetic")
                return self.insist(claims.begin, claim, number, step, says, arithmetic)
            case EpochMeasured(number, values, seconds):
                if number > self._began_at:
                    self._meter.add(seconds)
                epoch = Epoch(claim.run_id, number, values, seconds, logged_ms=now_ms())
                return self.insist(claims.append_epoch, claim, epoch)
            case Dataset(dataset_hash):
                return self.insist(claims.record_dataset, claim, dataset_hash)
            case Checkpointed(number, step, path, sha256):
                return self.insist(claims.record_checkpoint, claim, number, path, sha256, step)
            case Correct(num_examples, bits):
                return self.insist(claims.record_correct, claim, num_examples, bits)
            case Ended(outcome, diverged_epoch, trained):
                self._before_end()
                return self.insist(claims.finish, claim, outcome, diverged_epoch, trained)
            case Stopped() | Alive():
                return True
            case Failed(error, reason):
                return self.crash(Reason(reason), error)
            case _:
                raise ChildDied(f"the training process sent {type(event).__name__} in the middle of a run")

    def crash(self, reason: Reason, error: str) -> bool:
        """End the attempt for a reason, which decides what becomes of the run. False if the claim was lost."""
        log.error("run %s: %s", self._claim.run_id, error)
        self._before_end()
        return self.insist(self._claims.crash, self._claim, reason, error, self._max_crashes)

    def release(self) -> bool:
        """Give the run back. False if the claim was lost."""
        self._before_end()
        return self.insist(self._claims.release, self._claim)

    def insist(
        self, write: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """Repeat a write until the store answers, so that no run is lost while the database cannot be reached.

        A write that had succeeded may be repeated without harm, since the store checks the claim's attempt each time.
        If the lease has expired meanwhile, the answer says so. Raises StoreAway if the worker stops meanwhile.
        """
        insist = Retrying(
            retry=retry_if_exception_type(StoreAway),
            stop=stop_when_event_set(self._stopping),
            wait=wait_fixed(STORE_PAUSE_SECONDS),
            sleep=sleep_using_event(self._stopping),
            before_sleep=_say_away,
            reraise=True,
        )
        return insist(write, *arguments, **named)


def _say_away(attempt: RetryCallState) -> None:
    outcome = attempt.outcome
    log.warning("the store cannot be reached, trying again: %s", outcome.exception() if outcome else "no answer")
