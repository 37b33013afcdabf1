"""Which factor mattered, over the cells of a summary."""

from dataclasses import replace

import numpy as np
import pytest
from summaries import posted_twice, summary_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.facts import SameCell
from evenkeel.analysis.summary import CellSummary
from evenkeel.records.status import Status
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
NOISE = np.random.default_rng(0).normal(0, 0.01, (5, 3))
CELLS = [
    summary_cell(arch, norm, "he", (mean + noise).tolist())
    for arch, noise in (("yolo", NOISE), ("resnet", np.random.default_rng(1).normal(0, 0.01, (5, 3))))
    for norm, mean in (("batch", 0.9), ("none", 0.5))
]
WITH_DIVERGED = [
    summary_cell("yolo", norm, "he", [[0.9, 0.8], [0.7, end], [0.5]], {2: 2}, metric="train_loss")
    for norm, end in (("batch", 0.6), ("none", 0.65))
]


def test_the_factor_that_shifts_the_final_value_matters_and_the_answer_names_it() -> None:
    found = which_mattered(CLASSIFICATION, CELLS, ACCURACY, "exp")
    assert (found.metric, found.experiment) == ("train_accuracy", "exp")
    assert found.factors == {"arch": ["yolo", "resnet"], "norm": ["batch", "none"]}
    assert [term.term for term in found.responses.final.terms if term.matters] == ["norm"]
    assert found.answer.startswith("Final training accuracy: norm mattered (none is 0.")


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
    assert "Final training loss (without 2 diverged runs): " in found.answer
    assert "2 runs have no final value and count only for the divergence." in found.notes


def test_where_the_worst_is_a_number_a_diverged_run_has_it() -> None:
    found = which_mattered(CLASSIFICATION, WITH_DIVERGED, ACCURACY, None)
    assert (found.responses.final.num_runs, found.responses.divergence.num_bad) == (6, 2)
    assert "Final training accuracy (2 diverged runs count as 0): " in found.answer


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
    assert found.rests in found.answer
    assert "20 of the 26 finished runs" in found.rests
    assert "The other 2 cells do not count yet; so far, 6 of their runs diverged or collapsed." in found.rests
    assert not any("do not count yet" in note for note in which_mattered(CLASSIFICATION, CELLS, ACCURACY, None).notes)


def test_why_a_cell_of_a_cancelled_experiment_does_not_count_is_said() -> None:
    going = summary_cell("resnet", "group", "he", [[0.1], [0.2]], queued=1)
    status = going.num_runs.status | {Status.CANCELLED: 1, Status.QUEUED: 0}
    stopped = replace(going, num_runs=replace(going.num_runs, status=status))
    said = "A seed has not ended if its run was cancelled while it trained. `evenkeel retry` queues such runs again."
    assert said in which_mattered(CLASSIFICATION, [*CELLS, stopped], ACCURACY, None).notes
    assert said not in which_mattered(CLASSIFICATION, [*CELLS, going], ACCURACY, None).notes


def test_before_any_cell_has_ended_nothing_is_said_of_its_runs() -> None:
    cells = [summary_cell(arch, "none", "he", [[]], {0: 1}, epochs=3, queued=2) for arch in ("yolo", "resnet")]
    found = which_mattered(CLASSIFICATION, cells, ACCURACY, None)
    assert (found.num_runs, found.answer) == (0, "In no cell have all seeds ended yet.")


def test_a_parameter_that_a_cell_ignores_is_no_factor_and_hides_none() -> None:
    """The networks differ in leaky_slope too, which only Tiny-YOLO has. Any slope is true of the ResNet."""
    rng = np.random.default_rng(0)
    yolo, resnet = (rng.normal(mean, 0.01, (5, 3)).tolist() for mean in (0.9, 0.5))
    cells = [
        summary_cell("yolo", "batch", "he", yolo, leaky_slope=0.3),
        summary_cell("resnet", "batch", "he", resnet, leaky_slope=0.1),
    ]
    found = which_mattered(CLASSIFICATION, cells, ACCURACY, None)
    assert found.factors == {"arch": ["yolo", "resnet"]}
    assert [term.term for term in found.responses.final.terms if term.matters] == ["arch"]


def test_that_cells_count_as_others_is_said() -> None:
    same = SameCell("yolo-batch-he-0c0ffe", "0c0ffe0123456789", {"momentum": 0.9})
    found = which_mattered(CLASSIFICATION, [replace(CELLS[0], same_cells=[same]), *CELLS[1:]], ACCURACY, None)
    said = "1 cell counts as another one, with only other levels of momentum, which changes nothing there."
    assert found.notes[0] == said


def test_cells_with_the_same_curves_are_named() -> None:
    twin = summary_cell("yolo", "batch", "he", [curve.values for curve in CELLS[0].curves], weight_decay=1e-30)
    found = which_mattered(CLASSIFICATION, [*CELLS, twin], ACCURACY, None)
    assert found.num_cells == 4
    assert found.notes[:1] == [
        f"2 cells have the same curves for every seed: {CELLS[0].cell} and {twin.cell} count as one cell."
    ]


