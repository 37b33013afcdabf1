"""A lease is renewed whatever the training does, and as long as the store does not answer it is taken to be held."""

import threading
from typing import Any

import pytest

from evenkeel.grids.cell import RunSpec, make_cell
from evenkeel.records.leases import Claim, Lease
from evenkeel.settings import Settings
from evenkeel.store import StoreAway
from models.task import CLASSIFICATION
from trainer.lease import LeaseKeeper

CLAIM = Claim("run", 1, RunSpec(cell=make_cell(CLASSIFICATION, {"arch": "yolo", "norm": "none", "init": "he"}), seed=0))


class Answers:
    """A store that answers what a test gives it. `done` is set once it has given the last answer."""

    def __init__(self, *answers: Lease | None) -> None:
        self.answers, self.asked, self.done = list(answers), list[str](), threading.Event()

    def _next(self, asked: str) -> Lease:
        self.asked.append(asked)
        answer = self.answers.pop(0) if self.answers else Lease.HELD
        if not self.answers:
            self.done.set()
        if answer is None:
            raise StoreAway("no answer")
        return answer

    def renew(self, claim: Claim, lease_seconds: float) -> Lease:
        assert (claim, lease_seconds) == (CLAIM, 90.0)
        return self._next("renew")

    def look(self, claim: Claim) -> Lease:
        return self._next("look")


def keep(store: Any, monkeypatch: pytest.MonkeyPatch, renew_seconds: float) -> LeaseKeeper:
    monkeypatch.setattr("trainer.lease.LOOK_SECONDS", 0.001)
    with LeaseKeeper(store, CLAIM, Settings(renew_seconds=renew_seconds)) as keeper:
        assert store.done.wait(30)
    return keeper


def test_a_lease_is_renewed_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Answers(*[Lease.HELD] * 5)
    assert keep(store, monkeypatch, 1e-6).state is Lease.HELD
    assert set(store.asked) == {"renew"}


def test_a_lease_that_is_shorter_than_the_usual_pause_is_renewed_in_time() -> None:
    assert LeaseKeeper(Answers(), CLAIM, Settings(lease_seconds=4.0))._every == 1.0  # type: ignore[arg-type]


def test_between_two_renewals_it_only_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Answers(Lease.HELD, Lease.HELD, Lease.PAUSE)
    keep(store, monkeypatch, 1000.0)
    assert set(store.asked) == {"look"}


def test_while_the_store_is_away_the_lease_is_asked_for_again_and_the_last_answer_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Answers(None, None, Lease.LOST)
    assert keep(store, monkeypatch, 1e-6).state is Lease.LOST


def test_a_lease_that_was_lost_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Answers(Lease.LOST)
    keeper = keep(store, monkeypatch, 1e-6)
    keeper._thread.join(30)
    assert store.asked == ["renew"]
