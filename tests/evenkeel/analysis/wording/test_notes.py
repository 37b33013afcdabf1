"""Every note has a sentence with its numbers."""

import pytest

from evenkeel.analysis.wording.notes import (
    lost_says,
    mixed_says,
    note_says,
    same_cells_says,
    unfinished_says,
    unstable_says,
)
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


def test_cells_with_the_same_curves_are_named_where_their_names_are_known() -> None:
    names = [f"net-{number}" for number in range(13)]
    few = Note(NoteKind.SAME_CURVES, 3, 13, ((0, 2, 3), (1, 4)))
    assert note_says(few) == "3 of 13 cells have the same curves for every seed as another one and count as it."
    assert note_says(few, names) == (
        "5 cells have the same curves for every seed: net-0, net-2 and net-3 count as one cell, "
        "net-1 and net-4 count as one cell."
    )
    many = Note(NoteKind.SAME_CURVES, 6, 13, tuple((cell, cell + 6) for cell in range(6)))
    assert note_says(many, names).endswith("net-3 and net-9 count as one cell, and so do the cells of 2 more groups.")


def test_cells_that_count_as_others_are_counted() -> None:
    assert same_cells_says(1, ["eps"]) == (
        "1 cell counts as another one, with only other levels of eps, which changes nothing there."
    )
    assert same_cells_says(3, ["eps", "slope"]) == (
        "3 cells count as another one, with only other levels of eps and slope, which change nothing there."
    )


def test_that_cells_mix_arithmetics_says_how_many_and_how_to_see_which() -> None:
    assert mixed_says(1, 8).startswith("1 cell mixes runs that computed with different devices, ")
    assert mixed_says(3, 8).startswith("3 of 8 cells mix runs that ")
    assert "`evenkeel runs --run ID`" in mixed_says(3, 8)
