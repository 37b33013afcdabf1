"""How long GET /effects takes over 1,000 cells with 20 seeds each, compared with statsmodels and NumPy.

python -m benchmarks.big_effects [--rounds 5] [--shape wide] [--collapsed 0] [--compare]

Each side is a fresh process with one thread that has loaded its packages and opened the store. Its time begins with the
question: it reads the runs and answers. The other side is what a careful person writes in a notebook: it reads the
final values from the same database, fits the two-way model by statsmodels (type 2), and makes as many permutations
within blocks as we do, 999, of the means of each factor and of each pair of factors. It does a third of our work: it
has no spread, no divergence, no contrasts, no intervals and no sentences. The sides alternate, and the results are
medians.

With --compare, the last lines show the other questions of a cold process over the same store.
"""

import argparse
import gc
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.big_store import NAME, SHAPES, fill
from evenkeel.analysis.compare import compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.seeds_needed import how_many_seeds
from evenkeel.analysis.summary import Summaries
from evenkeel.grids.tasks import known_tasks
from evenkeel.store import Store
from models.task import CLASSIFICATION

METRIC = CLASSIFICATION.metric("val_accuracy")
PERMUTATIONS = 999
Ask = Callable[[Path, str], object]


def effects(path: Path, shape: str) -> object:
    cells, left_out = Summaries(Store(f"sqlite:///{path}")).sample(CLASSIFICATION, {}, METRIC.name, NAME)
    return which_mattered(CLASSIFICATION, cells, METRIC, NAME, left_out)


def comparisons(path: Path, shape: str) -> object:
    cells, left_out = Summaries(Store(f"sqlite:///{path}")).sample(CLASSIFICATION, {}, METRIC.name, NAME)
    return compare(CLASSIFICATION, cells, cells[0].cell, [], METRIC, NAME, left_out)


def seeds_needed(path: Path, shape: str) -> object:
    cells, _ = Summaries(Store(f"sqlite:///{path}")).sample(CLASSIFICATION, {}, METRIC.name, NAME)
    return how_many_seeds(cells[0], METRIC, 0.01, "mean")


def summary(path: Path, shape: str) -> object:
    found = Summaries(Store(f"sqlite:///{path}")).find(CLASSIFICATION, {}, METRIC.name, NAME)
    return [facts.json for _, facts in found.cells]


def notebook(path: Path, shape: str) -> object:
    import pandas as pd  # type: ignore[import-untyped]
    from statsmodels.formula.api import ols  # type: ignore[import-untyped]
    from statsmodels.stats.anova import anova_lm  # type: ignore[import-untyped]

    joined = "runs join cells on cells.id = cell_id join curves on run_id = runs.id"
    query = f"select levels, seed, metrics, packed from {joined}"  # noqa: S608
    frame = pd.read_sql(query, sqlite3.connect(path))
    factors = list(SHAPES[shape])
    defaults = CLASSIFICATION.parameters.model_validate({"arch": "yolo", "norm": "none", "init": "he"}).model_dump()
    levels = pd.DataFrame([defaults | known for known in map(json.loads, frame["levels"])])[factors]
    final = np.array([_last(names, packed) for names, packed in zip(frame["metrics"], frame["packed"], strict=True)])
    table = levels.astype(str).assign(final=final, seed=frame["seed"])
    terms = " + ".join(f"C({name})" for name in factors)
    anova = anova_lm(ols(f"final ~ ({terms}) ** 2", table).fit(), typ=2)
    rng = np.random.default_rng(0)
    groups = [*((name,) for name in factors), *combinations(factors, 2)]
    return anova, {names: _p_within_blocks(table, factors, names, rng) for names in groups}


def _last(names: str, packed: bytes) -> float:
    return float(np.frombuffer(packed).reshape(names.count(",") + 1, -1)[names.split(",").index(METRIC.name), -1])


def _p_within_blocks(table: Any, factors: list[str], names: tuple[str, ...], rng: np.random.Generator) -> float:
    """p of the variance of the levels' means. Its loop shuffles the final values within the blocks."""
    others = [name for name in factors if name not in names]
    values = table.sort_values([*others, *names, "seed"])["final"].to_numpy()
    levels = int(np.prod([table[name].nunique() for name in names]))
    blocks = values.reshape(-1, levels * table["seed"].nunique())

    def statistic(shuffled: Any) -> float:
        return float(shuffled.mean(axis=0).reshape(levels, -1).mean(axis=1).var())

    seen = statistic(blocks)
    as_large = sum(statistic(rng.permuted(blocks, axis=1)) >= seen for _ in range(PERMUTATIONS))
    return (as_large + 1) / (PERMUTATIONS + 1)


SIDES: dict[str, Ask] = {
    "effects": effects,
    "notebook": notebook,
    "compare": comparisons,
    "seeds-needed": seeds_needed,
    "summary": summary,
}


def ask(side: str, path: Path, shape: str) -> tuple[float, float, float]:
    """(seconds, seconds of CPU time, peak MB) of one side in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.big_effects", "--side", side, "--path", str(path), "--shape", shape]
    # A second thread of BLAS waits for its core in a busy loop, and on a busy machine that takes most of the time.
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=one_thread).stdout.split()[-3:]
    seconds, worked, peak = map(float, told)
    return seconds, worked, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shape", choices=SHAPES, default="wide")
    parser.add_argument("--collapsed", type=float, default=0.0)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        known_tasks()
        Store(f"sqlite:///{options.path}").close()
        if options.side == "notebook":
            import_module("statsmodels.formula.api")
        else:
            # As the API's process that works out such answers (`api.heavy.process.begin`).
            gc.freeze()
        began, worked = time.perf_counter(), time.process_time()
        SIDES[options.side](options.path, options.shape)
        took = time.perf_counter() - began, time.process_time() - worked
        print(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.db"
        fill(path, options.shape, collapsed=options.collapsed)
        sides = ["effects", "notebook", *(["compare", "seeds-needed", "summary"] if options.compare else [])]
        found: dict[str, list[tuple[float, float, float]]] = {}
        for _ in range(options.rounds):
            for side in sides:
                found.setdefault(side, []).append(ask(side, path, options.shape))
        for side, times in found.items():
            seconds, worked, peak = (statistics.median(each) for each in zip(*times, strict=True))
            print(f"{side:<13} {seconds:6.2f} s, {worked:6.2f} s of CPU time, peak {peak:.0f} MB", flush=True)
        for place, what in enumerate(("time", "CPU time")):
            pairs = zip(found["effects"], found["notebook"], strict=True)
            ratio = statistics.median(ours[place] / other[place] for ours, other in pairs)
            print(f"effects takes {ratio:.2f} x the {what} of the notebook (median of {options.rounds})")


if __name__ == "__main__":
    main()
