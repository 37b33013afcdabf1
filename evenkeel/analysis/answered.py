"""What a summary answers, as one object."""

from typing import Any

from evenkeel.analysis.summary import CellSummary
from evenkeel.records.left_out import LeftOut
from evenkeel.result import about, result


@result
class Summary:
    metric: str = about("Name of the metric.")
    experiment: str | None = about("Name of the experiment that the cells belong to; null for all experiments.")
    filters: dict[str, list[Any]] = about("Levels that the query asked for, by factor.")
    differing: list[str] = about("Factors in which these cells differ, but which their names do not show.")
    fewest_seeds: int | None = about(
        "Smallest number of seeds behind the survivors' band of any cell at any epoch; null without a band."
    )
    cells: list[CellSummary] = about("One entry for each cell (everything but the seed), in the order of their levels.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. They are not in the summary.")
