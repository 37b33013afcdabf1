"""Says what the factorial model left out or could not estimate."""

from evenkeel.factors.terms import Note, NoteKind

SENTENCES = {
    NoteKind.MISSING_CELLS: "{count} of {of} combinations of levels are not among the cells.",
    NoteKind.CHANGE_TOGETHER: "Some factors change together in these cells, so their effects cannot be separated.",
    NoteKind.NO_FINAL_VALUE: "{count} runs have no final value and count only for the divergence.",
    NoteKind.NO_ERROR: "With one seed in each cell, the model has no error of its own. Only the permutations can judge "
    "the effects.",
    NoteKind.NO_SPREAD: "{count} cells have no spread to measure: they have fewer than two runs that trained, or all "
    "of these are alike.",
    NoteKind.PAIRS: "The spreads of cells with two runs are not compared with each other, because pairs of runs cannot "
    "show a difference.",
    NoteKind.NONE_BAD: "No run diverged or collapsed, so no factor can be shown to matter for divergence.",
    NoteKind.ALL_BAD: "Every run diverged or collapsed, so no factor can be shown to matter for divergence.",
}


def note_says(note: Note) -> str:
    """The note as a sentence."""
    return SENTENCES[note.kind].format(count=note.count, of=note.of)


def unfinished_says(count: int, of: int) -> str:
    """That some cells do not count yet. count: how many; of: how many cells there are."""
    return (
        f"{count} of {of} cells do not count yet, because some of their seeds have not ended. Runs that diverge end "
        "first, so such a cell would look worse than it is."
    )


def unstable_says(count: int, of: int) -> str:
    """That some cells are unstable. count: how many; of: how many cells there are."""
    return f"{count} of {of} cells are unstable: half or more of their runs diverged or collapsed. They have no spread."


def lost_says(count: int) -> str:
    """That some runs count in no spread. count: the number of runs that diverged or collapsed."""
    return f"The spread is that of the runs that trained, without the {count} that diverged or collapsed."
