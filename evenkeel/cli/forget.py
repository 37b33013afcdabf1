"""The commands that delete: a cell, for example one that cannot be read, or a whole experiment."""

from typing import Annotated

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import AsJson, Name, Url, connected, fail, say_answer, warn
from evenkeel.grids.which_cell import NamedCell, NoSuchCell, SeveralCells, pick_cell


def forget(
    name: Name,
    cell: Annotated[
        str,
        typer.Argument(
            help="The cell: its name or its hash, or a beginning that fits no other.", autocompletion=completing.cells
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    as_json: AsJson = False,
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
            typer.confirm(f"Delete {what}? This cannot be undone.", abort=True, err=True)
        say_answer(client.forget(name, found.hash), as_json)


def delete(
    name: Name,
    yes: Annotated[
        str | None, typer.Option("--yes", metavar="NAME", help="The name again, to delete it without being asked.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Delete an experiment with all its runs and checkpoints.

    Its copy in MLflow is moved to MLflow's trash. The command is refused while a run of it trains.
    """
    if yes is not None and yes != name:
        fail(f"--yes {yes}: must be the name of the experiment, {name}; nothing was deleted")
    with connected(url) as client:
        if yes is None:
            detail = client.experiment(name)
            what = f"{name}: {detail['num_cells']} cells, {detail['num_runs']['total']} runs"
            warn(f"This deletes {what}. It cannot be undone.")
            if typer.prompt("Type the name of the experiment to delete it", err=True) != name:
                fail("another name was typed; nothing was deleted")
        say_answer(client.delete(name), as_json)
