"""A grid may name the bundled datasets, and those that a worker which was seen lately has prepared."""

from dataclasses import replace
from typing import Any

import pytest
from records import TASKS

from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.sharing import Device
from evenkeel.grids.spec import grid_spec
from evenkeel.plugins import Prepared
from evenkeel.records.availability import check_datasets, num_parameters, who_is_missing
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms
from models.factors import Arch, Norm
from models.layout import count_parameters
from models.task import CLASSIFICATION

GridSpec = grid_spec(CLASSIFICATION)
FOOD = Prepared("food101", 128, 101, 75_750, 25_250, "0123456789abcdef")


def check(prepared: list[Prepared], **train: Any) -> None:
    grid = {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}
    spec = GridSpec.model_validate({"name": "a", "grid": grid, "train": train})
    check_datasets(spec, expand(spec, 10), prepared)


def test_what_is_prepared_somewhere_may_be_named() -> None:
    check([FOOD], dataset="food101", image_size=128)
    check([], dataset="synthetic")


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ({"dataset": "food101", "image_size": 64}, "at 128.*evenkeel data prepare food101 --size 64"),
        ({"dataset": "svhn", "image_size": 32}, "no worker has 'svhn' prepared at 32 pixels; on a worker, run"),
        ({"dataset": "birds", "image_size": 32}, "not known to any worker; allowed: cifar10.*food101"),
    ],
)
def test_another_is_refused_with_the_command_that_would_help(train: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words) as refused:
        check([FOOD], **train)
    assert refused.value.field == "train.dataset"


def test_parameters_are_counted_for_the_classes_of_the_data_without_the_data() -> None:
    spec = {"name": "a", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}}
    for train, classes in (
        ({}, 10),
        ({"dataset": "synthetic", "synthetic_classes": 7}, 7),
        ({"dataset": "food101", "image_size": 128}, 101),
    ):
        [cell] = expand(GridSpec.model_validate(spec | {"train": train}), 10)
        size = 128 if cell.needs else 32
        assert num_parameters(cell, [FOOD]) == count_parameters(Arch.YOLO, Norm.NONE, classes, size)


def test_the_store_knows_what_lies_on_workers_seen_lately(store: Store) -> None:
    store.workers.see(Worker("here", 1, "cpu", "v", now_ms(), TASKS), [FOOD])
    store.workers.see(Worker("also", 1, "cpu", "v", now_ms(), TASKS), [FOOD])
    gone = Prepared("svhn", 32, 10, 1, 1, "0" * 16)
    store.workers.see(Worker("gone", 1, "cpu", "v", now_ms() - 100_000, TASKS), [gone])
    assert store.workers.datasets(60) == [FOOD]
    store.workers.see(Worker("here", 1, "cpu", "v", now_ms(), TASKS), [])
    store.workers.see(Worker("also", 1, "cpu", "v", now_ms(), TASKS), [])
    assert store.workers.datasets(60) == []


@pytest.mark.parametrize(
    ("device", "workers", "says"),
    [
        (Device.ANY, [], "no worker was seen lately"),
        (Device.ANY, [Worker("w", 1, "cpu", "v", 0, TASKS)], None),
        (Device.CUDA, [Worker("w", 1, "cpu", "v", 0, TASKS)], "has the device cuda"),
        (Device.CUDA, [Worker("w", 1, "cpu", "v", 0, TASKS), Worker("g", 1, "cuda:0,cuda:1", "v", 0, TASKS)], None),
        (Device.ANY, [Worker("g", 1, "starting", "v", 0, TASKS, "no slot on cuda")], "g reports: no slot on cuda"),
        (Device.CUDA, [Worker("g", 1, "starting", "v", 0, TASKS)], None),
        (Device.ANY, [Worker("w", 1, "cpu", "v", 0, {"chess": 1})], "can train the task 'classification'"),
    ],
)
def test_runs_that_nobody_could_train_are_said_to_wait(device: Device, workers: list[Worker], says: str | None) -> None:
    said = who_is_missing(CLASSIFICATION, device, workers)
    assert (said is None) if says is None else (said is not None and says in said)


def test_runs_of_a_newer_version_of_a_task_wait_for_a_worker_that_trains_it() -> None:
    newer = replace(CLASSIFICATION, version=2)
    older, able = (Worker("w", 1, "cpu", "v", 0, {"classification": version}) for version in (1, 3))
    assert "can train the task 'classification'" in (who_is_missing(newer, Device.ANY, [older]) or "")
    assert who_is_missing(newer, Device.ANY, [older, able]) is None
