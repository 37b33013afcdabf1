"""A lab at work: a large experiment that has ended, and one that grows while a stand-in for workers finishes runs."""

import time
from multiprocessing.synchronize import Event

import numpy as np

from benchmarks.big_lab import cells_of, make_store
from benchmarks.filling import curves_of
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker, Worker
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION, METRICS

EPOCHS = 20
BIG, GROWING = "big", "growing"
# Of the growing experiment: every network with one learning rate.
CELLS = 40
WORKER = "stand-in"
TASKS = {CLASSIFICATION.name: CLASSIFICATION.version}


def fill(url: str, num_cells: int, num_seeds: int, grown: int) -> None:
    """Make a store with both experiments. Every run of them has finished. grown: seeds of the one that grows."""
    make_store(url, num_cells, num_seeds, EPOCHS, BIG)
    make_store(url, CELLS, grown, EPOCHS, GROWING)


def finish(url: str, grown: int, runs_a_minute: float, stop: Event) -> None:
    """Do in the store what workers do for `runs_a_minute` runs: claim, append each epoch, finish. The growing
    experiment gets a further seed whenever nothing is queued."""
    store, rng = Store(url), np.random.default_rng(1)
    cells, seeds = cells_of(CELLS, EPOCHS), grown
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
