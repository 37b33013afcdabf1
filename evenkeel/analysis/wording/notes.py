"""What the factorial model left out, or could not estimate."""

from evenkeel.stability.terms import Note, NoteKind

SENTENCES = {
    NoteKind.MISSING_CELLS: "{count} of {of} combinations of levels are not among the cells.",
    NoteKind.CHANGE_TOGETHER: "Some factors change together in these cells, so that their effects cannot be told "
    "apart.",
    NoteKind.NO_FINAL_VALUE: "{count} runs have no final value and count for the divergence alone.",
    NoteKind.NO_ERROR: "With one seed a cell there is no error to judge by but that of the permutations.",
    NoteKind.NO_SPREAD: "{count} cells have no spread to measure: under two finished runs, or all alike.",
    NoteKind.PAIRS: "Cells of two runs are not compared with each other in their spreads: pairs cannot tell.",
    NoteKind.NONE_BAD: "No run diverged or collapsed, so that no factor can be told to matter for it.",
    NoteKind.ALL_BAD: "Every run diverged or collapsed, so that no factor can be told to matter for it.",
}


def note_says(note: Note) -> str:
    return SENTENCES[note.kind].format(count=note.count, of=note.of)
