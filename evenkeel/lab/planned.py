"""What a grid would create, how long that would take, and what so many seeds could show."""

from typing import Any

from evenkeel.records.left_out import LeftOut
from evenkeel.result import about, result


@result
class CellPlan:
    cell: str = about("Name of the cell.")
    hash: str = about("Hash that identifies the cell, computed from its task and levels.")
    levels: dict[str, Any] = about("Every level, defaults included.")
    num_parameters: int | None = about("Number of learnable parameters of its network; null if the task cannot tell.")


@result
class Estimate:
    """How long the new runs of a grid would take, judged by finished runs of the same shape. A shape that was never
    measured is judged by how much it computes, and by finished runs of other shapes."""

    device_seconds: float | None = about(
        "Time in seconds for which the new runs would keep slots busy, added up. Null if a shape was never measured, "
        "and no other shape either, or if the task cannot tell how much the shape computes."
    )
    device_seconds_low: float | None = about(
        "The same, if every epoch takes as long as in the quickest measured run. Where a shape was never measured, if "
        "every epoch takes as long as at the lower end of a range that holds in four of five cases or more."
    )
    device_seconds_high: float | None = about(
        "The same, if every epoch takes as long as in the slowest measured run, or as at the upper end of that range."
    )
    finish_seconds: float | None = about(
        "Time in seconds until the last new run would have ended, on the workers that can train them now. What trains "
        "now and what is queued ahead is counted. Null if device_seconds is, or if no worker could train them."
    )
    finish_seconds_low: float | None = about("The same, with the epochs of device_seconds_low.")
    finish_seconds_high: float | None = about("The same, with the epochs of device_seconds_high.")
    from_runs: int = about("Number of finished runs that this is judged by.")
    unmeasured_cells: int = about(
        "Number of cells with new runs whose shape was never measured. A pilot of two epochs would tell more of them."
    )
    says: str = about("The answer in sentences, or why there is none.")


@result
class Detectable:
    """The smallest difference between two cells that so many seeds would show."""

    seeds: int = about("Number of seeds of a cell once the grid is trained; of the cell with the fewest.")
    level: float = about("A comparison of two cells would show a difference if its p is at most this.")
    smallest_p: float = about("The smallest p that the exact test can give with so many seeds.")
    in_stds: float | None = about(
        "The smallest difference of two cells that the test finds in four of five studies, in standard deviations over "
        "the seeds of a cell. Null if so few seeds can show nothing."
    )
    metric: str = about("The metric of `std` and `difference`.")
    std: float | None = about(
        "Standard deviation of the final value over the seeds, pooled over the cells that the experiment has; null if "
        "too few of its runs have finished."
    )
    from_runs: int = about("Number of finished runs that `std` is computed from.")
    difference: float | None = about("The smallest difference in the unit of the metric: in_stds times std.")
    says: str = about("The answer in sentences.")


@result
class GridPlan:
    name: str = about("Name of the experiment.")
    cells: list[CellPlan] = about("The cells of the grid, sorted by their levels.")
    differing: list[str] = about("Factors in which these cells differ and which are not part of their names.")
    seeds: list[int] = about("The seeds. Each cell is trained once with each of them.")
    num_runs: int = about("Number of runs: cells times seeds.")
    num_new: int = about("Number of runs that do not exist yet.")
    most_runs: int = about(
        "The largest number of runs that it may become by its rule for seeds; without one, num_runs."
    )
    notes: list[str] = about(
        "What is worth knowing about the cells and not visible in their levels. No sentence is repeated."
    )
    left_out: list[LeftOut] = about("Existing cells of the experiment that cannot be read here.")
    estimate: Estimate | None = about("How long the new runs would take.", default=None)
    detectable: Detectable | None = about(
        "The smallest difference between two cells that so many seeds would show.", default=None
    )
