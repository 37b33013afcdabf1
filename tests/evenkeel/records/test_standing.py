"""A run says in a sentence how far it is, or how it ended."""

from dataclasses import replace

import pytest
from records import claim_run, log_epochs, make_cell

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.standing import seconds_left, standing_says
from evenkeel.records.status import Status
from evenkeel.store import Store


@pytest.fixture
def run(store: Store) -> Run:
    """A run that trains, with two of three epochs."""
    claim = claim_run(store, make_cell(), 0)
    log_epochs(store, claim, [0.1, 0.2])
    found = store.runs.find(claim.run_id)
    assert found is not None
    return found


def test_every_status_and_every_outcome_has_a_sentence(run: Run) -> None:
    assert standing_says(run) == "It trains on worker, and has 2 of 3 epochs."
    said = {standing_says(replace(run, status=status)) for status in Status}
    said |= {standing_says(replace(run, status=Status.FINISHED, outcome=outcome)) for outcome in Outcome}
    assert len(said) == len(Status) + len(Outcome)
    gone = replace(run, status=Status.FINISHED, outcome=Outcome.DIVERGED, diverged_epoch=5)
    assert standing_says(gone).startswith("It diverged in epoch 5: ")


def test_the_time_left_is_the_epochs_left_at_the_pace_so_far(run: Run) -> None:
    epochs = [Epoch(run.id, number, {}, seconds, 0) for number, seconds in ((1, 2.0), (2, 4.0))]
    assert seconds_left(run, epochs) == 3.0
    assert seconds_left(run, []) is None
    assert seconds_left(replace(run, status=Status.FINISHED), epochs) is None
