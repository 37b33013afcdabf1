"""Runs as somebody looks at them."""

import pytest
from records import finish_run, make_cell
from servers import NO_BROKER

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.runs import NoSuchRun, find_run, labels_in, list_runs, pick_run
from evenkeel.lab.settings import Settings
from evenkeel.lab.store import Store
from evenkeel.lab.store.schema import runs


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


def test_a_run_is_known_by_the_beginning_of_its_id_where_that_is_long_enough_and_no_other_has_it(lab: Lab) -> None:
    ids = ["0123456789ab" + "f" * 20, "01234567ffff" + "0" * 20, "fffffffff" + "f" * 23]
    lab.store.grids.ensure("exp", [make_cell()], [0, 1, 2])
    with lab.store.database.write() as db:
        for old, new in zip([run.id for run in lab.store.runs.all()], ids, strict=True):
            db.execute(runs.update().where(runs.c.id == old).values(id=new))
    for start, expected in ((ids[0], 0), (ids[0][:9], 0), ("01234567f", 1), ("f" * 8, 2), ("f" * 31, 2)):
        assert pick_run(lab, start).id == ids[expected], start
    for start in ("0" * 8, ids[0][:7], "", "0123456789abg", "0123456789AB", "f" * 33, "%" * 8, "_" * 8):
        with pytest.raises(NoSuchRun, match="there is no run"):
            pick_run(lab, start)
    with pytest.raises(NoSuchRun, match="several runs have an id that begins with '01234567': give more of it"):
        pick_run(lab, "01234567")
