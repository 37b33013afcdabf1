"""A grid that needs a package is posted for the version that a worker has, and an experiment keeps that version."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from announcing import CHAR_LM, NETS, NEWER_NETS, PARAMETERS, RMS, all_of
from bells import Bell
from records import TASKS

from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import Device
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.grids.tasks import announce, known_tasks
from evenkeel.lab.announced import refresh
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, follow, with_what_it_waits_for
from evenkeel.lab.planning import plan_grid
from evenkeel.lab.posting import post_grid
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Broken, Package
from evenkeel.records.availability import who_is_missing
from evenkeel.records.workers import Taker, Worker
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms

ALL_TASKS = {**TASKS, "char_lm": 1}
NEWER = replace(CHAR_LM, package=NEWER_NETS)
WIDER = replace(
    NEWER, parameters={"type": "object", "properties": {**PARAMETERS, "depth": {"type": "integer", "default": 1}}}
)


@pytest.fixture
def store(own_store: Store) -> Store:
    """A store on SQLite. `tests/evenkeel/store/test_plugins.py` asks both kinds of database the same questions."""
    return own_store


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    """A lab of which this process knows what its workers announce."""
    yield Lab(Settings(), store, Bell())
    announce(Announced())


def join(lab: Lab, name: str, *parts: AnnouncedTask | AnnouncedLevel, broken: tuple[Broken, ...] = ()) -> None:
    """A worker comes that has these tasks and levels."""
    announced = lab.store.plugins.announce(name, all_of(*parts))
    packages = tuple(map(str, announced.packages))
    lab.store.workers.see(Worker(name, 1, "cpu", "v", now_ms(), ALL_TASKS, plugins=packages, broken=broken))
    refresh(lab.store, now=True)


def char_lm(name: str = "exp", **changes: Any) -> GridSpec:
    grid = {"name": name, "task": "char_lm", "grid": {"lr": [0.1, 0.01]}, "seeds": 1} | changes
    return grid_spec(known_tasks()["char_lm"]).model_validate(grid)


def rms(**grid: Any) -> GridSpec:
    levels = {"arch": ["yolo"], "norm": ["none", "rms"], "init": ["he"]} | grid
    return grid_spec(known_tasks()["classification"]).model_validate({"name": "exp", "grid": levels, "seeds": 1})


def refused(lab: Lab, spec: GridSpec) -> SpecError:
    for call in (plan_grid, post_grid):
        with pytest.raises(SpecError) as error:
            call(lab, spec)
    return error.value


def taken(lab: Lab, *packages: Package) -> int:
    """The number of runs that a worker with these packages takes."""
    taker = Taker("w", "v", ALL_TASKS, plugins=frozenset(map(str, packages)))
    return len(list(iter(lambda: lab.store.claims.take(taker, 60), None)))


def test_only_the_cells_of_a_packages_level_need_the_package(lab: Lab) -> None:
    join(lab, "w", RMS)
    posted = post_grid(lab, rms())
    assert (posted.created, posted.waits_for) == (2, None)
    assert lab.store.plugins.begun_with("exp") == {NETS}
    assert taken(lab) == 1
    assert taken(lab, NETS) == 1


def test_a_grid_that_no_worker_can_train_is_refused_and_told_which_package_is_missing_where(lab: Lab) -> None:
    join(lab, "gone", CHAR_LM, RMS)
    lab.store.workers.forget("gone")
    error = refused(lab, char_lm())
    assert error.field == "task"
    assert error.problem == (
        "'char_lm' comes with lab-nets, and no worker seen lately has lab-nets==0.1.0: there is none; on a worker, "
        "run: pip install lab-nets==0.1.0"
    )
    lab.store.workers.see(Worker("plain", 1, "cpu", "v", now_ms(), TASKS))
    broken = (Broken("evenkeel.norms", "rms", NETS, "it hangs"),)
    lab.store.workers.see(Worker("sick", 1, "cpu", "v", now_ms(), TASKS, broken=broken))
    error = refused(lab, rms())
    assert error.field == "grid.norm"
    assert "'rms' comes with lab-nets" in error.problem
    assert "plain has none, sick has none (it hangs)" in error.problem
    assert lab.store.experiments.all() == []


def test_a_grid_of_a_level_that_is_broken_on_every_worker_with_its_package_is_refused_and_told_why(lab: Lab) -> None:
    join(lab, "gone", RMS)
    lab.store.workers.forget("gone")
    own = AnnouncedLevel("classification", "norm", "own", NETS)
    join(lab, "w", own, broken=(Broken("evenkeel.norms", "rms", NETS, "it hangs"),))
    assert "w has lab-nets==0.1.0 (it hangs)" in refused(lab, rms()).problem
    assert post_grid(lab, rms(norm=["own"])).created == 1


def test_a_level_that_every_cell_shares_is_named_where_it_stands(lab: Lab) -> None:
    join(lab, "gone", RMS)
    lab.store.workers.forget("gone")
    spec = grid_spec(known_tasks()["classification"])
    grid = {"name": "exp", "grid": {"arch": ["yolo"], "init": ["he"]}, "train": {"norm": "rms"}}
    assert refused(lab, spec.model_validate(grid)).field == "train.norm"


def test_a_command_that_no_worker_has_is_to_be_written_into_the_file_again(lab: Lab) -> None:
    join(lab, "gone", replace(CHAR_LM, package=Package("command-sgd", "1a2b3c4d")))
    lab.store.workers.forget("gone")
    assert "write the command 'sgd' into EVENKEEL_COMMANDS_FILE as it was" in refused(lab, char_lm()).problem


def test_an_experiment_keeps_the_version_that_it_began_with_while_new_ones_begin_with_the_newest(lab: Lab) -> None:
    join(lab, "old", CHAR_LM)
    post_grid(lab, char_lm())
    join(lab, "new", NEWER)
    assert post_grid(lab, char_lm(grid={"lr": [0.1, 0.01, 0.001]})).created == 1
    assert lab.store.plugins.begun_with("exp") == {NETS}
    post_grid(lab, char_lm("later"))
    assert lab.store.plugins.begun_with("later") == {NEWER_NETS}
    assert (taken(lab, NEWER_NETS), taken(lab, NETS)) == (2, 3)


def test_another_version_than_the_experiment_began_with_is_refused_and_both_are_named(lab: Lab) -> None:
    join(lab, "w", CHAR_LM)
    post_grid(lab, char_lm())
    join(lab, "w", NEWER)
    error = refused(lab, char_lm(seeds=2))
    assert error.field == "task"
    assert "the experiment began with version 0.1.0 and keeps it" in error.problem
    assert "no worker seen lately has lab-nets==0.1.0: w has lab-nets==0.2.0" in error.problem
    assert error.problem.endswith("pip install lab-nets==0.1.0; or post the grid under another name")
    assert post_grid(lab, char_lm("another")).created == 2


def test_a_cell_that_the_kept_version_does_not_know_is_refused(lab: Lab) -> None:
    join(lab, "old", CHAR_LM, RMS)
    post_grid(lab, char_lm())
    join(
        lab, "new", WIDER, replace(RMS, package=NEWER_NETS), AnnouncedLevel("classification", "norm", "own", NEWER_NETS)
    )
    assert post_grid(lab, char_lm(seeds=2)).created == 2
    assert "lab-nets==0.1.0 does not know a level of depth" in refused(lab, char_lm(grid={"depth": [1, 2]})).problem
    post_grid(lab, rms(norm=["rms"]))
    assert "lab-nets==0.1.0 does not know norm own" in refused(lab, rms(norm=["own"])).problem
    lab.store.plugins.announce("new", all_of(replace(WIDER, version=2)))
    refresh(lab.store, now=True)
    assert "has version 1 of the task, and here it is 2" in refused(lab, char_lm()).problem


def test_a_new_experiment_begins_with_an_older_version_if_only_that_one_is_there(lab: Lab) -> None:
    join(lab, "new", NEWER)
    join(lab, "old", CHAR_LM)
    lab.store.workers.see(Worker("new", 1, "cpu", "v", now_ms() - 100_000, ALL_TASKS, plugins=(str(NEWER_NETS),)))
    assert post_grid(lab, char_lm()).created == 2
    assert lab.store.plugins.begun_with("exp") == {NETS}


def test_a_cell_whose_packages_no_single_worker_has_is_refused(lab: Lab) -> None:
    other = Package("other-nets", "1.0")
    join(lab, "a", RMS)
    join(lab, "b", AnnouncedLevel("classification", "init", "own", other))
    assert post_grid(lab, rms(norm=["rms"])).created == 1
    error = refused(lab, rms(norm=["rms"], init=["own"]))
    assert "no worker seen lately has lab-nets==0.1.0 and other-nets==1.0, which one cell needs" in error.problem


def test_an_experiment_says_which_package_its_queued_runs_wait_for(lab: Lab) -> None:
    join(lab, "w", RMS)
    post_grid(lab, rms())
    found = find_experiment(lab, "exp")
    assert with_what_it_waits_for(lab, found, follow(lab, found)).waits_for is None
    join(lab, "w", replace(RMS, package=NEWER_NETS))
    assert with_what_it_waits_for(lab, found, follow(lab, found)).waits_for == (
        "Queued runs need lab-nets==0.1.0, and no worker seen lately has it: w has lab-nets==0.2.0; on a worker, run: "
        "pip install lab-nets==0.1.0."
    )
    lab.store.experiments.cancel("exp")
    assert with_what_it_waits_for(lab, found, follow(lab, found)).waits_for is None


def test_runs_wait_if_the_only_worker_with_their_package_cannot_train(lab: Lab) -> None:
    able = Worker("w", 1, "cpu", "v", 0, ALL_TASKS)
    with_it = replace(able, name="nets", plugins=(str(NETS),))
    task, needed = known_tasks()["classification"], frozenset({str(NETS)})
    assert who_is_missing(task, Device.ANY, [able, with_it], needed) is None
    says = "no worker seen lately that can train has lab-nets==0.1.0, so the runs wait for one"
    assert who_is_missing(task, Device.ANY, [able, replace(with_it, problem="no slot")], needed) == says
