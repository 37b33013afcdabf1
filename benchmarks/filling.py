"""Fills a store with finished runs, as if workers had trained them. The benchmarks of reading use such a store."""

from typing import Any

import numpy as np
from sqlalchemy import insert, update

from evenkeel.claims.packing import pack
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.schema import curves, epochs, runs
from evenkeel.store import Store
from models.task import METRICS

EPOCHS = 50
NAMES = [metric.name for metric in METRICS]


def curves_of(rng: np.random.Generator, num_epochs: int = EPOCHS) -> dict[str, Any]:
    """The made-up curves of one run: each metric, and epoch_seconds -> (num_epochs,)."""
    rise = 1 - np.exp(-np.arange(1, num_epochs + 1) / rng.uniform(3, 20))
    values = {name: rise * rng.uniform(0.5, 1) + rng.normal(0, 0.01, num_epochs) for name in NAMES}
    return values | {"epoch_seconds": np.full(num_epochs, 1.0)}


def finish_runs(store: Store, experiment: str, num_epochs: int = EPOCHS, seed: int = 0) -> None:
    """Finish every run of an experiment. Each gets a row for each epoch and packed curves, and counts as mirrored."""
    rng = np.random.default_rng(seed)
    ids = [run.id for run in store.runs.all(experiment)]
    found = {run_id: curves_of(rng, num_epochs) for run_id in ids}
    packed = [{"run_id": i, "metrics": ",".join(values), "packed": pack(values)} for i, values in found.items()]
    done = {"status": Status.FINISHED, "outcome": Outcome.CONVERGED, "num_epochs": num_epochs, "attempt": 1}
    done |= {"started_ms": 0, "ended_ms": 1000 * num_epochs, "version": 60, "mirrored_version": 60}
    with store.database.write() as db:
        for run_id, values in found.items():
            db.execute(insert(epochs), _epoch_rows(run_id, values))
        db.execute(insert(curves), packed)
        for start in range(0, len(ids), 1000):
            db.execute(update(runs).where(runs.c.id.in_(ids[start : start + 1000])).values(done))


def _epoch_rows(run_id: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    columns = {name: values[name].tolist() for name in NAMES}
    return [
        {
            "run_id": run_id,
            "attempt": 1,
            "epoch": index + 1,
            "measured": {name: column[index] for name, column in columns.items()},
            "epoch_seconds": 1.0,
            "logged_ms": 0,
        }
        for index in range(len(values["epoch_seconds"]))
    ]
