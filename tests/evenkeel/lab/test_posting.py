"""Posting a grid: what it creates, which workers it wakes, and what a repeated post does."""

from typing import Any

import pytest
from bells import Bell
from pydantic import ValidationError
from records import TAKER, TASKS
from servers import NO_BROKER

from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import Device, QuotaExceeded
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, follow
from evenkeel.lab.planning import plan_grid
from evenkeel.lab.posting import body_hash, post_grid
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.steering import cancel
from evenkeel.plugins import Outcome
from evenkeel.records.workers import Worker
from evenkeel.settings import Settings
from evenkeel.store import KeyReused, Store, now_ms
from models.task import CLASSIFICATION

GRID: dict[str, Any] = {
    "name": "exp",
    "grid": {"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]},
    "seeds": 3,
    "train": {"width": 0.25, "epochs": 2},
}


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def lab(store: Store, bell: Bell) -> Lab:
    return Lab(Settings(max_runs=20, max_in_flight=8), store, bell)


def spec(**changes: Any) -> GridSpec:
    return grid_spec(CLASSIFICATION).model_validate(GRID | changes)


def test_a_post_creates_the_missing_runs_and_wakes_workers(lab: Lab, bell: Bell) -> None:
    lab.store.workers.see(Worker("w", 4, "cpu", "v", now_ms(), TASKS))
    first, more = post_grid(lab, spec(seeds=2)), post_grid(lab, spec(seeds=3))
    assert (first.created, first.existing, first.num_cells, first.rung) == (4, 0, 2, True)
    assert (more.created, more.existing, more.waits_for, more.repeated) == (2, 4, None, False)
    assert len(lab.store.runs.all("exp")) == 6
    assert bell.rung == [(Device.ANY, 4), (Device.ANY, 2)]


def test_a_post_after_a_cancel_counts_the_runs_that_it_leaves_cancelled(lab: Lab) -> None:
    post_grid(lab, spec(seeds=2))
    cancel(lab, "exp")
    again = post_grid(lab, spec(seeds=3))
    assert (again.created, again.existing) == (2, 4)
    assert {status: n for status, n in again.num_runs.status.items() if n} == {"queued": 2, "cancelled": 4}


def test_runs_go_to_the_device_that_the_experiment_was_given_before(lab: Lab, bell: Bell) -> None:
    post_grid(lab, spec(seeds=1, device="cuda"))
    lab.store.workers.see(Worker("w", 1, "cpu", "v", now_ms(), TASKS))
    assert "has the device cuda" in (post_grid(lab, spec(seeds=2)).waits_for or "")
    assert {device for device, _ in bell.rung} == {Device.CUDA}


def test_a_broker_that_is_away_does_not_keep_a_grid_from_being_stored(store: Store) -> None:
    settings = Settings(broker_url=NO_BROKER)
    posted = post_grid(Lab(settings, store, Doorbell(settings)), spec())
    assert (posted.created, posted.rung) == (6, False)
    assert "no worker was seen lately" in (posted.waits_for or "")
    assert len(store.runs.all("exp")) == 6


def test_a_repeat_with_the_same_key_gets_the_first_answer(lab: Lab) -> None:
    first, again = (post_grid(lab, spec(), "poster", "once") for _ in range(2))
    assert (first.created, first.repeated) == (again.created, False) == (6, False)
    assert again.repeated
    with pytest.raises(KeyReused):
        post_grid(lab, spec(seeds=4), "poster", "once")
    assert post_grid(lab, spec(), "somebody else", "once").existing == 6


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"seeds": 11}, SpecError),
        ({"train": {"dataset": "svhn"}}, SpecError),
        ({"grid": {"arch": ["yolo"]}}, SpecError),
        ({"seeds": 5}, QuotaExceeded),
    ],
)
def test_what_cannot_be_posted_leaves_nothing_behind(
    lab: Lab, bell: Bell, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        post_grid(lab, spec(**changes))
    assert lab.store.experiments.all() == []
    assert bell.rung == []


def test_a_plan_counts_what_a_post_would_make_and_makes_nothing(lab: Lab) -> None:
    post_grid(lab, spec(seeds=[1]))
    plan = plan_grid(lab, spec(seeds=[0, 1]))
    assert (plan.name, plan.seeds, plan.num_runs, plan.num_new) == ("exp", [0, 1], 4, 2)
    none, batch = lab.store.runs.all("exp")
    assert [cell.cell for cell in plan.cells] == [batch.cell_name, none.cell_name]
    assert [cell.hash for cell in plan.cells] == [batch.cell_hash, none.cell_hash]
    assert plan.differing == []
    assert all(cell.levels["lr"] == 1e-3 and cell.num_parameters for cell in plan.cells)
    with pytest.raises(SpecError, match="evenkeel data prepare svhn"):
        plan_grid(lab, spec(train={"dataset": "svhn"}))


def test_a_plan_says_once_what_the_levels_of_its_cells_do_not(lab: Lab) -> None:
    grid = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}
    [note] = plan_grid(lab, spec(grid=grid, seeds=1)).notes
    assert note.startswith("norm none keeps batch norm in the stem of resnet")
    assert plan_grid(lab, spec()).notes == []
    grid |= {"arch": ["resnet"], "stem_norm": ["none"]}
    assert plan_grid(lab, spec(grid=grid, seeds=1)).notes == []


