"""One cell of a summary against others."""

import pytest
from summaries import summary_cell

from evenkeel.analysis.compare import compare, find_cell
from evenkeel.analysis.query import QueryError
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
CELLS = [
    summary_cell("yolo", norm, "he", [[0.1, final + seed / 100] for seed in range(5)])
    for norm, final in (("batch", 0.9), ("none", 0.5), ("group", 0.8))
]
A, B, C = CELLS


def test_a_cell_is_compared_with_every_other_in_their_order() -> None:
    found = compare(CELLS, A.cell, [], ACCURACY, "exp")
    assert (found.metric, found.experiment, found.a) == ("train_accuracy", "exp", "yolo-batch-he")
    assert [each.b for each in found.comparisons] == ["yolo-none-he", "yolo-group-he"]
    first = found.comparisons[0]
    assert first.improvement.probability == 1
    assert first.improvement.p_holm == pytest.approx(2 * first.improvement.p)
    assert first.says.startswith("A run of yolo-batch-he is better than one of yolo-none-he with probability 100%")


def test_of_a_loss_the_lower_is_better() -> None:
    assert compare(CELLS, A.cell, [B.cell], LOSS, None).comparisons[0].improvement.probability == 0


def test_a_cell_goes_by_its_label_and_by_its_hash() -> None:
    [comparison] = compare(CELLS, A.hash, [C.hash], ACCURACY, None).comparisons
    assert comparison.b == C.cell
    assert find_cell(CELLS, B.hash, "cell") is find_cell(CELLS, B.cell, "cell") is B


@pytest.mark.parametrize(
    ("cells", "a", "others", "field", "problem"),
    [
        (CELLS, "other", [], "a", "there is no cell 'other'; there are: yolo-batch-he, yolo-none-he, yolo-group-he"),
        (CELLS, A.cell, ["other"], "b", "there is no cell 'other'"),
        (CELLS, A.cell, [A.hash], "b", "a cell other than 'yolo-batch-he'; there are: yolo-batch-he"),
        ([A], A.cell, [], "b", "a cell other than 'yolo-batch-he'; there are: yolo-batch-he"),
        ([], "other", [], "a", "there is no cell 'other'; there are: none yet"),
    ],
)
def test_what_cannot_be_compared_is_told_with_the_part_of_the_query_at_fault(
    cells: list, a: str, others: list[str], field: str, problem: str
) -> None:
    with pytest.raises(QueryError) as error:
        compare(cells, a, others, ACCURACY, None)
    assert error.value.field == field
    assert error.value.problem.startswith(problem)


def test_of_many_cells_thirty_are_named() -> None:
    many = [summary_cell("yolo", "none", "he", [[0.1]], lr=step) for step in range(40)]
    with pytest.raises(QueryError, match=r"lr=29 and 10 more$"):
        find_cell(many, "other", "cell")
