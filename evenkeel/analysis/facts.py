"""What a summary says about one cell: where it comes from, how its seeds ended, and each seed's curve."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from evenkeel.analysis.wording.evidence import SAYS, Seeds, how_to_say_more
from evenkeel.plugins import Outcome
from evenkeel.records.progress import RunCounts
from evenkeel.records.rows import SeedRun
from evenkeel.records.status import Status
from evenkeel.result import about, result
from evenkeel.statistics.cells import CellStatistics
from evenkeel.statistics.divergence import Divergence
from evenkeel.statistics.evidence import EvidenceLevel, evidence_level
from evenkeel.statistics.noise import Noise
from evenkeel.statistics.values import Value

# A run with one of these statuses has yet to end.
GOING = (Status.QUEUED, Status.RUNNING, Status.PAUSED)


@result
class Evidence:
    n: int = about("Number of distinct seeds that have finished.")
    level: EvidenceLevel = about("traces for fewer than 3 seeds, descriptive from 3, intervals from 5, full from 10.")
    says: str = about("What this number of seeds can show.")
    more: str = about("How to reach the next level; empty at the last level.")
    waiting: int = about("Number of further seeds whose runs have yet to end.", default=0)


def evidence_of(
    finished_seeds: Iterable[int],
    elsewhere: bool = False,
    *,
    waiting: Collection[int] = (),
    lost: Collection[int] = (),
    growing: bool = False,
) -> Evidence:
    """What the finished seeds can show, and what would show more. A seed that finished twice counts once.

    Args:
        elsewhere: Whether the runs were not trained by a lab.
        waiting: Further seeds, whose runs have yet to end.
        lost: Further seeds, whose runs failed or were cancelled.
        growing: Whether a rule may add seeds.
    """
    finished = set(finished_seeds)
    n = len(finished)
    seeds = Seeds(n, len(waiting), len(lost), growing)
    return Evidence(n, evidence_level(n), SAYS[evidence_level(n)], how_to_say_more(seeds, elsewhere), len(waiting))


def evidence_in(runs: Collection[SeedRun], elsewhere: bool, growing: bool) -> Evidence:
    """What the runs of a cell can show. The arguments are those of `evidence_of`."""
    seeds = {status: {run.seed for run in runs if run.status is status} for status in Status}
    finished = seeds.pop(Status.FINISHED)
    waiting = set[int]().union(*(seeds.pop(status) for status in GOING)) - finished
    lost = set[int]().union(*seeds.values()) - finished - waiting
    return evidence_of(finished, elsewhere, waiting=waiting, lost=lost, growing=growing)


@result
class Curve:
    seed: int = about("Seed of the run.")
    experiment: str = about("Name of the experiment that the run belongs to.")
    counted: bool = about(
        "Whether the statistics count this run. If a seed was trained several times, in several experiments or as one "
        "of `same_cells`, only one of its runs counts: a finished one if there is any, and then that of the cell that "
        "was posted first."
    )
    outcome: Outcome | None = about("How the training ended; null while the run trains.")
    diverged_epoch: int | None = about("Epoch in which the run diverged; null if it did not diverge.")
    values: list[Value] = about("Value of the metric at each epoch so far, from epoch 1; null if it is not known.")


class SeedCurve(NamedTuple):
    """The curve of one seed, as far as a comparison of cells needs it. A study has 20,000 of them in memory.

    Attributes:
        counted, outcome: See `Curve`.
        values: (num_epochs,), the value of the metric at each epoch so far, NaN if it is not known.
    """

    seed: int
    counted: bool
    outcome: Outcome | None
    values: NDArray[np.float64]


@result
class SameCell:
    cell: str = about("Name of the cell.")
    hash: str = about("Hash that identifies it.")
    levels: dict[str, Any] = about("The levels in which it differs.")


@result
class Extension:
    experiment: str = about("Name of the experiment to which the seeds were added.")
    at_ms: int = about("When they were added, in ms since 1970.")


@result
class CellOrigin:
    hash: str = about("Hash of the levels, which identifies the cell.")
    levels: dict[str, Any] = about("Every level of the cell.")
    same_cells: list[SameCell] = about(
        "Other cells that count as this one, because they differ only in parameters that change nothing in them. Their "
        "runs are among the curves."
    )
    experiments: list[str] = about("Names of the experiments that contain the cell.")
    seeds: list[int] = about("Every seed for which the cell has a run.")
    dataset_hashes: list[str] = about(
        "Hashes of the data that the runs learned from. If there are several, runs on different data are mixed."
    )
    repeated_seeds: list[int] = about(
        "Seeds that were trained several times, in several experiments or as one of `same_cells`. Each counts once, "
        "because a second run of a seed adds no evidence."
    )
    num_runs: RunCounts = about(
        "Numbers of all runs. Failed and cancelled runs, and further runs of a seed, count here, but in no statistic."
    )
    seconds_per_run: Value = about("Median time in seconds of the runs that trained to their end.")
    evidence: Evidence = about("What this number of seeds can show.")
    arithmetics: list[str] = about(
        "Hashes of what the runs computed with, such as the device, the version of torch and the number of threads. If "
        "there are several, they are mixed: the same seed gives other numbers in each.",
        default_factory=list,
        kw_only=True,
    )
    extended: list[Extension] = about(
        "When seeds were added after runs of the cell had finished. Each time makes one more look at the results.",
        default_factory=list,
        kw_only=True,
    )
    level_shares: int = about(
        "Into how many shares a rule for seeds of its experiment divides the level of a test; 1 without such a rule.",
        default=1,
        kw_only=True,
    )


@result
class CellSample(CellOrigin):
    """A cell and its runs, without statistics over the seeds: all that a comparison of cells needs."""

    cell: str = about("Name of the cell.")
    divergence: Divergence = about("How many runs diverged or collapsed.")
    whole_epochs: int = about("Number of epochs of a run that trained to its end; 0 if no run did.")
    curves: list[SeedCurve] = about("The curve of each seed.")


@result
class CellFacts(CellStatistics, CellOrigin):
    """The facts about a cell, without its name."""

    noise: Noise | None = about(
        "How much of the variance the finite test set adds; null unless each example's result is known."
    )
    curves: list[Curve] = about("The curve of each seed.")

    @property
    def whole_epochs(self) -> int:
        """Number of epochs of a run that trained to its end; 0 if no run did."""
        # If any run has a value at the last epoch, the bands are as long as the training.
        return len(self.bands.survivors.n) if self.final.n else 0

    @cached_property
    def json(self) -> bytes:
        """The facts as the API sends them. They are kept, because a summary of 1,000 runs has megabytes."""
        return to_json(self)
