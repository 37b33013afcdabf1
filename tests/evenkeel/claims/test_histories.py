"""Random histories of a run, with everything that may happen to it and to its mirror."""

import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from records import TAKER, make_cell

from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, hash_arithmetic
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status
from evenkeel.store import Store

EPOCHS = 6
HERE, THERE = ({"torch": "2.9", "cpu_capability": name} for name in ("AVX2", "AVX512"))


@dataclass
class World:
    """One run, its workers and MLflow."""

    store: Store
    rng: random.Random
    run_id: str
    arithmetics: list[dict[str, str]]
    now_ms: int = 0
    # MLflow's id -> (epoch, time, value) of its points. MLflow keeps the same point once.
    copies: dict[str, set[tuple[int, int, float]]] = field(default_factory=lambda: defaultdict(set))
    # Epochs that the checkpoint has trained, and the arithmetic of the checkpoint.
    checkpoint: tuple[int, dict[str, str]] | None = None

    @property
    def run(self) -> Run:
        run = self.store.runs.find(self.run_id)
        assert run is not None
        return run

    def attempt(self) -> None:
        """A worker takes the run and trains until it ends, or until something happens."""
        claim = self.store.claims.take(TAKER, 60)
        assert claim is not None
        if self.rng.random() < 0.1:
            return self._die(claim)
        arithmetic = self.rng.choice(self.arithmetics)
        start = 0
        # Only a checkpoint of the same arithmetic as the epochs on record is used. It may be damaged.
        if self.checkpoint and claim.arithmetic == hash_arithmetic(arithmetic) and self.rng.random() < 0.8:
            start = self.checkpoint[0] if self.checkpoint[1] == arithmetic else 0
        assert self.store.claims.begin(claim, start, 0, "", arithmetic)
        # What the checkpoint has measured and the store has not.
        for number in range(claim.recorded + 1, start + 1):
            self._append(claim, number, arithmetic)
        for number in range(start + 1, EPOCHS + 1):
            self._maybe_mirror()
            if self.rng.random() < 0.25:
                return self._die(claim)
            if self.rng.random() < 0.5:
                self._save(claim, number, arithmetic)
            if self.rng.random() < 0.9:
                self._append(claim, number, arithmetic)
            else:
                self._save(claim, number, arithmetic)
                return self._die(claim)
        assert self.store.claims.finish(claim, Outcome.CONVERGED)

    def _save(self, claim: Claim, number: int, arithmetic: dict[str, str]) -> None:
        """The child writes its checkpoint before the supervisor has written the epoch."""
        self.checkpoint = number, arithmetic
        self.store.claims.record_checkpoint(claim, number, f"epoch-{number}.pt", "0" * 64)

    def _append(self, claim: Claim, number: int, arithmetic: dict[str, str]) -> None:
        self.now_ms += 1
        epoch = Epoch(self.run_id, number, {"train_loss": value_of(number, arithmetic)}, 0.1, self.now_ms)
        assert self.store.claims.append_epoch(claim, epoch)

    def _die(self, claim: Claim) -> None:
        ends = (
            lambda: self.store.claims.crash(claim, Reason.DIED, "killed", max_crashes=99),
            lambda: self.store.claims.release(claim),
            lambda: self.store.claims.expire_worker(None, max_crashes=99),
        )
        assert self.rng.choice(ends)()

    def _maybe_mirror(self) -> None:
        if self.rng.random() < 0.4:
            self.mirror()

    def mirror(self) -> None:
        """A pass of the mirror, which may be killed after each of its steps."""
        for run in self.store.outbox.unmirrored(10):
            if run.attempt == 0 or run.id != self.run_id:
                continue
            copy = run.mlflow_run_id
            if copy is None:
                found = [each for each, points in self.copies.items() if not points]
                copy = found[0] if found else f"copy-{run.id[:4]}-{len(self.copies)}"
                for stale in [each for each, points in self.copies.items() if points]:
                    del self.copies[stale]
                self.copies[copy] = set()
                if self.rng.random() < 0.2:
                    return
                self.store.outbox.set_mlflow_run(run, copy)
            done = run.mirrored_epoch if run.mlflow_run_id else 0
            epochs = self.store.runs.epochs([run.id], after=done)[run.id]
            self.copies[copy] |= {(e.epoch, e.logged_ms, float(e.values["train_loss"] or 0)) for e in epochs}
            if self.rng.random() < 0.2:
                return
            self.store.outbox.mark_mirrored(run, copy, epochs[-1].epoch if epochs else done)


def value_of(number: int, arithmetic: dict[str, str]) -> float:
    """A training gives the same numbers on the same arithmetic, and on another one they part after two epochs."""
    return 1 / number if number <= 2 or arithmetic is HERE else 2 / number


@pytest.mark.parametrize("arithmetics", [[HERE], [HERE, THERE]], ids=["one arithmetic", "two"])
@pytest.mark.parametrize("histories", [2, pytest.param(30, marks=pytest.mark.soak)], ids=["few", "many"])
def test_whatever_happens_to_a_run_it_has_each_epoch_once_and_its_copy_is_true(
    store: Store, arithmetics: list[dict[str, str]], histories: int
) -> None:
    for seed in range(histories):
        store.grids.ensure("exp", [make_cell(epochs=EPOCHS)], [seed])
        [run_id] = [run.id for run in store.runs.all("exp") if run.seed == seed]
        world = World(store, random.Random(seed), run_id, arithmetics)
        while world.run.status is not Status.FINISHED:
            world.attempt()
            run, epochs = world.run, store.runs.epochs([run_id])[run_id]
            assert [epoch.epoch for epoch in epochs] == list(range(1, run.num_epochs + 1))
        while world.run.version > 0 and [run for run in store.outbox.unmirrored(99) if run.id == run_id]:
            world.mirror()
        run, epochs = world.run, store.runs.epochs([run_id])[run_id]
        values = [epoch.values["train_loss"] for epoch in epochs]
        assert values in [[value_of(number, one) for number in range(1, EPOCHS + 1)] for one in arithmetics]
        assert [(e.epoch, e.logged_ms, e.values["train_loss"]) for e in epochs] == sorted(
            world.copies[str(run.mlflow_run_id)]
        )
        assert len(world.copies) == 1
        if len(arithmetics) == 1:
            assert list(world.copies) == [f"copy-{run_id[:4]}-0"], "it was never made anew"
