"""One cell of a summary compared with others."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from summaries import summary_cell

from evenkeel.analysis.compare import compare
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
CELLS = [
    summary_cell("yolo", norm, "he", [[0.1, final + seed / 100] for seed in range(5)])
    for norm, final in (("batch", 0.9), ("none", 0.5), ("group", 0.8))
]
A, B, C = CELLS


def test_a_cell_is_compared_with_every_other_in_their_order() -> None:
    found = compare(CLASSIFICATION, CELLS, A.cell, [], ACCURACY, "exp")
    assert (found.metric, found.experiment, found.a) == ("train_accuracy", "exp", A.cell)
    assert [each.b for each in found.comparisons] == [B.cell, C.cell]
    first = found.comparisons[0]
    assert first.improvement.probability == 1
    assert first.improvement.p_holm == pytest.approx(2 * first.improvement.p)
    assert first.says.startswith(f"A run of {A.cell} is better than one of {B.cell} with probability 100%")


def test_of_a_loss_the_lower_is_better() -> None:
    assert compare(CLASSIFICATION, CELLS, A.cell, [B.cell], LOSS, None).comparisons[0].improvement.probability == 0


def test_a_cell_goes_by_a_beginning_of_its_name_and_by_its_hash() -> None:
    [comparison] = compare(CLASSIFICATION, CELLS, "yolo-batch", [C.hash], ACCURACY, None).comparisons
    assert comparison.b == C.cell


def test_the_levels_stand_beside_the_names_with_the_factors_that_the_names_do_not_tell() -> None:
    faster = summary_cell("yolo", "none", "he", [[0.1, 0.2]] * 5, lr=0.1)
    slower = summary_cell("yolo", "none", "glorot", [[0.1, 0.2]] * 5, lr=0.01)
    found = compare(CLASSIFICATION, [faster, slower], faster.cell, [], ACCURACY, None)
    assert (found.levels, found.comparisons[0].levels) == (faster.levels, slower.levels)
    assert found.differing == ["lr"]


@pytest.mark.parametrize(
    ("cells", "a", "others", "field", "problem"),
    [
        (CELLS, "other", [], "a", f"there is no cell 'other'; there are: {A.cell}, {B.cell}, {C.cell}"),
        (CELLS, A.cell, ["other"], "b", "there is no cell 'other'"),
        (CELLS, A.cell, [A.hash], "b", f"name a cell other than '{A.cell}'; there are: {A.cell}"),
        ([A], A.cell, [], "b", f"name a cell other than '{A.cell}'; there are: {A.cell}"),
        ([], "other", [], "a", "there is no cell 'other'; there are: none yet"),
    ],
)
def test_what_cannot_be_compared_is_told_with_the_part_of_the_query_at_fault(
    cells: list, a: str, others: list[str], field: str, problem: str
) -> None:
    with pytest.raises(QueryError) as error:
        compare(CLASSIFICATION, cells, a, others, ACCURACY, None)
    assert error.value.field == field
    assert error.value.problem.startswith(problem)


def test_a_cell_that_lies_at_chance_does_not_make_another_look_wide() -> None:
    at_chance = summary_cell(
        "resnet", "none", "he", [[0.1, 0.1], [0.1, 0.101], [0.1, 0.102]], dict.fromkeys(range(3), "collapsed")
    )
    [found] = compare(CLASSIFICATION, [A, at_chance], A.cell, [], ACCURACY, None).comparisons
    assert (found.spread.ratio, found.spread.p) == (None, None)
    assert found.divergence.p == pytest.approx(1 / 56)


def going(arch: str, bad: Sequence[bool], ended: Sequence[bool]) -> CellSummary:
    """A cell of equal runs: some diverged in their first epoch, and of the others some have not ended."""
    curves = [[] if gone else [0.1, 0.9] if done else [0.1] for gone, done in zip(bad, ended, strict=True)]
    outcomes = {seed: 1 if gone else None for seed, gone in enumerate(bad) if gone or not ended[seed]}
    return summary_cell(arch, "none", "he", curves, outcomes, epochs=2)


def test_a_cell_whose_seeds_have_not_ended_is_not_judged_by_those_that_diverged_first() -> None:
    early = going("resnet", [True] * 3 + [False] * 7, [False] * 10)
    [found] = compare(CLASSIFICATION, [A, early], A.cell, [], ACCURACY, None).comparisons
    assert (found.divergence.p, found.improvement.probability, found.improvement.p) == (None, None, None)
    assert found.says.startswith(f"7 seeds of {early.cell} have not ended. ")


@pytest.mark.slow
def test_looking_at_equal_cells_while_one_still_trains_shows_no_difference_that_is_not_there() -> None:
    rng, worlds, claims = np.random.default_rng(0), 150, 0
    for _ in range(worlds):
        bad = rng.uniform(size=(2, 10)) < 0.4
        cells = [going("yolo", bad[0].tolist(), [True] * 10), going("resnet", bad[1].tolist(), [False] * 10)]
        [found] = compare(CLASSIFICATION, cells, cells[0].cell, [], ACCURACY, None).comparisons
        claims += any(p is not None and p <= 0.05 for p in (found.improvement.p, found.divergence.p))
    # At 5 %, 15 or more of 150 worlds claim a difference in less than one test in 100.
    assert claims < 15


def test_the_others_may_belong_to_another_experiment_where_the_same_cell_is_told_apart_by_it() -> None:
    found = compare(CLASSIFICATION, [A], A.cell, [C.cell], ACCURACY, "one", there=[B, C], b_experiment="two")
    assert ([each.b for each in found.comparisons], found.b_experiment) == ([C.cell], "two")
    again = compare(CLASSIFICATION, [A], A.cell, [A.cell], ACCURACY, "one", there=[replace(A)], b_experiment="two")
    [same] = again.comparisons
    assert (same.a, same.b, same.improvement.probability) == (f"{A.cell} of one", f"{A.cell} of two", 0.5)
    assert (again.experiment, again.b_experiment) == ("one", "two")
