"""What a summary says of a cell: where it comes from, how its seeds came out, each seed's own curve."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from pydantic_core import to_json

from evenkeel.analysis.wording.evidence import SAYS, how_to_say_more
from evenkeel.lab.progress import RunCounts
from evenkeel.plugins import Outcome
from evenkeel.result import about, result
from evenkeel.stability.cells import CellStatistics
from evenkeel.stability.evidence import EvidenceLevel, evidence_level
from evenkeel.stability.noise import Noise
from evenkeel.stability.values import Value


@result
class Evidence:
    n: int = about("Distinct seeds that have finished.")
    level: EvidenceLevel = about("traces under 3, descriptive from 3, intervals from 5, full from 10.")
    says: str = about("What may be said with so many.")
    more: str = about("How to get to the next level; empty at the last.")


def evidence_of(finished_seeds: Iterable[int]) -> Evidence:
    """A seed that finished twice counts once."""
    n = len(set(finished_seeds))
    return Evidence(n, evidence_level(n), SAYS[evidence_level(n)], how_to_say_more(n))


@result
class Curve:
    seed: int = about("The seed.")
    experiment: str = about("The experiment that the run belongs to.")
    outcome: Outcome | None = about("How it came out; null while it trains.")
    diverged_epoch: int | None = about("The epoch in which it diverged; null if it did not.")
    values: list[Value] = about("The metric, epoch 1 first, as far as the run got; null: unknown.")


@result
class CellOrigin:
    hash: str = about("Identity of the cell, from its levels.")
    levels: dict[str, Any] = about("Every level.")
    experiments: list[str] = about("Those that have this cell.")
    seeds: list[int] = about("Every seed that it has a run for.")
    dataset_hashes: list[str] = about("Contents that were learned from; two are two experiments mixed.")
    repeated_seeds: list[int] = about("Seeds that count twice, from two experiments: no further evidence.")
    num_runs: RunCounts = about("All its runs. Failed and cancelled ones stand here and in no statistic.")
    seconds_per_run: Value = about("Median over the runs that trained to their end.")
    evidence: Evidence = about("What may be said with so many seeds.")


@result
class CellFacts(CellStatistics, CellOrigin):
    """A cell without its name."""

    noise: Noise | None = about("Seeds, or the test set? Null unless each example's result is known.")
    curves: list[Curve] = about("Each seed's own curve.")

    @cached_property
    def json(self) -> bytes:
        """As it is sent. Kept, since a summary of 1,000 runs is megabytes."""
        return to_json(self)
