"""What a summary says of a cell: where it comes from, how its seeds came out, each seed's own curve."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from pydantic_core import to_json

from evenkeel.analysis.wording.evidence import SAYS, how_to_say_more
from evenkeel.lab.progress import RunCounts
from evenkeel.plugins import Outcome
from evenkeel.result import about, result
from evenkeel.stability.bands import Bands
from evenkeel.stability.divergence import Divergence, Left
from evenkeel.stability.evidence import Level, level_of
from evenkeel.stability.final import FinalStats
from evenkeel.stability.noise import Noise
from evenkeel.stability.reaching import Reaching
from evenkeel.stability.values import Value
from evenkeel.stability.within_run import WithinRun


@result
class Evidence:
    n: int = about("Distinct seeds that have finished.")
    level: Level = about("traces under 3, descriptive from 3, intervals from 5, full from 10.")
    says: str = about("What may be said with so many.")
    more: str = about("How to get to the next level; empty at the last.")


def evidence_of(finished_seeds: Iterable[int]) -> Evidence:
    """A seed that finished twice counts once."""
    n = len(set(finished_seeds))
    return Evidence(n, level_of(n), SAYS[level_of(n)], how_to_say_more(n))


@result
class Curve:
    seed: int = about("The seed.")
    experiment: str = about("The experiment that the run belongs to.")
    outcome: Outcome | None = about("How it came out; null while it trains.")
    diverged_epoch: int | None = about("The epoch in which it diverged; null if it did not.")
    values: list[Value] = about("The metric, epoch 1 first, as far as the run got; null: unknown.")


@result
class CellFacts:
    """A cell without its label, which depends on the cells that are shown beside it."""

    hash: str = about("Identity of the cell, from its levels.")
    levels: dict[str, Any] = about("Every level.")
    experiments: list[str] = about("Those that have this cell.")
    seeds: list[int] = about("Every seed that it has a run for.")
    dataset_hashes: list[str] = about("Contents that were learned from; two are two experiments mixed.")
    repeated_seeds: list[int] = about("Seeds that count twice, from two experiments: no further evidence.")
    num_runs: RunCounts = about("All its runs. Failed and cancelled ones stand here and in no statistic.")
    seconds_per_run: Value = about("Median over the runs that trained to their end.")
    evidence: Evidence = about("What may be said with so many seeds.")
    divergence: Divergence = about("How many runs came to nothing.")
    final: FinalStats = about("Over the seeds, at the last epoch.")
    band_width: Value = about("Mean over epochs with n >= 2 of max - min, of the survivors.")
    within_run: WithinRun = about("How rough the single runs are.")
    reaching: Reaching | None = about("Epochs to the threshold; null where none was asked for.")
    noise: Noise | None = about("Seeds, or the test set? Of the metric that is known example by example; else null.")
    left_survivors: list[Left] = about("Of each diverged run, when it went astray.")
    bands: Bands = about("Over the seeds, epoch by epoch.")
    curves: list[Curve] = about("Each seed's own curve.")

    @cached_property
    def json(self) -> bytes:
        """As it is sent. Kept, since a summary of 1,000 runs is megabytes."""
        return to_json(self)
