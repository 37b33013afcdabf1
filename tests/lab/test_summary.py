"""The summary of a store: grouped by everything but the seed, kept until something changes."""

import json
from pathlib import Path

import numpy as np
import pytest
from records import claim_run, finish_run, log_epochs, make_cell

from api.schemas.summary import CellSummary
from lab.stability.noise import pack_bits
from lab.status import Outcome
from lab.store import Store
from lab.summary import Summaries

YOLO, RESNET = make_cell(), make_cell("resnet")


@pytest.fixture
def lab(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    store.migrate()
    return store


def test_cells_come_as_first_posted_with_every_field_that_is_described(lab: Store) -> None:
    for seed in range(3):
        finish_run(lab, YOLO, seed, [0.1, 0.5, 0.8 + seed / 100])
        finish_run(lab, RESNET, seed, [0.2, 0.6, 0.9])
    cells = Summaries(lab).cells({}, "train_accuracy", "exp", threshold=0.5)
    assert [label for label, _ in cells] == ["yolo-none-he", "resnet-none-he"]
    for label, stats in cells:
        CellSummary.model_validate({"cell": label} | json.loads(stats.json))
    yolo = cells[0][1].data
    assert yolo["final"]["mean"] == pytest.approx(0.81)
    assert yolo["bands"]["survivors"]["n"] == [3, 3, 3]
    assert yolo["seconds_per_run"] == pytest.approx(1.5)
    assert yolo["reaching"]["median_epoch"] == 2


def test_failed_and_cancelled_runs_are_counted_and_in_no_statistic(lab: Store) -> None:
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    failed = claim_run(lab, YOLO, 1)
    log_epochs(lab, failed, [0.9])
    lab.fail(failed, "out of memory")
    lab.ensure_runs("exp", [YOLO], [2])
    lab.cancel("exp")
    [(_, stats)] = Summaries(lab).cells({}, "train_accuracy")
    assert stats.data["num_runs"]["total"] == 3
    assert stats.data["divergence"]["n"] == stats.data["evidence"]["n"] == len(stats.data["curves"]) == 1


def test_what_was_worked_out_is_kept_until_a_run_of_the_cell_changes(lab: Store) -> None:
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(lab, RESNET, 0, [0.1, 0.5, 0.8])
    summaries = Summaries(lab)
    (_, yolo), (_, resnet) = summaries.cells({}, "train_accuracy")
    claim = claim_run(lab, YOLO, 1)
    log_epochs(lab, claim, [0.3])
    (_, yolo_now), (_, resnet_now) = summaries.cells({}, "train_accuracy")
    assert resnet_now is resnet
    assert yolo_now is not yolo
    assert yolo_now.data["bands"]["survivors"]["n"] == [2, 1, 1]
    fresh = Summaries(lab).cells({}, "train_accuracy")
    assert [stats.json for _, stats in fresh] == [yolo_now.json, resnet_now.json]


def test_another_metric_and_another_threshold_are_other_numbers(lab: Store) -> None:
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    summaries = Summaries(lab)
    ends = [
        summaries.cells({}, metric, threshold=threshold)[0][1].data
        for metric, threshold in (("train_accuracy", None), ("val_accuracy", None), ("train_accuracy", 0.5))
    ]
    assert [end["final"]["mean"] for end in ends] == pytest.approx([0.8, 0.79, 0.8])
    assert [end["reaching"] is None for end in ends] == [True, True, False]


def test_two_experiments_share_a_cell_and_a_seed_that_both_trained_is_named(lab: Store) -> None:
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8], experiment="other")
    [(_, stats)] = Summaries(lab).cells({}, "train_accuracy")
    assert stats.data["experiments"] == ["exp", "other"]
    assert stats.data["repeated_seeds"] == [0]
    assert stats.data["divergence"]["n"] == 2
    assert stats.data["evidence"]["n"] == 1


def test_a_metric_that_was_not_logged_gives_nulls(lab: Store) -> None:
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    [(_, stats)] = Summaries(lab).cells({}, "dead_units")
    assert stats.data["final"]["mean"] is None
    assert stats.data["curves"][0]["values"] == [None, None, None]


def test_the_noise_of_the_test_set_is_split_off_where_runs_saw_the_same_examples(lab: Store) -> None:
    rng = np.random.default_rng(0)
    for seed in range(3):
        claim = claim_run(lab, YOLO, seed)
        lab.record_dataset(claim, "same")
        log_epochs(lab, claim, [0.1, 0.5, 0.8])
        lab.record_correct(claim, 200, pack_bits(rng.uniform(size=200) < 0.8))
        lab.finish(claim, Outcome.CONVERGED)
    summaries = Summaries(lab)
    [(_, stats)] = summaries.cells({}, "val_accuracy")
    noise = stats.data["noise"]
    assert (noise["num_runs"], noise["num_examples"]) == (3, 200)
    assert noise["distribution"] + noise["test_set"] == pytest.approx(noise["observed"])
    [(_, of_training)] = summaries.cells({}, "train_accuracy")
    assert of_training.data["noise"] is None
    claim = claim_run(lab, YOLO, 3)
    lab.record_dataset(claim, "another")
    log_epochs(lab, claim, [0.1, 0.5, 0.8])
    lab.record_correct(claim, 200, pack_bits(rng.uniform(size=200) < 0.8))
    lab.finish(claim, Outcome.CONVERGED)
    assert summaries.cells({}, "val_accuracy")[0][1].data["noise"] is None


def test_no_more_cells_are_kept_than_there_is_room_for_and_none_is_left_out(
    lab: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.summary.MAX_CACHED_CELLS", 1)
    finish_run(lab, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(lab, RESNET, 0, [0.1, 0.5, 0.9])
    summaries = Summaries(lab)
    for _ in range(2):
        cells = summaries.cells({}, "train_accuracy")
        assert [stats.data["final"]["mean"] for _, stats in cells] == [0.8, 0.9]
        assert len(summaries._kept) == 1
