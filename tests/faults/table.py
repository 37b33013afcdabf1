"""The table of what was tried, 80 columns wide."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.faults.kills import Survived
from tests.faults.trial import Scenario, Tried

WIDTH = 80


def show(console: Console, scenarios: Sequence[Scenario], tried: Sequence[Tried], skipped: dict[str, str]) -> None:
    """Print a row for each scenario, and below the table whatever was found wrong."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("fault", max_width=30)
    for name in ("tried", "lost", "twice", "wrong", "back after", "repeated"):
        table.add_column(name, justify="right")
    for scenario in scenarios:
        mine = [one for one in tried if one.name == scenario.name]
        if scenario.name in skipped:
            table.add_row(scenario.says, "-", f"not tried: {skipped[scenario.name]}")
        elif mine:
            table.add_row(scenario.says, *_cells(mine))
    console.print(table)
    console.print("back after: median (95th percentile) until the runs that it stopped train on", style="dim")
    for one in tried:
        for sentence in one.found.all:
            console.print(f"{one.name}, seed {one.seed}: {sentence}", style="red", markup=False)


def _cells(mine: Sequence[Tried]) -> list[str]:
    times = [one.recovery_seconds for one in mine if one.recovery_seconds is not None]
    recovery = f"{np.median(times):.0f} s ({np.percentile(times, 95):.0f})" if times else "-"
    share = sum(one.repeated for one in mine) / max(1, sum(one.epochs for one in mine))
    kinds = [sum(len(getattr(one.found, kind)) for one in mine) for kind in ("lost", "doubled", "wrong")]
    return [str(len(mine)), *map(str, kinds), recovery, f"{share:.0%}"]


def show_survived(console: Console, survived: Survived) -> None:
    found = survived.found
    kills = ", ".join(f"{count} {kind}" for kind, count in sorted(survived.killed.items()))
    console.print(f"{survived.num_runs} runs, {survived.killed.total()} kills ({kills})")
    console.print(f"lost {len(found.lost)}, twice {len(found.doubled)}, otherwise wrong {len(found.wrong)}")
    console.print(
        f"{survived.seconds:.0f} s, undisturbed {survived.undisturbed_seconds:.0f} s; slots waited for a new process "
        f"in {survived.idle_share:.0%} of it; the rest is {survived.training_ratio:.2f} x the undisturbed time"
    )
    share = survived.repeated / max(1, survived.epochs)
    console.print(f"{survived.repeated} of {survived.epochs} epochs were trained again ({share:.0%})")
    for sentence in found.all:
        console.print(sentence, style="red", markup=False)
