"""Runs that took a given time, and what a plan then says of new ones."""

from typing import Any

from records import TAKER, TASKS, claim_run, finish_claim, make_cell
from sqlalchemy import update

from evenkeel.grids.cell import Cell
from evenkeel.grids.spec import grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.planned import Estimate
from evenkeel.lab.planning import plan_grid
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Worker
from evenkeel.schema import attempts
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION

TINY = {"arch": "yolo", "norm": "none", "init": "he", "width": 0.25}


def worker(store: Store, slots: int = 2, device: str = "cpu", name: str = "w", problem: str | None = None) -> None:
    store.workers.see(Worker(name, slots, device, "v", now_ms(), TASKS, problem))


def measure(
    store: Store, epoch_seconds: list[float], cell: Cell | None = None, beside: float = 0.0, seed: int = 0, **what: Any
) -> None:
    """Write a finished run whose epochs took so long, and that took so many seconds more beside them."""
    claim = claim_run(store, cell or make_cell(**TINY), seed, "measured", what.get("taker", TAKER))  # type: ignore[arg-type]
    for number, seconds in enumerate(epoch_seconds, 1):
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, number, {}, seconds, now_ms()))
    finish_claim(store, claim, len(epoch_seconds), what.get("outcome", Outcome.CONVERGED), what.get("diverged_epoch"))
    took_ms = int(1000 * (sum(epoch_seconds) + beside))
    arithmetic = {"device": what.get("device", "cpu"), "threads": str(what.get("threads", 1))}
    with store.database.write() as db:
        [ended_ms] = db.scalars(attempts.select().with_only_columns(attempts.c.ended_ms).filter_by(run_id=claim.run_id))
        db.execute(
            update(attempts)
            .where(attempts.c.run_id == claim.run_id)
            .values(began_ms=ended_ms - took_ms, arithmetic=arithmetic)
        )


def estimate(lab: Lab, grid: dict[str, Any] | None = None, **changes: Any) -> Estimate:
    levels = {"arch": ["yolo"], "norm": ["none"], "init": ["he"]} | (grid or {})
    body = {"name": "new", "grid": levels, "seeds": 4, "train": {"width": 0.25, "epochs": 10}} | changes
    found = plan_grid(lab, grid_spec(CLASSIFICATION).model_validate(body)).estimate
    assert found is not None
    return found
