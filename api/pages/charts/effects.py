"""The chart of effects: what each factor did, with 95 % intervals, and what two factors did together. It needs no
script."""

import math
from collections.abc import Sequence

from evenkeel.analysis.effects import Contrast, Effects, Term
from evenkeel.factors.terms import SimpleEffect
from evenkeel.figures.effects import CAPTION, is_shown, limits_of, p_says, panels_of, rows_of, ticks_of
from evenkeel.plugins import Task
from evenkeel.reports.formats import ratio_with_interval, with_interval
from evenkeel.result import about, result

MOST_INTERACTIONS = 6  # panels of factors that act together
# Its name, the effect, what its test says, and whether the tests show it.
Row = tuple[str, Contrast | SimpleEffect, str, bool]


@result
class Interval:
    row: str = about("What is compared, such as 'lr: 0.01 against 0.001'.")
    estimate: float = about("The estimate.")
    low: float | None = about("Lower end of its 95 % interval; null if it has none.")
    high: float | None = about("Upper end of its 95 % interval; null if it has none.")
    told: str = about("The estimate with its interval.")
    p: str = about("What the test of the factor says.")
    shown: bool = about("Whether the tests show this effect.")


@result
class EffectsPanel:
    title: str = about("What the effects are on, or between.")
    axis: str = about("What is along x.")
    nothing: float = about(
        "The value that means no effect: 0 for a difference, 1 for a ratio, whose axis is logarithmic."
    )
    limits: tuple[float, float] = about("The ends of the axis.")
    ticks: list[float] = about("Its ticks.")
    intervals: dict[str, Interval] = about("One for each row that has an estimate.")

    def at(self, value: float | None, end: int) -> float:
        """How far along the axis a value is, in %. What goes on beyond the axis ends there, at 0 for its end 0 and at
        100 for its end 1."""
        if value is None:
            return 100.0 * end
        place = math.log if self.nothing == 1 else float
        low, high = map(place, self.limits)
        inside = min(max(value, self.limits[0]), self.limits[1])
        return round(100 * (place(inside) - low) / (high - low), 2)


@result
class EffectsChart:
    panels: list[EffectsPanel] = about("A panel for each response with estimates. All have the same rows.")
    rows: list[str] = about("The rows of these panels, from the top.")
    together: list[EffectsPanel] = about("A panel for each effect that depends on another factor.")
    caption: str = about("What the points and lines mean.")


def effects_chart(task: Task, effects: Effects) -> EffectsChart:
    """What the chart draws of the effects."""
    shown = panels_of(effects)
    metric = task.call(effects.metric)
    panels = [
        _panel(
            panel.title,
            panel.axis.format(metric=metric),
            panel.nothing,
            [each for term in terms for each in _intervals(task, term, effects.level)],
        )
        for panel, terms in shown
    ]
    rows = list(dict.fromkeys(row for panel in panels for row in panel.intervals))
    together = _together(task, effects.responses.final.terms, f"difference in {metric}")
    return EffectsChart(panels, rows, together, CAPTION.full.format(level=effects.level))


def _panel(title: str, axis: str, nothing: float, rows: Sequence[Row]) -> EffectsPanel:
    low, high = limits_of(nothing, [found for _, found, _, _ in rows])
    intervals = {row: _interval(row, found, nothing, p, shown) for row, found, p, shown in rows}
    return EffectsPanel(title, axis, nothing, (low, high), ticks_of(nothing, low, high), intervals)


def _intervals(task: Task, term: Term, level: float) -> list[Row]:
    return [
        (
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
    panels: dict[str, list[Row]] = {}
    for term in terms:
        for effect in term.simple_effects if term.matters else ():
            pair = f"{task.call(effect.level)} against {task.call(effect.against)}"
            title = f"{task.call(effect.factor)}: {pair}, by {task.call(effect.other)}"
            clear = effect.low is not None and effect.high is not None and not effect.low <= 0 <= effect.high
            panels.setdefault(title, []).append((task.call(effect.at), effect, p_says(term.p_holm), clear))
    return [_panel(title, axis, 0, rows) for title, rows in list(panels.items())[:MOST_INTERACTIONS]]


def _interval(row: str, found: Contrast | SimpleEffect, nothing: float, p: str, shown: bool) -> Interval:
    assert found.estimate is not None  # `rows_of` leaves out what has none, and so does a test of simple effects
    told = ratio_with_interval if nothing == 1 else with_interval
    return Interval(row, found.estimate, found.low, found.high, told(found.estimate, found.low, found.high), p, shown)
