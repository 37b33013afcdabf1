"""Makes a lab of many cells and finished runs: the store that `benchmarks.load` and profiles ask questions of.

python -m benchmarks.big_lab sqlite:////tmp/big.db [--cells 1000] [--seeds 20] [--epochs 8]
"""

import argparse
from itertools import islice, product

from rich.console import Console

from benchmarks.filling import finish_runs
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.store import Store
from models.task import CLASSIFICATION

EXPERIMENT = "big"
NETWORKS = [
    *product(("yolo", "resnet"), ("batch", "none", "group", "layer"), ("he", "glorot", "lecun", "orthogonal", "normal"))
]


def cells_of(number: int, num_epochs: int) -> list[Cell]:
    """So many cells: every network with one learning rate, then with the next one, and so on."""
    rates = [round(1e-4 * 1.2**k, 9) for k in range(-(-number // len(NETWORKS)))]
    return [
        make_cell(CLASSIFICATION, {"arch": a, "norm": n, "init": i, "lr": lr, "epochs": num_epochs})
        for lr, (a, n, i) in islice(product(rates, NETWORKS), number)
    ]


def make_store(url: str, cells: int = 1000, seeds: int = 20, num_epochs: int = 8, experiment: str = EXPERIMENT) -> None:
    """Fill a store with an experiment whose runs have all finished. 1,000 cells x 20 seeds take about 20 s.

    Args:
        url: An empty or missing SQLite file, or an empty Postgres database. It is migrated.
    """
    store = Store(url)
    store.migrate()
    store.grids.ensure(experiment, cells_of(cells, num_epochs), range(seeds))
    finish_runs(store, experiment, num_epochs)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    with Console(stderr=True).status("filling the store"):
        make_store(options.url, options.cells, options.seeds, options.epochs)


if __name__ == "__main__":
    main()
