"""The command of docs/extending.md trains on the real stack, without torch, and goes on exactly after kill -9."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from services import RunningStack, wait_for

TASK = "digits_sgd"


def grid(name: str, **changes: Any) -> dict[str, Any]:
    base = {"name": name, "task": TASK, "grid": {"alpha": [1e-4, 2e-4], "noise": [0, 0.9]}, "seeds": 3}
    return base | {"train": {"epochs": 2}} | changes


@pytest.fixture(scope="module")
def announced(stack: RunningStack) -> None:
    def known() -> bool:
        return TASK in {task["name"] for task in stack.client.tasks()}

    wait_for(known, 30, "the command among the tasks")


def test_the_factor_that_was_planted_is_named(stack: RunningStack, announced: None) -> None:
    assert stack.client.submit(grid("command"))["created"] == 12
    assert stack.finish("command")["num_runs"]["outcome"]["converged"] == 12
    effects = stack.client.effects(experiment="command", metric="val_accuracy")
    matters = {term["term"]: term["matters"] for term in effects["responses"]["final"]["terms"]}
    assert (matters["noise"], matters["alpha"]) == (True, False)
    assert "noise" in effects["answer"]
    cells = stack.client.summary(experiment="command", metric="val_accuracy", noise=0)["cells"]
    assert all(cell["final"]["mean"] > 0.8 for cell in cells)


def test_a_run_that_is_killed_goes_on_to_the_same_numbers(stack: RunningStack, announced: None) -> None:
    one = {"grid": {"alpha": [1e-4], "noise": [0.5]}, "seeds": 1, "train": {"epochs": 150}}
    for name in ("command-whole", "command-killed"):
        stack.client.submit(grid(name, **one))
        if name == "command-killed":
            kill_the_training(stack, name)
        stack.finish(name)
    whole, killed = (stack.client.run(stack.client.runs(f"command-{name}")[0]["id"]) for name in ("whole", "killed"))
    assert (whole["attempt"], killed["attempt"]) == (1, 2)
    assert killed["attempts"][1]["from_epoch"] > 0, "it went on from its state"
    said = [stack.client.log(killed["id"], attempt).strip() for attempt in (1, 2)]
    assert said == [f"trains from epoch {epoch} on" for epoch in (1, killed["attempts"][1]["from_epoch"] + 1)]
    names = ("epoch", "val_accuracy", "train_accuracy")
    assert [[row[name] for name in names] for row in killed["history"]] == [
        [row[name] for name in names] for row in whole["history"]
    ]


def kill_the_training(stack: RunningStack, name: str) -> None:
    """kill -9 of the process that runs the program, once a checkpoint was written. The program ends with it."""
    [run] = stack.client.runs(name)
    [program] = wait_for(lambda: stack.pids("digits_sgd.py"), 60, "the program")
    parent = int(Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()[1])
    folder = stack.data / "checkpoints" / run["id"] / "attempt-1"
    wait_for(lambda: list(folder.glob("*.sha256")), 60, "a checkpoint")
    os.kill(parent, signal.SIGKILL)
    wait_for(lambda: program not in stack.pids("digits_sgd.py"), 10, "the end of the program")
