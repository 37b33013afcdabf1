"""The cells of an experiment, and the one among them that a user means."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import NAME_DIGITS, cell_name
from evenkeel.grids.which_cell import pick_cell
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.records.left_out import LeftOut, read_cells
from evenkeel.records.rows import CellRow


@dataclass(frozen=True)
class KnownCell:
    """A cell that can be read, and its row in an experiment."""

    row: CellRow
    made: Cell

    @cached_property
    def cell(self) -> str:
        """Its name."""
        return cell_name(self.made.task, self.made.levels, self.row.hash)

    @property
    def hash(self) -> str:
        return self.row.hash

    @property
    def levels(self) -> Mapping[str, Any]:
        return self.made.levels


def list_cells(lab: Lab, experiment: str) -> tuple[list[KnownCell], list[LeftOut]]:
    """The cells of an experiment in the order of their levels, and those that cannot be read here. Raises
    NoSuchExperiment."""
    find_experiment(lab, experiment)
    known, left_out = _read(lab.store.curves.find_cells(experiment, {}, None))
    return sorted(known, key=lambda each: (each.made.task.name, each.made.rank)), left_out


def find_cell(lab: Lab, experiment: str, said: str) -> KnownCell | LeftOut:
    """The cell of an experiment that a user means.

    Args:
        said: the name or hash that the user gave, or the beginning of one; see `pick_cell`.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        NoSuchCell: no cell fits.
        SeveralCells: more than one cell fits.
    """
    find_experiment(lab, experiment)
    rows = lab.store.curves.find_cells(experiment, {}, None)
    # A whole name ends with the first digits of the hash. So few cells have to be read for one.
    digits = said.rpartition("-")[2]
    likely = [row for row in rows if row.hash == said or (len(digits) == NAME_DIGITS and row.hash.startswith(digits))]
    known, left_out = _read(likely)
    every: list[KnownCell | LeftOut] = [*known, *left_out]
    exact = [each for each in every if said in (each.cell, each.hash)]
    if len(exact) == 1:
        return exact[0]
    known, left_out = _read(rows)
    tasks = {each.made.task.name: each.made.task for each in known}
    every = [*known, *left_out]
    return pick_cell(next(iter(tasks.values())) if len(tasks) == 1 else None, every, said)


def _read(rows: list[CellRow]) -> tuple[list[KnownCell], list[LeftOut]]:
    cells, left_out = read_cells(rows)
    return [KnownCell(row, cells[row.id]) for row in rows if row.id in cells], left_out
