"""A plug-in that cannot be used is named, and costs nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import in_path, install, install_walk

from evenkeel.packages.find import find_plugins
from evenkeel.plugins import Announced
from trainer.plugins.probe import probe

pytestmark = pytest.mark.slow  # each starts a process

GOOD = '"""A network."""\n\n\ndef build(num_classes, image_size, width, norm):\n    """A network of mine."""\n'
# Prints on every file descriptor that may be open, and on the two that it should.
GARBAGE = """
import os, sys
print("garbage" * 1000)
print("more", file=sys.stderr)
for descriptor in range(3, 20):
    try:
        os.write(descriptor, b"garbage\\n\\x00[1]\\n")
    except OSError:
        pass
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with in_path(tmp_path) as folder:
        yield folder


def probed(site: Path, seconds: float = 30.0, **codes: str) -> Announced:
    """What a package is found to have that brings an arch of each of these modules."""
    files = {f"nets/{name}.py": code for name, code in codes.items()}
    install(site, "nets", files, {"evenkeel.archs": {name: f"nets.{name}:build" for name in codes}})
    return probe(find_plugins("nets"), seconds)


def why(announced: Announced) -> dict[str, str]:
    return {broken.name: broken.why for broken in announced.broken}


def test_what_a_package_has_is_described(site: Path) -> None:
    install_walk(site)
    found = probe(find_plugins(), 30.0)
    [task] = found.tasks
    assert (task.name, str(task.package), task.description) == ("walk", "strolls==0.1.0", "A walk that drifts.")
    assert list(task.parameters["properties"]) == ["drift", "epochs"]
    found = probed(site, good=GOOD)
    [level] = found.levels
    assert (level.task, level.factor, level.level, level.description) == (
        "classification", "arch", "good", "A network of mine.",
    )  # fmt: skip
    assert (found.broken, {str(package) for package in found.packages}) == ((), {"nets==0.1.0"})


def test_plug_ins_that_raise_exit_or_are_no_function_are_named_and_the_others_can_be_used(site: Path) -> None:
    found = probed(
        site,
        a_missing="import nowhere_at_all\n",
        b_exits="import os\nos._exit(3)\n",
        c_good=GOOD,
        d_leaves="raise SystemExit('bye')\n",
        e_nothing="x = 1\n",
        f_number="build = 7\n",
        g_good=GOOD,
    )
    assert [level.level for level in found.levels] == ["c_good", "g_good"]
    says = why(found)
    assert sorted(says) == ["a_missing", "b_exits", "d_leaves", "e_nothing", "f_number"]
    assert says["a_missing"] == (
        f"ModuleNotFoundError: No module named 'nowhere_at_all' ({site}/nets/a_missing.py, line 1)"
    )
    assert says["b_exits"] == "its import ended the process (exit code 3)"
    assert says["d_leaves"].startswith("SystemExit: bye")
    assert says["e_nothing"].startswith("AttributeError: module 'nets.e_nothing' has no attribute 'build'")
    assert says["f_number"] == "nets.f_number:build is not a function"


def test_a_plug_in_whose_import_never_ends_is_given_up(site: Path) -> None:
    found = probed(site, 2.5, a_hangs="import time\ntime.sleep(600)\n", b_good=GOOD)
    assert why(found) == {"a_hangs": "its import took longer than EVENKEEL_PLUGIN_SECONDS=2.5"}
    assert [level.level for level in found.levels] == ["b_good"]


def test_what_a_plug_in_prints_does_no_harm(site: Path) -> None:
    found = probed(site, loud=GARBAGE + GOOD.partition('"""\n')[2])
    assert why(found) == {}
    assert [level.level for level in found.levels] == ["loud"]


def test_a_task_that_breaks_the_contract_is_named(site: Path) -> None:
    install(site, "tasks", {"mine/task.py": "class Task:\n    pass\n"}, {"evenkeel.tasks": {"mine": "mine.task:Task"}})
    assert why(probe(find_plugins(), 30.0)) == {
        "mine": "<class 'mine.task.Task'> is not a subclass of evenkeel.plugins.Training"
    }
