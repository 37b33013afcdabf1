"""The theme: whoever reads a figure or a page tells its colours apart, and sees them on their ground."""

import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from api.pages.assets import read
from evenkeel.figures.colours import colours_of, sequential
from evenkeel.figures.theme import DARK, LIGHT, THEMES, TILES, Theme, to_css

GRAPHICS, LETTERS = 3.0, 4.5  # the contrasts that WCAG 2.1 asks of them
# What is left of red, green and blue without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all cones": np.eye(3),
    "no long cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.05200]],
    "no medium cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no short cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
FARTHER_THAN = 13.0  # of CIELAB's units, of which a practised eye sees 2

both = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def linear(colour: str) -> np.ndarray:
    parts = np.array(to_rgb(colour))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, bright = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


def cielab(light: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    x, y, z = np.cbrt(np.clip(to_xyz @ light / [0.95047, 1, 1.08883], 0, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@both
def test_lines_points_and_the_states_of_runs_are_seen_on_their_ground(theme: Theme) -> None:
    states = theme.queued, theme.running, theme.paused, theme.failed, theme.cancelled
    outcomes = theme.converged, theme.collapsed, theme.diverged
    numbers = [sequential(place, 9, theme) for place in range(9)]
    shown = [*theme.series, *numbers, *states, *outcomes, theme.grey, theme.edge, theme.link]
    assert {colour for colour in shown if contrast(colour, theme.ground) < GRAPHICS} == set()


@both
def test_letters_can_be_read_on_both_grounds(theme: Theme) -> None:
    letters = theme.ink, theme.quiet, theme.link, theme.good, theme.bad, theme.warn
    grounds = theme.ground, theme.raised
    assert {one for one in letters for ground in grounds if contrast(one, ground) < LETTERS} == set()


@both
@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_the_lines_apart(theme: Theme, eye: str) -> None:
    seen = [cielab(np.clip(np.asarray(EYES[eye]) @ linear(colour), 0, 1)) for colour in theme.series]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > FARTHER_THAN


@both
def test_the_levels_of_a_number_brighten_in_their_order_in_whichever_order_they_are_named(theme: Theme) -> None:
    bright = [float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in colours_of([0.1, 0.001, 0.01], theme)]
    assert sorted(bright) == [bright[1], bright[2], bright[0]]
    assert colours_of(["he", "glorot"], theme) == list(theme.series[:2])


@both
def test_a_worse_share_stands_out_more_from_the_ground(theme: Theme) -> None:
    found = [contrast(colour, theme.ground) for colour in theme.shares]
    assert found == sorted(found)
    start, end = theme.tiles
    scale = [to_hex(matplotlib.colormaps[TILES](start + (end - start) * tenths / 10)) for tenths in range(11)]
    assert list(theme.shares) == scale


def test_a_light_and_a_dark_line_of_the_same_place_have_the_same_hue() -> None:
    for light, dark in zip(LIGHT.series[:5], DARK.series[:5], strict=True):
        hues = [np.arctan2(*cielab(linear(colour))[:0:-1]) for colour in (light, dark)]
        assert abs((hues[0] - hues[1] + np.pi) % (2 * np.pi) - np.pi) < 0.5


def test_the_style_sheet_of_the_pages_is_the_theme() -> None:
    assert read("theme.css").decode() == to_css()
