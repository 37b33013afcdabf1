"""The colours of whatever is drawn: the figures of a paper, the pages, and their charts. One theme for light grounds,
and one for dark ones.

Every colour that carries a meaning has a contrast of 3 or more on its ground, which WCAG 2.1 asks of graphics. Letters
have 4.5 or more.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Theme:
    """The colours on one ground.

    Attributes:
        ground: What lies under everything.
        raised: The ground of a box.
        ink: Letters.
        quiet: Letters that matter less.
        grey: Lines and points that show no effect.
        line: Frames of boxes and rules between rows.
        edge: The frame of what can be typed in or pressed.
        grid: The grid behind a chart.
        few: The area of a band that has fewer seeds than started.
        link: Links, and what has the focus.
        good, bad, warn: Letters that tell how something went.
        series: Lines, in their order. With each common colour blindness they look different.
        sequence: The part of the scale `SEQUENCE` that is seen on this ground, for the levels of a numeric factor.
        tiles: The part of the scale `TILES` for shares from 0 to 1.
        shares: These colours for the shares 0, 0.1, ... 1. The worse, the farther from the ground.
        queued, running, paused, failed, cancelled, converged, collapsed, diverged: A run with this status or outcome.
    """

    ground: str
    raised: str
    ink: str
    quiet: str
    grey: str
    line: str
    edge: str
    grid: str
    few: str
    link: str
    good: str
    bad: str
    warn: str
    series: tuple[str, ...]
    sequence: tuple[float, float]
    tiles: tuple[float, float]
    shares: tuple[str, ...]
    queued: str
    running: str
    paused: str
    failed: str
    cancelled: str
    converged: str
    collapsed: str
    diverged: str


# plasma brightens evenly, in grey too, and keeps its order with the common colour blindnesses. So does inferno, which
# goes from black over red to yellow, and so has no step that looks like another.
SEQUENCE, TILES = "plasma", "inferno"

# The first four and the last are of Okabe and Ito's palette (2008). Its orange and its light blue have a contrast of
# 2.3 on white, so violet and brown stand in their places. They keep the distances that the others have with protanopia,
# deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009): the closest two are as far apart as before.
LIGHT = Theme(
    ground="#ffffff",
    raised="#f6f7f8",
    ink="#1b2126",
    quiet="#59636b",
    grey="#555555",
    line="#d5dade",
    edge="#858e96",
    grid="#e6e6e6",
    few="#e4e4e4",
    link="#0a5a8a",
    good="#00694e",
    bad="#a8321e",
    warn="#7a5200",
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7B2FD6", "#6B3A00", "#000000"),
    sequence=(0.0, 0.62),
    tiles=(1.0, 0.0),
    shares=(
        "#fcffa4",
        "#f6d746",
        "#fca50a",
        "#f37819",
        "#dd513a",
        "#bc3754",
        "#932667",
        "#6a176e",
        "#420a68",
        "#160b39",
        "#000004",
    ),
    queued="#858e96",
    running="#0072B2",
    paused="#7B2FD6",
    failed="#000000",
    cancelled="#6f6259",
    converged="#009E73",
    collapsed="#CC79A7",
    diverged="#D55E00",
)
DARK = Theme(
    ground="#14181b",
    raised="#1d2226",
    ink="#e4e8eb",
    quiet="#a0abb3",
    grey="#9aa3aa",
    line="#363e44",
    edge="#76828b",
    grid="#2b3237",
    few="#3a4147",
    link="#7cc0ea",
    good="#4fc9a3",
    bad="#ff8f78",
    warn="#e9b44c",
    series=("#4AA3E8", "#F0743A", "#1DBF8F", "#F0A8D0", "#9A66F5", "#A89060", "#FFFFFF"),
    sequence=(0.42, 0.95),
    tiles=(0.2, 1.0),
    shares=(
        "#420a68",
        "#62146e",
        "#84206b",
        "#a32c61",
        "#c33b4f",
        "#dd513a",
        "#f06f20",
        "#fa9207",
        "#fbba1f",
        "#f4e156",
        "#fcffa4",
    ),
    queued="#76828b",
    running="#4AA3E8",
    paused="#9A66F5",
    failed="#FFFFFF",
    cancelled="#8f8278",
    converged="#1DBF8F",
    collapsed="#F0A8D0",
    diverged="#F0743A",
)
THEMES = {"light": LIGHT, "dark": DARK}


def to_css() -> str:
    """The themes as the variables of a style sheet: `--ink`, `--series-1` and so on. A reader who chose neither gets
    the theme of the system."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        "/* The colours of evenkeel/figures/theme.py. A test holds this file to them. */\n"
        f":root {{\n  color-scheme: light dark;\n{light}}}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f':root:not([data-theme="light"]) {{\n{dark}}}\n'
        "}\n"
        f':root[data-theme="dark"] {{\n  color-scheme: dark;\n{dark}}}\n'
        ':root[data-theme="light"] { color-scheme: light; }\n'
    )


def _variables(theme: Theme) -> str:
    named = {field.name: getattr(theme, field.name) for field in fields(theme)}
    series = {f"series-{place}": colour for place, colour in enumerate(named.pop("series"), 1)}
    shares = {f"share-{tenths}": colour for tenths, colour in enumerate(named["shares"])}
    shares |= {f"on-share-{tenths}": letters_on(colour) for tenths, colour in enumerate(named.pop("shares"))}
    colours = {name: value for name, value in (named | series | shares).items() if isinstance(value, str)}
    return "".join(f"  --{name}: {colour.lower()};\n" for name, colour in colours.items())


def letters_on(colour: str) -> str:
    """Black or white, whichever has more contrast."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"
