"""What must hold after every trial, whatever was done to the lab."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.schema import correct, curves, epochs, runs
from tests.faults.lab import Lab

ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED)

# (hash of the cell, seed) names a run in any experiment.
Key = tuple[str, int]


@dataclass(frozen=True)
class Numbers:
    """All that a run measured. Two runs of one cell and seed must have equal ones."""

    outcome: Outcome | None
    diverged_epoch: int | None
    history: Sequence[Mapping[str, float | None]]
    correct: bytes | None


@dataclass
class Found:
    """What was found wrong. Each entry is a sentence about one run.

    Attributes:
        lost: Runs that did not end, are not there, or lack epochs or results.
        doubled: Runs, epochs or results that are there more than once.
        wrong: Whatever else does not hold, such as numbers that differ from the twin's.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.wrong]


def key_of(run: Run) -> Key:
    return run.cell_hash, run.seed


def read_numbers(lab: Lab, experiment: str) -> dict[Key, Numbers]:
    """What each run of the experiment measured, according to the store."""
    found = lab.store.runs.all(experiment)
    history = lab.store.runs.epochs([run.id for run in found])
    with lab.store.database.read() as db:
        bits = {row.run_id: row.bits for row in db.execute(select(correct))}
    return {
        key_of(run): Numbers(run.outcome, run.diverged_epoch, [e.values for e in history[run.id]], bits.get(run.id))
        for run in found
    }


def check(lab: Lab, experiment: str, twin: Mapping[Key, Numbers], failing: bool = False) -> Found:
    """Check the runs of an experiment that has ended, and whose runs MLflow should have.

    Args:
        twin: What the same grid measured in a lab that nothing was done to.
        failing: Whether the trial makes runs fail, so that they need not be finished.
    """
    found, mine = Found(), lab.store.runs.all(experiment)
    _check_grid(found, mine, twin)
    _check_store(found, lab, mine, failing)
    numbers = read_numbers(lab, experiment)
    for run in mine:
        if run.status is Status.FINISHED and key_of(run) in twin and numbers[key_of(run)] != twin[key_of(run)]:
            found.wrong.append(f"{run.id}: other numbers than its twin: {difference(numbers, twin, key_of(run))}")
    _check_mlflow(found, lab, mine)
    _check_children(found, lab)
    return found


def _check_grid(found: Found, mine: Sequence[Run], twin: Mapping[Key, Numbers]) -> None:
    times = Counter(map(key_of, mine))
    found.lost += [f"{key}: not in the grid" for key in twin if key not in times]
    found.doubled += [f"{key}: {count} runs" for key, count in times.items() if count > 1]
    found.wrong += [f"{key}: a run that nobody posted" for key in times if key not in twin]


def _check_store(found: Found, lab: Lab, mine: Sequence[Run], failing: bool) -> None:
    with lab.store.database.read() as db:
        rows = Counter(tuple(row) for row in db.execute(select(epochs.c.run_id, epochs.c.epoch)))
        packed = {row.run_id for row in db.execute(select(curves.c.run_id))}
        leases = {row.id for row in db.execute(select(runs.c.id).where(runs.c.lease_until_ms.is_not(None)))}
    history = lab.store.runs.epochs([run.id for run in mine])
    for run in mine:
        numbers = [epoch.epoch for epoch in history[run.id]]
        if run.status not in ENDED:
            found.lost.append(f"{run.id}: still {run.status}")
        elif run.status is not Status.FINISHED and not failing:
            found.lost.append(f"{run.id}: {run.status}: {run.error}")
        if run.id in leases and run.status in ENDED:
            found.wrong.append(f"{run.id}: {run.status}, and yet it has a lease")
        if numbers != list(range(1, run.num_epochs + 1)):
            found.lost.append(f"{run.id}: says {run.num_epochs} epochs and has {numbers}")
        if run.status is not Status.FINISHED:
            continue
        # The last epoch of a run that diverged has no numbers.
        whole = run.epochs if run.outcome is not Outcome.DIVERGED else (run.diverged_epoch or 0) - 1
        if run.num_epochs != whole or run.outcome is None or run.id not in packed:
            found.lost.append(f"{run.id}: finished after {run.num_epochs} of {whole} epochs, outcome {run.outcome}")
        if leftovers := [epoch for epoch in numbers if rows[run.id, epoch] > 1]:
            found.doubled.append(f"{run.id}: more than one row for the epochs {leftovers}")


