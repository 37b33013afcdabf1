"""Fills a store with one large experiment of finished runs whose factors have known effects.

python -m benchmarks.big_store FILE.db [--shape wide] [--seeds 20] [--epochs 20] [--collapsed 0.2]

The runs have packed curves and no rows of single epochs: nothing that answers about finished runs reads those.
"""

import argparse
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, update

from benchmarks.filling import curves_of
from evenkeel.claims.packing import pack
from evenkeel.grids.cell import make_cell
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.schema import curves, runs
from evenkeel.store import Store
from models.task import CLASSIFICATION

NAME = "big"
LRS = [round(1e-4 * 1.5**k, 7) for k in range(10)]
INITS = ["he", "glorot", "lecun", "orthogonal", "normal"]
# Two grids of 1,000 cells: six factors of which half have two levels, and four factors of which two have ten.
SHAPES: dict[str, dict[str, list[Any]]] = {
    "wide": {
        "arch": ["yolo", "resnet"],
        "optimizer": ["adam", "sgd"],
        "schedule": ["constant", "cosine"],
        "init": INITS,
        "lr": LRS[::2],
        "weight_decay": [0.0, 1e-5, 1e-4, 1e-3, 1e-2],
    },
    "long": {
        "arch": ["yolo", "resnet"],
        "init": INITS,
        "lr": LRS,
        "weight_decay": [round(k * 1e-4, 5) for k in range(10)],
    },
}


def fill(path: Path, shape: str = "wide", seeds: int = 20, epochs: int = 20, collapsed: float = 0.2) -> None:
    """Fill a new store with the experiment `NAME`: 1,000 cells with so many seeds each, all runs finished.

    A seed moves all cells a little. resnet is better, a large lr is worse and spreads more, and a run at one of the
    largest lrs collapses with the probability `collapsed`. Nothing else has an effect.
    """
    factors, rng = SHAPES[shape], np.random.default_rng(0)
    cells = [
        make_cell(CLASSIFICATION, {"norm": "batch", "epochs": epochs, **dict(zip(factors, levels, strict=True))})
        for levels in product(*factors.values())
    ]
    store = Store(f"sqlite:///{path}")
    store.migrate()
    store.grids.ensure(NAME, cells, range(seeds))
    luck, done, packed = rng.normal(0, 0.01, seeds), [], []
    for run in store.runs.all(NAME):
        level = factors["lr"].index(run.levels["lr"]) / (len(factors["lr"]) - 1)
        bad = level > 0.7 and rng.uniform() < collapsed
        values = curves_of(rng, epochs)
        noise = rng.normal(0, 0.02 * (1 + level), epochs)
        best = 0.6 + 0.05 * (run.levels["arch"] == "resnet") - 0.1 * level**2 + luck[run.seed]
        rise = 1 - np.exp(-np.arange(1, epochs + 1) / 5)
        values["val_accuracy"] = np.full(epochs, 0.1) if bad else np.clip(best * rise + noise, 0, 1)
        packed.append({"run_id": run.id, "metrics": ",".join(values), "packed": pack(values)})
        done.append((run.id, Outcome.COLLAPSED if bad else Outcome.CONVERGED))
    told = {"status": Status.FINISHED, "num_epochs": epochs, "attempt": 1, "version": 60, "mirrored_version": 60}
    told |= {"started_ms": 0, "ended_ms": 1000 * epochs}
    with store.database.write() as db:
        db.execute(insert(curves), packed)
        for outcome in (Outcome.CONVERGED, Outcome.COLLAPSED):
            ids = [run_id for run_id, found in done if found is outcome]
            for start in range(0, len(ids), 1000):
                some = runs.c.id.in_(ids[start : start + 1000])
                db.execute(update(runs).where(some).values({**told, "outcome": outcome}))
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="wide")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--collapsed", type=float, default=0.2)
    options = parser.parse_args()
    fill(options.path, options.shape, options.seeds, options.epochs, options.collapsed)


if __name__ == "__main__":
    main()
