"""What there is of the cells of a question is told by one query, and changes whenever one of their runs does."""

from records import claim_run, finish_run, make_cell, make_unreadable

from evenkeel.store import Store
from evenkeel.store.tallies import Gist
from models.task import CLASSIFICATION

FILTERS = {"norm": ["batch"]}


def of_batch(store: Store) -> Gist:
    return store.tallies.gist("exp", FILTERS, CLASSIFICATION)


def test_it_counts_the_cells_runs_and_epochs_of_the_question_alone(store: Store) -> None:
    for seed in range(3):
        finish_run(store, make_cell(norm="batch"), seed, [0.1, 0.2])
    finish_run(store, make_cell(norm="none"), 0, [0.1])
    finish_run(store, make_cell(norm="none"), 0, [0.1], experiment="other")
    found = of_batch(store)
    assert (found.cells, found.runs, found.epochs) == (1, 3, 6)
    found = store.tallies.gist("exp", {}, None)
    assert (found.cells, found.runs, found.epochs) == (2, 4, 7)
    found = store.tallies.gist(None, {}, None)
    assert (found.cells, found.runs, found.epochs) == (3, 5, 8)
    found = store.tallies.gist("none", {}, None)
    assert (found.cells, found.runs, found.epochs) == (0, 0, 0)


def test_it_changes_with_each_change_of_a_run_of_the_question_and_with_no_other(store: Store) -> None:
    store.grids.ensure("exp", [make_cell(norm="batch"), make_cell(norm="none")], [0, 1])
    seen = [of_batch(store)]
    claim_run(store, make_cell(norm="batch"), 0)
    seen.append(of_batch(store))
    finish_run(store, make_cell(norm="batch"), 1, [0.1])
    seen.append(of_batch(store))
    finish_run(store, make_cell(norm="none"), 0, [0.1])
    assert of_batch(store) == seen[-1]
    store.grids.ensure("exp", [make_cell(norm="batch")], [2])
    seen.append(of_batch(store))
    assert len({found.stamp for found in seen}) == len(seen)


def test_the_tasks_of_an_experiment_come_in_the_order_in_which_they_were_posted(store: Store) -> None:
    store.grids.ensure("exp", [make_cell(norm="none"), make_cell(norm="batch"), make_cell(norm="group")], [0])
    make_unreadable(store, make_cell(norm="none"), task="walk")
    assert store.experiments.tasks("exp") == ["walk", "classification"]
    assert store.experiments.tasks("none") == []
