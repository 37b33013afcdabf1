"""The code of a plug-in works in a folder that is bounded and goes with its attempt."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evenkeel.grids.cell import RunSpec, make_cell
from evenkeel.plugins import Announced, AnnouncedLevel, Package
from evenkeel.records.leases import Claim
from evenkeel.settings import Settings
from models.task import CLASSIFICATION
from trainer import working
from trainer.protocol import Failed
from trainer.working import WorkingFolder, working_in

CLAIM = Claim("run", 2, RunSpec(make_cell(CLASSIFICATION, {"arch": "yolo", "norm": "none", "init": "he"}), 0))
NEEDED = Announced(levels=(AnnouncedLevel("classification", "arch", "mixer", Package("nets", "1")),))
FULL = Failed("OSError: [Errno 28] No space left on device", "disk_full")


@pytest.fixture(autouse=True)
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "LOOK_SECONDS", 0.0)


def folder(tmp_path: Path, **settings: Any) -> WorkingFolder:
    return WorkingFolder(Settings(data_dir=tmp_path, **settings), CLAIM, NEEDED)


def test_what_an_attempt_leaves_behind_is_removed_and_so_is_that_of_one_that_was_killed(tmp_path: Path) -> None:
    left = tmp_path / "working" / "run" / "attempt-1" / "left"
    left.mkdir(parents=True)
    with folder(tmp_path) as its:
        its.make()
        assert its.path == tmp_path / "working" / "run" / "attempt-2"
        assert (list(its.path.iterdir()), left.exists()) == ([], False)
        (its.path / "data").write_bytes(b"x")
    assert not its.path.parent.exists()


def test_a_run_without_plug_ins_has_no_folder(tmp_path: Path) -> None:
    with WorkingFolder(Settings(data_dir=tmp_path), CLAIM, Announced()) as its:
        its.make()
        assert (its.path, its.problem(), its.blame(FULL)) == (None, "", FULL)
    assert list(tmp_path.iterdir()) == []


def test_an_attempt_that_writes_too_much_is_named_with_the_setting(tmp_path: Path) -> None:
    with folder(tmp_path, working_mb=1) as its:
        its.make()
        assert its.path is not None
        (its.path / "a").write_bytes(b"x" * 900_000)
        assert its.problem() == ""
        (its.path / "b").write_bytes(b"x" * 900_000)
        assert its.problem().startswith("its working folder held 2 MB of files, and EVENKEEL_WORKING_MB=1.")


@pytest.mark.parametrize(("free", "blamed"), [(0, True), (9_000_000, True), (12_000_000, False), (5_000_000, False)])
def test_an_attempt_is_to_blame_for_a_full_disk_only_if_there_were_room_without_it(
    free: int, blamed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = 10_000_000 if free == 0 else 2_000_000
    monkeypatch.setattr(working, "size_of", lambda path: held)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    with folder(tmp_path, least_free_mb=10) as its:
        failed = its.blame(FULL)
        assert its.blame(Failed("ValueError: no", "error")) == Failed("ValueError: no", "error")
    says = f"it filled the disk: its working folder held {held // 10**6} MB of files ({FULL.error})"
    assert failed == (Failed(says, "error") if blamed else FULL)


def test_code_runs_in_its_folder_and_keeps_temporary_files_there(tmp_path: Path) -> None:
    home, temporary = os.getcwd(), tempfile.gettempdir()
    with suppress(KeyError), working_in(str(tmp_path)):
        assert (os.getcwd(), tempfile.gettempdir()) == (str(tmp_path), str(tmp_path))
        raise KeyError
    assert (os.getcwd(), tempfile.gettempdir()) == (home, temporary)
    with working_in(""):
        assert os.getcwd() == home
