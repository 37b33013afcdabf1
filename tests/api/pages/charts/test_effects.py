"""The chart of effects is a table with an axis in each column, so its names never meet, and it needs no script."""

import pytest

from api.pages.charts.effects import EffectsChart, EffectsPanel, Interval
from api.pages.rendering import environment
from evenkeel.figures.effects import ticks_of


def panel(nothing: float, low: float, high: float, *found: Interval) -> EffectsPanel:
    intervals = {each.row: each for each in found}
    return EffectsPanel("Spread", "ratio", nothing, (low, high), ticks_of(nothing, low, high), intervals)


def test_a_ratio_has_a_logarithmic_axis_and_what_goes_on_ends_at_its_edge() -> None:
    ratio = panel(1, 0.01, 100)
    assert [ratio.at(value, 0) for value in (0.01, 1, 10, 100)] == [0, 50, 75, 100]
    assert (ratio.at(5_000, 1), ratio.at(0.0, 0), ratio.at(None, 0), ratio.at(None, 1)) == (100, 0, 0, 100)
    assert panel(0, -1, 3).at(0, 0) == 25


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.14, 9, [0.2, 0.5, 1, 2, 5]),
        (0.3, 30, [0.5, 1, 2, 5, 10, 20]),
        (0.0009, 1200, [0.001, 0.1, 10, 1000]),
        (0.7, 1.6, [0.75, 1, 1.25, 1.5]),
    ],
)
def test_a_ratio_has_a_few_round_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert ticks_of(1, low, high) == pytest.approx(ticks)


def test_each_row_says_its_effect_in_numbers_and_an_open_interval_has_an_arrow() -> None:
    found = panel(1, 0.1, 10, Interval("norm: <b>", 2.0, 0.5, None, "2.0 (0.5 to any)", "p = 0.3", False))
    module = environment().get_template("charts/macros.html").make_module()
    html = module.effects(EffectsChart([found], ["norm: <b>"], [], "Point: estimate."))  # type: ignore[attr-defined]
    assert "norm: &lt;b&gt;" in html
    assert "2.0 (0.5 to any)" in html
    assert html.count('<svg x="100%"') == 1
    assert '<svg x="0"' not in html
