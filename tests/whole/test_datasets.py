"""A dataset that is prepared while a worker runs is known at once, trained on, and identified by its content."""

import os
import subprocess
import sys
from pathlib import Path

from foodlike import make_food101
from services import RunningStack, wait_for

from evenkeel.client import ApiError
from evenkeel.plugins import Prepared
from trainer.prepared import list_prepared

SPEC = {
    "name": "food",
    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch"], "init": ["he"]},
    "seeds": 2,
    "train": {"dataset": "food101", "image_size": 32, "width": 0.125, "epochs": 1, "batch_size": 8},
}


def test_what_is_prepared_on_a_worker_can_be_posted_and_trained(stack: RunningStack, tmp_path: Path) -> None:
    folder = make_food101(tmp_path, ["apple pie", "crème brûlée", "pho"], 12)
    command = [Path(sys.executable).parent / "evenkeel", "data", "prepare", "food101", "--size", "32", "--from", folder]
    subprocess.run(command, check=True, timeout=120)
    wait_for(lambda: accepted(stack), 20, "the worker tells of it")
    stack.finish("food", 120)
    [prepared] = [one for one in list_prepared(Path(os.environ["EVENKEEL_DATASETS_DIR"])) if one.name == "food101"]
    assert isinstance(prepared, Prepared)
    cells = stack.client.summary(experiment="food")["cells"]
    assert [cell["num_runs"]["status"]["finished"] for cell in cells] == [2, 2]
    assert [cell["dataset_hashes"] for cell in cells] == [[prepared.hash]] * 2
    plan = stack.client.submit(SPEC, dry_run=True)
    assert (plan["num_runs"], plan["num_new"]) == (4, 0)


def accepted(stack: RunningStack) -> bool:
    try:
        stack.client.submit(SPEC)
    except ApiError:
        return False
    return True
