"""Lays out tables that people read: the same rows go into a terminal, a notebook and a paper."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Contrast, Effects, Term
from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.looks import look_at
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.divergence import so_far
from evenkeel.grids.levels import differing, show
from evenkeel.plugins import Metric, Task
from evenkeel.reports.formats import intervals, p_value, ratio_with_interval, short, with_interval
from evenkeel.statistics.best import shown_best
from evenkeel.statistics.values import Value

RESPONSES = {"final": "final value", "spread": "spread", "divergence": "divergence"}


@dataclass(frozen=True)
class Sheet:
    """A table of texts.

    Attributes:
        words: How many of the first columns hold words. The others hold numbers.
        bold: (row, column) of each bold entry. An entry is bold only if a test allows it.
        bold_means: What a bold entry means; empty if there is none.
        notes: Sentences that a reader of the table needs.
    """

    title: str
    headings: list[str]
    rows: list[list[str]]
    words: int
    bold: frozenset[tuple[int, int]] = frozenset()
    bold_means: str = ""
    notes: list[str] = field(default_factory=list)


def summary_sheet(task: Task, cells: Sequence[CellSummary], metric: Metric) -> Sheet:
    """A row for each cell: its levels of the factors that vary, how many runs were lost, and what the others reached.

    The final value of a cell is bold if the cell is shown to be better than every other (`shown_best`).
    """
    factors = differing(task, [cell.levels for cell in cells])
    name = task.call(metric.name)
    finals = [cell.final for cell in cells]
    means = intervals([(final.mean, final.mean_low, final.mean_high) for final in finals])
    stds = intervals([(final.std, final.std_low, final.std_high) for final in finals])
    rows = [
        [
            *([show(cell.levels[factor]) for factor in factors] or [cell.cell]),
            _lost(cell),
            mean,
            std,
            "unstable" if cell.divergence.unstable else short(cell.band_width),
        ]
        for cell, mean, std in zip(cells, means, stds, strict=True)
    ]
    words = len(factors) or 1
    level = look_at(cells).level
    best = _best(cells, metric, level)
    notes = [
        "Lost: the runs that diverged or collapsed, of all seeds.",
        f"Final {name}: mean over the runs that did not diverge, with its 95 % interval.",
    ]
    if any(cell.divergence.unstable for cell in cells):
        notes.append("Unstable: half or more of the runs were lost, so there is no band.")
    return Sheet(
        f"{name} over the seeds of each cell",
        [*([task.call(factor) for factor in factors] or ["cell"]), "lost", f"final {name}", "std", "band width"],
        rows,
        words,
        frozenset() if best is None else frozenset({(best, words + 1)}),
        "" if best is None else f"better than every other cell (rank tests, p at most {2 * level / len(cells):.2g})",
        notes,
    )


def effects_sheet(task: Task, effects: Effects) -> Sheet:
    """A row for each contrast of a factor, and for each pair of factors that was tested.

    p is bold if it shows an effect.
    """
    found = effects.responses
    rows: list[list[str]] = []
    bold = set()
    for response, terms in (
        ("final", found.final.terms),
        ("spread", found.spread.terms),
        ("divergence", found.divergence.terms),
    ):
        for term in terms:
            for contrast in term.contrasts if term.order == 1 else [None] if term.p_holm is not None else []:
                p = _p_of(term, contrast)
                if term.matters and p is not None and p <= effects.level:
                    bold.add((len(rows), 4))
                told = with_interval if response == "final" else ratio_with_interval
                effect = "" if contrast is None else told(contrast.estimate, contrast.low, contrast.high)
                rows.append([RESPONSES[response], *_term(task, term, contrast), effect, p_value(p)])
    return Sheet(
        f"What {task.call(effects.metric)} depends on",
        ["response", "factor", "level", "effect", "p"],
        rows,
        3,
        frozenset(bold),
        f"p is at most {effects.level:.2g}" if bold else "",
        [
            "Effect: for the final value the difference of means, for the spread the ratio of spreads, for divergence "
            "the odds ratio, with 95 % intervals.",
            "p: by permutation within blocks, after Holm's correction.",
        ],
    )


def comparisons_sheet(task: Task, comparisons: Comparisons) -> Sheet:
    """A row for each comparison. p is bold if it shows a difference."""
    rows = [
        [
            each.a,
            each.b,
            with_interval(each.improvement.probability, each.improvement.low, each.improvement.high),
            p_value(each.improvement.p_holm),
            with_interval(each.mean.difference, each.mean.low, each.mean.high),
            short(each.spread.ratio),
        ]
        for each in comparisons.comparisons
    ]
    ps = [each.improvement.p_holm for each in comparisons.comparisons]
    bold = frozenset((row, 3) for row, p in enumerate(ps) if p is not None and p <= comparisons.level)
    return Sheet(
        f"{task.call(comparisons.metric)}: cells compared",
        ["a", "b", "P(a better)", "p", "difference of means", "ratio of spreads"],
        rows,
        2,
        bold,
        f"p is at most {comparisons.level:.2g}" if bold else "",
        [
            "P(a better): the probability that a run of a is better than a run of b. p: by rank tests, after Holm's "
            "correction."
        ],
    )


def _lost(cell: CellSummary) -> str:
    """'1/5': the runs that diverged or collapsed, of those that finished; 'so far' before every seed has ended."""
    found = cell.divergence
    return f"{found.diverged + found.collapsed}/{found.n + found.unfinished}{so_far(found)}"


def _best(cells: Sequence[CellSummary], metric: Metric, level: float) -> int | None:
    if any(cell.divergence.unfinished for cell in cells):
        return None
    return shown_best([sample_of(cell, metric).values for cell in cells], metric.higher_is_better, level)


def _p_of(term: Term, contrast: Contrast | None) -> Value:
    """The p of a row. The only contrast of a factor has the p of the factor."""
    return contrast.p_adjusted if contrast is not None and len(term.contrasts) > 1 else term.p_holm


def _term(task: Task, term: Term, contrast: Contrast | None) -> list[str]:
    """The factor and its level; for two factors together, both of them."""
    if contrast is None:
        return [" and ".join(map(task.call, term.term.split(":"))), "together"]
    return [task.call(term.term), f"{contrast.level} v {contrast.against}"]
