"""The tasks of a process are those that EVENKEEL_TASKS names."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from announcing import CHAR_LM, RMS, all_of, known

from evenkeel.grids.cell import make_cell
from evenkeel.grids.tasks import (
    TaskError,
    announce,
    generation,
    known_tasks,
    load_task,
    own_tasks,
    requirement_of,
)
from evenkeel.plugins import AnnouncedLevel, Package
from evenkeel.settings import get_settings
from models.task import CLASSIFICATION

LIST = "from evenkeel.grids.tasks import known_tasks; print(list(known_tasks()))"


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


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def (", "SyntaxError: invalid syntax"),
        ("1 + 'one'", "TypeError: unsupported operand"),
        ("unknown", "NameError: name 'unknown' is not defined"),
        ("{}['unknown']", "KeyError: 'unknown'"),
        ("import unknown_module", "No module named 'unknown_module'"),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_and_named_whatever_it_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    (tmp_path / "broken_task.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TaskError, match=f"EVENKEEL_TASKS: 'broken_task:TASK' cannot be loaded: {says}"):
        load_task("broken_task:TASK")
    assert "broken_task" not in sys.modules


@pytest.fixture
def tasks_are(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets EVENKEEL_TASKS for one test."""

    def set_to(tasks: str) -> None:
        monkeypatch.setenv("EVENKEEL_TASKS", tasks)
        get_settings.cache_clear()
        own_tasks.cache_clear()

    yield set_to
    monkeypatch.undo()
    get_settings.cache_clear()
    own_tasks.cache_clear()


@pytest.mark.parametrize("tasks", ["", " , "])
def test_a_lab_that_knows_no_task_is_refused(tasks_are: Callable[[str], None], tasks: str) -> None:
    tasks_are(tasks)
    with pytest.raises(TaskError, match="EVENKEEL_TASKS names no task"):
        known_tasks()


def test_two_tasks_of_one_name_are_refused(
    tasks_are: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "from dataclasses import replace\nfrom models.task import CLASSIFICATION\nOTHER = replace(CLASSIFICATION)\n"
    (tmp_path / "twin_task.py").write_text(own)
    monkeypatch.syspath_prepend(tmp_path)
    tasks_are("models.task:CLASSIFICATION,twin_task:OTHER")
    with pytest.raises(TaskError, match="'twin_task:OTHER' is a second task with the name 'classification'"):
        known_tasks()


def test_what_is_announced_is_known_beside_the_labs_own_tasks_until_something_else_is() -> None:
    before = generation()
    with known(CHAR_LM, RMS):
        assert list(known_tasks()) == ["classification", "char_lm"]
        assert known_tasks()["classification"] is not CLASSIFICATION
        during = generation()
        announce(all_of(CHAR_LM, RMS))
        assert generation() == during > before
    assert known_tasks() == {"classification": CLASSIFICATION}
    assert generation() > during


def test_a_cell_needs_the_packages_of_its_task_and_its_levels_alone() -> None:
    levels = {"arch": "yolo", "init": "he"}
    with known(CHAR_LM, RMS, AnnouncedLevel("classification", "init", "own", Package("a-nets", "2"))):
        task = known_tasks()["classification"]
        assert requirement_of(make_cell(known_tasks()["char_lm"], {})) == "lab-nets==0.1.0"
        assert requirement_of(make_cell(task, levels | {"norm": "batch"})) == ""
        assert requirement_of(make_cell(task, levels | {"norm": "rms"})) == "lab-nets==0.1.0"
        both = levels | {"norm": "rms", "init": "own"}
        assert requirement_of(make_cell(task, both)) == "a-nets==2,lab-nets==0.1.0"


def test_what_cannot_be_used_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with known(replace(CHAR_LM, panels=("norm", "depth", "lr")), RMS):
        assert list(known_tasks()) == ["classification"]
        assert "rms" in known_tasks()["classification"].parameters.model_json_schema()["properties"]["norm"]["enum"]
    assert "evenkeel.tasks 'char_lm' of lab-nets==0.1.0 cannot be used: 'depth' is not one of its" in caplog.text
