"""An experiment in short, as a list of experiments shows it."""

from collections.abc import Sequence

from evenkeel.grids.replication import Replication, where_it_stands
from evenkeel.grids.sharing import Device
from evenkeel.lab.context import Lab
from evenkeel.records.progress import RunCounts, count_tallies, moved
from evenkeel.records.rows import Experiment, Tally
from evenkeel.result import about, result


@result
class ExperimentBrief:
    name: str = about("Name of the experiment.")
    created_ms: int = about("When it was first posted, in ms since 1970.")
    priority: int = about("Runs of the experiment with the highest priority go first.")
    max_running: int | None = about("Largest number of its runs that train at once; null for no limit.")
    device: Device = about("Device that its runs may train on.")
    paused: bool = about("Whether it is paused. Its runs then wait until it is resumed, and so do runs posted later.")
    threads: int = about("Number of CPU threads that each of its runs computes with.")
    num_cells: int = about("Number of its cells.")
    num_runs: RunCounts = about("Number of its runs, by status and by outcome.")
    replication: Replication | None = about("The rule by which the lab adds seeds to it; null if it has none.")
    note: str = about("What people wrote about it, in Markdown; '' if nothing.")
    tags: list[str] = about("Words to find it by.")
    moved_ms: int = about(
        "When anything of it last changed: it was posted or changed, or a run began, ended an epoch or ended; in ms "
        "since 1970."
    )


def brief_of(lab: Lab, found: Experiment, tallies: Sequence[Tally]) -> ExperimentBrief:
    """An experiment in short, from its runs."""
    num_cells = len({tally.cell_id for tally in tallies})
    return brief(found, num_cells, count_tallies(tallies), max(moved(tallies), lab.store.events.last_ms_of(found.id)))


def brief(found: Experiment, num_cells: int, num_runs: RunCounts, moved_ms: int) -> ExperimentBrief:
    """An experiment with the number of its cells and runs. moved_ms: when one of these or a person last moved."""
    return ExperimentBrief(
        name=found.name,
        created_ms=found.created_ms,
        priority=found.priority,
        max_running=found.max_running,
        device=found.device,
        paused=found.paused,
        threads=found.threads,
        num_cells=num_cells,
        num_runs=num_runs,
        replication=where_it_stands(found.rule, found.rule_going, found.rule_says),
        note=found.note,
        tags=list(found.tags),
        moved_ms=max(found.created_ms, moved_ms),
    )
