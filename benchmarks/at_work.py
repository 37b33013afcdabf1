"""A lab at work: a large experiment that has ended, and one that grows while a stand-in for workers finishes runs."""

import time
from itertools import product
from multiprocessing.synchronize import Event

import numpy as np

from benchmarks.filling import curves_of, finish_runs
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker, Worker
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION, METRICS

EPOCHS = 20
BIG, GROWING = "big", "growing"
SEEDS_AT_FIRST = 3
WORKER = "stand-in"
TASKS = {CLASSIFICATION.name: CLASSIFICATION.version}


def cells_of(num_cells: int, decay: float) -> list[Cell]:
    """Cells that differ in network, norm, init and learning rate. `decay` tells the cells of two experiments apart."""
    choices = list(
        product(("yolo", "resnet"), ("batch", "none", "group", "layer"), ("he", "glorot", "lecun", "normal"))
    )
    rates = [round(1e-4 * 1.1**k, 9) for k in range(-(-num_cells // len(choices)))]
    levels = [
        {"arch": a, "norm": n, "init": i, "lr": lr, "epochs": EPOCHS, "weight_decay": decay}
        for lr in rates
        for a, n, i in choices
    ]
    return [make_cell(CLASSIFICATION, each) for each in levels[:num_cells]]


def fill(url: str, num_cells: int, num_seeds: int) -> None:
    """Make a store with both experiments. Every run of them has finished."""
    store = Store(url)
    store.migrate()
    for name, cells, seeds in (
        (BIG, cells_of(num_cells, 0.0), num_seeds),
        (GROWING, cells_of(32, 1e-4), SEEDS_AT_FIRST),
    ):
        store.grids.ensure(name, cells, range(seeds))
        finish_runs(store, name, EPOCHS)
    store.close()


def finish(url: str, runs_a_minute: float, stop: Event) -> None:
    """Do in the store what workers do for `runs_a_minute` runs: claim, append each epoch, finish. The growing
    experiment gets a further seed whenever nothing is queued."""
    store, rng = Store(url), np.random.default_rng(1)
    cells, seeds = cells_of(32, 1e-4), SEEDS_AT_FIRST
    due = time.monotonic()
    while not stop.wait(max(0.0, due - time.monotonic())):
        due += 60 / runs_a_minute
        store.workers.see(Worker(WORKER, 1, "cpu", "benchmark", now_ms(), TASKS))
        if not _finish_one(store, rng):
            seeds += 1
            store.grids.ensure(GROWING, cells, range(seeds))
    store.close()


def _finish_one(store: Store, rng: np.random.Generator) -> bool:
    claim = store.claims.take(Taker(WORKER, "benchmark", TASKS), 90)
    if claim is None:
        return False
    store.claims.begin(claim, 0, 0, "", {"torch": "none"})
    values = curves_of(rng, EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        measured = {metric.name: float(values[metric.name][epoch - 1]) for metric in METRICS}
        store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, measured, 1.0, now_ms()))
    return store.claims.finish(claim, Outcome.CONVERGED)
