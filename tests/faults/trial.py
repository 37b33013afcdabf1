"""One trial: post a grid, do one thing to the lab at a random moment, wait for the end, and check what must hold."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from services import grid, wait_for

from evenkeel.client import EvenkeelError
from evenkeel.records.rows import Run
from tests.faults.invariants import ENDED, Found, Key, Numbers, check, read_numbers
from tests.faults.lab import Lab
from tests.faults.recovery import Recovery

LEVELS = {"arch": ["yolo", "resnet"], "norm": ["none"], "init": ["he"]}
SEEDS, EPOCHS = 2, 16
NUM_RUNS = 2 * SEEDS
TRIAL_SECONDS = 240.0
MIRROR_SECONDS = 120.0


@dataclass
class Trial:
    """A trial while it goes on.

    Attributes:
        experiment: The name of the experiment that is disturbed.
        random: Everything that is left to chance comes from here, so that a seed replays the trial.
        recovery: Watches how the lab recovers from the fault; None before it came.
        worker: The process of the lab's own worker, where there is a second one.
    """

    lab: Lab
    experiment: str
    random: random.Random
    recovery: Recovery | None = None
    worker: int = 0

    def hit(self) -> None:
        """The fault comes now: from here on the recovery is timed."""
        self.recovery = Recovery(self.lab.store, self.experiment)

    def runs(self) -> list[Run]:
        return self.lab.store.runs.all(self.experiment)

    def sleep(self, low: float, high: float) -> None:
        time.sleep(self.random.uniform(low, high))


@dataclass(frozen=True)
class Scenario:
    """One thing that can go wrong.

    Attributes:
        says: What is done, for the table.
        inject: Does it. It calls `Trial.hit` when the fault comes.
        lab: The kind of lab that it needs.
        around: What holds from before the grid is posted until the fault is over.
        at_once: Whether the fault comes as soon as the grid is posted, instead of once some epochs are trained.
        failing: Whether it makes runs fail.
        train: Factors of the grid that it needs.
    """

    name: str
    says: str
    inject: Callable[[Trial], None]
    lab: str = "plain"
    around: Callable[[Trial], AbstractContextManager[None]] | None = None
    at_once: bool = False
    failing: bool = False
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """What became of a trial.

    Attributes:
        recovery_seconds: The time from the fault until every run that it stopped trained on; None if it stopped none.
        repeated: The number of epochs that were trained more than once, of `epochs`.
    """

    name: str
    seed: int
    found: Found
    seconds: float
    recovery_seconds: float | None
    repeated: int
    epochs: int


def spec(name: str, **train: Any) -> dict[str, Any]:
    made = grid(name, grid=LEVELS, seeds=SEEDS)
    made["train"] |= {"epochs": EPOCHS, "train_fraction": 0.25} | train
    return made


def submit(lab: Lab, posted: dict[str, Any]) -> None:
    """Post a grid, as a client does that tries again until it is answered."""

    def answered() -> bool:
        try:
            lab.client.submit(posted, idempotency_key=posted["name"])
        except EvenkeelError:
            return False
        return True

    wait_for(answered, 60, "the API")


def finish(lab: Lab, experiment: str, seconds: float = TRIAL_SECONDS) -> bool:
    """Wait until no run of the experiment is left to train, and MLflow has all of them. False if that takes long."""
    try:
        wait_for(lambda: all(run.status in ENDED for run in lab.store.runs.all(experiment)), seconds, "the end")
        wait_for(lambda: not _unmirrored(lab, experiment), MIRROR_SECONDS, "the copy in MLflow")
    except AssertionError:
        return False
    return True


def _unmirrored(lab: Lab, experiment: str) -> list[Run]:
    return [run for run in lab.store.outbox.unmirrored(10_000) if run.experiment == experiment]


def train_twin(lab: Lab, posted: dict[str, Any]) -> dict[Key, Numbers]:
    """Train a grid undisturbed, and return what it measured."""
    submit(lab, posted)
    assert finish(lab, posted["name"]), "the undisturbed twin did not finish"
    return read_numbers(lab, posted["name"])


def attempt(lab: Lab, scenario: Scenario, seed: int, twin: Mapping[Key, Numbers]) -> Tried:
    """Try one fault.

    The moment is a number of trained epochs and a fraction of a second, both drawn from the seed.

    Args:
        twin: What `spec` with the scenario's factors measures undisturbed.
    """
    name = scenario.name
    trial = Trial(lab, f"{name}-{seed}", random.Random(f"{name} {seed}"))
    started, before = time.monotonic(), lab.epochs_trained
    with scenario.around(trial) if scenario.around else nullcontext():
        submit(lab, spec(trial.experiment, **scenario.train))
        if not scenario.at_once:
            moment = trial.random.randint(1, NUM_RUNS * EPOCHS // 2)
            wait_for(lambda: lab.epochs_trained - before >= moment, 120, f"{moment} epochs")
            trial.sleep(0, 0.3)
        scenario.inject(trial)
    finish(lab, trial.experiment)
    recovery = trial.recovery.seconds() if trial.recovery else None
    found = check(lab, trial.experiment, twin, scenario.failing)
    needed = sum(len(numbers.history) for numbers in twin.values())
    repeated = max(0, lab.epochs_trained - before - needed)
    return Tried(name, seed, found, time.monotonic() - started, recovery, repeated, needed)
