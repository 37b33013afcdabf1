"""Draws what each factor did to the final value, the spread over seeds and divergence, with 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from evenkeel.analysis.effects import Contrast, Effects, Term
from evenkeel.factors.terms import SimpleEffect
from evenkeel.figures.lettering import Caption, Words, fold, plain, write_caption
from evenkeel.figures.style import COLOURS, GREY, ONE_COLUMN, SMALLER, TWO_COLUMNS, styled
from evenkeel.plugins import Task

Row = tuple[str, str, str]  # factor, level, the level that it is compared with

ROW_HEIGHT = 0.22  # inches
FARTHEST = 1000.0  # the axis of a ratio ends where it is so many times as large, or as small
FEW_TIMES, MANY_TIMES = 5, 200  # with less between its ends, an axis has a tick at 1 alone, and with more too many
CAPTION = Words(
    full="Point: estimate, with its 95 % interval. Arrow: the interval goes on. Filled: the factor matters (p at most "
    "{level:.2g}). Open: this is not shown. Each factor has one p, from permutations within blocks, after Holm's "
    "correction. Dashed line: no effect.",
    short="Estimates with 95 % intervals. Filled: the factor matters (p at most {level:.2g} after Holm's correction).",
)


@dataclass(frozen=True)
class Panel:
    title: str
    axis: str
    nothing: float  # the value that means no effect: 0 for a difference, 1 for a ratio


PANELS = {
    "final": Panel("Final value", "difference in {metric}", 0),
    "spread": Panel("Spread over seeds", "ratio of spreads", 1),
    "divergence": Panel("Divergence or collapse", "odds ratio", 1),
}


def draw_effects(task: Task, effects: Effects, caption: Caption = "full") -> Figure:
    """Draw a panel for each response with estimates, and in it a row for each level against the factor's first level.

    Differences have a linear axis, and ratios a logarithmic one. An interval without an end runs to the panel's edge.
    If nothing was estimated, the figure says why.
    """
    shown = panels_of(effects)
    rows = list(dict.fromkeys(row for _, terms in shown for term in terms for row in rows_of(term)))
    with styled():
        if not shown:
            return _without_estimates(effects)
        width = ONE_COLUMN if len(shown) == 1 else TWO_COLUMNS
        labels = [fold(f"{factor}: {level} against {other}", 0.28 * width + 0.6, 8) for factor, level, other in rows]
        lines = max(label.count("\n") + 1 for label in labels)
        height = (ROW_HEIGHT + 0.14 * (lines - 1)) * len(rows) + 0.8
        figure = Figure(figsize=(width, height), layout="constrained")
        panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for (panel, terms), axes in zip(shown, panels, strict=True):
            _draw(axes, panel, terms, rows, task.call(effects.metric), effects.level)
        panels[0].set_yticks(range(len(rows)), list(map(plain, labels)))
        panels[0].set_ylim(len(rows) - 0.5, -0.5)
        words = Words(*(each.format(level=effects.level) for each in (CAPTION.full, CAPTION.short)))
        write_caption(figure, words, caption, effects.left_out)
        return figure


def panels_of(effects: Effects) -> list[tuple[Panel, list[Term]]]:
    """The panels with estimates, and their factors."""
    found = effects.responses
    terms_of = {"final": found.final.terms, "spread": found.spread.terms, "divergence": found.divergence.terms}
    return [(PANELS[name], shown) for name, terms in terms_of.items() if (shown := _mains(terms))]


def _mains(terms: Sequence[Term]) -> list[Term]:
    """The factors with an estimate."""
    return [term for term in terms if term.order == 1 and rows_of(term)]


def rows_of(term: Term) -> dict[Row, Contrast]:
    """The contrasts of a factor that have an estimate."""
    return {
        (term.term, contrast.level, contrast.against): contrast
        for contrast in term.contrasts
        if contrast.estimate is not None
    }


def _without_estimates(effects: Effects) -> Figure:
    figure = Figure(figsize=(ONE_COLUMN, 0.05), layout="constrained")
    why = " ".join(["No effect has a size that could be estimated.", effects.answer, *effects.notes])
    write_caption(figure, Words(why, why), left_out=effects.left_out)
    return figure


def _draw(axes: Axes, panel: Panel, terms: Sequence[Term], rows: Sequence[Row], metric: str, level: float) -> None:
    low, high = limits_of(panel.nothing, [contrast for term in terms for contrast in rows_of(term).values()])
    axes.set_xlim(low, high)
    if panel.nothing == 1:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(_locator_of(panel.nothing, high / low))
    axes.axvline(panel.nothing, color=GREY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_title(panel.title)
    axes.set_xlabel(plain(fold(panel.axis.format(metric=metric), 1.6, 8)))
    factors = list(dict.fromkeys(factor for factor, _, _ in rows))
    for factor in factors[1::2]:  # the shading shows which rows belong to one factor
        places = [place for place, row in enumerate(rows) if row[0] == factor]
        axes.axhspan(places[0] - 0.5, places[-1] + 0.5, color="#f4f4f4", zorder=0)
    for term in terms:
        for row, contrast in rows_of(term).items():
            _draw_interval(axes, rows.index(row), contrast, is_shown(term, contrast, level), panel.nothing == 1)
        places = [rows.index(row) for row in rows_of(term)]
        at: dict[str, Any] = {"x": 1.07, "y": sum(places) / len(places), "transform": axes.get_yaxis_transform()}
        axes.text(s=p_says(term.p_holm), va="center", fontsize=SMALLER, color="black" if term.matters else GREY, **at)


def is_shown(term: Term, contrast: Contrast, level: float) -> bool:
    """Whether the tests show this contrast. Of a factor with several, some may be without an effect."""
    if len(term.contrasts) == 1 or contrast.p_adjusted is None:
        return term.matters is True
    return term.matters is True and contrast.p_adjusted <= level


def limits_of(nothing: float, contrasts: Sequence[Contrast | SimpleEffect]) -> tuple[float, float]:
    """The limits of the axis.

    They include 'no effect', each estimate, and the ends of the intervals. For a ratio, an end beyond FARTHEST counts
    as FARTHEST.
    """
    estimates = [nothing, *(c.estimate for c in contrasts if c.estimate is not None)]
    ends = [end for contrast in contrasts for end in (contrast.low, contrast.high)]
    known = [end for end in ends if end is not None]
    if nothing == 0:
        low, high = min(estimates + known), max(estimates + known)
        margin = 0.08 * (high - low) or 1.0
        return low - margin, high + margin
    inside = estimates + [min(max(end, 1 / FARTHEST), FARTHEST) for end in known]
    # If an interval has no end, more room shows that it goes on.
    more = 3.0 if None in ends else 1.25
    return min(min(inside), 0.8) / more, max(max(inside), 1.25) * more


def ticks_of(nothing: float, low: float, high: float) -> list[float]:
    """The ticks of an axis with these limits."""
    found = _locator_of(nothing, high / low).tick_values(low, high)
    return [float(tick) for tick in found if low <= tick <= high]


def _locator_of(nothing: float, times: float) -> Locator:
    """Where the ticks are. times: how many times its lower limit the upper limit of the axis of a ratio is."""
    if nothing == 0 or times < FEW_TIMES:
        return MaxNLocator(4)
    return LogLocator(numticks=4) if times > MANY_TIMES else LogLocator(subs=(1, 2, 5), numticks=4)


def _draw_interval(axes: Axes, place: int, contrast: Contrast, matters: bool, is_ratio: bool) -> None:
    """Draw a contrast. An end of its interval beyond the panel becomes an arrowhead on the panel's edge."""
    colour = COLOURS[0] if matters else GREY
    left, right = axes.get_xlim()
    if is_ratio or None not in (contrast.low, contrast.high):
        low = left if contrast.low is None else max(contrast.low, left)
        high = right if contrast.high is None else min(contrast.high, right)
        axes.plot([low, high], [place, place], color=colour, linewidth=1.3, solid_capstyle="butt")
        for end, edge, head in ((low, left, "<"), (high, right, ">")):
            if end == edge:
                axes.plot([end], [place], marker=head, markersize=4, color=colour, clip_on=False)
    fill = colour if matters else "white"
    assert contrast.estimate is not None  # `rows_of` leaves out a contrast without an estimate
    axes.plot([contrast.estimate], [place], marker="o", markersize=5, color=colour, markerfacecolor=fill)


def p_says(p_holm: float | None) -> str:
    """'p = 0.02'."""
    if p_holm is None:
        return "p \N{EN DASH}"
    return "p < 0.001" if p_holm < 0.001 else f"p = {p_holm:.2g}"
