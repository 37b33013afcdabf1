"""The command that makes the store smaller."""

from typing import Annotated

import typer

from evenkeel.cli.admin import opened
from evenkeel.cli.common import console, warn


def compact(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
) -> None:
    """Make the store smaller.

    A finished run has its curves twice: packed, and as a row for each epoch. This drops the rows. Nothing is lost: the
    packed curves of a run are compared with its rows before. The lab may go on meanwhile, but on SQLite it waits at the
    end, while the space is given back to the disk. Run it where the store is (EVENKEEL_DATABASE_URL).
    """
    from rich.progress import Progress

    from evenkeel.store import StoreAway

    with opened() as store:
        store.check_schema()
        compacting = store.compacting
        num_runs, num_rows = compacting.to_do()
        before, rows, kept = compacting.size_bytes(), 0, list[str]()
        _say(f"Finished runs with a row for each epoch: {num_runs:,} ({num_rows:,} rows). The store has {_mb(before)}.")
        if dry_run or not num_runs:
            return
        with Progress(console=console.rich, transient=True) as bar:
            task = bar.add_task("runs", total=num_runs)
            for done in compacting.drop():
                rows, kept = rows + done.rows, kept + list(done.kept)
                bar.advance(task, done.runs)
        _say(f"Rows dropped: {rows:,}.")
        if kept:
            differ = "Runs that keep their rows, because their packed curves differ from them"
            warn(f"{differ}: {len(kept):,}, for example {kept[0]}")
        try:
            compacting.shrink()
        except StoreAway as error:
            warn(f"The space could not be given back to the disk ({error}). New runs will take it.")
        _say(f"The store has {_mb(compacting.size_bytes())} now.")


def _say(line: str) -> None:
    console.print(line, highlight=False, markup=False)


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
