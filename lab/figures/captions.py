"""What a figure of bands says in words: the name of a line, how many seeds stand behind it, and the caption."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lab.figures.style import name_of
from lab.figures.traces import has_fewer
from lab.metrics import worst_value
from lab.stability.evidence import Level, inside_next

Cells = Sequence[Mapping[str, Any]]


def series_of(cell: Mapping[str, Any]) -> str:
    """What tells a line from the others in its panel: the init, and what the label adds to arch-norm-init."""
    levels = cell["levels"]
    prefix = f"{levels['arch']}-{levels['norm']}-{levels['init']}"
    more = str(cell["cell"]).removeprefix(prefix).lstrip("-")
    more = re.sub(r"-(?=[a-z_0-9]+=)", ", ", more)
    name = name_of(levels["init"])
    return f"{name}, {more}" if more else name


def evidence_of(cell: Mapping[str, Any]) -> str:
    """'n = 3', 'n = 2-3' where that many survived or are so far, and how many diverged and collapsed."""
    counts = [int(n) for n in cell["bands"]["survivors"]["n"]] or [0]
    n = f"n = {max(counts)}" if min(counts) == max(counts) else f"n = {min(counts)}\N{EN DASH}{max(counts)}"
    outcomes = ((name, cell["num_runs"]["outcome"][name]) for name in ("diverged", "collapsed"))
    return ", ".join([n, *(f"{count} {name}" for name, count in outcomes if count)])


def caption_of(cells: Cells, metric: str, band: str) -> str:
    """What line, band, cross and hatching stand for where they are, and what may be said with so few seeds."""
    banded = [cell for cell in cells if cell["evidence"]["level"] != Level.TRACES]
    parts = [_line_and_band(banded, metric, band)] if banded else []
    crossed = any(cell["num_runs"]["outcome"]["diverged"] for cell in cells)
    parts.append(f"Thin: each seed{', with a cross where it diverged' if crossed else ''}.")
    if any(has_fewer(cell, band) for cell in banded):
        parts.append("Hatched, grey: fewer seeds than started, as some diverged or still train.")
    return " ".join([*parts, _evidence_in_all(cells)])


def _line_and_band(cells: Cells, metric: str, band: str) -> str:
    """Of several n, the smallest."""
    n = min(cell["evidence"]["n"] for cell in cells)
    chance = f"the next seed falls inside with probability (n-1)/(n+1): {100 * inside_next(n):.0f} % at n = {n}"
    if band == "survivors":
        return f"Line: mean over surviving seeds. Band: lowest to highest; {chance}, if it survives."
    worst = worst_value(metric)
    counts = f"counts as {worst:g} from then on" if math.isfinite(worst) else "counts as infinity: there the line ends"
    return f"Line: mean over all seeds; one that diverged {counts}. Band: lowest to highest; {chance}."


def _evidence_in_all(cells: Cells) -> str:
    """Of the cell with the fewest seeds."""
    weakest = min((cell["evidence"] for cell in cells), key=lambda evidence: evidence["n"])
    least = " at the least" if len({cell["evidence"]["n"] for cell in cells}) > 1 else ""
    return f"Evidence: {weakest['level']} (n = {weakest['n']}{least}), {weakest['says']}. {weakest['more']}".strip()
