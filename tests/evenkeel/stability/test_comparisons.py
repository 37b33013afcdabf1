"""Like is compared with like."""

from itertools import product
from typing import Any

import pytest
from frames import frame_of

from evenkeel import stability
from evenkeel.statistics.multiple import holm

LEVELS = [*product(("vgg", "yolo"), ("batch", "none"), (0.1, 0.5))]
FRAME = frame_of(
    [
        {"net": net, "norm": norm, "lr": lr, "seed": seed, "loss": place + 7 * seed % 5 + (norm == "none") * 9.0}
        for place, (net, norm, lr) in enumerate(LEVELS)
        for seed in range(5)
    ]
)
RUNS = stability.runs(FRAME, "loss", "lower", factors=["net", "norm", "lr"])


def compared(a: Any, b: Any = None, runs: stability.Runs = RUNS) -> list[tuple[str, ...]]:
    """The levels of each pair."""
    names = {cell.cell: "-".join(map(str, cell.levels.values())) for cell in runs.cells}
    return [(names[each.a], names[each.b]) for each in stability.compare(runs, a, b).found.comparisons]


def test_each_cell_meets_the_cell_that_is_alike_but_for_what_is_named() -> None:
    expected = [(f"{net}-none-{lr}", f"{net}-batch-{lr}") for net, lr in product(("vgg", "yolo"), (0.1, 0.5))]
    assert compared({"norm": "none"}, {"norm": "batch"}) == expected
    assert compared({"norm": "none"}) == expected
    found = stability.compare(RUNS, {"norm": "none"}, {"norm": "batch"})
    assert found.paired == (
        "Each cell with norm none is compared with the cells with norm batch that have the same net and lr: 4 pairs. "
        "Holm's correction is over all pairs."
    )
    assert (found.found.a, found.found.levels) == ("norm none", {"norm": "none"})


def test_holms_correction_is_over_all_pairs() -> None:
    found = stability.compare(RUNS, {"norm": "none"}, {"norm": "batch"}).found.comparisons
    assert [each.improvement.p_holm for each in found] == holm([each.improvement.p for each in found])
    assert all("over 4 comparisons" in each.says for each in found)


def test_two_named_cells_are_one_comparison_and_the_same_as_by_their_names() -> None:
    a, b = {"net": "vgg", "norm": "none", "lr": 0.1}, {"net": "yolo", "norm": "batch", "lr": 0.5}
    by_levels = stability.compare(RUNS, a, b)
    [each] = by_levels.found.comparisons
    assert (each.a, each.b) == tuple(by_levels.paired.rstrip(".").split(" is compared with "))
    by_name = stability.compare(RUNS, each.a, each.b)
    assert by_name.found.comparisons == by_levels.found.comparisons


def test_no_pair_is_compared_twice() -> None:
    found = compared({"lr": 0.1}, {"norm": "none"})
    assert len(found) == len({frozenset(pair) for pair in found})


def test_cells_without_a_partner_are_said_to_be_left_out() -> None:
    keep = [row for row in range(len(FRAME["loss"])) if (FRAME["net"][row], FRAME["norm"][row]) != ("yolo", "batch")]
    frame = {name: [values[row] for row in keep] for name, values in FRAME.items()}
    runs = stability.runs(frame, "loss", "lower", factors=["net", "norm", "lr"])
    assert len(compared({"norm": "none"}, {"norm": "batch"}, runs)) == 2
    assert stability.compare(runs, {"norm": "none"}, {"norm": "batch"}).paired.endswith(
        "2 of the cells with norm none are left out, because there is no such other cell."
    )


def test_its_figure_shows_the_compared_cells() -> None:
    found = stability.compare(RUNS, {"norm": "none", "net": "vgg", "lr": 0.1}, {"norm": "batch"})
    assert found.figure().get_axes()
    assert len(found.found.comparisons) == 1


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ({"depth": 3}, None, "a: 'depth' is not a factor; the factors are: net, norm, lr"),
        ({"norm": "group"}, None, "a: 'group' is not a level of norm; its levels: batch, none"),
        ({"norm": "none"}, {"norm": "group"}, "b: 'group' is not a level"),
        ({}, None, "a: names no level; the factors are: net, norm, lr"),
        ({"norm": "none"}, {"norm": "none"}, "b: no cell with norm none is like one of the cells with norm none"),
        ({"norm": "none"}, "vgg-batch", "b: must be levels, such as"),
        ("vgg-none", {"norm": "batch"}, "b: must be the name of a cell"),
        ("vgg-none", None, "a: 'vgg-none' fits 2 cells"),
        ("resnet", None, "a: there is no cell 'resnet'"),
    ],
)
def test_what_fits_no_cell_is_refused(a: Any, b: Any, told: str) -> None:
    with pytest.raises(stability.FrameError) as error:
        stability.compare(RUNS, a, b)
    assert str(error.value).startswith(told)
