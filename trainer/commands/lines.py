"""The lines in which a program says what it measured, one for each epoch: `{"epoch": 3, "loss": 0.2}`."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenkeel.plugins import Metric

SHOWN = 200  # characters of a line, in an error


class WrongLine(ValueError):
    """A line that says nothing which the lab can use. The message shows it, and says what is expected."""


@dataclass(frozen=True)
class Line:
    """What a program measured in one epoch.

    Attributes:
        values: metric -> value; None if it was not measured. NaN and infinite values are kept.
        diverged: Whether a value is not finite. That of a diagnostic does not count.
    """

    epoch: int
    values: Mapping[str, float | None]
    diverged: bool


def read_line(line: bytes, epoch: int, metrics: Sequence[Metric]) -> Line:
    """Read the line of an epoch.

    Args:
        epoch: The number of the epoch that comes next.
        metrics: What the command declares. A line has all of them; the diagnostics may be left out.

    Raises:
        WrongLine: If it is not the line of that epoch.
    """
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _wrong(line, f'expected a JSON object such as {{"epoch": {epoch}, "{metrics[0].name}": 0.5}}')
    number = found.pop("epoch", None)
    if type(number) is not int or number != epoch:
        raise _wrong(line, f"epoch: expected {epoch}, not {number!r}")
    known = {metric.name: metric for metric in metrics}
    for name, value in found.items():
        if name not in known:
            raise _wrong(line, f"{name!r} is not a metric of this command; allowed: {', '.join(known)}")
        if value is not None and type(value) not in (int, float):
            raise _wrong(line, f"{name}: expected a number, or null if it was not measured, not {value!r:.50}")
    for metric in metrics:
        if metric.name not in found and not metric.diagnostic:
            raise _wrong(line, f"{metric.name} is missing; write null if it was not measured")
    values = {name: None if value is None else _float(value) for name, value in found.items()}
    lost = [name for name, value in values.items() if value is not None and not math.isfinite(value)]
    return Line(epoch, values, any(not known[name].diagnostic for name in lost))


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _wrong(line: bytes, why: str) -> WrongLine:
    return WrongLine(f"the program wrote the line {line[:SHOWN].decode(errors='replace')!r}: {why}")
