"""The tasks of a process are those that EVENKEEL_TASKS names."""

import subprocess
import sys
from pathlib import Path

import pytest

from evenkeel.lab.tasks import TaskError, known_tasks, load_task
from models.task import CLASSIFICATION

LIST = "from evenkeel.lab.tasks import known_tasks; print(list(known_tasks()))"


def test_classification_is_there_by_default() -> None:
    assert known_tasks() == {"classification": CLASSIFICATION}


def test_a_task_of_ones_own_is_known_beside_it(tmp_path: Path) -> None:
    own = "from dataclasses import replace\nfrom models.task import CLASSIFICATION\n"
    own += "OWN = replace(CLASSIFICATION, name='own')\n"
    (tmp_path / "own_task.py").write_text(own)
    environment = {
        "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}",
        "EVENKEEL_TASKS": "models.task:CLASSIFICATION, own_task:OWN",
    }
    done = subprocess.run([sys.executable, "-c", LIST], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "['classification', 'own']\n"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere:TASK", "'nowhere:TASK' cannot be loaded: No module named 'nowhere'"),
        ("models.task:CHESS", "'models.task:CHESS' cannot be loaded"),
        ("models.task", "'models.task' cannot be loaded"),
        ("models.task:METRICS", "'models.task:METRICS' is a tuple, not an evenkeel.plugins.Task"),
    ],
)
def test_what_is_no_task_is_refused_and_named(path: str, says: str) -> None:
    with pytest.raises(TaskError, match=f"EVENKEEL_TASKS: {says}"):
        load_task(path)
