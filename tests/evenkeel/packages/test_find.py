"""The plug-ins of installed packages are found by their entry points, and nothing of them is imported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import in_path, install, install_walk

from evenkeel.packages.find import GROUPS, Plugin, factor_of, find_plugins, group_of
from evenkeel.plugins import Package

pytestmark = pytest.mark.slow

RAISES = {"bad/code.py": "raise RuntimeError"}
MIXER = {"evenkeel.archs": {"mixer": "bad.code:build"}}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with in_path(tmp_path) as folder:
        yield folder


def names(allowed: str = "") -> list[tuple[str, str, str]]:
    return [(plugin.group, plugin.name, str(plugin.package)) for plugin in find_plugins(allowed)]


def test_plug_ins_are_found_and_not_imported(site: Path) -> None:
    install_walk(site)
    install(site, "Bad_Nets", RAISES, MIXER, version="2.0")
    assert names() == [("evenkeel.archs", "mixer", "bad-nets==2.0"), ("evenkeel.tasks", "walk", "strolls==0.1.0")]
    assert not {"bad", "strolls"} & set(sys.modules)


def test_only_the_packages_that_are_allowed_are_found_however_they_are_written(site: Path) -> None:
    install_walk(site)
    install(site, "bad-nets", RAISES, MIXER)
    assert [name for _, name, _ in names("Strolls, other")] == ["walk"]
    assert [name for _, name, _ in names("bad_nets")] == ["mixer"]


def test_entry_points_of_other_groups_are_left_alone(site: Path) -> None:
    install(site, "tool", {}, {"console_scripts": {"tool": "tool:main"}, "evenkeel.other": {"x": "tool:x"}})
    assert names() == []


def test_of_two_installations_the_first_in_the_path_counts(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_walk(site, version="1.0")
    install_walk(site / "first", version="2.0")
    monkeypatch.syspath_prepend(site / "first")
    assert names() == [("evenkeel.tasks", "walk", "strolls==2.0")]


def test_a_package_that_is_installed_again_with_other_files_has_another_digest(site: Path) -> None:
    install_walk(site)
    [before] = find_plugins()
    install_walk(site)
    assert find_plugins() == [before]
    install(site, "strolls", {"strolls/walk.py": "# better"}, {"evenkeel.tasks": {"walk": "strolls.walk:Walk"}})
    [after] = find_plugins()
    assert (after.package, after.digest != before.digest) == (before.package, True)


def test_a_package_with_a_top_level_name_of_the_labs_is_known_by_it(site: Path) -> None:
    install(site, "mine", {"models/net.py": "", "tests/test_net.py": ""}, {"evenkeel.archs": {"net": "models.net:b"}})
    assert [plugin.clashes for plugin in find_plugins()] == [("models",)]


def test_what_is_left_of_a_broken_package_does_not_hide_the_others(site: Path) -> None:
    install_walk(site)
    install(site, "broken", {}, {"evenkeel.archs": {"net": "net:build"}})
    (site / "broken-0.1.0.dist-info" / "entry_points.txt").write_text("[evenkeel.archs]\nno entry point\n")
    (site / "leftover-1.0.dist-info").mkdir()
    assert names() == [("evenkeel.tasks", "walk", "strolls==0.1.0")]


def test_a_group_of_levels_is_called_after_its_factor() -> None:
    assert [factor_of(group) for group in GROUPS] == ["task", "arch", "norm", "init", "optimizer", "dataset"]
    assert [group_of(factor_of(group)) for group in GROUPS] == list(GROUPS)


def test_the_code_of_a_plug_in_is_loaded_when_it_is_asked_for(site: Path) -> None:
    install_walk(site)
    [plugin] = find_plugins()
    assert plugin.load().__name__ == "Walk"
    assert Plugin("evenkeel.archs", "join", "os.path:join", Package("std", "1")).load()("a", "b") == "a/b"
