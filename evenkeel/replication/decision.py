"""Decides which cells get another seed, once every run of an experiment has ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from evenkeel.analysis.effects import Effects, which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.factors.terms import Term
from evenkeel.grids.replication import SeedRule
from evenkeel.plugins import Metric, Task
from evenkeel.replication import wording
from evenkeel.statistics.fixed_width import FEWEST, is_known


@dataclass(frozen=True)
class Decision:
    """What a rule decides.

    Attributes:
        says: Why, in sentences.
        seeds: hash of a cell -> the seed that it gets. If there is none, the rule stops.
    """

    says: str
    seeds: dict[str, int] = field(default_factory=dict)


def decide(rule: SeedRule, task: Task, cells: Sequence[CellSummary], metric: Metric, experiment: str) -> Decision:
    """Decide what comes next.

    Args:
        cells: The cells of the experiment, of which every run has ended.
        metric: The metric that the rule is about.
    """
    if not cells:
        return Decision(wording.NO_CELL)
    if rule.until.half_width is not None:
        return _by_width(rule, cells, rule.until.half_width)
    found = which_mattered(task, cells, metric, experiment)
    return _by_effect(rule, cells, found, str(rule.until.decided))


def _by_width(rule: SeedRule, cells: Sequence[CellSummary], half_width: float) -> Decision:
    unstable = [cell for cell in cells if cell.divergence.unstable and cell.divergence.n >= FEWEST]
    known = [cell for cell in cells if cell not in unstable and is_known(cell.final, half_width)]
    seeds = _next_seeds(rule, [cell for cell in cells if cell not in unstable and cell not in known])
    says = wording.width_says(half_width, len(cells), len(known), len(unstable), len(seeds), rule.max)
    return Decision(says, seeds)


def _by_effect(rule: SeedRule, cells: Sequence[CellSummary], found: Effects, factor: str) -> Decision:
    term = _term(found, factor)
    shown = term is not None and term.matters is True
    seeds = {} if shown else _next_seeds(rule, cells)
    p = None if term is None else term.p_holm
    return Decision(wording.effect_says(factor, found.metric, shown, p, found.level, len(seeds), rule.max), seeds)


def _term(found: Effects, factor: str) -> Term | None:
    return next((term for term in found.responses.final.terms if term.term == factor), None)


def _next_seeds(rule: SeedRule, cells: Sequence[CellSummary]) -> dict[str, int]:
    """The lowest seed that each cell lacks. A cell that lacks none below `max` gets no more, even if runs failed."""
    lacking = {cell.hash: set(range(rule.max)) - set(cell.seeds) for cell in cells}
    return {cell: min(seeds) for cell, seeds in lacking.items() if seeds}
