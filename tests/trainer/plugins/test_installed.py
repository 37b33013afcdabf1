"""A worker knows its plug-ins, and notices when packages change."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from packages import in_path, install, install_walk

from evenkeel.grids.cell import make_cell
from evenkeel.packages.find import Plugin
from evenkeel.plugins import Announced, AnnouncedLevel, Broken, Package
from evenkeel.settings import Settings
from evenkeel.store import StoreAway
from models.task import CLASSIFICATION
from trainer.plugins.installed import Installed
from trainer.plugins.probe import join

pytestmark = pytest.mark.slow

REFUSED = Announced(broken=(Broken("evenkeel.archs", "mixer", Package("nets", "0.1.0"), "others has the name"),))
ARCHS = {"evenkeel.archs": {"mixer": "nets.mixer:build"}}


class Watched:
    """A worker's plug-ins, which counts what it looked at and what it told."""

    def __init__(self, **settings: str) -> None:
        self.probed, self.told, self.away = list[str](), list[Announced](), 0
        self.installed = Installed(Settings(**settings), self.tell, self.probe)  # type: ignore[arg-type]

    def probe(self, plugins: Sequence[Plugin], seconds: float) -> Announced:
        self.probed.append(str(plugins[0].package))
        levels = [AnnouncedLevel("classification", one.factor, one.name, one.package) for one in plugins]
        return join([Announced(levels=(level,)) for level in levels])

    def tell(self, announced: Announced) -> Announced:
        if self.away:
            self.away -= 1
            raise StoreAway("no answer")
        self.told.append(announced)
        return announced


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with in_path(tmp_path) as folder:
        yield folder


def later(site: Path) -> None:
    """Some time goes by: a clock's tick may be longer than what a test does."""
    times = os.stat(site)
    os.utime(site, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000_000))


def test_what_is_installed_is_looked_at_once_and_again_when_it_changes(site: Path) -> None:
    worker = Watched()
    install(site, "nets", {"nets/mixer.py": ""}, ARCHS)
    for _ in range(3):
        worker.installed.look()
    assert (worker.probed, len(worker.told)) == (["nets==0.1.0"], 1)
    assert worker.installed.packages == {"nets==0.1.0"}
    install(site, "nets", {"nets/mixer.py": "# better"}, ARCHS, version="0.2.0")
    install_walk(site)
    later(site)
    worker.installed.look()
    assert worker.probed[1:] == ["nets==0.2.0", "strolls==0.1.0"]
    assert worker.installed.packages == {"nets==0.2.0", "strolls==0.1.0"}
    worker.installed.look()
    assert len(worker.told) == 2


def test_what_cannot_be_told_is_told_later_and_not_looked_at_again(site: Path) -> None:
    worker = Watched()
    install(site, "nets", {}, ARCHS)
    worker.away = 1
    with pytest.raises(StoreAway):
        worker.installed.look()
    assert (worker.installed.settled, worker.installed.packages) == (False, frozenset())
    worker.installed.look()
    assert (worker.installed.settled, worker.probed, len(worker.told)) == (True, ["nets==0.1.0"], 1)


def test_what_the_lab_refused_is_told_again_later(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Watched()
    install(site, "nets", {}, ARCHS)
    monkeypatch.setattr(worker.installed, "_tell", lambda announced: worker.told.append(announced) or REFUSED)
    for _ in range(4):
        worker.installed.look()
    assert len(worker.told) == 1
    monkeypatch.setattr("trainer.plugins.installed.REFUSED_SECONDS", -1.0)
    worker.installed.look()
    assert (len(worker.told), worker.probed) == (2, ["nets==0.1.0"])


def test_a_worker_does_not_wait_for_a_plug_in_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Watched()
    assert not worker.installed.settled
    monkeypatch.setattr("trainer.plugins.installed.PATIENCE_SECONDS", -1.0)
    assert worker.installed.settled


@pytest.mark.parametrize(("allowed", "probed"), [("none", []), ("strolls", ["strolls==0.1.0"])])
def test_only_what_the_operator_allows_is_looked_at(site: Path, allowed: str, probed: list[str]) -> None:
    install(site, "nets", {}, ARCHS)
    install_walk(site)
    worker = Watched(plugins=allowed)
    worker.installed.look()
    assert worker.probed == probed


def test_a_package_with_a_top_level_name_of_the_labs_is_never_imported(site: Path) -> None:
    install(site, "mine", {"models/net.py": ""}, {"evenkeel.archs": {"net": "models.net:build"}})
    worker = Watched()
    worker.installed.look()
    [broken] = worker.installed.announced.broken
    assert (broken.name, worker.probed) == ("net", [])
    assert broken.why.startswith(
        "its package has a top-level 'models', and so has the lab. The lab's would be imported"
    )


def test_a_cell_needs_the_plug_ins_of_its_levels_alone(site: Path) -> None:
    install(site, "nets", {"nets/mixer.py": ""}, ARCHS)
    worker = Watched()
    worker.installed.look()
    base = {"arch": "yolo", "norm": "none", "init": "he"}
    needed = worker.installed.needed_for(make_cell(CLASSIFICATION, base))
    assert (needed, worker.installed.code_of(needed)) == (Announced(), "")
    everything = worker.installed.announced
    assert worker.installed.code_of(everything).startswith("nets==0.1.0 ")
    before = worker.installed.code_of(everything)
    install(site, "nets", {"nets/mixer.py": "# the same version with other code"}, ARCHS)
    later(site)
    worker.installed.look()
    assert worker.installed.code_of(worker.installed.announced) != before


def test_commands_are_told_beside_plug_ins_and_again_when_their_file_changes(site: Path) -> None:
    table = "[commands.{}]\nrun = ['true']\nmetrics = [{{name = 'loss', better = 'lower'}}]\n{}"
    parameters = "parameters = {epochs = {type = 'integer', default = 1}}\n"
    file = site / "commands.toml"
    file.write_text(table.format("one", parameters) + table.format("two", ""))
    worker = Watched(commands_file=str(file))
    worker.installed.look()
    assert [task.name for task in worker.installed.announced.tasks] == ["one"]
    [broken] = worker.installed.announced.broken
    assert (broken.group, broken.name) == ("commands", "two")
    assert "[commands.two] parameters: Field required" in broken.why
    file.write_text(table.format("one", parameters) + table.format("two", parameters))
    os.utime(file, ns=(0, 0))
    worker.installed.look()
    assert [task.name for task in worker.installed.announced.tasks] == ["one", "two"]
    assert worker.installed.announced.broken == ()
