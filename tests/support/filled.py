"""A small lab as people have one: an experiment that trains, one that has ended, and a worker. Its curves are made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update

from evenkeel.claims.packing import pack
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.plugins import Outcome, Prepared
from evenkeel.records.endings import Reason
from evenkeel.records.events import EventKind
from evenkeel.records.leases import hash_arithmetic
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.records.workers import Worker
from evenkeel.schema import attempts, cells, curves, epochs, events, experiments, runs
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION, METRICS

DEMO, SIZES = "demo", "sizes"
EPOCHS = 8
WORKER = "keel-1"
ERROR = "RuntimeError: the gradient of layer 'conv3' has another shape than its weight: (16, 8, 3, 3) and (8, 16, 3, 3)"
ARITHMETIC = {"torch": "2.10.0", "device": "cpu", "driver": "", "cpu_capability": "AVX512", "threads": "1"}
SECOND = 1000
EPOCH_MS = 20 * SECOND
# What is told of a run.
TOLD = {
    Outcome.DIVERGED: (EventKind.DIVERGED, "diverged in epoch {epoch}"),
    Status.FAILED: (EventKind.FAILED, f"failed: {ERROR}"),
}

# Of the experiment that trains, in the order of its queue: what became of a run, if it was nothing usual.
FAILED, DIVERGED, RUNNING, QUEUED = 9, 12, (19, 20), (21, 22, 23)


@dataclass(frozen=True)
class Made:
    """What became of a run, and what it measured: metric -> one value for each epoch."""

    status: Status
    outcome: Outcome | None
    diverged_epoch: int | None
    values: dict[str, np.ndarray[Any, Any]]


def fill_lab(store: Store) -> None:
    """Write the lab into a migrated store without experiments: `demo` (8 cells x 3 seeds: 18 runs finished, of which
    one diverged; one failed, two running, three queued), `sizes` (12 cells x 5 seeds over the learning rate, all
    finished) and a worker. The same call writes the same values."""
    rng = np.random.default_rng(7)
    seen(store)
    rates = [
        make_cell(CLASSIFICATION, {"arch": a, "norm": "batch", "init": "he", "lr": lr, "epochs": EPOCHS})
        for a, lr in product(("yolo", "resnet"), (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2))
    ]
    _write(store, SIZES, rates, 5, [_ended(rng, cell) for _ in range(5) for cell in rates], minutes_ago=26 * 60)
    choices = [
        make_cell(CLASSIFICATION, {"arch": a, "norm": n, "init": i, "epochs": EPOCHS})
        for a, n, i in product(("yolo", "resnet"), ("batch", "none"), ("he", "glorot"))
    ]
    made = [_in_demo(rng, place, choices[place % len(choices)]) for place in range(3 * len(choices))]
    _write(store, DEMO, choices, 3, made, minutes_ago=32)


def seen(store: Store) -> None:
    """The worker reports that it is alive."""
    worker = Worker(
        name=WORKER,
        slots=2,
        device="cpu",
        code_version="0.17",
        seen_ms=0,
        tasks={CLASSIFICATION.name: CLASSIFICATION.version},
        epochs=612,
        epoch_seconds=12_240.0,
        disk_free_bytes=212_000_000_000,
        disk_used_bytes=3_400_000_000,
    )
    store.workers.see(worker, [Prepared("cifar10", 32, 10, 50_000, 10_000, "5d41402abc4b2a76")])


def _in_demo(rng: np.random.Generator, place: int, cell: Cell) -> Made:
    values = _curves(rng, cell)
    if place in QUEUED:
        return Made(Status.QUEUED, None, None, {})
    if place in RUNNING:
        return Made(Status.RUNNING, None, None, _first(values, 3 + place % 2))
    if place == FAILED:
        return Made(Status.FAILED, None, None, _first(values, 2))
    if place == DIVERGED:
        return Made(Status.FINISHED, Outcome.DIVERGED, 5, _first(_blown_up(values, 5), 5))
    return Made(Status.FINISHED, Outcome.CONVERGED, None, values)


def _ended(rng: np.random.Generator, cell: Cell) -> Made:
    """A run of `sizes`: with large learning rates it diverges often."""
    values, danger = _curves(rng, cell), (math.log10(cell.levels["lr"]) + 2.6) / 1.6
    if rng.uniform() < danger:
        epoch = int(rng.integers(1, EPOCHS))
        return Made(Status.FINISHED, Outcome.DIVERGED, epoch, _first(_blown_up(values, epoch), epoch))
    return Made(Status.FINISHED, Outcome.CONVERGED, None, values)


def _curves(rng: np.random.Generator, cell: Cell) -> dict[str, np.ndarray[Any, Any]]:
    levels = cell.levels
    speed = 2.2 if levels["norm"] == "batch" else 4.5
    speed *= 1 + 0.5 * abs(math.log10(levels["lr"] / 1e-3))
    top = {"yolo": 0.93, "resnet": 0.96}[levels["arch"]] - (0.0 if levels["norm"] == "batch" else 0.08)
    top -= 0.03 if levels["init"] == "glorot" and levels["norm"] == "none" else 0.0
    spread = 0.008 if levels["norm"] == "batch" else 0.03
    rise = 1 - np.exp(-np.arange(1, EPOCHS + 1) / speed)
    reached = np.clip(top + rng.normal(0, spread), 0, 0.99) * rise
    train = np.clip(0.1 + 0.9 * reached + rng.normal(0, spread / 3, EPOCHS), 0, 1)
    val = np.clip(train - 0.02 + rng.normal(0, spread / 2, EPOCHS), 0, 1)
    gradient = 2 * np.exp(-rise) + rng.normal(0, 0.05, EPOCHS)
    measured = (
        train,
        val,
        2.3 * (1 - train),
        2.4 * (1 - val),
        gradient,
        2.5 * gradient,
        1e-3 * gradient,
        0.3 * gradient,
    )
    named = dict(zip([metric.name for metric in METRICS], measured, strict=False))
    return named | {METRICS[-1].name: np.full(EPOCHS, np.nan if levels["arch"] == "yolo" else 0.05)}


def _blown_up(values: dict[str, np.ndarray[Any, Any]], epoch: int) -> dict[str, np.ndarray[Any, Any]]:
    """The same values, but in `epoch` no loss is finite."""
    last = np.arange(1, EPOCHS + 1) >= epoch
    return {
        metric.name: np.where(last, np.nan if metric.unit == "nats" else 0.1, values[metric.name]) for metric in METRICS
    }


def _first(values: dict[str, np.ndarray[Any, Any]], number: int) -> dict[str, np.ndarray[Any, Any]]:
    return {name: column[:number] for name, column in values.items()}


def _write(store: Store, name: str, its_cells: Sequence[Cell], seeds: int, made: list[Made], minutes_ago: int) -> None:
    """Post the experiment, and write what became of its runs. `made` is in the order of the queue."""
    store.grids.ensure(name, its_cells, range(seeds))
    order = {cell.hash: place for place, cell in enumerate(its_cells)}
    queue = sorted(store.runs.all(name), key=lambda run: (run.seed, order[run.cell_hash]))
    posted_ms = now_ms() - minutes_ago * 60 * SECOND
    with store.database.write() as db:
        db.execute(update(experiments).where(experiments.c.name == name).values(created_ms=posted_ms))
        mine = select(experiments.c.id).where(experiments.c.name == name).scalar_subquery()
        db.execute(update(events).where(events.c.experiment_id == mine).values(at_ms=posted_ms))
        for place, (run, what) in enumerate(zip(queue, made, strict=True)):
            _write_run(db, run, what, posted_ms, posted_ms + 2 * SECOND + place * EPOCH_MS * EPOCHS // 2)


def _write_run(db: Any, run: Run, made: Made, posted_ms: int, began_ms: int) -> None:
    db.execute(update(runs).where(runs.c.id == run.id).values(created_ms=posted_ms))
    if made.status is Status.QUEUED:
        return
    number = len(next(iter(made.values.values())))
    attempt = 2 if made.status is Status.FAILED else 1
    began_ms = now_ms() - number * EPOCH_MS if made.status is Status.RUNNING else began_ms
    ended_ms = None if made.status is Status.RUNNING else began_ms + number * EPOCH_MS
    worker = {"worker": WORKER, "code_version": "0.17"}
    values = {"status": made.status, "outcome": made.outcome, "diverged_epoch": made.diverged_epoch, **worker}
    values |= {"attempt": attempt, "num_epochs": number, "started_ms": began_ms, "ended_ms": ended_ms}
    values |= {"dataset_hash": "c0ffee0123456789", "arithmetic": hash_arithmetic(ARITHMETIC), "version": number + 2}
    if made.status is Status.FAILED:
        values |= {"error": ERROR, "crashes": 2}
    if made.status is Status.RUNNING:
        values |= {"lease_until_ms": now_ms() + 3600 * SECOND}
    db.execute(update(runs).where(runs.c.id == run.id).values(values))
    db.execute(insert(epochs), _rows(run.id, attempt, made.values, began_ms))
    if made.status is Status.FINISHED:
        packed = made.values | {"epoch_seconds": np.full(number, EPOCH_MS / SECOND)}
        db.execute(insert(curves).values(run_id=run.id, metrics=",".join(packed), packed=pack(packed)))
    _write_attempts(db, run.id, made, worker, began_ms, ended_ms)
    if (told := TOLD.get(made.outcome or made.status)) is not None:
        kind, says = told
        mine = select(cells.c.experiment_id).where(cells.c.id == run.cell_id).scalar_subquery()
        says = says.format(epoch=made.diverged_epoch)
        db.execute(
            insert(events).values(experiment_id=mine, at_ms=ended_ms, kind=kind, says=says, by="", run_id=run.id)
        )


def _rows(run_id: str, attempt: int, values: dict[str, np.ndarray[Any, Any]], began_ms: int) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "attempt": attempt,
            "epoch": index + 1,
            "measured": {name: float(v[index]) if math.isfinite(v[index]) else None for name, v in values.items()},
            "epoch_seconds": EPOCH_MS / SECOND,
            "logged_ms": began_ms + (index + 1) * EPOCH_MS,
        }
        for index in range(len(next(iter(values.values()))))
    ]


def _write_attempts(db: Any, run_id: str, made: Made, worker: Any, began_ms: int, ended_ms: int | None) -> None:
    common = {"run_id": run_id, "arithmetic": ARITHMETIC, **worker}
    last = {"attempt": 1, "began_ms": began_ms, "ended_ms": ended_ms, "ending": None, "error": None}
    if made.status is Status.FINISHED:
        last["ending"] = Reason.FINISHED
    elif made.status is Status.FAILED:
        lost = {"ending": Reason.LOST, "error": "the worker did not renew its lease in time", "to_epoch": 1}
        db.execute(insert(attempts).values(**common, attempt=1, began_ms=began_ms - 90_000, ended_ms=began_ms, **lost))
        last |= {"attempt": 2, "from_epoch": 1, "ending": Reason.ERROR, "error": ERROR}
    db.execute(insert(attempts).values(**common, **last))


def cells_of(store: Store, name: str) -> list[str]:
    """The hashes of an experiment's cells, in the order in which they were posted."""
    with store.database.read() as db:
        query = cells.select().join(experiments).where(experiments.c.name == name).order_by(cells.c.id)
        return [row.hash for row in db.execute(query)]
