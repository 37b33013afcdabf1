"""Many small runs, and many kills at random: what a machine on a bad day does to a lab."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from services import grid

from evenkeel.records.status import Status
from tests.faults.invariants import ENDED, Found, check, read_numbers
from tests.faults.lab import Lab
from tests.faults.trial import finish, submit

VICTIMS = ("child", "worker", "api", "mlflow", "redis")
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 4.0
LOOK_SECONDS = 0.2

# Called with the number of kills so far and the number of runs that have ended.
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Survived:
    """What became of the runs.

    Attributes:
        killed: Kind of process -> number of kills.
        undisturbed_seconds: How long the same grid took before, without a kill.
        seconds: How long it took with the kills.
        idle_share: The share of that time in which a slot had no training process, since it was just started again.
        repeated: The number of epochs that were trained more than once, of `epochs`.
    """

    found: Found
    num_runs: int
    killed: Counter[str]
    undisturbed_seconds: float
    seconds: float
    idle_share: float
    repeated: int
    epochs: int

    @property
    def training_ratio(self) -> float:
        """The time that slots trained, divided by the undisturbed time."""
        return self.seconds * (1 - self.idle_share) / self.undisturbed_seconds


def runs_of(name: str, num_runs: int, epochs: int) -> dict[str, object]:
    """A grid of small runs: a multiple of four."""
    levels = {"arch": ["yolo", "resnet"], "norm": ["none"], "init": ["he", "glorot"]}
    made = grid(name, grid=levels, seeds=num_runs // 4)
    made["train"] |= {"epochs": epochs, "train_fraction": 0.25}
    return made


def survive(lab: Lab, num_runs: int, num_kills: int, seed: int, epochs: int, report: Report) -> Survived:
    """Train a grid undisturbed, and then again while `num_kills` kills come 1 to 4 s apart. They stop when all runs
    have ended, if that is sooner."""
    started = time.monotonic()
    submit(lab, runs_of("undisturbed", num_runs, epochs))
    assert finish(lab, "undisturbed", 7200), "the undisturbed runs did not finish"
    undisturbed = time.monotonic() - started
    twin, before = read_numbers(lab, "undisturbed"), lab.epochs_trained

    chance, killed, watch = random.Random(f"kills {seed}"), Counter[str](), Watch(lab, "disturbed")
    victims: list[str] = []
    started = time.monotonic()
    submit(lab, runs_of("disturbed", num_runs, epochs))
    while not watch.is_over:
        watch.look_for(chance.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))
        # Each kind once in every round, so that few kills hit all of them. A shot at what is just being started again
        # misses. Aimed at what lives, the shots would hit the same few again and again as soon as the others pause.
        victims = victims or chance.sample(VICTIMS, len(VICTIMS))
        kind = victims.pop()
        if killed.total() < num_kills and lab.processes(kind):
            lab.kill(kind)
            killed[kind] += 1
        report(killed.total(), watch.num_ended)
    seconds = time.monotonic() - started
    finish(lab, "disturbed")
    needed = sum(len(numbers.history) for numbers in twin.values())
    return Survived(
        found=check(lab, "disturbed", twin),
        num_runs=num_runs,
        killed=killed,
        undisturbed_seconds=undisturbed,
        seconds=seconds,
        idle_share=watch.idle_share,
        repeated=lab.epochs_trained - before - needed,
        epochs=needed,
    )


class Watch:
    """Looks at a lab from time to time: how many runs have ended, and how many slots train nothing although they
    should."""

    def __init__(self, lab: Lab, experiment: str) -> None:
        self._lab, self._experiment = lab, experiment
        self._shares: list[float] = []
        self.is_over, self.num_ended = False, 0

    @property
    def idle_share(self) -> float:
        return sum(self._shares) / max(1, len(self._shares))

    def look_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_over:
            self._look()
            time.sleep(LOOK_SECONDS)

    def _look(self) -> None:
        runs = self._lab.store.runs.all(self._experiment)
        self.num_ended = sum(run.status in ENDED for run in runs)
        self.is_over = bool(runs) and self.num_ended == len(runs)
        training = sum(run.status is Status.RUNNING for run in runs) if self._lab.processes("worker") else 0
        possible = min(self._lab.num_slots, len(runs) - self.num_ended)
        if possible:
            self._shares.append(1 - min(1.0, training / possible))
