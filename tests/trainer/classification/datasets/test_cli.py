"""`evenkeel data`: what it prepares, and its error messages."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evenkeel.settings import Settings
from trainer.classification.datasets.cli import keep_private
from trainer.prepared import list_prepared


def data(root: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trainer", "data", *arguments]
    environment = os.environ | {"EVENKEEL_DATASETS_DIR": str(root)} | settings
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.slow  # a process that imports torch, like the next two
def test_of_two_at_once_one_waits_and_finds_it_done(food: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trainer", "data", "prepare", "food101", "--size", "32", "--from", str(food)]
    environment = os.environ | {"EVENKEEL_DATASETS_DIR": str(tmp_path)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [list_prepared(tmp_path)[0].hash in output for output in outputs] == [True, True]


@pytest.mark.slow
def test_the_command_prepares_lists_and_says_what_is_wrong(food: Path, tmp_path: Path) -> None:
    made = data(tmp_path, "prepare", "food101", "--size", "32", "--from", str(food))
    assert made.returncode == 0, made.stderr
    assert "27 to train, 9 to validate, 3 classes" in made.stdout
    assert "food101" in data(tmp_path, "list").stdout
    for arguments, words in [
        (["prepare", "nothing"], "there are: food101, cifar10"),
        (["prepare", "digits"], "needs no preparation"),
        (["prepare", "food101", "--size", "7"], "--size 7: the size must be from 8 to 512 pixels"),
        (["prepare", "svhn", "--from", str(tmp_path / "none")], "none does not exist"),
        (["prepare", "cifar10", "--from", str(food)], "hold none of its files: data_batch_1, data_batch_2"),
    ]:
        refused = data(tmp_path, *arguments)
        assert refused.returncode == 1
        assert words in refused.stderr


@pytest.mark.slow
def test_a_folder_of_images_goes_by_the_name_that_the_settings_file_gives_it(
    image_folder: Callable[[Path, dict[str, int]], Path], tmp_path: Path
) -> None:
    folder = image_folder(tmp_path / "birds", {"blue tit": 3, "Zaunkönig": 2})
    (tmp_path / "folders.toml").write_text(f"[imagefolder]\nbirds = {json.dumps(str(folder))}\n")
    settings = {"EVENKEEL_DATASETS_FILE": str(tmp_path / "folders.toml")}
    made = data(tmp_path / "out", "prepare", "birds", "--size", "32", **settings)
    assert made.returncode == 0, made.stderr
    assert "5 to train, 5 to validate, 2 classes" in made.stdout


def test_images_in_the_users_own_cache_are_the_users_alone_and_others_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENKEEL_DATASETS_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = os.umask(0o022)
    try:
        for settings in (Settings(datasets_dir=tmp_path / "shared"), Settings()):
            settings.datasets_dir.mkdir(parents=True)
            keep_private(settings)
            (settings.datasets_dir / "file").touch()
    finally:
        os.umask(before)
    modes = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {
        "shared": 0o755,
        "shared/file": 0o644,
        "cache": 0o755,
        "cache/evenkeel": 0o700,
        "cache/evenkeel/file": 0o600,
    }
