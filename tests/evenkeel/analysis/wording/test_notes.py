"""Every note has a sentence with its numbers."""

import pytest

from evenkeel.analysis.wording.notes import lost_says, note_says, unfinished_says, unstable_says
from evenkeel.factors.terms import Note, NoteKind


@pytest.mark.parametrize("kind", NoteKind)
def test_every_kind_is_a_sentence(kind: NoteKind) -> None:
    said = note_says(Note(kind, 3, 8))
    assert said.endswith(".")
    assert "{" not in said


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (Note(NoteKind.MISSING_CELLS, 1, 8), "1 of 8 combinations of levels are not among the cells."),
        (Note(NoteKind.NO_FINAL_VALUE, 2, 9), "2 runs have no final value and count only for the divergence."),
        (
            Note(NoteKind.NO_SPREAD, 4, 8),
            "4 cells have no spread to measure: they have fewer than two runs that trained, or all of these are alike.",
        ),
    ],
)
def test_the_numbers_are_told(note: Note, says: str) -> None:
    assert note_says(note) == says


def test_cells_that_do_not_count_yet_are_counted() -> None:
    assert unfinished_says(2, 8).startswith(
        "2 of 8 cells do not count yet, because some of their seeds have not ended."
    )


def test_unstable_cells_and_lost_runs_are_counted() -> None:
    assert unstable_says(2, 8).startswith(
        "2 of 8 cells are unstable: half or more of their runs diverged or collapsed."
    )
    assert lost_says(3) == "The spread is that of the runs that trained, without the 3 that diverged or collapsed."