def difference(numbers: Mapping[Key, Numbers], twin: Mapping[Key, Numbers], key: Key) -> str:
    """The first difference between a run and its twin, in words."""
    ours, theirs = numbers[key], twin[key]
    for epoch, (mine, its) in enumerate(zip(ours.history, theirs.history, strict=False), 1):
        if mine != its:
            name = next(name for name in its if mine.get(name) != its[name])
            return f"{name} of epoch {epoch} is {mine.get(name)} and not {its[name]}"
    return f"outcome {ours.outcome} after {len(ours.history)} epochs, not {theirs.outcome} after {len(theirs.history)}"


def read_mlflow(path: Path) -> list[dict[str, Any]]:
    """The runs that MLflow has, with their tags and metrics, read from its file: it shows what was deleted, too."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        found: dict[str, dict[str, Any]] = {
            run: {"status": status, "deleted": stage != "active", "tags": {}, "metrics": []}
            for run, status, stage in db.execute("SELECT run_uuid, status, lifecycle_stage FROM runs")
        }
        for run, name, value in db.execute("SELECT run_uuid, key, value FROM tags"):
            found[run]["tags"][name] = value
        for run, name, step, value in db.execute("SELECT run_uuid, key, step, value FROM metrics WHERE is_nan = 0"):
            found[run]["metrics"].append((name, step, value))
    return [run for run in found.values() if "evenkeel.run_id" in run["tags"]]


def _check_mlflow(found: Found, lab: Lab, mine: Sequence[Run]) -> None:
    copies: dict[str, list[dict[str, Any]]] = {}
    for copy in read_mlflow(lab.data / "mlflow.db"):
        copies.setdefault(copy["tags"]["evenkeel.run_id"], []).append(copy)
    history = lab.store.runs.epochs([run.id for run in mine])
    for run in mine:
        if run.attempt == 0:
            continue
        theirs = [copy for copy in copies.get(run.id, []) if not copy["deleted"]]
        if run.status is Status.FINISHED and len(theirs) < len(copies.get(run.id, [])):
            found.wrong.append(f"{run.id}: a copy of it in MLflow was deleted and made anew")
        if not theirs:
            found.lost.append(f"{run.id}: not in MLflow")
            continue
        if len(theirs) > 1:
            found.doubled.append(f"{run.id}: {len(theirs)} times in MLflow")
        expected = Counter(
            (name, epoch.epoch, value)
            for epoch in history[run.id]
            for name, value in epoch.values.items()
            if value is not None
        )
        if run.status is Status.FINISHED:
            expected["diverged", 0, float(run.outcome is Outcome.DIVERGED)] += 1
        logged = Counter(
            point for point in theirs[0]["metrics"] if not point[0].startswith(("epoch_seconds", "system/"))
        )
        if repeated := [point for point, count in logged.items() if count > 1]:
            found.doubled.append(f"{run.id}: MLflow has {repeated[0]} more than once")
        if set(logged) != set(expected):
            odd = sorted(set(logged) ^ set(expected))[0]
            found.wrong.append(f"{run.id}: MLflow and the store differ, for one in {odd}")


def _check_children(found: Found, lab: Lab) -> None:
    """Nothing trains any more, so every child belongs to a living worker, and waits."""
    workers = set(lab.processes("worker"))
    for child in lab.processes("child"):
        try:
            parent = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent not in workers:
            found.wrong.append(f"the training process {child} lives without its worker")
