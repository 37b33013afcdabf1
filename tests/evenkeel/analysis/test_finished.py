"""The finished runs of a cell, in the form that the statistics need."""

from typing import Any

import numpy as np
import pytest
from summaries import posted_twice, summary_cell

from evenkeel.analysis.finished import final_value, sample_of
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1], [0.3, 0.4]]
ENDED: dict[int, Any] = {1: "collapsed", 2: 2}


def test_a_diverged_run_has_the_worst_value() -> None:
    sample = sample_of(summary_cell("yolo", "none", "he", CURVES[:3], ENDED), ACCURACY)
    assert sample.values.tolist() == [0.9, 0.8, 0.0]
    assert sample.survivors.tolist() == [0.9, 0.8]
    assert (sample.bad, sample.runs) == (2, 3)


def test_the_worst_loss_is_infinite() -> None:
    cell = summary_cell("yolo", "none", "he", CURVES[:3], ENDED, metric="train_loss")
    assert sample_of(cell, LOSS).values.tolist() == [0.9, 0.8, np.inf]


@pytest.mark.parametrize("others", [[], [[0.1, 0.5, 0.9]]], ids=["alone", "beside a whole one"])
def test_a_run_that_finished_early_has_its_last_value(others: list[list[float]]) -> None:
    cell = summary_cell("yolo", "none", "he", [[0.1, 0.2], *others], epochs=3)
    assert final_value(cell, cell.curves[0], ACCURACY) == 0.2
    assert cell.final.n == sample_of(cell, ACCURACY).runs == 1 + len(others)


def test_a_run_that_was_ended_at_chance_has_its_last_value() -> None:
    cell = summary_cell("yolo", "none", "he", [[0.1, 0.5, 0.9], [0.1, 0.12]], {1: "collapsed"})
    assert (sample_of(cell, ACCURACY).values.tolist(), cell.final.min) == ([0.9, 0.12], 0.12)
    alone = summary_cell("yolo", "none", "he", [[0.1, 0.12], []], {0: "collapsed", 1: "collapsed"}, epochs=3)
    assert sample_of(alone, ACCURACY).values.tolist() == [0.12]


def test_a_metric_that_was_not_measured_has_no_final_value() -> None:
    cell = summary_cell("yolo", "none", "he", [[0.1, float("nan")], []], epochs=2)
    assert sample_of(cell, ACCURACY).values.tolist() == []


def test_a_second_run_of_a_seed_is_no_part_of_the_sample() -> None:
    cell = summary_cell("yolo", "none", "he", CURVES[:3], ENDED)
    once, twice = sample_of(cell, ACCURACY), sample_of(posted_twice(cell), ACCURACY)
    assert twice.values.tolist() == once.values.tolist()
    assert (twice.bad, twice.runs) == (once.bad, once.runs) == (2, 3)


@pytest.mark.parametrize("waiting", [{"curves": CURVES, "outcomes": ENDED | {3: None}}, {"queued": 1}])
def test_before_every_seed_has_ended_the_sample_has_only_survivors(waiting: dict[str, Any]) -> None:
    sample = sample_of(
        summary_cell("yolo", "none", "he", **{"curves": CURVES[:3], "outcomes": ENDED} | waiting), ACCURACY
    )
    assert sample.values.tolist() == []
    assert sample.survivors.tolist() == [0.9, 0.8]
    assert (sample.bad, sample.runs) == (0, 0)


def test_a_spread_is_of_runs_that_trained() -> None:
    curves = [[0.1, 0.9], [0.1, 0.8], [0.1, 0.7], [0.1, 0.1], [0.1]]
    sample = sample_of(summary_cell("yolo", "none", "he", curves, {3: "collapsed", 4: 2}), ACCURACY)
    assert (sample.survivors.tolist(), sample.trained.tolist()) == ([0.9, 0.8, 0.7, 0.1], [0.9, 0.8, 0.7])
    unstable = sample_of(summary_cell("yolo", "none", "he", curves[2:], {1: "collapsed", 2: 2}), ACCURACY)
    assert unstable.trained.tolist() == []
