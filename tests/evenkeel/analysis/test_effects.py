"""Which factor mattered, over the cells of a summary."""

import numpy as np
from summaries import posted_twice, summary_cell

from evenkeel.analysis.effects import which_mattered
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
NOISE = np.random.default_rng(0).normal(0, 0.01, (5, 3))
CELLS = [
    summary_cell(arch, norm, "he", (mean + NOISE).tolist())
    for arch in ("yolo", "resnet")
    for norm, mean in (("batch", 0.9), ("none", 0.5))
]
WITH_DIVERGED = [
    summary_cell("yolo", norm, "he", [[0.9, 0.8], [0.7, 0.6], [0.5]], {2: 2}, metric="train_loss")
    for norm in ("batch", "none")
]


def test_the_factor_that_shifts_the_final_value_matters_and_the_answer_names_it() -> None:
    found = which_mattered(CLASSIFICATION, CELLS, ACCURACY, "exp")
    assert (found.metric, found.experiment) == ("train_accuracy", "exp")
    assert found.factors == {"arch": ["yolo", "resnet"], "norm": ["batch", "none"]}
    assert [term.term for term in found.responses.final.terms if term.matters] == ["norm"]
    assert found.answer.startswith("Final train_accuracy: norm mattered (none is 0.")


def test_levels_stand_as_the_task_lists_them_whichever_cells_are_missing() -> None:
    cells = [CELLS[1], *CELLS[2:]]  # without yolo-batch, the first cell has norm none
    found = which_mattered(CLASSIFICATION, cells, ACCURACY, None)
    assert found.factors["norm"] == ["batch", "none"]
    assert {contrast.against for contrast in found.responses.final.terms[1].contrasts} == {"batch"}


def test_what_a_response_does_not_have_is_none() -> None:
    found = which_mattered(CLASSIFICATION, CELLS, ACCURACY, None).responses
    assert (found.final.num_runs, found.final.num_cells, found.final.error_df) == (20, None, 16)
    assert (found.spread.num_runs, found.spread.num_cells, found.spread.error_df) == (None, 4, None)
    assert (found.divergence.num_runs, found.divergence.num_bad, found.final.num_bad) == (20, 0, None)


def test_where_the_worst_is_infinite_a_diverged_run_counts_for_the_divergence_alone() -> None:
    found = which_mattered(CLASSIFICATION, WITH_DIVERGED, LOSS, None)
    assert (found.responses.final.num_runs, found.responses.divergence.num_bad) == (4, 2)
    assert "2 runs have no final value and count only for the divergence." in found.notes


def test_where_the_worst_is_a_number_a_diverged_run_has_it() -> None:
    found = which_mattered(CLASSIFICATION, WITH_DIVERGED, ACCURACY, None)
    assert (found.responses.final.num_runs, found.responses.divergence.num_bad) == (6, 2)


def test_cells_that_were_posted_twice_show_the_same_effects() -> None:
    once = which_mattered(CLASSIFICATION, CELLS, ACCURACY, None)
    assert which_mattered(CLASSIFICATION, [posted_twice(cell) for cell in CELLS], ACCURACY, None) == once


def test_a_cell_counts_only_once_every_seed_of_it_has_ended() -> None:
    diverged = dict.fromkeys(range(3), 1)
    going = summary_cell("resnet", "group", "he", [[], [], [], [0.5], [0.5]], diverged | {3: None, 4: None}, epochs=3)
    waiting = summary_cell("yolo", "group", "he", [[], [], []], diverged, epochs=3, queued=2)
    found = which_mattered(CLASSIFICATION, [*CELLS, going, waiting], ACCURACY, None)
    assert found.responses.divergence.num_bad == 0
    assert (found.num_cells, found.num_runs, found.responses.final.num_runs) == (6, 20, 20)
    said = "2 of 6 cells do not count yet, because some of their seeds have not ended."
    assert found.notes[0].startswith(said)
    assert "2 of these cells do not count yet" in found.answer
    assert not any("do not count yet" in note for note in which_mattered(CLASSIFICATION, CELLS, ACCURACY, None).notes)


def test_before_any_cell_has_ended_nothing_is_said_of_its_runs() -> None:
    cells = [summary_cell(arch, "none", "he", [[]], {0: 1}, epochs=3, queued=2) for arch in ("yolo", "resnet")]
    found = which_mattered(CLASSIFICATION, cells, ACCURACY, None)
    assert (found.num_runs, found.answer) == (0, "In no cell have all seeds ended yet.")
