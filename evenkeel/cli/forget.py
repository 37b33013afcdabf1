"""The command that deletes a cell, for example one that cannot be read."""

from typing import Annotated

import typer

from evenkeel.cli.common import Name, Url, connected, console, fail
from evenkeel.grids.which_cell import NamedCell, NoSuchCell, SeveralCells, pick_cell


def forget(
    name: Name,
    cell: Annotated[str, typer.Argument(help="The cell: its name or its hash, or a beginning that fits no other.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    url: Url = None,
) -> None:
    """Delete a cell of an experiment, with all its runs.

    A cell that cannot be read here can be deleted, too. Copies of the runs in MLflow stay there.
    """
    with connected(url) as client:
        runs = client.runs(name)
        cells = {run["cell_hash"]: NamedCell(run["cell"], run["cell_hash"]) for run in runs}
        try:
            found = pick_cell(None, list(cells.values()), cell)
        except (NoSuchCell, SeveralCells) as error:
            fail(str(error))
        if not yes:
            theirs = [run for run in runs if run["cell_hash"] == found.hash]
            epochs = sum(run["num_epochs"] for run in theirs)
            what = f"the cell {found.cell} of {name}, {len(theirs)} runs and {epochs} epochs"
            typer.confirm(f"Delete {what}? This cannot be undone.", abort=True)
        console.print(client.forget(name, found.hash)["says"], markup=False, highlight=False)
