"""Says what the factorial model left out or could not estimate."""

from collections.abc import Sequence

from evenkeel.analysis.wording.lists import listed
from evenkeel.factors.terms import Note, NoteKind

MOST_NAMED = 4  # groups of cells that a note names at most

SENTENCES = {
    NoteKind.SAME_CURVES: "{count} of {of} cells have the same curves for every seed as another one and count as it.",
    NoteKind.MISSING_CELLS: "{count} of {of} combinations of levels are not among the cells.",
    NoteKind.CHANGE_TOGETHER: "Some factors change together in these cells, so their effects cannot be separated.",
    NoteKind.NO_FINAL_VALUE: "{count} runs have no final value and count only for the divergence.",
    NoteKind.NO_ERROR: "With one seed in each cell, the model has no error of its own. Only the permutations can judge "
    "the effects.",
    NoteKind.NO_SPREAD: "{count} cells have no spread to measure: they have fewer than two runs that trained, or all "
    "of these are alike.",
    NoteKind.PAIRS: "The spreads of cells with two runs are not compared with each other, because pairs of runs cannot "
    "show a difference.",
    NoteKind.NONE_BAD: "No run that counts diverged or collapsed, so no factor can be shown to matter for divergence.",
    NoteKind.ALL_BAD: "Every run diverged or collapsed, so no factor can be shown to matter for divergence.",
}


def note_says(note: Note, names: Sequence[str] = ()) -> str:
    """The note as a sentence. names: the names of all cells, if they are known."""
    if note.cells and names:
        each = [listed([names[cell] for cell in group], "and") for group in note.cells[:MOST_NAMED]]
        rest = len(note.cells) - len(each)
        more = f", and so do the cells of {rest} more groups" if rest else ""
        count = note.count + len(note.cells)
        told = ", ".join(f"{group} count as one cell" for group in each)
        return f"{count} cells have the same curves for every seed: {told}{more}."
    return SENTENCES[note.kind].format(count=note.count, of=note.of)


def same_cells_says(count: int, factors: Sequence[str]) -> str:
    """That some cells count as others. count: how many; factors: in which they differ from those."""
    cells = "1 cell counts" if count == 1 else f"{count} cells count"
    change = "changes" if len(factors) == 1 else "change"
    return f"{cells} as another one, with only other levels of {listed(factors, 'and')}, which {change} nothing there."


def unfinished_says(count: int, of: int) -> str:
    """That some cells do not count yet. count: how many; of: how many cells there are."""
    return (
        f"{count} of {of} cells do not count yet, because some of their seeds have not ended. Runs that diverge end "
        "first, so such a cell would look worse than it is."
    )


def cancelled_says(elsewhere: bool) -> str:
    """Why cells with cancelled runs have seeds that have not ended. elsewhere: whether the runs were not trained by a
    lab."""
    if elsewhere:
        return "A seed has not ended if its run was killed, or was still training when it was imported."
    return "A seed has not ended if its run was cancelled while it trained. `evenkeel retry` queues such runs again."


def unstable_says(count: int, of: int) -> str:
    """That some cells are unstable. count: how many; of: how many cells there are."""
    return f"{count} of {of} cells are unstable: half or more of their runs diverged or collapsed. They have no spread."


def lost_says(count: int) -> str:
    """That some runs count in no spread. count: the number of runs that diverged or collapsed."""
    return f"The spread is that of the runs that trained, without the {count} that diverged or collapsed."


def mixed_says(count: int, of: int) -> str:
    """That some cells mix runs that were computed in different ways. count: how many; of: how many cells there are."""
    cells = "1 cell mixes" if count == 1 else f"{count} of {of} cells mix"
    return (
        f"{cells} runs that computed with different devices, versions of torch or numbers of threads. Their numbers "
        "differ for the same seed, too; `evenkeel runs --run ID` tells what a run computed with."
    )
