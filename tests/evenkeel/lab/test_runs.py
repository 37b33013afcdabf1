"""Runs as somebody looks at them."""

import pytest
from records import finish_run, make_cell
from servers import NO_BROKER

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.runs import NoSuchRun, find_run, labels_in, list_runs
from evenkeel.lab.settings import Settings
from evenkeel.lab.store import Store


@pytest.fixture
def lab(store: Store) -> Lab:
    settings = Settings(broker_url=NO_BROKER)
    return Lab(settings, store, Doorbell(settings))


def test_runs_are_listed_seed_by_seed_with_the_labels_of_their_cells(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(lr=0.1), make_cell(lr=0.2)], [0, 1])
    found = list_runs(lab, "exp")
    low, high = "yolo-none-he-lr=0.1", "yolo-none-he-lr=0.2"
    assert [(each.run.seed, each.label) for each in found] == [(0, low), (0, high), (1, low), (1, high)]
    with pytest.raises(NoSuchExperiment):
        list_runs(lab, "nothing")


def test_every_cell_of_an_experiment_has_its_label_among_those_of_that_experiment_alone(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(norm="batch"), make_cell()], [0])
    lab.store.grids.ensure("other", [make_cell(lr=0.1)], [0])
    assert list(labels_in(lab.store, "exp").values()) == ["yolo-batch-he", "yolo-none-he"]
    lab.store.grids.ensure("exp", [make_cell(lr=0.1)], [0])
    found = labels_in(lab.store, "exp")
    cells = lab.store.experiments.cells("exp")
    assert {found[cell_id]: cell for cell_id, cell in cells.items()} == {
        "yolo-batch-he-lr=0.001": make_cell(norm="batch"),
        "yolo-none-he-lr=0.001": make_cell(),
        "yolo-none-he-lr=0.1": make_cell(lr=0.1),
    }


def test_a_run_comes_with_its_label_and_its_epochs(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(norm="batch")], [0])
    run_id = finish_run(lab.store, make_cell(), 4, [0.25, 0.5])
    found, epochs = find_run(lab, run_id)
    assert (found.run.id, found.label) == (run_id, "yolo-none-he")
    assert [(epoch.epoch, epoch.values["train_accuracy"]) for epoch in epochs] == [(1, 0.25), (2, 0.5)]
    with pytest.raises(NoSuchRun, match="no run 'nothing'"):
        find_run(lab, "nothing")