INERT: dict[str, Any] = {"arch": ["yolo"], "norm": ["none"], "init": ["he"], "momentum": [0.0, 0.5, 0.9]}


def test_levels_that_change_nothing_are_one_cell_and_that_is_said_before_and_after_posting(lab: Lab) -> None:
    said = "momentum changes nothing in this grid: 3 combinations of levels are one cell."
    plan = plan_grid(lab, spec(grid=INERT))
    assert ([cell.levels["momentum"] for cell in plan.cells], plan.num_runs, plan.num_new) == ([0.0], 3, 3)
    assert plan.notes == [said]
    posted = post_grid(lab, spec(grid=INERT))
    assert (posted.created, posted.num_cells, posted.notes) == (3, 1, [said])
    assert post_grid(lab, spec(grid=INERT)).created == 0


def test_an_experiment_that_holds_such_cells_keeps_them_and_trains_none_of_them_again(lab: Lab) -> None:
    for momentum in (0.5, 0.9):
        post_grid(lab, spec(grid=INERT | {"momentum": [momentum]}))
    before = {(run.cell_hash, run.seed) for run in lab.store.runs.all("exp")}
    assert len(before) == 6
    assert plan_grid(lab, spec(grid=INERT)).num_new == 0
    posted = post_grid(lab, spec(grid=INERT))
    assert (posted.created, posted.existing) == (0, 3)
    assert {(run.cell_hash, run.seed) for run in lab.store.runs.all("exp")} == before


@pytest.mark.parametrize("part", ["grid", "train"])
def test_a_parameter_that_came_later_is_part_of_a_posts_identity_once_it_is_given(part: str) -> None:
    level = {"input_scale": ["signed"] if part == "grid" else "signed"}
    assert body_hash(spec(**{part: GRID[part] | level})) != body_hash(spec())


def test_a_plan_lists_its_cells_by_their_levels_and_names_the_factors_that_their_names_do_not_tell(lab: Lab) -> None:
    plan = plan_grid(lab, spec(grid=GRID["grid"] | {"lr": [0.1, 0.02]}))
    assert [(cell.levels["norm"], cell.levels["lr"]) for cell in plan.cells] == [
        *(("batch", 0.02), ("batch", 0.1)),
        *(("none", 0.02), ("none", 0.1)),
    ]
    assert plan.differing == ["lr"]


def test_a_post_is_still_known_after_an_upgrade_from_grids_that_named_no_task() -> None:
    """The hash is the one that the previous version computed for this body."""
    exclude = [{"norm": "none", "lr": 1}]
    old = spec(grid=GRID["grid"] | {"lr": [0.001, 1]}, exclude=exclude, priority=2)
    assert body_hash(old) == "688303d484123dc5f38f4516eb23b834900d8efab0253d31d19ed041170224a8"
    said = spec(task="classification", grid=GRID["grid"] | {"lr": [0.001, 1]}, exclude=exclude, priority=2)
    assert body_hash(said) == body_hash(old)
    assert body_hash(spec().model_copy(update={"task": "other"})) != body_hash(spec())


