"""A worker starts no run while its disk is full, says so, and goes on when there is room."""

from pathlib import Path

from trainer.disk import Disk, size_of


def test_there_is_room_as_long_as_the_setting_says(tmp_path: Path) -> None:
    roomy, full = Disk(tmp_path / "not" / "yet" / "made", 0), Disk(tmp_path, 10**9)
    assert roomy.problem is None
    assert roomy.free_bytes > 0
    problem = full.problem or ""
    assert problem.startswith(f"the disk of {tmp_path}/checkpoints is full: ")
    assert "EVENKEEL_LEAST_FREE_MB=1000000000" in problem


def test_what_the_checkpoints_take_is_added_up_and_links_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "a" / "attempt-1"
    folder.mkdir(parents=True)
    (folder / "epoch-0001.pt").write_bytes(b"x" * 1000)
    (tmp_path / "big").write_bytes(b"x" * 5000)
    (folder / "link").symlink_to(tmp_path / "big")
    mine = Disk(tmp_path, 0)
    assert mine.used_bytes is None
    mine.measure()
    assert (mine.used_bytes, size_of(tmp_path / "nothing")) == (1000, 0)
