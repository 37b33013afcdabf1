"""The summary of a store: grouped by everything but the seed, kept until something changes."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest
from pydantic import TypeAdapter
from records import claim_run, finish_run, log_epochs, make_cell

from evenkeel.analysis.summary import MAX_READ_CELLS, CellSummary, Summaries
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.rows import CellRow
from evenkeel.statistics.noise import pack_bits
from evenkeel.store import Store
from models.task import CLASSIFICATION

YOLO, RESNET = make_cell(), make_cell("resnet")


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def test_cells_come_by_their_levels_with_every_field_that_is_described(store: Store) -> None:
    for seed in range(3):
        finish_run(store, RESNET, seed, [0.2, 0.6, 0.9])
        finish_run(store, YOLO, seed, [0.1, 0.5, 0.8 + seed / 100])
    cells = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "exp", threshold=0.5)
    assert [name for name, _ in cells] == [YOLO.name, RESNET.name]
    assert all(field.metadata["description"] for field in fields(CellSummary))
    for name, facts in cells:
        sent = b'{"cell":"' + name.encode() + b'",' + facts.json[1:]
        assert TypeAdapter(CellSummary).validate_json(sent) == CellSummary.of(name, facts)
        assert json.loads(CellSummary.of(name, facts).json) == json.loads(sent)
    yolo = cells[0][1]
    assert yolo.final.mean == pytest.approx(0.81)
    assert yolo.bands.survivors.n == [3, 3, 3]
    assert yolo.seconds_per_run == pytest.approx(1.5)
    assert yolo.reaching.median_epoch == 2


def test_a_level_that_was_posted_later_stands_in_its_place_and_changes_no_name(store: Store) -> None:
    for lr in (0.1, 0.01):
        finish_run(store, make_cell(lr=lr), 0, [0.1, 0.5, 0.8])
    before = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "exp")
    finish_run(store, make_cell(lr=0.03), 0, [0.1, 0.5, 0.8])
    finish_run(store, make_cell(lr=0.3, batch_size=8), 0, [0.1, 0.5, 0.8])
    after = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "exp")
    assert [facts.levels["lr"] for _, facts in after] == [0.3, 0.01, 0.03, 0.1]
    names = {facts.hash: name for name, facts in after}
    assert [names[facts.hash] for _, facts in before] == [name for name, _ in before]


def test_failed_and_cancelled_runs_are_counted_and_in_no_statistic(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    failed = claim_run(store, YOLO, 1)
    log_epochs(store, failed, [0.9])
    store.claims.fail(failed, Reason.ERROR, "out of memory")
    store.grids.ensure("exp", [YOLO], [2])
    store.experiments.cancel("exp")
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert facts.num_runs.total == 3
    assert facts.divergence.n == facts.evidence.n == len(facts.curves) == 1


def test_a_run_that_was_cancelled_while_it_trained_leaves_its_seed_without_an_end(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    claim = claim_run(store, YOLO, 1)
    store.experiments.cancel("exp")
    assert store.claims.confirm_cancel(claim)
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert (facts.divergence.unfinished, facts.divergence.rate) == (1, None)


def test_a_run_that_still_trains_counts_with_the_epochs_it_has_and_is_no_evidence_yet(store: Store) -> None:
    log_epochs(store, claim_run(store, YOLO, 0), [0.1, 0.5])
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert (facts.final.n, facts.evidence.n, facts.divergence.n) == (0, 0, 0)
    assert facts.bands.survivors.n == [1, 1]
    assert facts.curves[0].outcome is None


def test_what_was_worked_out_is_kept_until_a_run_of_the_cell_changes(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(store, RESNET, 0, [0.1, 0.5, 0.8])
    summaries = Summaries(store)
    (_, yolo), (_, resnet) = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
    claim = claim_run(store, YOLO, 1)
    log_epochs(store, claim, [0.3])
    (_, yolo_now), (_, resnet_now) = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
    assert resnet_now is resnet
    assert yolo_now is not yolo
    assert yolo_now.bands.survivors.n == [2, 1, 1]
    fresh = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert [facts.json for _, facts in fresh] == [yolo_now.json, resnet_now.json]


def test_another_metric_and_another_threshold_are_other_numbers(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    summaries = Summaries(store)
    ends = [
        summaries.cells(CLASSIFICATION, {}, metric, threshold=threshold)[0][1]
        for metric, threshold in (("train_accuracy", None), ("val_accuracy", None), ("train_accuracy", 0.5))
    ]
    assert [end.final.mean for end in ends] == pytest.approx([0.8, 0.79, 0.8])
    assert [end.reaching is None for end in ends] == [True, True, False]


def test_two_experiments_share_a_cell_and_a_seed_that_both_trained_is_named_and_counts_once(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8], experiment="other")
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert facts.experiments == ["exp", "other"]
    assert facts.repeated_seeds == [0]
    assert (facts.divergence.n, facts.final.n, facts.evidence.n) == (1, 1, 1)
    assert [(curve.experiment, curve.counted) for curve in facts.curves] == [("exp", True), ("other", False)]


def test_a_cell_names_the_arithmetics_that_its_runs_mix(store: Store) -> None:
    for seed, threads in enumerate(("1", "1", "2")):
        claim = claim_run(store, YOLO, seed)
        store.claims.begin(claim, 0, 0, "", {"torch": "2.9", "device": "cpu", "threads": threads, "numpy": f"2.{seed}"})
        log_epochs(store, claim, [0.1, 0.5, 0.8])
        store.claims.finish(claim, Outcome.CONVERGED)
        [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
        assert len(facts.arithmetics) == int(threads)


def test_cells_that_differ_in_nothing_that_they_use_are_one_and_a_seed_of_theirs_counts_once(store: Store) -> None:
    """They may be of one experiment, which held them before its grid could tell."""
    heavy, light = make_cell(momentum=0.9), make_cell(momentum=0.5)
    for cell, seeds in ((heavy, (0, 1)), (YOLO, (1, 2)), (light, (2,))):
        for seed in seeds:
            finish_run(store, cell, seed, [0.1, 0.5, 0.8 + seed / 100])
    finish_run(store, make_cell(optimizer="sgd"), 0, [0.1, 0.5, 0.8])
    finish_run(store, make_cell(optimizer="sgd", momentum=0.9), 0, [0.1, 0.5, 0.9])
    [(name, facts), *others] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    assert len(others) == 2
    assert (name, facts.hash, facts.levels["momentum"]) == (YOLO.name, YOLO.hash, 0.0)
    assert [(same.cell, same.hash, same.levels) for same in facts.same_cells] == [
        (light.name, light.hash, {"momentum": 0.5}),
        (heavy.name, heavy.hash, {"momentum": 0.9}),
    ]
    assert (facts.seeds, facts.repeated_seeds, facts.num_runs.total) == ([0, 1, 2], [1, 2], 5)
    assert (facts.divergence.n, facts.final.n, facts.evidence.n) == (3, 3, 3)
    assert [curve.seed for curve in facts.curves if curve.counted] == [0, 1, 2]
    assert len(facts.curves) == 5


def test_a_filter_for_a_level_that_changes_nothing_finds_the_cell_that_has_it(store: Store) -> None:
    heavy = make_cell(momentum=0.9)
    for cell in (YOLO, heavy):
        finish_run(store, cell, 0, [0.1, 0.5, 0.8])
    [(name, facts)] = Summaries(store).cells(CLASSIFICATION, {"momentum": [0.9]}, "train_accuracy")
    assert (name, facts.same_cells, facts.divergence.n) == (heavy.name, [], 1)


def test_a_metric_that_was_not_logged_gives_nulls(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "dead_units")
    assert facts.final.mean is None
    assert facts.curves[0].values == [None, None, None]


def test_the_noise_of_the_test_set_is_split_off_where_runs_saw_the_same_examples(store: Store) -> None:
    rng = np.random.default_rng(0)
    for seed in range(3):
        claim = claim_run(store, YOLO, seed)
        store.claims.record_dataset(claim, "same")
        log_epochs(store, claim, [0.1, 0.5, 0.8])
        store.claims.record_correct(claim, 200, pack_bits(rng.uniform(size=200) < 0.8))
        store.claims.finish(claim, Outcome.CONVERGED)
    summaries = Summaries(store)
    [(_, facts)] = summaries.cells(CLASSIFICATION, {}, "val_accuracy")
    noise = facts.noise
    assert (noise.num_runs, noise.num_examples) == (3, 200)
    assert noise.distribution + noise.test_set == pytest.approx(noise.observed)
    [(_, of_training)] = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
    assert of_training.noise is None
    claim = claim_run(store, YOLO, 3)
    store.claims.record_dataset(claim, "another")
    log_epochs(store, claim, [0.1, 0.5, 0.8])
    store.claims.record_correct(claim, 200, pack_bits(rng.uniform(size=200) < 0.8))
    store.claims.finish(claim, Outcome.CONVERGED)
    assert summaries.cells(CLASSIFICATION, {}, "val_accuracy")[0][1].noise is None


def test_no_more_cells_are_kept_than_there_is_room_for_and_none_is_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenkeel.analysis.summary.MAX_CACHED_CELLS", 1)
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(store, RESNET, 0, [0.1, 0.5, 0.9])
    summaries = Summaries(store)
    for _ in range(2):
        cells = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
        assert [facts.final.mean for _, facts in cells] == [0.8, 0.9]
        assert len(summaries._kept) == 1


def test_the_ten_thousandth_cell_takes_the_place_of_an_earlier_one(store: Store) -> None:
    summaries = Summaries(store)
    for number in range(10_000):
        levels = YOLO.stored_levels | {"lr": 0.1 + number * 1e-6}
        read = summaries._stored.read(CellRow(number, "exp", f"{number:016x}", "classification", levels))
        assert read.levels["lr"] == levels["lr"]
    assert len(summaries._cells) == MAX_READ_CELLS < 10_000
    assert (CLASSIFICATION, f"{9_999:016x}") in summaries._cells


@pytest.mark.slow
def test_many_who_ask_at_once_get_the_same_however_little_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenkeel.analysis.summary.MAX_CACHED_CELLS", 3)
    monkeypatch.setattr("evenkeel.analysis.summary.MAX_READ_CELLS", 2)
    for number in range(6):
        finish_run(store, make_cell(lr=0.1 + number), 0, [0.1, 0.1, 0.1 * number])
    summaries = Summaries(store)
    with ThreadPoolExecutor(8) as pool:
        metrics = ["train_accuracy", "val_accuracy"] * 20
        answers = list(pool.map(lambda metric: summaries.cells(CLASSIFICATION, {}, metric), metrics))
    for metric, cells in zip(metrics, answers, strict=True):
        less = 0.01 if metric == "val_accuracy" else 0
        means = [facts.final.mean for _, facts in cells]
        assert means == pytest.approx([0.1 * number - less for number in range(6)])
    assert (len(summaries._kept), len(summaries._cells)) == (3, 2)


def test_what_was_kept_of_a_cell_before_it_changed_is_kept_no_longer(store: Store) -> None:
    summaries = Summaries(store)
    for seed in range(10, 14):
        finish_run(store, make_cell(), seed, [0.1, 0.2])
        summaries.cells(CLASSIFICATION, {}, "train_accuracy", "exp")
    assert len(summaries._kept) == len(summaries.cells(CLASSIFICATION, {}, "train_accuracy", "exp"))


def test_a_task_that_is_declared_anew_has_new_facts(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.5, 0.8])
    finish_run(store, YOLO, 1, [0.1], Outcome.DIVERGED, 2)
    summaries, (first, *others) = Summaries(store), CLASSIFICATION.metrics
    assert first.name == "train_accuracy"
    anew = replace(CLASSIFICATION, metrics=(replace(first, worst=-1.0), *others))
    before, after, again = (summaries.cells(task, {}, first.name) for task in (CLASSIFICATION, anew, CLASSIFICATION))
    lowest = [cells[0][1].bands.all.min[-1] for cells in (before, after, again)]
    assert lowest == [first.worst, -1.0, first.worst]
