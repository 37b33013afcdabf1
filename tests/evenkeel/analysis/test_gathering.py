"""The facts about a cell of any task, with that task's metrics and epochs."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from evenkeel.analysis.facts import CellFacts, evidence_of
from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.gathering import Gathered, work_out
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.cell import Cell
from evenkeel.plugins import Metric, Outcome, Panels, Task
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.statistics.compare import compare
from evenkeel.statistics.noise import pack_bits


class Walk(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    gait: str = "trot"
    rounds: int = 3


REWARD, ERROR = Metric("reward", "higher", -1.0, "", ""), Metric("error", "lower", np.inf, "", "")
PLAIN: dict[str, Any] = {
    "name": "walking",
    "version": 1,
    "parameters": Walk,
    "metrics": (REWARD, ERROR),
    "default_metric": "reward",
    "panels": Panels("gait", "gait", "gait"),
    "num_epochs": lambda parameters: parameters.rounds,
}
WALKING = Task(**PLAIN)
ROWS = {1: "first", 2: "second"}  # id of the cell in an experiment -> the experiment


def run(
    seed: int,
    diverged_epoch: int | None = None,
    status: Status = Status.FINISHED,
    cell_id: int = 1,
    **curves: list[float],
) -> SeedRun:
    outcome = None if status is not Status.FINISHED else Outcome.DIVERGED if diverged_epoch else Outcome.CONVERGED
    arrays = {name: np.array(curve) for name, curve in curves.items()}
    return SeedRun(f"run-{cell_id}-{seed}", cell_id, seed, status, outcome, diverged_epoch, "content", 0, 1, arrays)


def facts_of(
    task: Task, runs: list[SeedRun], metric: Metric = REWARD, bits: dict[str, tuple[int, bytes]] | None = None
) -> CellFacts:
    gathered = Gathered(
        Cell(task, Walk()), [CellRow(row, name, "the hash", "walking", {}) for row, name in ROWS.items()], runs
    )
    [found] = work_out([gathered], task, metric, None, bits or {})
    return found


def test_a_run_that_finished_early_keeps_its_last_value_to_the_epochs_that_the_task_says() -> None:
    found = facts_of(WALKING, [run(0, reward=[0.1, 0.2, 0.3]), run(1, reward=[0.2, 0.4])])
    assert found.levels == {"gait": "trot", "rounds": 3}
    assert (found.final.n, found.final.mean) == (2, pytest.approx(0.35))


def test_a_diverged_run_counts_with_the_metrics_own_worst() -> None:
    found = facts_of(WALKING, [run(0, reward=[0.1, 0.2, 0.3]), run(1, 2, reward=[0.2])])
    assert found.bands.all.min == [0.1, -1.0, -1.0]
    assert facts_of(WALKING, [run(0, 2, error=[0.2])], ERROR).bands.all.max == [0.2, None, None]


def test_a_lower_error_is_better() -> None:
    falls = {"reward": [0.9, 0.8, 0.1], "error": [0.9, 0.8, 0.1]}
    assert facts_of(WALKING, [run(0, **falls)], REWARD).within_run.worst_drop.worst == pytest.approx(0.7 / 0.8)
    assert facts_of(WALKING, [run(0, **falls)], ERROR).within_run.worst_drop.worst == 0


def test_spikes_are_those_of_the_tasks_loss_and_unknown_without_one() -> None:
    jumping = run(0, reward=[0.1, 0.2, 0.3], error=[0.5, 0.9, 0.1])
    assert facts_of(WALKING, [jumping]).within_run.spikes.worst is None
    assert facts_of(Task(**PLAIN, loss="error"), [jumping]).within_run.spikes.worst == 1


def test_noise_is_split_where_finished_runs_saw_the_same_examples() -> None:
    correct = np.random.default_rng(0).uniform(size=(2, 50)) < 0.7
    runs = [run(seed, reward=[0.1, 0.2, 0.3]) for seed in range(2)]
    bits = {f"run-1-{seed}": (50, pack_bits(correct[seed])) for seed in range(2)}
    noise = facts_of(WALKING, runs, bits=bits).noise
    assert noise is not None
    assert (noise.num_runs, noise.num_examples) == (2, 50)
    assert facts_of(WALKING, runs).noise is None
    assert facts_of(WALKING, runs, bits=bits | {"run-1-1": (49, bits["run-1-1"][1])}).noise is None


def test_a_metric_that_no_run_has_gives_nulls() -> None:
    found = facts_of(WALKING, [run(0, reward=[0.1, 0.2, 0.3])], ERROR)
    assert found.final.mean is None
    assert found.curves[0].values == []


def test_a_failed_run_is_counted_and_in_no_statistic() -> None:
    found = facts_of(WALKING, [run(0, reward=[0.1, 0.2, 0.3]), run(1, status=Status.FAILED, reward=[0.9])])
    assert (found.num_runs.total, found.num_runs.status[Status.FAILED]) == (2, 1)
    assert found.seeds == [0, 1]
    assert [curve.seed for curve in found.curves] == [0]


def test_a_seed_that_two_experiments_trained_counts_once_in_every_statistic() -> None:
    correct = np.random.default_rng(0).uniform(size=(3, 50)) < 0.7
    bits = {f"run-{row}-{seed}": (50, pack_bits(correct[seed])) for seed in range(3) for row in ROWS}

    def trained(row: int) -> list[SeedRun]:
        good = [run(seed, cell_id=row, reward=[0.1 * seed, 0.2, 0.3 * seed]) for seed in range(3)]
        return [*good, run(3, 2, cell_id=row, reward=[0.2])]

    once, twice = (facts_of(WALKING, runs, bits=bits) for runs in (trained(1), trained(1) + trained(2)))
    said = {field.name: (getattr(once, field.name), getattr(twice, field.name)) for field in fields(CellFacts)}
    differ = {name for name, (first, second) in said.items() if first != second}
    assert differ == {"repeated_seeds", "num_runs", "curves"}
    assert (twice.divergence.n, twice.final.n, twice.evidence.n, twice.noise and twice.noise.num_runs) == (4, 3, 4, 3)
    assert twice.repeated_seeds == [0, 1, 2, 3]
    assert twice.num_runs.total == 8


def test_every_curve_of_a_repeated_seed_is_shown_and_says_whether_it_counts() -> None:
    found = facts_of(WALKING, [run(0, cell_id=row, reward=[0.1, 0.2, 0.3]) for row in (2, 1)])
    assert [(curve.experiment, curve.counted) for curve in found.curves] == [("first", True), ("second", False)]


def test_which_run_of_a_seed_counts_is_settled_without_a_look_at_its_result() -> None:
    diverged, good = run(0, 2, reward=[0.2]), run(0, cell_id=2, reward=[0.1, 0.2, 0.3])
    assert facts_of(WALKING, [good, diverged]).divergence.diverged == 1
    diverged, good = run(0, 2, cell_id=2, reward=[0.2]), run(0, reward=[0.1, 0.2, 0.3])
    assert facts_of(WALKING, [diverged, good]).divergence.diverged == 0


def test_a_run_that_still_trains_or_failed_gives_way_to_one_that_finished() -> None:
    for status in (Status.RUNNING, Status.FAILED, Status.CANCELLED, Status.QUEUED):
        other = run(0, status=status, reward=[0.9])
        found = facts_of(WALKING, [other, run(0, cell_id=2, reward=[0.1, 0.2, 0.3])])
        assert (found.divergence.n, found.final.mean) == (1, 0.3)
        assert [curve.experiment for curve in found.curves if curve.counted] == ["second"]


@pytest.mark.slow
def test_equal_cells_that_were_posted_twice_differ_no_more_often_than_the_exact_test_allows() -> None:
    rng, claims, worlds = np.random.default_rng(0), 0, 300
    for _ in range(worlds):
        a, b = (
            sample_of(
                CellSummary.of(
                    name,
                    facts_of(
                        WALKING,
                        [
                            run(seed, cell_id=row, reward=[0.0, 0.0, final])
                            for seed, final in enumerate(rng.normal(size=3))
                            for row in ROWS
                        ],
                    ),
                ),
                REWARD,
            )
            for name in "ab"
        )
        p = compare(a, b, higher_is_better=True).improvement.p
        claims += p is not None and p <= 0.05
    # With 3 against 3 seeds the smallest p is 0.10. Counted twice, 6 against 6 reach 0.05 in one world of five.
    assert claims == 0


def test_a_seed_that_waits_has_not_ended_unless_another_experiment_has_trained_it() -> None:
    ended = [run(0, reward=[0.1, 0.2, 0.3]), run(1, 1)]
    waiting = [run(seed, cell_id=2, status=Status.QUEUED) for seed in (1, 2, 3)]
    found = facts_of(WALKING, [*ended, *waiting, run(3, status=Status.RUNNING, reward=[0.1])]).divergence
    assert (found.n, found.diverged, found.unfinished, found.rate) == (2, 1, 2, None)
    assert facts_of(WALKING, ended).divergence.rate == 0.5


def test_failed_runs_and_those_that_were_cancelled_before_they_began_are_not_waited_for() -> None:
    lost = [run(1, status=Status.FAILED), run(2, status=Status.CANCELLED)._replace(started=False)]
    found = facts_of(WALKING, [run(0, 1), *lost]).divergence
    assert (found.unfinished, found.rate) == (0, 1)


def test_the_time_of_a_run_is_that_of_runs_that_were_not_ended_early() -> None:
    whole, early = (run(seed, epoch_seconds=[1.0] * epochs) for seed, epochs in ((0, 3), (1, 1)))
    assert facts_of(WALKING, [whole, early._replace(outcome=Outcome.COLLAPSED)]).seconds_per_run == 3
    assert facts_of(WALKING, [early]).seconds_per_run is None


def test_a_seed_that_was_cancelled_while_it_trained_has_not_ended_so_there_is_no_rate() -> None:
    """Whoever cancels does so after the runs that diverged have ended, and before the others have."""
    ended = [run(0, reward=[0.1, 0.2, 0.3]), run(1, 2, reward=[0.2])]
    stopped = run(2, status=Status.CANCELLED, reward=[0.1, 0.2])
    found = facts_of(WALKING, [*ended, stopped]).divergence
    assert (found.n, found.unfinished, found.rate) == (2, 1, None)
    never_begun = facts_of(WALKING, [*ended, stopped._replace(started=False)]).divergence
    assert (never_begun.unfinished, never_begun.rate) == (0, 0.5)
    elsewhere = facts_of(WALKING, [*ended, stopped, run(2, cell_id=2, reward=[0.1, 0.2, 0.3])]).divergence
    assert (elsewhere.unfinished, elsewhere.rate) == (0, pytest.approx(1 / 3))


def test_seeds_that_wait_and_seeds_that_were_lost_are_told_apart_from_those_that_are_missing() -> None:
    runs = [run(0), run(1), run(2, status=Status.QUEUED), run(3, status=Status.CANCELLED)]
    found = facts_of(WALKING, runs).evidence
    assert (found.n, found.waiting) == (2, 1)
    assert found.more == (
        "1 of the 4 seeds has not ended yet. 1 of the 4 seeds failed or were cancelled; evenkeel retry queues them "
        "again."
    )
    retrained = facts_of(WALKING, [*runs, run(3, cell_id=2)]).evidence
    assert (retrained.n, retrained.more) == (3, "1 of the 4 seeds has not ended yet. " + evidence_of(range(4)).more)
