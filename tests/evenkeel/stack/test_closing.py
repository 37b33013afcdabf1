"""What a lab keeps is its owner's alone: another user of the machine, who tries for real, can read none of it."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import RunningStack, grid

from evenkeel.stack.closing import close_lab, for_us_alone
from evenkeel.stack.errors import StackError

NOBODY = 65534


def opened_by_another(folder: Path) -> list[str]:
    """What of a folder, itself included, another user can list, read or write. An interpreter may lie in a home that
    this user cannot enter, so find(1) tries it."""
    command = ["find", str(folder), "!", "-type", "l", "(", "-readable", "-o", "-writable", ")"]
    done = subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, cwd="/")
    return done.stdout.splitlines()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that every user of the machine can enter."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    return tmp_path


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    assert os.umask(before) == 0o022


def fill(data: Path) -> None:
    """What an earlier version left."""
    for name in (
        "evenkeel.db",
        "evenkeel.db-wal",
        "mlflow.db",
        "logs/api.log",
        "checkpoints/run/attempt-1/1.pt",
        "url",
    ):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("secret")


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@as_root
def test_another_user_can_read_nothing_of_a_lab(place: Path, open_umask: None) -> None:
    said: list[str] = []
    with for_us_alone(place / "new" / "lab", said.append):
        fill(place / "new" / "lab")
        subprocess.run(["sh", "-c", "umask; echo word > by-a-child"], cwd=place / "new" / "lab", check=True)
    assert said == []
    assert opened_by_another(place / "new") == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place / "new").rglob("*")} == {0o700, 0o600}


@as_root
def test_a_lab_that_was_open_is_closed_and_said_in_one_line(place: Path, open_umask: None) -> None:
    data = place / "lab"
    fill(data)
    assert len(opened_by_another(data)) == 11
    said: list[str] = []
    for _ in range(2):
        with for_us_alone(data, said.append):
            pass
    # The folder, four folders in it and six files.
    assert said == [
        f"other users of this machine could read {data}: 11 files and folders in it were open, and only you can read "
        "them now"
    ]
    assert opened_by_another(data) == []


@as_root
def test_in_a_folder_with_other_things_only_the_labs_own_are_closed(place: Path, open_umask: None) -> None:
    home = place / "home"
    fill(home)
    (home / "page.html").write_text("for all")
    (home / "logs" / "link").symlink_to(home / "page.html")
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (home / "redis").symlink_to(elsewhere)
    close_lab(home)
    assert opened_by_another(home) == [str(home), str(home / "page.html")]
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert opened_by_another(elsewhere) == [str(elsewhere), str(elsewhere / "file")]


@as_root
def test_where_no_lab_has_run_nothing_is_taken_for_its_own(place: Path, open_umask: None) -> None:
    run = place / "run"
    (run / "lock").mkdir(parents=True)
    assert close_lab(run) == 0
    assert opened_by_another(run) == [str(run), str(run / "lock")]


def test_what_cannot_be_a_folder_is_refused_and_the_umask_is_as_before(place: Path, open_umask: None) -> None:
    (place / "file").touch()
    with pytest.raises(StackError, match="cannot be made a folder"), for_us_alone(place / "file", print):
        pass


@as_root
def test_another_user_can_read_nothing_of_a_running_lab(stack: RunningStack) -> None:
    """The test itself made the folder and `up.log` in it."""
    for folder in stack.data.parents:
        if folder.stat().st_uid == os.geteuid() and folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    stack.client.submit(grid("closed"))
    stack.finish("closed")
    assert opened_by_another(stack.data) == [str(stack.data), str(stack.data / "up.log")]
