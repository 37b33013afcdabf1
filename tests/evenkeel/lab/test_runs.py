"""Listing and reading runs."""

import pytest
from records import finish_run, make_cell
from servers import NO_BROKER

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.runs import NoSuchRun, find_run, list_runs, pick_run
from evenkeel.schema import cells, runs
from evenkeel.settings import Settings
from evenkeel.store import Store


@pytest.fixture
def lab(store: Store) -> Lab:
    settings = Settings(broker_url=NO_BROKER)
    return Lab(settings, store, Doorbell(settings))


def test_runs_are_listed_as_they_are_queued_with_the_names_of_their_cells(lab: Lab) -> None:
    high, low = make_cell(lr=0.2), make_cell(lr=0.1)
    lab.store.grids.ensure("exp", [high, low], [0, 1])
    found = list_runs(lab, "exp")
    assert [(each.run.seed, each.cell) for each in found] == [
        *((0, high.name), (0, low.name)),
        *((1, high.name), (1, low.name)),
    ]
    with pytest.raises(NoSuchExperiment):
        list_runs(lab, "nothing")


def test_a_cell_keeps_its_name_whatever_is_posted_beside_it(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell()], [0])
    [before] = [each.cell for each in list_runs(lab, "exp")]
    lab.store.grids.ensure("exp", [make_cell(lr=0.1), make_cell(norm="batch")], [0])
    lab.store.grids.ensure("other", [make_cell()], [0])
    assert before == make_cell().name
    assert list_runs(lab, "exp")[0].cell == before
    assert [each.cell for each in list_runs(lab, "other")] == [before]


def test_a_run_of_an_earlier_version_of_its_task_keeps_the_name_of_its_cell(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell()], [0])
    with lab.store.database.write() as db:
        db.execute(cells.update().values(hash="0123456789abcdef"))
    [listed] = list_runs(lab, "exp")
    assert listed.cell == "yolo-none-he-012345"
    assert find_run(lab, listed.run.id).named.cell == listed.cell


def test_a_run_comes_with_the_name_of_its_cell_and_its_epochs(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(norm="batch")], [0])
    run_id = finish_run(lab.store, make_cell(), 4, [0.25, 0.5])
    whole = find_run(lab, run_id)
    found, epochs, [attempt] = whole.named, whole.epochs, whole.attempts
    assert whole.origin is None
    assert (attempt.attempt, attempt.worker, attempt.ending) == (1, "worker", "finished")
    assert (found.run.id, found.cell) == (run_id, make_cell().name)
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
    with pytest.raises(NoSuchRun, match="several runs have an id that begins with '01234567'; give more digits"):
        pick_run(lab, "01234567")
