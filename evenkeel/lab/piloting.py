"""Pilots: two epochs of a cell of each shape that was never measured, so that the time of a grid can be foretold."""

from typing import Any

from evenkeel.grids.cell import Cell
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.estimating import unmeasured
from evenkeel.lab.planning import to_train
from evenkeel.lab.posting import Posted, post_grid

MOST_PILOTS = 12
EPOCHS = 2  # the first prepares what the others use, and may take several times as long
ENDING = "-pilot"
LONGEST = 64  # characters of an experiment's name


def pilot_name(name: str) -> str:
    """'demo-pilot', the experiment to which the pilots of a grid belong."""
    return name[: LONGEST - len(ENDING)] + ENDING


def post_pilots(lab: Lab, spec: GridSpec, posted_by: str = "") -> list[Posted]:
    """Post two epochs of one cell of each shape of a grid that was never measured, at most `MOST_PILOTS` of them.

    They train with one seed, on the device and with the threads of the grid. What costs no time has its default.

    Returns:
        One answer for each pilot. Nothing is posted, and the list is empty, if everything was measured.

    Raises:
        SpecError, QuotaExceeded: As `post_grid`, for the grid or for a pilot.
    """
    runs = to_train(lab, spec)
    cells = unmeasured(lab.store, runs)[:MOST_PILOTS] if runs else []
    return [post_grid(lab, _pilot(spec, cell), posted_by) for cell in cells]


def _pilot(spec: GridSpec, cell: Cell) -> GridSpec:
    task = cell.task
    required = {name for name, info in task.parameters.model_fields.items() if info.is_required()}
    levels = {factor: level for factor, level in cell.stored_levels.items() if factor in task.timed | required}
    if task.length in task.factors:
        levels[task.length] = min(EPOCHS, cell.levels[task.length])
    body: dict[str, Any] = {"name": pilot_name(spec.name), "task": task.name, "grid": {}, "train": levels, "seeds": 1}
    shared = {"device": spec.device, "threads": spec.threads, "priority": spec.priority}
    return grid_spec(task).model_validate(body | {name: value for name, value in shared.items() if value is not None})
