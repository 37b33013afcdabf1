"""A frame becomes runs, and what is wrong with it is said with its column and row."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from frames import Columns, finals, frame_of, grid
from summaries import summary_cell

from evenkeel import stability
from evenkeel.analysis.effects import which_mattered
from evenkeel.plugins import Outcome
from evenkeel.reports.tables import summary_table
from models.task import CLASSIFICATION

NAN = float("nan")
LOSSES = finals(batch=[1.0, 1.1, 1.2], none=[2.0, 2.5, 3.0])


def read(frame: Columns, **more: Any) -> stability.Runs:
    return stability.runs(frame, **{"metric": "loss", "better": "lower", **more})


def curves(*runs: list[float], **column: list[Any]) -> Columns:
    """One cell with a run for each list of losses, and another column with a value for each row."""
    rows = [(seed, epoch, loss) for seed, losses in enumerate(runs) for epoch, loss in enumerate(losses, 1)]
    columns: Columns = {name: [row[place] for row in rows] for place, name in enumerate(("seed", "epoch", "loss"))}
    return columns | column


@pytest.mark.slow
def test_runs_of_a_lab_give_the_same_numbers_when_they_come_back_as_a_frame() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    cells = []
    for arch, norm in product(("yolo", "resnet"), ("batch", "none")):
        lost = {0: 3, 1: "collapsed"} if norm == "none" else {}
        curves = np.sort(rng.uniform(0.2, 1, (4, 5))).tolist()
        curves[0] = curves[0][: lost.get(0)]
        cells.append(summary_cell(arch, norm, "he", curves, lost, width=0.25))
    frame = pandas.DataFrame(summary_table(CLASSIFICATION, cells, "runs"))
    frame["arch"] = pandas.Categorical(frame["arch"], ["yolo", "resnet"], ordered=True)
    found = stability.runs(
        frame, "value", "higher", epoch="epoch", factors=["arch", "norm"], diverged="outcome", worst=0.0
    )
    for ours, theirs in zip(found.cells, cells, strict=True):
        assert (ours.divergence, ours.final, ours.band_width) == (theirs.divergence, theirs.final, theirs.band_width)
        assert (ours.bands, ours.left_survivors, ours.seeds) == (theirs.bands, theirs.left_survivors, theirs.seeds)
    expected = which_mattered(CLASSIFICATION, cells, CLASSIFICATION.metric("train_accuracy"), None)
    assert stability.effects(found).found.responses == expected.responses


def test_factors_are_the_other_columns_that_vary() -> None:
    assert read(LOSSES).factors == {"norm": ["batch", "none"]}
    assert read(LOSSES | {"note": ["x"] * 6}).factors == {"norm": ["batch", "none"]}
    assert read(LOSSES | {"lr": [0.1, 0.1, 0.1, 0.2, 0.2, 0.2]}, factors=["lr"]).factors == {"lr": [0.1, 0.2]}


def test_runs_without_a_factor_are_one_cell() -> None:
    [cell] = read({"seed": [0, 1, 2], "loss": [1.0, 2.0, 3.0]}).cells
    assert (cell.final.n, cell.final.mean) == (3, 2.0)


def test_epochs_are_numbered_from_one_in_their_order() -> None:
    frame = {"seed": [0] * 3, "step": [500, 0, 100], "loss": [1.0, 3.0, 2.0]}
    [cell] = read(frame, epoch="step").cells
    assert cell.curves[0].values == [3.0, 2.0, 1.0]


def test_a_run_whose_metric_is_not_finite_at_its_end_diverged() -> None:
    [cell] = read(curves([1.0, 0.9, 0.8], [1.0, NAN, NAN], [1.0, NAN, 0.7], [1.0, float("inf")]), epoch="epoch").cells
    assert [curve.outcome for curve in cell.curves] == ["converged", "diverged", "converged", "diverged"]
    assert [curve.diverged_epoch for curve in cell.curves] == [None, 2, None, 2]
    assert cell.curves[2].values == [1.0, None, 0.7]


def test_a_column_says_from_when_on_a_run_diverged() -> None:
    frame = curves([1.0, 0.9, 0.8], [1.0, 5.0, 9.0], lost=[False, False, False, False, True, True])
    [cell] = read(frame, epoch="epoch", diverged="lost").cells
    assert [curve.diverged_epoch for curve in cell.curves] == [None, 2]


def test_a_column_that_flags_whole_runs_leaves_the_epoch_to_the_metric() -> None:
    frame = curves([1.0, NAN, NAN], [1.0, 5.0, 9.0], lost=["true"] * 6)
    [cell] = read(frame, epoch="epoch", diverged="lost").cells
    assert [curve.diverged_epoch for curve in cell.curves] == [2, 3]


def test_only_a_column_of_outcomes_says_that_a_run_collapsed() -> None:
    words = LOSSES | {"outcome": ["converged", "collapsed", "diverged", "converged", "converged", ""]}
    batch, none = read(words, diverged="outcome").cells
    assert (batch.divergence.collapsed, batch.divergence.diverged) == (1, 1)
    assert (none.divergence.n, none.divergence.unfinished) == (2, 1)
    assert all(
        cell.divergence.collapsed == 0
        for cell in read(LOSSES | {"lost": [True] * 3 + [False] * 3}, diverged="lost").cells
    )


def test_a_run_that_stops_before_its_cells_last_epoch_still_trains() -> None:
    [cell] = read(curves([1.0, 0.9, 0.8], [1.0, 0.9]), epoch="epoch").cells
    assert [curve.outcome for curve in cell.curves] == [Outcome.CONVERGED, None]
    assert cell.divergence.unfinished == 1


def test_cells_may_train_different_numbers_of_epochs() -> None:
    long, short = [1.0, 0.9, 0.8], [1.0, 0.7]
    frame = curves(long, short, width=[1, 1, 1, 2, 2])
    assert [cell.final.mean for cell in read(frame, epoch="epoch", factors=["width"]).cells] == [0.8, 0.7]


def test_a_cell_of_which_every_run_diverged_is_as_long_as_the_others() -> None:
    frame = grid(seeds=1)
    cells = stability.runs(frame, "accuracy", "higher", epoch="epoch").cells
    assert {len(cell.bands.all.n) for cell in cells} == {4}


def test_levels_come_in_the_order_that_a_category_declares() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(LOSSES)
    frame["norm"] = pandas.Categorical(frame["norm"], ["none", "batch"], ordered=True)
    assert read(frame).factors == {"norm": ["none", "batch"]}


def test_the_worst_value_is_that_of_the_metric() -> None:
    assert read(LOSSES).metric.worst == float("inf")
    assert read(LOSSES, worst=10.0).metric.worst == 10.0
    shares = {"seed": [0, 1], "accuracy": [0.5, 0.9]}
    assert (stability.runs(shares, "accuracy", "higher").metric.worst, read(LOSSES).metric.unit) == (0.0, "")
    assert stability.runs(shares, "accuracy", "higher").metric.unit == "share"
    assert stability.runs(shares, "accuracy", "higher", share=False).metric.unit == ""
    assert stability.runs(shares, "accuracy", "lower", share=True).metric.worst == 1.0


BAD: dict[str, tuple[Columns, dict[str, Any], str]] = {
    "no such metric": (
        LOSSES,
        {"metric": "acc"},
        "metric: the frame has no column 'acc'; its columns: norm, seed, loss",
    ),
    "no such seed": (LOSSES, {"seed": "run"}, "seed: the frame has no column 'run'"),
    "no such epoch": (LOSSES, {"epoch": "step"}, "epoch: the frame has no column 'step'"),
    "no such factor": (LOSSES, {"factors": ["lr"]}, "factors: the frame has no column 'lr'"),
    "no such outcome": (LOSSES, {"diverged": "lost"}, "diverged: the frame has no column 'lost'"),
    "a factor that is the metric": (LOSSES, {"factors": ["loss"]}, "factors: 'loss' has another role"),
    "better": (LOSSES, {"better": "up"}, "better: 'up' is not allowed; allowed: higher, lower"),
    "a seed is missing": (LOSSES | {"seed": [0, 1, NAN, 0, 1, 2]}, {}, "seed: has no value in row 3"),
    "a seed is no whole number": (LOSSES | {"seed": [0, 1, 0.5, 0, 1, 2]}, {}, "seed: 0.5 in row 3 is no seed"),
    "a seed is a word": (LOSSES | {"seed": ["a"] * 6}, {}, "seed: 'a' in row 1 is no seed"),
    "an infinite seed": (LOSSES | {"seed": [0, 1, float("inf"), 0, 1, 2]}, {}, "seed: inf in row 3 is no seed"),
    "the metric is no number": (LOSSES | {"loss": ["high"] * 6}, {}, "loss: 'high' in row 1 is not a number"),
    "the metric is nowhere": (LOSSES | {"loss": [NAN] * 6}, {}, "loss: has no finite value in any row"),
    "two rows of one run": (
        LOSSES | {"seed": [0, 0, 1, 0, 1, 2]},
        {},
        "seed: rows 1 and 2 are the same run (norm batch, seed 0); one run has one row. If a row is an epoch, name its",
    ),
    "two rows of one epoch": (
        LOSSES | {"step": [1] * 6, "seed": [0, 0, 1, 0, 1, 2]},
        {"epoch": "step"},
        "step: rows 1 and 2 are the same run (norm batch, seed 0, step 1); one run has one row for each epoch",
    ),
    "a level is missing": (
        LOSSES | {"norm": ["batch"] * 3 + [None] * 3},
        {},
        "norm: has no value in row 4; a factor needs a level in each row. pandas reads the word None",
    ),
    "a level is a list": (LOSSES | {"norm": [[1]] * 6}, {}, "norm: [1] in row 1 cannot be a level; a level is a word"),
    "a level is infinite": (
        LOSSES | {"norm": [float("inf")] * 3 + [1.0] * 3},
        {},
        "norm: inf in row 1 cannot be a level",
    ),
    "numbers and truth": (LOSSES | {"norm": [True] * 3 + [1] * 3}, {"factors": ["norm"]}, "norm: has both numbers and"),
    "a measurement": (
        LOSSES | {"accuracy": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]},
        {},
        "accuracy: has 6 different values, and most of them in one run only, so it looks like a measurement. Name the",
    ),
    "a name that clashes": (LOSSES | {"copy": [1, 1, 1, 2, 2, 2]}, {}, "copy: cannot be the name of a factor; rename"),
    "a worst that is not": (LOSSES, {"worst": 2.0}, "worst: 2 is better than 3, which a run has"),
    "no share": (LOSSES, {"share": True}, "loss: has the values 1 to 3; a share lies in 0 to 1"),
    "no outcome": (
        LOSSES | {"lost": ["maybe"] * 6},
        {"diverged": "lost"},
        "lost: 'maybe' in row 1 is not allowed; allow",
    ),
    "an outcome is missing": (LOSSES | {"lost": [True, None] * 3}, {"diverged": "lost"}, "lost: None in row 2 is not"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_said_with_its_column(case: str) -> None:
    frame, more, told = BAD[case]
    with pytest.raises(stability.FrameError) as error:
        read(frame, **more)
    assert str(error.value).startswith(told)


def test_a_column_of_run_ids_is_no_factor() -> None:
    frame = frame_of(
        [
            {"id": f"run{seed}{epoch // 9}", "seed": seed, "epoch": epoch, "loss": 1.0}
            for seed in (0, 1)
            for epoch in (1, 2)
        ]
    )
    with pytest.raises(stability.FrameError, match="id: has 2 different values"):
        read(frame, epoch="epoch")


@pytest.mark.parametrize("name", ["batch size", "lr (log10)", "class", "model", "val/acc", "größe"])
def test_a_factor_and_a_metric_may_have_any_everyday_name(name: str) -> None:
    frame = {name: LOSSES["norm"], "seed": LOSSES["seed"], "test/loss": LOSSES["loss"]}
    found = stability.effects(stability.runs(frame, "test/loss", "lower"), permutations=99)
    assert list(found.found.factors) == [name]
    assert found.answer.startswith("Final test/loss: ")
