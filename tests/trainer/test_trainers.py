"""A worker says which tasks it can train, and finds the code that trains them."""

import subprocess
import sys

import pytest

from evenkeel.grids.tasks import known_tasks
from models.task import CLASSIFICATION
from trainer.trainers import TRAINERS, load_trainer, trainable_tasks


def test_the_built_in_task_can_be_trained() -> None:
    from trainer.classification.run import start

    assert trainable_tasks() == {"classification": CLASSIFICATION.version}
    assert load_trainer("classification") is start


def test_of_the_tasks_that_are_known_only_those_with_code_to_train_them_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trainer.trainers.TRAINERS", {})
    assert known_tasks()
    assert trainable_tasks() == {}


def test_a_task_without_code_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="the task 'chess' cannot be trained here; these can: classification"):
        load_trainer("chess")


@pytest.mark.slow
def test_a_worker_knows_its_trainers_without_torch() -> None:
    code = (
        "import sys; from trainer.trainers import trainable_tasks; from trainer.supervisor import Supervisor;"
        "trainable_tasks(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert all(module.partition(":")[0].startswith("trainer.") for module in TRAINERS.values())
