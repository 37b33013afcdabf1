"""Faults of processes: they are killed, stand still, or work side by side where only one should."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from services import wait_for

from tests.faults.traps import arm, went_off
from tests.faults.trial import Trial

Inject = Callable[[Trial], None]

# Longer than a lease (`tests.faults.lab.QUICK`).
TOO_LONG_SECONDS = 9.0


def killed(kind: str, sign: int = signal.SIGKILL) -> Inject:
    """A process of that kind gets a signal."""

    def inject(trial: Trial) -> None:
        trial.hit()
        trial.lab.kill(kind, sign)

    return inject


def trapped(name: str, most: int = 1) -> Inject:
    """A process falls into a trap, at one of the next `most` passages."""

    def inject(trial: Trial) -> None:
        arm(trial.lab.traps, name, trial.random.randint(1, most))
        with suppress(AssertionError):
            # If the last passage is over already, nothing happens.
            wait_for(lambda: went_off(trial.lab.traps, name), 20, f"{name} goes off")
            trial.hit()
        (trial.lab.traps / name).unlink(missing_ok=True)

    return inject


def frozen(kind: str, seconds: float) -> Inject:
    """All processes of that kind stand still for a while."""

    def inject(trial: Trial) -> None:
        pids = trial.lab.processes(kind)
        trial.hit()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    return inject


def up_killed(trial: Trial) -> None:
    trial.hit()
    trial.lab.cut_power()
    trial.lab.start()


def second_worker(clock_hours: int = 0) -> Callable[[Trial], AbstractContextManager[None]]:
    """A second worker works along. Its clock may be off."""

    @contextmanager
    def works_along(trial: Trial) -> Iterator[None]:
        lab, clock = trial.lab, trial.lab.traps / "worker.clock"
        if clock_hours:
            clock.write_text(str(3600 * clock_hours))
        [trial.worker] = lab.processes("worker")
        name = f"second-of-{trial.experiment}"
        second = lab.second_worker(name)
        try:
            wait_for(lambda: name in {one.name for one in lab.store.workers.seen(5) if one.ready}, 120, "ready")
            clock.unlink(missing_ok=True)
            yield
            trial.sleep(2, 5)
        finally:
            clock.unlink(missing_ok=True)
            leave(second)

    return works_along


def first_stands_still(trial: Trial) -> None:
    """The first worker stands still until the second one has its runs. Then both go on with the same runs."""
    trial.hit()
    os.kill(trial.worker, signal.SIGSTOP)
    time.sleep(TOO_LONG_SECONDS)
    os.kill(trial.worker, signal.SIGCONT)


def first_is_killed(trial: Trial) -> None:
    trial.hit()
    os.kill(trial.worker, signal.SIGKILL)


def leave(worker: "subprocess.Popen[bytes]") -> None:
    worker.send_signal(signal.SIGCONT)
    worker.terminate()
    try:
        worker.wait(60)
    finally:
        worker.kill()
        worker.wait()


@contextmanager
def api_dies_at_the_bell(trial: Trial) -> Iterator[None]:
    """The API is killed once the grid is committed, and before it has told the workers."""
    arm(trial.lab.traps, "api.ring")
    trial.hit()
    yield
    assert went_off(trial.lab.traps, "api.ring")


def nothing(trial: Trial) -> None:
    """The fault came while the grid was posted."""


def soon(inject: Inject) -> Inject:
    """The fault comes soon after the grid is posted: its runs may end within an epoch."""

    def wait_and_inject(trial: Trial) -> None:
        trial.sleep(0, 2)
        inject(trial)

    return wait_and_inject
