"""The data of the stability region: which share of the runs diverged or collapsed, over two factors."""

from collections.abc import Sequence

from api.schemas.choices import region_factor
from evenkeel.analysis.facts import CellSample
from evenkeel.analysis.query import QueryError
from evenkeel.factors.sensitivity import is_ordered
from evenkeel.figures.tiles import tiles_of
from evenkeel.grids.levels import differing, in_order, show
from evenkeel.plugins import Task
from evenkeel.result import about, result


@result
class Named:
    name: str = about("Name of the factor.")
    label: str = about("Its name in figures.")


@result
class RegionChart:
    x: str = about("Name of the factor along x.")
    y: str | None = about("Name of the factor along y; null if each row has the name of its cells.")
    factors: list[Named] = about("The factors that vary, which x and y may be.")
    columns: list[str] = about("The levels of x.")
    rows: list[str] = about("The levels of y, from the lowest row to the highest.")
    bad: list[list[int]] = about("For each row and column, the runs that diverged or collapsed.")
    n: list[list[int]] = about("For each row and column, the finished runs.")
    says: str = about("What a reader needs to know of the tiles.")

    @property
    def tiles(self) -> list[tuple[str, list[tuple[int, int, int | None]]]]:
        """(level, its tiles) of each row from the top; a tile is (bad, n, tenths of the share; None without a run)."""
        pairs = [list(zip(bad, n, strict=True)) for bad, n in zip(self.bad, self.n, strict=True)]
        rows = [[(b, n, round(10 * b / n) if n else None) for b, n in row] for row in pairs]
        return list(zip(self.rows, rows, strict=True))[::-1]


def region_chart(task: Task, cells: Sequence[CellSample], x: str | None = None, y: str | None = None) -> RegionChart:
    """What the chart draws. x: by default the factor of the task's regions, or another number that varies.

    Raises:
        QueryError: x does not vary, x or y is not a factor, they are the same, or no factor varies.
    """
    varying = differing(task, [cell.levels for cell in cells])
    try:
        found = tiles_of(task, cells, x or _along(task, cells, varying), y)
    except ValueError as error:
        raise QueryError("x", str(error)) from error
    return RegionChart(
        x=found.x,
        y=found.y,
        factors=[Named(factor, task.call(factor)) for factor in varying],
        columns=[task.call(level) if isinstance(level, str) else show(level) for level in found.columns],
        rows=[task.call(level) if isinstance(level, str) and found.y else show(level) for level in found.rows],
        bad=found.bad.tolist(),
        n=found.n.tolist(),
        says=found.says(task),
    )


def _along(task: Task, cells: Sequence[CellSample], varying: Sequence[str]) -> str:
    if (usual := region_factor(task)) in varying:
        return usual
    numbers = (name for name in varying if is_ordered(in_order(task, name, (cell.levels[name] for cell in cells))))
    return next(numbers, next(iter(varying), usual))