def lr_study(rng: np.random.Generator) -> list[CellSummary]:
    """The ResNet trains up to a learning rate of 0.2 and lies at chance at 0.5. The plain network always lies there."""
    cells = []
    for arch, breaks_from in (("resnet", 0.5), ("plain", 0.0)):
        for lr in (0.05, 0.2, 0.5):
            lost = lr >= breaks_from
            curves = rng.normal(0.1, 0.002, (4, 6)) if lost else np.linspace(0.3, 0.9, 6) + rng.normal(0, 0.02, (4, 6))
            outcomes = dict.fromkeys(range(4), "collapsed") if lost else None
            cells.append(summary_cell(arch, "none", "he", curves.tolist(), outcomes, lr=lr))
    return cells


def test_a_network_at_chance_does_not_make_another_look_wide_and_is_called_unstable_first() -> None:
    found = which_mattered(CLASSIFICATION, lr_study(np.random.default_rng(0)), ACCURACY, None)
    assert found.answer.startswith(
        "resnet breaks between learning rate 0.2 and 0.5; plain at every learning rate tried. "
    )
    assert found.headline == "resnet breaks between learning rate 0.2 and 0.5; plain at every learning rate tried."
    assert found.evidence is not None
    assert (found.evidence.n, found.evidence.level) == (4, "descriptive")
    spread = {term.term: term for term in found.responses.spread.terms}
    assert (spread["arch"].p_permutation, spread["arch"].matters) == (None, None)
    assert [contrast.estimate for contrast in spread["arch"].contrasts] == []
    assert "spreads" not in found.answer
    assert [note[:26] for note in found.notes] == ["4 of 6 cells are unstable:", "The spread is that of the "]
    assert found.responses.spread.num_cells == 2


def test_runs_that_diverged_or_collapsed_do_not_widen_a_spread() -> None:
    lost = {5: "collapsed", 6: 2}
    cells = [
        summary_cell(
            arch, norm, "he", [*(mean + NOISE).tolist(), *([[0.1] * 3, [0.1]] if lost_here else [])], lost_here
        )
        for arch, shift in (("yolo", 0.0), ("resnet", 0.01))
        for norm, lost_here, mean in (("batch", {}, 0.9 + shift), ("none", lost, 0.8 + shift))
    ]
    found = which_mattered(CLASSIFICATION, cells, ACCURACY, None)
    [norm] = [term for term in found.responses.spread.terms if term.term == "norm"]
    assert norm.contrasts[0].estimate == pytest.approx(1)
    assert "The spread is that of the runs that trained, without the 4 that diverged or collapsed." in found.notes


@pytest.mark.slow
def test_a_factor_that_makes_runs_collapse_but_changes_no_spread_is_not_said_to_widen_it() -> None:
    rng, grids, claims = np.random.default_rng(1), 24, 0
    for _ in range(grids):
        cells = []
        for arch in ("yolo", "resnet"):
            for norm, share in (("batch", 0.0), ("none", 0.3)):
                curves = np.linspace(0.3, 0.9, 6) + rng.normal(0, 0.02, (8, 6))
                lost = np.flatnonzero(rng.uniform(size=8) < share)
                curves[lost] = rng.normal(0.1, 0.002, (len(lost), 6))
                outcomes = dict.fromkeys(lost.tolist(), "collapsed")
                cells.append(summary_cell(arch, norm, "he", curves.tolist(), outcomes))
        spread = which_mattered(CLASSIFICATION, cells, ACCURACY, None, permutations=999).responses.spread
        claims += any(term.matters for term in spread.terms)
    # At 5 %, 5 or more of 24 grids claim an effect in less than one test in 100. Collapsed runs as spread: 13 of 24.
    assert claims <= 4


@pytest.mark.slow
def test_a_spread_that_is_there_is_found_beside_runs_that_collapsed() -> None:
    rng, cells = np.random.default_rng(2), []
    for arch in ("yolo", "resnet"):
        for norm, wide in (("batch", 0.02), ("none", 0.08)):
            curves = np.linspace(0.3, 0.9, 6) + rng.normal(0, wide, (8, 6))
            lost = {6: "collapsed", 7: 2} if norm == "none" else {}
            cells.append(summary_cell(arch, norm, "he", curves.tolist(), lost))
    spread = which_mattered(CLASSIFICATION, cells, ACCURACY, None).responses.spread
    assert [term.term for term in spread.terms if term.matters] == ["norm"]


@pytest.mark.slow
def test_equal_networks_do_not_differ_while_cells_that_began_later_still_train() -> None:
    rng, looks, claims = np.random.default_rng(3), 40, 0
    for _ in range(looks):
        cells = []
        for arch in ("yolo", "resnet"):
            for norm in ("batch", "none", "group"):
                # Of a cell that began early nearly all have ended; of the others, those that diverged and a few more.
                early = arch == "yolo" or rng.uniform() < 0.2
                bad, ended = rng.uniform(size=8) < 0.4, rng.uniform(size=8) < (0.99 if early else 0.1)
                curves = [
                    [] if gone else [0.1, rng.normal(0.8, 0.02)][: 1 + done]
                    for gone, done in zip(bad, ended, strict=True)
                ]
                outcomes = {seed: 1 if bad[seed] else None for seed in range(8) if bad[seed] or not ended[seed]}
                cells.append(summary_cell(arch, norm, "he", curves, outcomes, epochs=2))
        found = which_mattered(CLASSIFICATION, cells, ACCURACY, None, permutations=999).responses
        claims += any(term.matters for term in (*found.final.terms, *found.divergence.terms))
    # At 5 % for each of two responses, 10 or more of 40 looks claim an effect in less than one test in 100.
    assert claims < 10
