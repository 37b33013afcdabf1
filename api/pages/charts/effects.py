"""The data of the chart of effects: what each factor did, with 95 % intervals, and what two factors did together."""

from collections.abc import Sequence

from api.pages.charts.data import rounded
from evenkeel.analysis.effects import Contrast, Effects, Term
from evenkeel.factors.terms import SimpleEffect
from evenkeel.figures.effects import is_shown, p_says, panels_of, rows_of
from evenkeel.plugins import Task
from evenkeel.result import about, result

MOST_INTERACTIONS = 6  # panels of factors that act together


@result
class Interval:
    row: str = about("What is compared, such as 'lr: 0.01 against 0.001'.")
    estimate: float | None = about("The estimate.")
    low: float | None = about("Lower end of its 95 % interval; null if it has none.")
    high: float | None = about("Upper end of its 95 % interval; null if it has none.")
    p: str = about("What the test of the factor says.")
    shown: bool = about("Whether the tests show this effect.")


@result
class EffectsPanel:
    title: str = about("What the effects are on, or between.")
    axis: str = about("What is along x.")
    nothing: float = about("The value that means no effect: 0 for a difference, 1 for a ratio.")
    intervals: list[Interval] = about("One row each.")


@result
class EffectsChart:
    panels: list[EffectsPanel] = about("A panel for each response with estimates. All have the same rows.")
    rows: list[str] = about("The rows of these panels, from the top.")
    together: list[EffectsPanel] = about("A panel for each effect that depends on another factor.")


def effects_chart(task: Task, effects: Effects) -> EffectsChart:
    """What the chart draws of the effects."""
    shown = panels_of(effects)
    metric = task.call(effects.metric)
    panels = [
        EffectsPanel(
            panel.title,
            panel.axis.format(metric=metric),
            panel.nothing,
            [each for term in terms for each in _intervals(task, term, effects.level)],
        )
        for panel, terms in shown
    ]
    rows = list(dict.fromkeys(each.row for panel in panels for each in panel.intervals))
    together = _together(task, effects.responses.final.terms, f"difference in {metric}")
    return EffectsChart(panels, rows, together)


def _intervals(task: Task, term: Term, level: float) -> list[Interval]:
    return [
        _interval(
            f"{task.call(factor)}: {task.call(one)} against {task.call(other)}",
            contrast,
            # Of several comparisons with the first level, each has a p of its own.
            p_says(contrast.p_adjusted if len(term.contrasts) > 1 else term.p_holm),
            is_shown(term, contrast, level),
        )
        for (factor, one, other), contrast in rows_of(term).items()
    ]


def _together(task: Task, terms: Sequence[Term], axis: str) -> list[EffectsPanel]:
    """A panel for each comparison of two levels: its effect at each level of the other factor."""
    panels: dict[str, list[Interval]] = {}
    for term in terms:
        for effect in term.simple_effects if term.matters else ():
            pair = f"{task.call(effect.level)} against {task.call(effect.against)}"
            title = f"{task.call(effect.factor)}: {pair}, by {task.call(effect.other)}"
            clear = effect.low is not None and effect.high is not None and not effect.low <= 0 <= effect.high
            panels.setdefault(title, []).append(_interval(task.call(effect.at), effect, p_says(term.p_holm), clear))
    return [EffectsPanel(title, axis, 0, rows) for title, rows in list(panels.items())[:MOST_INTERACTIONS]]


def _interval(row: str, found: Contrast | SimpleEffect, p: str, shown: bool) -> Interval:
    estimate, low, high = rounded([found.estimate, found.low, found.high])
    return Interval(row, estimate, low, high, p, shown)
