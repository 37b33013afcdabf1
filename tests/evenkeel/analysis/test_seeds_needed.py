"""How many seeds a cell of a summary needs."""

import pytest
from summaries import summary_cell

from evenkeel.analysis.seeds_needed import how_many_seeds
from models.task import CLASSIFICATION

ACCURACY = CLASSIFICATION.metric("train_accuracy")
CELL = summary_cell("yolo", "none", "he", [[0.1, 0.90], [0.1, 0.93], [0.1, 0.95], [0.2]], {3: 2})


def test_the_mean_is_that_of_the_runs_that_did_not_diverge() -> None:
    found = how_many_seeds(CELL, ACCURACY, 0.01, "mean")
    assert (found.metric, found.cell, found.of, found.half_width) == ("train_accuracy", CELL.cell, "mean", 0.01)
    assert found.n_now == 3
    assert found.more == found.n - 3
    assert found.seconds == pytest.approx(found.more * CELL.seconds_per_run)
    assert found.says.startswith(
        f"Judging by the 3 seeds so far, it takes {found.n} to know the mean to within 0.01 with a probability of 80%"
    )


def test_the_rate_of_divergence_is_that_of_all() -> None:
    assert how_many_seeds(CELL, ACCURACY, 0.01, "divergence").n_now == 4


def test_before_every_seed_has_ended_no_rate_says_how_many_are_needed() -> None:
    going = summary_cell("yolo", "none", "he", [[0.1, 0.90], [0.1, 0.93], [0.2]], {2: 2}, queued=3)
    found = how_many_seeds(going, ACCURACY, 0.01, "divergence")
    assert (found.n, found.n_now) == (None, 0)
    assert found.says.startswith(f"3 seeds of {going.cell} have not ended. ")
    assert how_many_seeds(going, ACCURACY, 0.01, "mean").n_now == 2


def test_the_spread_is_that_of_the_runs_that_trained() -> None:
    curves = [[0.1, 0.90], [0.1, 0.93], [0.1, 0.95], [0.1, 0.1]]
    trained = summary_cell("yolo", "none", "he", curves[:3])
    collapsed = summary_cell("yolo", "none", "he", curves, {3: "collapsed"})
    found, alone = (how_many_seeds(cell, ACCURACY, 0.01, "std") for cell in (collapsed, trained))
    assert (found.n_now, found.n, found.half_width_now) == (3, alone.n, alone.half_width_now)
    assert how_many_seeds(collapsed, ACCURACY, 0.01, "mean").n_now == 4
    unstable = summary_cell("yolo", "none", "he", curves[2:], {1: "collapsed"})
    assert how_many_seeds(unstable, ACCURACY, 0.01, "std").says.startswith(f"{unstable.cell} is unstable: half or more")
