"""The commands for a package of one's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import WALK, in_path, install, install_walk
from typer.testing import CliRunner

from evenkeel.cli import app

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with in_path(tmp_path / "site") as folder:
        yield folder


def test_a_package_is_begun_in_this_folder(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["new", "plugin", "lab-nets", "--task"])
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        *(f"lab-nets/{path}" for path in ("pyproject.toml", "tests/test_lab_nets.py", "lab_nets/char_lm.py")),
        *(
            "",
            "Install it where a worker runs:  pip install -e lab-nets",
            "Then check it:  evenkeel check-plugin lab-nets",
        ),
    ]
    again = RUNNER.invoke(app, ["new", "plugin", "lab-nets"])
    assert (again.exit_code, again.output) == (1, "lab-nets exists already\n")


@pytest.mark.slow
def test_a_package_that_is_good_passes_and_one_that_is_not_says_why(site: Path) -> None:
    install_walk(site)
    good = RUNNER.invoke(app, ["check-plugin", "strolls"])
    assert good.exit_code == 0, good.output
    heads = [line.strip().partition(":")[0] for line in good.output.splitlines()]
    assert heads == [
        "strolls==0.1.0  evenkeel.tasks  walk",
        "ok    its parameters and metrics can be used by a lab",
        "ok    builds",
        "ok    trains 2 epochs",
        "ok    trains to the same bits again",
        "ok    goes on from a checkpoint to the same bits",
        "ok    another seed gives other numbers",
    ]
    forgets = WALK.replace('self.place = state["place"]', "pass")
    install(site, "forgets", {"forgets.py": forgets}, {"evenkeel.tasks": {"walk": "forgets:Walk"}})
    bad = RUNNER.invoke(app, ["check-plugin", "forgets"])
    assert bad.exit_code == 1
    assert "FAILS goes on from a checkpoint to the same bits: place of epoch 2 is " in bad.output


def test_a_package_that_is_not_installed_is_said_to_be_so() -> None:
    result = RUNNER.invoke(app, ["check-plugin", "nowhere"])
    assert (result.exit_code, "no package 'nowhere' with plug-ins is installed here" in result.output) == (1, True)


def test_a_package_with_a_top_level_of_the_labs_fails(site: Path) -> None:
    install(site, "mine", {"trainer/net.py": ""}, {"evenkeel.datasets": {"net": "trainer.net:load"}})
    result = RUNNER.invoke(app, ["check-plugin", "mine"])
    assert result.exit_code == 1
    assert "it has a top-level 'trainer', and so has the lab" in result.output


@pytest.mark.slow
def test_what_is_begun_installs_and_passes_its_own_test(tmp_path: Path) -> None:
    """As its user does it: pip builds and installs it, and pytest runs its test."""
    assert RUNNER.invoke(app, ["new", "plugin", "own-nets"]).exit_code == 0
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", "site", "./own-nets"], check=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-s", "own-nets"],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok    goes on from a checkpoint to the same bits") == 2
