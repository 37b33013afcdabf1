"""What becomes of each run of a batch."""

from typing import Any

import pytest
from elsewhere import a_batch, a_run

from evenkeel.importing.declaring import declare
from evenkeel.importing.notes import Kind
from evenkeel.importing.placing import place
from evenkeel.importing.problems import ImportProblem
from evenkeel.plugins import Outcome
from evenkeel.records.imports import Before, PlacedRun, Standing
from evenkeel.records.status import Status

NOTHING = Before(None, 500, None, 0, [])
LR = {"lr": 0.1}


def placed(
    *runs: dict[str, Any], before: Before = NOTHING, **more: Any
) -> tuple[list[PlacedRun], list[tuple[Kind, list[str]]]]:
    found, notes = place(before, a_batch(*runs, **more), began_ms=9000)
    return list(found.runs), [(note.kind, note.runs) for note in notes.all]


def test_a_finished_run_keeps_its_times_and_its_curve() -> None:
    [run], notes = placed(a_run("r", 7, LR, [0.5, 0.6], seconds=[1.0, 2.0]))
    assert (run.status, run.outcome, run.seed, run.num_epochs) == (Status.FINISHED, Outcome.CONVERGED, 7, 2)
    assert (run.created_ms, run.started_ms, run.ended_ms) == (1000, 1000, 3000)
    assert run.curves == {"val_acc": [0.5, 0.6], "epoch_seconds": [1.0, 2.0]}
    assert (run.says, notes) == ("", [])


@pytest.mark.parametrize("state", ["finished", "failed", "killed"])
def test_a_run_that_diverged_is_a_result_whatever_ended_it(state: str) -> None:
    [run], notes = placed(a_run("r", 7, LR, [0.5, 0.1], state=state, diverged_epoch=2, lost="val/acc"))
    assert (run.status, run.outcome, run.diverged_epoch, run.error) == (Status.FINISHED, Outcome.DIVERGED, 2, None)
    assert notes == [(Kind.DIVERGED, ["r"])]
    assert run.says.startswith("val/acc was not finite from epoch 2 on")


@pytest.mark.parametrize(
    ("state", "status", "kind", "is_over"),
    [
        ("failed", Status.FAILED, Kind.FAILED, True),
        ("killed", Status.CANCELLED, Kind.KILLED, True),
        ("running", Status.CANCELLED, Kind.STILL_TRAINS, False),
    ],
)
def test_a_run_without_a_result_has_no_outcome(state: str, status: Status, kind: Kind, is_over: bool) -> None:
    [run], notes = placed(a_run("r", 7, LR, [0.5], state=state))
    assert (run.status, run.outcome, run.ended_ms is not None) == (status, None, is_over)
    assert run.error is not None
    assert notes == [(kind, ["r"])]


def test_runs_that_cannot_be_placed_are_left_out_and_named() -> None:
    runs, notes = placed(
        a_run("no seed", None, LR, [0.5]),
        a_run("nothing measured", 1, LR, []),
        a_run("long", 2, LR, [], too_long=True),
        a_run("ours", 3, LR, [0.5], own=True),
        a_run("good", 4, LR, [0.5]),
    )
    assert [run.source_run_id for run in runs] == ["good"]
    assert notes == [
        (Kind.OWN, ["ours"]),
        (Kind.NO_SEED, ["no seed"]),
        (Kind.NO_METRIC, ["nothing measured"]),
        (Kind.TOO_LONG, ["long"]),
    ]


def test_of_runs_of_a_cell_and_seed_the_first_that_finished_counts() -> None:
    runs, notes = placed(
        a_run("early but killed", 7, LR, [0.9], state="killed", started_ms=1),
        a_run("late", 7, LR, [0.9], started_ms=30),
        a_run("first", 7, LR, [0.1], started_ms=20),
    )
    assert [run.source_run_id for run in runs] == ["first"]
    assert notes == [(Kind.REPEATS, ["late", "early but killed"])]


def test_what_a_run_lacks_is_said_of_it() -> None:
    both = {"metrics": [{"name": "val/acc", "better": "higher"}, {"name": "loss", "better": "lower"}]}
    runs, notes = placed(
        a_run("whole", 0, {"lr": 0.1, "opt": "sgd"}, [0.5], curves={"val/acc": [0.5], "loss": [1.0]}),
        a_run("lacking", 1, {"lr": 0.1}, [0.5], renumbered=True),
        choices=both,
    )
    assert notes == [(Kind.LACKS_PARAM, ["lacking"]), (Kind.LACKS_METRIC, ["lacking"]), (Kind.RENUMBERED, ["lacking"])]
    assert "It has no param 'opt', whose level is null. It has no value of 'loss'." in runs[0].says
    assert runs[0].cell.levels["opt"] is None


def standing(run_id: str, seed: int, status: Status, is_over: bool = True) -> Before:
    """An experiment that has this run of the cell of `LR`, which was imported at 500 ms."""
    task, _ = declare(None, a_batch(a_run(run_id, seed, LR, [0.5])))
    cell_hash = place(NOTHING, a_batch(a_run(run_id, seed, LR, [0.5])), 500)[0].runs[0].cell.hash
    return Before(task, 500, 400, 1, [Standing("a" * 32, cell_hash, seed, status, run_id, is_over, 400)])


def test_a_run_that_the_experiment_has_to_its_end_stays_as_it_is() -> None:
    assert placed(a_run("r", 7, LR, [0.9]), before=standing("r", 7, Status.FINISHED)) == ([], [])


def test_a_run_that_still_trained_gets_its_end_in_its_place() -> None:
    before = standing("r", 7, Status.CANCELLED, is_over=False)
    [run], _ = placed(a_run("r", 7, LR, [0.9]), before=before)
    assert (run.replaces, run.status, run.created_ms) == ("a" * 32, Status.FINISHED, 400)
    assert placed(a_run("r", 7, LR, [0.9], state="running"), before=before) == ([], [(Kind.STILL_TRAINS, ["r"])])


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_run_with_a_result_takes_the_place_of_one_without_and_counts_as_added(status: Status) -> None:
    [run], _ = placed(a_run("again", 7, LR, [0.9]), before=standing("r", 7, status))
    assert (run.replaces, run.created_ms) == ("a" * 32, 9000)
    repeat = placed(a_run("again", 7, LR, [0.9]), before=standing("r", 7, Status.FINISHED))
    assert repeat == ([], [(Kind.REPEATS, ["again"])])


def test_seeds_of_a_later_import_count_as_added_then() -> None:
    before = standing("r", 7, Status.FINISHED)
    [later], _ = placed(a_run("s", 8, LR, [0.9]), before=before)
    same, _ = place(before, a_batch(a_run("s", 8, LR, [0.9])), began_ms=before.created_ms)
    assert (later.created_ms, same.runs[0].created_ms) == (9000, 400)


def test_runs_that_the_lab_trains_are_not_mixed_with_imported_ones() -> None:
    with pytest.raises(ImportProblem, match="into: 'elsewhere' has runs that the lab trains; choose another name"):
        placed(a_run("r", 0, LR, [0.5]), before=Before(None, 0, 0, 3, []))
