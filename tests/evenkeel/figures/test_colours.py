"""How lines look: the order of a numeric factor can be seen in its colours."""

import pytest
from matplotlib.colors import to_rgb
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.colours import sequential, styles_of
from evenkeel.figures.style import COLOURS
from models.task import CLASSIFICATION


def cell(init: str, rate: float, **levels: float) -> CellSummary:
    return summary_cell("yolo", "none", init, [[0.1]], lr=rate, **levels)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("of", [3, 5, 9])
def test_the_levels_brighten_in_their_order_and_are_seen_on_white(of: int) -> None:
    shown = [luminance(sequential(place, of)) for place in range(of)]
    assert shown == sorted(shown)
    assert all(1.05 / (each + 0.05) >= 3 for each in shown)


def test_the_colour_is_the_numeric_level_and_the_dash_is_the_other_one() -> None:
    rates = (0.1, 0.001, 0.01)
    drawn = [cell(init, rate) for init in ("he", "glorot") for rate in rates]
    styles = styles_of(CLASSIFICATION, drawn, ["init", "lr"])
    places = [2, 0, 1]
    assert [style["color"] for style in styles] == [sequential(place, 3) for place in places] * 2
    assert len({str(style["linestyle"]) for style in styles[:3]}) == 1
    assert styles[0]["linestyle"] != styles[3]["linestyle"]


def test_alone_the_levels_differ_in_their_dashes_too() -> None:
    drawn = [cell("he", rate) for rate in (0.001, 0.01, 0.1, 1.0, 2.0)]
    styles = styles_of(CLASSIFICATION, drawn, ["init", "lr"])
    assert len({(str(style["linestyle"]), style["marker"]) for style in styles}) == 5


def test_words_two_numbers_and_two_numeric_factors_have_the_plain_colours() -> None:
    words = [cell("he", 0.1), cell("glorot", 0.1)]
    two = [cell("he", 0.1), cell("he", 0.2)]
    both = [cell("he", rate, width=width) for rate in (0.1, 0.2, 0.3) for width in (0.25, 0.5, 1.0)]
    assert [style["color"] for style in styles_of(CLASSIFICATION, words, ["init"])] == list(COLOURS[:2])
    assert [style["color"] for style in styles_of(CLASSIFICATION, two, ["lr"])] == list(COLOURS[:2])
    assert styles_of(CLASSIFICATION, both, ["init", "lr", "width"])[0]["color"] == COLOURS[0]
