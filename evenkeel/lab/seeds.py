"""Adds seeds to every cell of an experiment."""

import hashlib
import json

from evenkeel.grids.cell import Cell
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import Sharing
from evenkeel.lab.context import Lab
from evenkeel.lab.estimating import estimate
from evenkeel.lab.experiments import check_trained_here, find_experiment
from evenkeel.lab.packages import package_waited_for
from evenkeel.lab.planned import Estimate
from evenkeel.lab.reconcile import wake
from evenkeel.lab.to_train import ToTrain
from evenkeel.records.availability import WORKER_SEEN_SECONDS, missing_datasets, who_is_missing
from evenkeel.records.left_out import LeftOut, read_cells
from evenkeel.records.rows import Experiment
from evenkeel.result import about, result
from evenkeel.store import NoSeedsLeft, Post


@result
class SeedsAdded:
    name: str = about("Name of the experiment.")
    created: int = about("Number of runs that were created, or with dry_run would be.")
    num_cells: int = about("Number of cells that got more seeds.")
    seeds: list[int] = about(
        "The new seeds. A cell gets those that come after its own highest one. Empty if nothing was added."
    )
    says: str = about("What was added, in a sentence. With dry_run, also how long that would take.")
    waits_for: str | None = about("Why no worker trains the new runs now; null if a worker can.")
    repeated: bool = about(
        "Whether the same request came before under the same Idempotency-Key. Nothing was added then, and `created` is "
        "that of the first request."
    )
    left_out: list[LeftOut] = about("Cells that got no seeds, because they cannot be read here.")
    estimate: Estimate | None = about(
        "How long the new runs would take; null without dry_run, and if the cells are of several tasks.", default=None
    )


def add_seeds(
    lab: Lab,
    name: str,
    add: int,
    posted_by: str = "",
    idempotency_key: str | None = None,
    dry_run: bool = False,
) -> SeedsAdded:
    """Add seeds to every cell of an experiment that can be read here, and wake workers for them. Each cell gets the
    seeds that come after its highest one. Nothing is stored if it raises.

    Args:
        add: how many seeds each cell gets, at least 1.
        posted_by: id of the API key that asks; '' if the lab has no keys.
        idempotency_key: a second call with the same `add` under this key adds nothing.
        dry_run: only say what would be added.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        NotNow: its runs were imported.
        SpecError: no cell can be read, a cell has too few seeds left, or no worker has a dataset that a cell needs.
        QuotaExceeded: the experiment or the API key would have too many runs.
        KeyReused: the Idempotency-Key was used before for something else.
    """
    found = find_experiment(lab, name)
    check_trained_here(lab, name, "trained with more seeds")
    cells, left_out = read_cells(lab.store.curves.find_cells(name, {}, None))
    if not cells:
        raise SpecError("name", f"none of the {len(left_out)} cells of {name} can be read here, so none gets a seed")
    for _, problem in missing_datasets(list(cells.values()), lab.store.workers.datasets(WORKER_SEEN_SECONDS)):
        raise SpecError("name", problem)
    price: Estimate | None = None
    post = Post(posted_by, idempotency_key, _body_hash(name, add))
    try:
        if dry_run:
            created, repeated = len(cells) * add, False
            seeds = lab.store.more_seeds.plan(found.id, list(cells), add, lab.quota)
            price = _price(lab, found, list(cells.values()), add)
        else:
            ensured, seeds = lab.store.more_seeds.add(name, list(cells), add, lab.quota, post)
            created, repeated = ensured.num_created, ensured.earlier is not None
            workers = lab.store.workers.seen(WORKER_SEEN_SECONDS)
            wake(lab.doorbell, workers, found.device, 0 if found.paused else len(ensured.created))
    except NoSeedsLeft as error:
        raise SpecError("add", str(error)) from error
    return SeedsAdded(
        name=name,
        created=created,
        num_cells=len(cells),
        seeds=seeds,
        says=" ".join(
            filter(None, [_says(created, len(cells), add, dry_run, repeated), price.says if price else None])
        ),
        waits_for=_waits_for(lab, found, list(cells.values())),
        repeated=repeated,
        left_out=left_out,
        estimate=price,
    )


def _price(lab: Lab, found: Experiment, cells: list[Cell], add: int) -> Estimate | None:
    """How long so many more seeds of each cell would take; None for cells of several tasks."""
    if len({cell.task.name for cell in cells}) > 1:
        return None
    return estimate(lab.store, ToTrain(Sharing(), cells * add, {}, found))


def _says(created: int, num_cells: int, add: int, dry_run: bool, repeated: bool) -> str:
    if repeated:
        return f"This was asked before, and {created:,} runs were created then. Nothing was added now."
    seeds = "1 more seed" if add == 1 else f"{add:,} more seeds"
    each = "its cell" if num_cells == 1 else f"each of its {num_cells:,} cells"
    runs = "1 run" if created == 1 else f"{created:,} runs"
    return f"{seeds} for {each}: {runs} {'would be' if dry_run else 'were'} created."


def _waits_for(lab: Lab, found: Experiment, cells: list[Cell]) -> str | None:
    if found.paused:
        return f"the experiment is paused, so the runs wait; to go on: evenkeel resume {found.name}"
    workers = lab.store.workers.seen(WORKER_SEEN_SECONDS)
    tasks = {cell.task.name: cell.task for cell in cells}
    missing = (who_is_missing(task, found.device, workers) for task in tasks.values())
    return next(filter(None, missing), None) or package_waited_for(lab.store, found.id)


def _body_hash(name: str, add: int) -> str:
    """The hash by which a repeated request is recognized, as 64 hex digits."""
    return hashlib.sha256(json.dumps(["seeds", name, add]).encode()).hexdigest()
