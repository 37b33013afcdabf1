"""Adding seeds to every cell of an experiment."""

import pytest
from bells import Bell
from records import TASKS, claim_run, finish_run, make_cell, make_unreadable

from evenkeel.grids.cell import MAX_SEED
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import Device, QuotaExceeded
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment, NotNow
from evenkeel.lab.seeds import add_seeds
from evenkeel.lab.steering import pause
from evenkeel.records.endings import Reason
from evenkeel.records.status import Status
from evenkeel.records.workers import Worker
from evenkeel.settings import Settings
from evenkeel.store import KeyReused, Store, now_ms

ONE, OTHER = make_cell(), make_cell(norm="batch")


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def lab(store: Store, bell: Bell) -> Lab:
    store.workers.see(Worker("w", 8, "cpu", "v", now_ms(), TASKS))
    store.grids.ensure("exp", [ONE, OTHER], [0, 3])
    return Lab(Settings(max_runs_per_experiment=30, max_in_flight=20), store, bell)


def seeds_of(lab: Lab) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for run in lab.store.runs.all("exp"):
        found.setdefault(run.cell_hash, []).append(run.seed)
    return {cell: sorted(seeds) for cell, seeds in found.items()}


def test_each_cell_gets_the_seeds_after_its_highest_one_and_workers_are_woken(lab: Lab, bell: Bell) -> None:
    lab.store.grids.ensure("exp", [OTHER], [7])
    added = add_seeds(lab, "exp", 2)
    assert seeds_of(lab) == {ONE.hash: [0, 3, 4, 5], OTHER.hash: [0, 3, 7, 8, 9]}
    assert (added.created, added.num_cells, added.seeds, added.waits_for) == (4, 2, [4, 5, 8, 9], None)
    assert added.says == "2 more seeds for each of its 2 cells: 4 runs were created."
    assert bell.rung == [(Device.ANY, 4)]


def test_a_run_without_a_result_holds_its_seed_too(lab: Lab) -> None:
    claim = claim_run(lab.store, ONE, 3)
    lab.store.claims.fail(claim, Reason.ERROR, "out of memory")
    add_seeds(lab, "exp", 1)
    assert seeds_of(lab)[ONE.hash] == [0, 3, 4]


def test_a_dry_run_says_the_same_and_stores_nothing(lab: Lab, bell: Bell) -> None:
    planned = add_seeds(lab, "exp", 2, dry_run=True)
    assert (planned.created, planned.seeds) == (4, [4, 5])
    assert planned.says.startswith("2 more seeds for each of its 2 cells: 4 runs would be created. ")
    assert (seeds_of(lab)[ONE.hash], bell.rung) == ([0, 3], [])


def test_a_repeat_under_the_same_key_adds_nothing_and_each_other_call_adds_more(lab: Lab) -> None:
    first, again = (add_seeds(lab, "exp", 1, "poster", "once") for _ in range(2))
    assert (first.created, first.repeated, again.created, again.repeated, again.seeds) == (2, False, 2, True, [])
    assert seeds_of(lab)[ONE.hash] == [0, 3, 4]
    with pytest.raises(KeyReused):
        add_seeds(lab, "exp", 2, "poster", "once")
    add_seeds(lab, "exp", 1)
    assert seeds_of(lab)[ONE.hash] == [0, 3, 4, 5]


def test_too_many_runs_are_refused_and_name_the_field(lab: Lab) -> None:
    for add, limit in ((14, "MAX_RUNS_PER_EXPERIMENT"), (9, "MAX_IN_FLIGHT")):
        with pytest.raises(QuotaExceeded, match=limit) as refused:
            add_seeds(lab, "exp", add)
        assert refused.value.field == "add"
    with pytest.raises(QuotaExceeded):
        add_seeds(lab, "exp", 14, dry_run=True)
    assert seeds_of(lab)[ONE.hash] == [0, 3]


def test_the_new_runs_of_a_paused_experiment_wait(lab: Lab, bell: Bell) -> None:
    pause(lab, "exp")
    added = add_seeds(lab, "exp", 1)
    assert "evenkeel resume exp" in (added.waits_for or "")
    assert {run.status for run in lab.store.runs.all("exp")} == {Status.PAUSED}
    assert [times for _, times in bell.rung if times] == []


def test_a_cell_that_cannot_be_read_gets_none_and_is_named(lab: Lab) -> None:
    unreadable = make_unreadable(lab.store, ONE, activation="swish")
    added = add_seeds(lab, "exp", 1)
    assert (added.num_cells, [left.hash for left in added.left_out]) == (1, [unreadable])
    assert seeds_of(lab) == {unreadable: [0, 3], OTHER.hash: [0, 3, 4]}
    make_unreadable(lab.store, OTHER, activation="swish")
    with pytest.raises(SpecError, match="none of the 2 cells of exp can be read here"):
        add_seeds(lab, "exp", 1)


def test_seeds_end_somewhere_and_data_must_be_there(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [ONE], [MAX_SEED - 1])
    assert add_seeds(lab, "exp", 1, dry_run=True).seeds == [4, MAX_SEED]
    with pytest.raises(SpecError, match=r"^add: a cell has the seed 2,147,483,646; of the higher ones, 1 are left"):
        add_seeds(lab, "exp", 2)
    lab.store.grids.ensure("exp", [make_cell(dataset="food101", image_size=64)], [0])
    with pytest.raises(SpecError, match="evenkeel data prepare food101 --size 64"):
        add_seeds(lab, "exp", 1)


def test_imported_runs_get_no_seeds_and_an_experiment_must_exist(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSuchExperiment):
        add_seeds(lab, "nothing", 1)
    monkeypatch.setattr(lab.store.imports, "is_imported", lambda name: True)
    with pytest.raises(NotNow, match="cannot be trained with more seeds"):
        add_seeds(lab, "exp", 1)


def test_seeds_that_are_added_after_a_result_are_one_more_look(lab: Lab) -> None:
    finish_run(lab.store, ONE, 0, [0.5])
    before = max(run.created_ms for run in lab.store.runs.all("exp"))
    add_seeds(lab, "exp", 1)
    assert max(run.created_ms for run in lab.store.runs.all("exp")) > before


def test_a_dry_run_says_how_long_the_new_runs_would_take(lab: Lab) -> None:
    unknown = add_seeds(lab, "exp", 2, dry_run=True)
    assert unknown.estimate is not None
    assert unknown.estimate.device_seconds is None
    assert "was never measured" in unknown.says
    for cell in (ONE, OTHER):
        finish_run(lab.store, cell, 7, [0.5, 0.9])
    found = add_seeds(lab, "exp", 2, dry_run=True)
    assert found.estimate is not None
    assert found.estimate.device_seconds is not None
    assert found.says == f"2 more seeds for each of its 2 cells: 4 runs would be created. {found.estimate.says}"
    assert add_seeds(lab, "exp", 1).estimate is None