RULE: dict[str, Any] = {"min": 2, "max": 4, "until": {"half_width": 0.01}}


def test_a_rule_creates_the_fewest_seeds_and_a_plan_says_the_least_and_the_most_runs(lab: Lab) -> None:
    plan = plan_grid(lab, spec(seeds=RULE))
    assert (plan.num_runs, plan.num_new, plan.most_runs, plan.seeds) == (4, 4, 8, [0, 1])
    assert plan_grid(lab, spec(seeds=2)).most_runs == 4
    assert (post_grid(lab, spec(seeds=RULE)).created, post_grid(lab, spec(seeds=RULE)).created) == (4, 0)


def test_the_most_runs_of_a_rule_count_against_the_limit(lab: Lab) -> None:
    with pytest.raises(SpecError, match="2 norm x 1 init x 11 seeds = 22 runs; at most 20 are allowed"):
        post_grid(lab, spec(seeds=RULE | {"max": 11}))


@pytest.mark.parametrize(
    ("until", "field", "allowed"),
    [
        ({"decided": "init"}, "seeds.until.decided", "must be a factor with several levels in this grid: norm"),
        ({"half_width": 1, "metric": "loss"}, "seeds.until.metric", "its metrics: train_accuracy, "),
    ],
)
@pytest.mark.parametrize("call", [post_grid, plan_grid])
def test_a_rule_about_something_that_is_not_there_is_refused(
    lab: Lab, call: Any, until: dict[str, Any], field: str, allowed: str
) -> None:
    with pytest.raises(SpecError) as refused:
        call(lab, spec(seeds=RULE | {"until": until}))
    assert refused.value.field == field
    assert allowed in refused.value.problem


def test_an_experiment_says_which_rule_it_has_and_where_it_stands(lab: Lab) -> None:
    post_grid(lab, spec(seeds=RULE))
    found = follow(lab, find_experiment(lab, "exp")).replication
    assert found is not None
    assert (found.min, found.max, found.until.half_width, found.going) == (2, 4, 0.01, True)
    assert found.says == "Each cell has 2 seeds at first. Then the rule decides whether it gets more, up to 4."
    cancel(lab, "exp")
    stopped = follow(lab, find_experiment(lab, "exp")).replication
    assert stopped is not None
    assert (stopped.going, stopped.says) == (False, "The rule has stopped, because the experiment was cancelled.")


def test_another_rule_after_runs_have_finished_is_refused_by_its_field(lab: Lab) -> None:
    post_grid(lab, spec(seeds=RULE))
    claim = lab.store.claims.take(TAKER, 60)
    assert claim is not None
    lab.store.claims.finish(claim, Outcome.COLLAPSED)
    with pytest.raises(SpecError, match=r"^seeds: the experiment has the rule .* which stays since runs have finished"):
        post_grid(lab, spec(seeds=RULE | {"max": 5}))


def test_a_grid_with_another_number_of_threads_is_refused_once_runs_have_started(lab: Lab) -> None:
    post_grid(lab, spec(threads=2))
    assert post_grid(lab, spec()).existing == 6
    lab.store.claims.take(TAKER, 60)
    with pytest.raises(SpecError, match="compute with 2, and 1 of them have started") as refused:
        post_grid(lab, spec(threads=1))
    assert refused.value.field == "threads"
    assert body_hash(spec(threads=1)) != body_hash(spec())
    with pytest.raises(ValidationError, match="less than or equal to 64"):
        spec(threads=65)


def test_runs_posted_to_a_paused_experiment_wait_and_wake_nobody(lab: Lab, bell: Bell) -> None:
    lab.store.workers.see(Worker("w", 4, "cpu", "v", now_ms(), TASKS))
    post_grid(lab, spec(seeds=1))
    lab.store.experiments.pause("exp")
    posted = post_grid(lab, spec(seeds=2))
    assert posted.waits_for == "the experiment is paused, so the runs wait; to go on: evenkeel resume exp"
    assert [times for _, times in bell.rung if times] == [2]
