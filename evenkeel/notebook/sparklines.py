"""Draws the band of each cell as a line of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenkeel.grids.levels import show

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

BLOCKS = "▁▂▃▄▅▆▇█"
# Where a terminal or its encoding has no blocks. Each takes more ink than the one before.
PLAIN = ".:-=+*#@"
SHORTEST, LONGEST = 8, 40  # characters of a curve


class BandLines:
    """A line for each cell: the mean over its seeds, epoch by epoch, and at its last epoch the mean, the lowest and the
    highest seed, and n; then how many runs diverged and collapsed. All curves have the same scale.

    Args:
        summary: The summary as the API sends it.
        num_epochs: Number of epochs that a run is meant to train.
        most: How many cells are shown at most. The others are counted.
    """

    def __init__(self, summary: Mapping[str, Any], num_epochs: int, most: int) -> None:
        self._summary, self._num_epochs, self._most = summary, max(1, num_epochs), max(1, most)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        marks = PLAIN if options.ascii_only or console.is_dumb_terminal else BLOCKS
        for line in self.lines(options.max_width, marks):
            yield Text(line, no_wrap=True, overflow="crop")

    def lines(self, width: int, marks: str) -> Iterator[str]:
        """The lines, as far as possible no wider than `width`. marks: a mark for each height, from low to high."""
        cells = self._summary["cells"]
        begun = [cell for cell in cells if _lost(cell) or _last(cell) is not None]
        shown = begun[: self._most]
        if not shown:
            return
        values = [value for cell in shown for value in _survivors(cell)["mean"] if value is not None]
        low, high = (min(values), max(values)) if values else (0.0, 0.0)
        ends = [_end(cell) for cell in shown]
        widths = [max(map(len, column)) for column in zip(*ends, strict=True)]
        beside = sum(widths) + 2 * (len(widths) + 1)
        names = self._names(shown, width - beside - SHORTEST)
        room = width - beside - max(map(len, names))
        length = min(LONGEST, self._num_epochs, max(SHORTEST, room))
        scale = f", from {low:.3g} to {high:.3g}" if values else ""
        yield f"{self._summary['metric']}: mean of surviving seeds{scale}"
        for cell, name, end in zip(shown, names, ends, strict=True):
            curve = _draw(_survivors(cell)["mean"], self._num_epochs, length, low, high, marks)
            told = "  ".join(text.rjust(wide) for text, wide in zip(end, widths, strict=True))
            yield f"{name:<{max(map(len, names))}}  {curve:<{length}}  {told}".rstrip()
        if more := len(cells) - len(shown):
            waiting = len(cells) - len(begun)
            unbegun = f", {waiting} of them without an epoch yet" if waiting else ""
            yield f"and {more:,} more cell{'' if more == 1 else 's'}{unbegun}"

    def _names(self, cells: Sequence[Mapping[str, Any]], room: int) -> list[str]:
        """The names of the cells, with the levels in which they differ beyond them, as far as there is room."""
        differing = self._summary.get("differing", ())
        for count in range(len(differing), -1, -1):
            told = [[f"{factor} {show(cell['levels'][factor])}" for factor in differing[:count]] for cell in cells]
            names = ["  ".join([cell["cell"], *levels]) for cell, levels in zip(cells, told, strict=True)]
            if max(map(len, names)) <= room:
                break
        return names


def _survivors(cell: Mapping[str, Any]) -> Mapping[str, Sequence[Any]]:
    found: Mapping[str, Sequence[Any]] = cell["bands"]["survivors"]
    return found


def _last(cell: Mapping[str, Any]) -> int | None:
    """The last epoch with a mean, counted from 0."""
    return max((epoch for epoch, value in enumerate(_survivors(cell)["mean"]) if value is not None), default=None)


def _lost(cell: Mapping[str, Any]) -> str:
    """'1 div 2 coll': how many runs diverged and collapsed; as in the summary's table."""
    found = {"div": cell["divergence"]["diverged"], "coll": cell["divergence"]["collapsed"]}
    return " ".join(f"{n} {how}" for how, n in found.items() if n)


def _end(cell: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """The last epoch in numbers: the mean, the lowest and highest seed, n; and what became of the other runs."""
    band, last = _survivors(cell), _last(cell)
    if last is None:
        return "-", "-", "n = 0", _lost(cell)
    low, high = _number(band["min"][last]), _number(band["max"][last])
    spread = f"{low} to {high}" if low.startswith("-") else f"{low}-{high}"
    return _number(band["mean"][last]), spread, f"n = {band['n'][last]}", _lost(cell)


def _draw(values: Sequence[float | None], num_epochs: int, length: int, low: float, high: float, marks: str) -> str:
    """A mark for each of `length` equal parts of the training: the value at the end of the part."""
    drawn = []
    for place in range(length):
        epoch = -(-(place + 1) * num_epochs // length) - 1
        value = values[epoch] if epoch < len(values) else None
        share = 0.5 if high == low else ((value or 0.0) - low) / (high - low)
        drawn.append(" " if value is None else marks[min(len(marks) - 1, int(share * len(marks)))])
    return "".join(drawn)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.2e}"
