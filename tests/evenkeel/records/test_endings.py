"""What becomes of a run, for every way in which an attempt can end."""

from collections.abc import Sequence

import pytest

from evenkeel.plugins import Outcome
from evenkeel.records.endings import ENDINGS, NextStep, Reason, recurs, what_helps, what_is_missing, what_next
from evenkeel.records.status import Status

CRASHES = (Reason.LOST, Reason.DIED)
FINAL = (Reason.DEADLINE, Reason.ERROR, Reason.UNREADABLE)


def after(
    reason: Reason, crashes: int = 0, before: Sequence[Reason] = (), asked: Status | None = None, most: int = 3
) -> NextStep:
    return what_next(reason, "the error", crashes, before, asked, most)


def test_every_reason_has_an_ending_and_what_is_told_names_what_was_reported() -> None:
    assert list(ENDINGS) == list(Reason)
    quiet = {Reason.FINISHED, Reason.CANCELLED, Reason.PAUSED, Reason.STOPPED}
    assert {reason for reason, ending in ENDINGS.items() if "{error}" not in ending.says} == quiet


@pytest.mark.parametrize("reason", CRASHES)
def test_crashes_are_retried_until_the_budget_is_spent(reason: Reason) -> None:
    assert after(reason) == NextStep(Status.QUEUED, 1, "the error")
    assert after(reason, crashes=1).status is Status.QUEUED
    spent = after(reason, crashes=2)
    assert (spent.status, spent.crashes) == (Status.FAILED, 3)
    assert spent.error == "the error, 3 times without a new checkpoint in between"


@pytest.mark.parametrize("reason", FINAL)
def test_what_would_only_happen_again_fails_at_once(reason: Reason) -> None:
    step = after(reason)
    assert (step.status, step.crashes) == (Status.FAILED, 1)
    assert step.error is not None
    assert step.error.endswith("the error")


def test_out_of_memory_is_tried_once_more_and_other_crashes_do_not_count_as_that() -> None:
    assert after(Reason.OUT_OF_MEMORY).status is Status.QUEUED
    assert after(Reason.OUT_OF_MEMORY, 1, [Reason.DIED]).status is Status.QUEUED
    step = after(Reason.OUT_OF_MEMORY, 1, [Reason.OUT_OF_MEMORY])
    assert step.status is Status.FAILED
    assert step.error == (
        "out of memory: the error; use a smaller batch, or fewer slots on the device, "
        "2 times without a new checkpoint in between"
    )


@pytest.mark.parametrize("reason", [Reason.STOPPED, Reason.PAUSED, Reason.DISK_FULL])
def test_what_is_not_the_runs_fault_is_never_counted(reason: Reason) -> None:
    step = after(reason, crashes=2)
    assert (step.status, step.crashes) == (Status.QUEUED, 2)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.FINISHED])
def test_a_run_whose_cancelling_was_asked_for_ends_cancelled_whatever_happens(reason: Reason) -> None:
    assert after(reason, 9, [reason] * 9, Status.CANCELLED).status is Status.CANCELLED


def test_a_run_whose_pausing_was_asked_for_is_paused_unless_it_has_failed() -> None:
    for reason in (*CRASHES, Reason.STOPPED, Reason.DISK_FULL):
        assert after(reason, asked=Status.PAUSED).status is Status.PAUSED
    assert after(Reason.DIED, 2, asked=Status.PAUSED).status is Status.FAILED
    assert after(Reason.ERROR, asked=Status.PAUSED).status is Status.FAILED


def test_a_budget_of_none_fails_whatever_the_reason() -> None:
    for reason in (*CRASHES, Reason.DISK_FULL, Reason.OUT_OF_MEMORY):
        assert after(reason, most=0).status is Status.FAILED


@pytest.mark.parametrize(
    ("outcome", "diverged_epoch", "measured", "missing"),
    [
        (Outcome.CONVERGED, None, [1, 2, 3], None),
        (Outcome.CONVERGED, None, [1, 2], "the training ended as converged, and the store has 2 of 3 epochs"),
        (Outcome.CONVERGED, None, [1, 3, 4], "epoch 2 is missing in the store"),
        (Outcome.COLLAPSED, None, [1, 2], None),
        (Outcome.COLLAPSED, None, [2], "epoch 1 is missing in the store"),
        (Outcome.DIVERGED, 1, [], None),
        (Outcome.DIVERGED, 3, [1, 2], None),
        (Outcome.DIVERGED, 3, [1], "the training ended as diverged, and the store has 1 of 2 epochs"),
    ],
)
def test_a_run_counts_as_finished_only_with_all_that_it_must_have_measured(
    outcome: Outcome, diverged_epoch: int | None, measured: list[int], missing: str | None
) -> None:
    assert what_is_missing(outcome, diverged_epoch, measured, num_epochs=3) == missing


def test_every_ending_that_can_fail_a_run_says_what_helps() -> None:
    bad = [reason for reason in Reason if reason is not Reason.FINISHED]
    failing = [reason for reason in bad if after(reason, crashes=2, before=[reason]).status is Status.FAILED]
    assert failing == [reason for reason in Reason if what_helps(reason, printed=False)]
    assert what_helps(None, True) == what_helps("of a later version", True) == ""


def test_only_a_run_that_printed_something_is_told_to_read_its_log() -> None:
    told = {reason for reason in Reason if "log" in what_helps(reason, printed=True)}
    assert told == {Reason.ERROR, Reason.SILENT}
    assert not any("log" in what_helps(reason, printed=False) for reason in Reason)


def test_an_error_of_the_code_would_come_again_and_a_lost_worker_would_not() -> None:
    assert [reason for reason in Reason if recurs(reason)] == [Reason.ERROR, Reason.UNREADABLE]
    assert not recurs(None)
    assert not recurs("of a later version")
