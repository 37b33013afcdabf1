"""The child uses a plug-in in the version that a run needs, or says why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import in_path, install_walk

from evenkeel.grids.tasks import announce, known_tasks
from evenkeel.packages.describe import describe_task
from evenkeel.packages.find import find_plugins
from evenkeel.plugins import Announced, EpochEnd, Package
from trainer.orders import SlotOptions
from trainer.plugins.load import PluginError, check_version, load_plugin, use
from trainer.trainers import load_trainer, trainable_tasks

OPTIONS = SlotOptions("cpu", 1, 60.0, "/nowhere", diagnose=False, loader_workers=0)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Announced]:
    with in_path(tmp_path):
        install_walk(tmp_path)
        [plugin] = find_plugins()
        yield Announced(tasks=(describe_task(plugin.load(), plugin.name, plugin.package),))
    announce(Announced())


def test_a_task_of_a_plug_in_is_known_and_trained(walk: Announced) -> None:
    use(walk)
    assert trainable_tasks(walk) == {"classification": 1, "walk": 1}
    parameters = known_tasks()["walk"].parameters(drift=1.0)
    training = load_trainer("walk", walk)(parameters, 7, OPTIONS)
    assert (type(training).__name__, training.params.drift, training.seed, training.diagnose) == ("Walk", 1.0, 7, False)
    assert [one.epoch for one in training if isinstance(one, EpochEnd)] == [1, 2, 3]


def test_another_version_than_the_run_needs_is_refused(walk: Announced) -> None:
    check_version(Package("strolls", "0.1.0"))
    with pytest.raises(PluginError, match=r"this run needs strolls==0.0.9, and here strolls has the version 0.1.0 now"):
        check_version(Package("strolls", "0.0.9"))
    with pytest.raises(PluginError, match=r"this run needs gone==1.0, and gone is not installed here any more"):
        check_version(Package("gone", "1.0"))


def test_what_no_package_brings_is_not_loaded(walk: Announced) -> None:
    with pytest.raises(
        PluginError, match=r"no package here has an entry point 'os.system' in the group 'evenkeel.archs'"
    ):
        load_plugin("evenkeel.archs", "os.system")
