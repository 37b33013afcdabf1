"""A checkpoint is whole or missing, and a changed one is noticed."""

import errno
import random
from pathlib import Path
from typing import Any

import pytest

from trainer.checkpoint_files import (
    Damaged,
    file_name,
    find_best,
    list_files,
    name_best,
    read_file,
    remove_all_but,
    write_file,
)

CONTENT = random.Random(0).randbytes(2000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint that was written."""
    path = tmp_path / "run" / "attempt-1" / file_name(3, 0)
    write_file(path, CONTENT)
    return path


def test_a_checkpoint_reads_back_as_it_was_written_and_leaves_nothing_else(path: Path) -> None:
    assert read_file(path) == CONTENT
    assert sorted(file.name for file in path.parent.iterdir()) == ["epoch-0003.pt", "epoch-0003.sha256"]


@pytest.mark.slow
def test_a_truncation_and_a_flipped_bit_are_noticed_in_the_file_and_in_its_manifest(path: Path) -> None:
    chance = random.Random(1)
    files = {file: file.read_bytes() for file in (path, path.with_suffix(".sha256"))}
    for number in range(500):
        # Every fifth time it is the manifest that is damaged.
        file = list(files)[number % 5 == 4]
        content = bytearray(files[file])
        if number % 2:
            place = chance.randrange(8 * len(content))
            content[place // 8] ^= 1 << place % 8
        else:
            del content[chance.randrange(len(content)) :]
        file.write_bytes(content)
        with pytest.raises(Damaged):
            read_file(path)
        file.write_bytes(files[file])
    assert read_file(path) == CONTENT


def test_a_checkpoint_without_its_manifest_may_not_be_complete(path: Path) -> None:
    path.with_suffix(".sha256").unlink()
    with pytest.raises(Damaged, match="its manifest is missing, so it may not be complete"):
        read_file(path)


def test_the_manifest_of_another_file_is_not_accepted(path: Path) -> None:
    other = path.with_name(file_name(4, 0))
    path.rename(other)
    path.with_suffix(".sha256").rename(other.with_suffix(".sha256"))
    with pytest.raises(Damaged, match="its sha256 is not the one in its manifest"):
        read_file(other)


def test_the_manifest_is_written_last_and_each_file_under_another_name_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there at each rename is what is there if the process is killed at that moment."""
    path, there, rename = tmp_path / "attempt-1" / file_name(1, 20), [], Path.rename

    def seen(self: Path, target: Path) -> Path:
        there.append(sorted(file.name for file in path.parent.iterdir()))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", seen)
    write_file(path, CONTENT)
    name = "epoch-0001-step-000020"
    assert there == [[f"{name}.pt.partial"], [f"{name}.pt", f"{name}.sha256.partial"]]


def test_a_full_disk_leaves_no_part_of_a_checkpoint(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(path.with_name(file_name(4, 0)), CONTENT)
    assert sorted(file.name for file in path.parent.iterdir()) == ["epoch-0003.pt", "epoch-0003.sha256"]


def test_the_latest_in_training_comes_first_whichever_attempt_wrote_it(tmp_path: Path) -> None:
    for attempt, epoch, step in [(1, 10_000, 0), (1, 9_999, 7), (2, 5, 0), (2, 5, 120), (3, 5, 0)]:
        write_file(tmp_path / f"attempt-{attempt}" / file_name(epoch, step), CONTENT)
    (tmp_path / "attempt-1" / "epoch-last.pt").write_bytes(b"not one")
    (tmp_path / "attempt-x").mkdir()
    found = [(file.epoch, file.step, file.attempt) for file in list_files(tmp_path)]
    assert found == [(10_000, 0, 1), (9_999, 7, 1), (5, 120, 2), (5, 0, 3), (5, 0, 2)]
    assert {file.attempt for file in list_files(tmp_path, until_attempt=2)} == {1, 2}


def test_what_later_attempts_wrote_is_never_removed(tmp_path: Path) -> None:
    files = [tmp_path / f"attempt-{attempt}" / file_name(attempt, 0) for attempt in (1, 2, 3)]
    for path in files:
        write_file(path, CONTENT)
        path.with_name("epoch-0009.pt.partial").write_bytes(b"")
    remove_all_but(set(), tmp_path, until_attempt=2)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert left == [f"attempt-3/epoch-000{name}" for name in ("3.pt", "3.sha256", "9.pt.partial")]


@pytest.mark.parametrize("content", ["", "attempt-1/epoch-0004.pt\n", "attempt-1/../../epoch-0003.pt", "x", b"\xff"])
def test_the_best_checkpoint_is_the_one_that_was_named_and_exists(path: Path, content: Any) -> None:
    run_folder = path.parent.parent
    assert find_best(run_folder) is None
    name_best(run_folder, path)
    assert find_best(run_folder) == path
    (run_folder / "best").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert find_best(run_folder) is None
