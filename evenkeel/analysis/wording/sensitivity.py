"""Says how sensitive the final value is to an ordered numeric factor, and between which levels it changes."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby

from evenkeel.factors.sensitivity import Sensitivity
from evenkeel.factors.terms import Term
from evenkeel.factors.trend import Step, Trend
from evenkeel.grids.levels import show

MOST = 4  # combinations of the other factors, or steps, that a sentence names


def sensitivity_says(
    found: Sequence[Sensitivity],
    trends: Sequence[Trend],
    terms: Sequence[Term],
    metric: str,
    level: float,
    call: Callable[[str], str] = str,
) -> str:
    """A sentence for each ordered factor, or nothing if there is none.

    A step is told only if the factor matters and the step itself is shown, so no more is claimed than by the tests.

    Args:
        found: The sensitivities, those of a factor one after the other.
        terms: The terms of the model of the final values.
        metric: The name of the metric.
        level: A step is shown if its adjusted p is at most this.
        call: How a factor is called in sentences.
    """
    shown = {term.term for term in terms if term.matters}
    parts = [_size(factor, list(group), metric, call) for factor, group in groupby(found, lambda each: each.factor)]
    parts += [_steps(trend, metric, level, call) for trend in trends if trend.factor in shown]
    return " ".join(filter(None, parts))


def _size(factor: str, group: Sequence[Sensitivity], metric: str, call: Callable[[str], str]) -> str:
    levels = [at.level for each in group for at in each.at]
    told = [_told(each, call) for each in group[:MOST]]
    if len(group) > MOST:
        told.append(f"and {len(group) - MOST} more combinations")
    sentence = f"Sensitivity of final {metric} to {call(factor)} ({show(min(levels))} to {show(max(levels))}): "
    lost = sum(each.left_out for each in group)
    if not lost:
        return f"{sentence}{'; '.join(told)}."
    runs = "run has no finite value and is" if lost == 1 else "runs have no finite value and are"
    return f"{sentence}{'; '.join(told)}. {lost} diverged {runs} left out, so the true sensitivity is larger."


def _told(each: Sensitivity, call: Callable[[str], str]) -> str:
    combination = ", ".join(f"{call(factor)} {show(level)}" for factor, level in each.levels.items())
    size = size_says(each)
    return f"{size} with {combination}" if combination else size


def size_says(found: Sensitivity) -> str:
    """'0.31 (95 % interval 0.20 to 0.45)', or 'more than 0.20' if runs without a finite value are left out.

    The interval has two significant digits of its width. Nobody can tell more digits apart.
    """
    low, high = found.low, found.high
    if low is None:
        return f"{'more than ' if found.left_out else ''}{found.sensitivity:.2g}"
    if high is None:
        return f"more than {low:.2g}"
    decimals = max(0, 1 - math.floor(math.log10(high - low)))
    return f"{found.sensitivity:.{decimals}f} (95 % interval {low:.{decimals}f} to {high:.{decimals}f})"


def _steps(trend: Trend, metric: str, level: float, call: Callable[[str], str]) -> str:
    told = [_step(step) for step in trend.steps if step.p_adjusted is not None and step.p_adjusted <= level]
    return f"Along {call(trend.factor)}, final {metric} {'; '.join(told[:MOST])}." if told else ""


def _step(step: Step) -> str:
    assert step.estimate is not None  # a step with a p has runs at both levels
    way = "rises" if step.estimate > 0 else "falls"
    return (
        f"{way} by {abs(step.estimate):.2g} from {show(step.after)} to {show(step.level)} (p = {step.p_adjusted:.2g})"
    )
