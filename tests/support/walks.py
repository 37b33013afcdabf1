"""A whole task that a worker announces, and runs of it. Its package is installed nowhere."""

from collections.abc import Sequence

from announcing import NETS, all_of
from records import claim_run

from evenkeel.grids.cell import make_cell
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import AnnouncedLevel, AnnouncedTask, Metric, Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker, Worker
from evenkeel.store import Store, now_ms

WALK = AnnouncedTask(
    name="walk",
    package=NETS,
    version=1,
    parameters={
        "type": "object",
        "properties": {
            "steps": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "How far."},
            "drift": {"type": ["number", "null"], "default": 0.5, "description": "Where to."},
            "gait": {"enum": ["walk", "run"], "default": "walk", "description": "How."},
            "epochs": {"type": "integer", "minimum": 1, "default": 2, "description": "Iterations."},
        },
    },
    metrics=(
        Metric("reached", "higher", 0.0, "share", "Whether it got there."),
        Metric("falls", "lower", description="How often it fell.", diagnostic=True),
    ),
    default_metric="reached",
    panels=("gait", "drift", "steps"),
    epochs="epochs",
    description="Walks at random.",
)
GRID = {"name": "walks", "task": "walk", "grid": {"steps": [1, 2], "gait": ["walk", "run"]}, "seeds": 2}


def worker_has(store: Store, *parts: AnnouncedTask | AnnouncedLevel, name: str = "box") -> None:
    """Let a worker announce these, and report that it is there."""
    announced = store.plugins.announce(name, all_of(*parts))
    assert announced.broken == ()
    trains = {"classification": 1} | {task.name: task.version for task in announced.tasks}
    plugins = tuple(sorted(map(str, announced.packages)))
    store.workers.see(Worker(name, 1, "cpu", "v", now_ms(), trains, plugins=plugins))


def finish_walk(store: Store, seed: int, reached: Sequence[float], experiment: str = "walks", **levels: object) -> None:
    """Write a finished run of the task, which this process has to know."""
    cell = make_cell(known_tasks()["walk"], levels)
    taker = Taker("box", "v", {"walk": cell.task.version}, plugins=frozenset({str(NETS)}))
    claim = claim_run(store, cell, seed, experiment, taker)
    for epoch, value in enumerate(reached, 1):
        values = {"reached": value, "falls": None}
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, values, 0.5, now_ms()))
    assert store.claims.finish(claim, Outcome.CONVERGED)
