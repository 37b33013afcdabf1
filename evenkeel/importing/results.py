"""What an import has done, and what several batches of one have done together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evenkeel.importing.notes import Kind, Note, merged
from evenkeel.result import about, result


@result
class Imported:
    name: str = about("Name of the experiment.")
    task: str = about("Its task, which the params and metrics of the runs declare.")
    created: int = about("Number of runs that this request created.")
    completed: int = about("Number of runs that had no result before, and have one now.")
    existing: int = about("Number of runs that the experiment had to their end before.")
    left_out: int = about("Number of runs that are left out; `notes` says why.")
    remaining: int = about("Number of runs that are left for another request.")
    after: str | None = about("Send it with that request, as `after`; null if no run is left.")
    num_runs: int = about("Number of runs of the source that have a seed.")
    num_cells: int = about("Number of cells of the experiment.")
    factors: list[str] = about("The factors: the params that vary over the runs.")
    metrics: list[str] = about("The metrics, the default metric first.")
    notes: list[Note] = about("What is worth knowing about the runs, and how it is handled.")
    began_ms: int = about("When this import began, in ms since 1970. Send it with the next request of this import.")
    url: str = about("Path at which the experiment can be found.")


def read_imported(answer: Mapping[str, Any]) -> Imported:
    """The answer of the API as it was before it became JSON."""
    notes = [Note(**{**note, "kind": Kind(note["kind"])}) for note in answer["notes"]]
    return Imported(**{**answer, "notes": notes})


def summed(parts: Sequence[Imported], known: int = 0) -> Imported:
    """What several batches of one import have done together.

    Args:
        parts: At least one, in their order.
        known: The number of runs that no batch has, because the experiment had them to their end.
    """
    return replace(
        parts[-1],
        created=sum(part.created for part in parts),
        completed=sum(part.completed for part in parts),
        existing=known + sum(part.existing for part in parts),
        left_out=sum(part.left_out for part in parts),
        notes=merged(note for part in parts for note in part.notes),
    )
