"""The folder of a program's state is taken whole or not at all, and comes back as it was."""

import os
from pathlib import Path

import pytest

from trainer.commands import state as module
from trainer.commands.state import State, StateTooLarge, take


def test_a_folder_comes_back_from_a_checkpoint_byte_by_byte(tmp_path: Path) -> None:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "deep" / "model.bin").write_bytes(bytes(range(256)))
    (tmp_path / "empty").write_bytes(b"")
    found = State.of_dict(take(tmp_path, 3, State(), 1).to_dict())
    (back := tmp_path / "back").mkdir()
    found.write(back)
    assert found.epoch == 3
    assert (back / "a" / "deep" / "model.bin").read_bytes() == bytes(range(256))
    assert (back / "empty").read_bytes() == b""


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (folder := tmp_path / "state").mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    assert take(folder, 1, State(), 1).files == {}
    with pytest.raises(ValueError, match="no path within a folder of state"):
        State(1, {"../out": b"x"}).write(folder)


def test_a_program_that_keeps_nothing_starts_again(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="keeps no state in EVENKEEL_STATE_DIR, so it starts again"):
        State.of_dict(take(tmp_path, 3, State(), 1).to_dict())


def test_a_folder_that_changes_while_it_is_taken_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").write_bytes(b"of epoch 3")
    read = Path.read_bytes

    def read_while_it_writes(path: Path) -> bytes:
        content = read(path)
        path.write_bytes(b"of epoch 4, too soon")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_while_it_writes)
    found = take(tmp_path, 3, State(), 1)
    with pytest.raises(ValueError, match="before the lab had taken it: let it wait for EVENKEEL_TAKEN_FD"):
        State.of_dict(found.to_dict())


def test_only_files_that_changed_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_bytes(b"always the same")
    (tmp_path / "model").write_bytes(b"1")
    first = take(tmp_path, 1, State(), 1)
    (tmp_path / "new").write_bytes(b"2")
    os.replace(tmp_path / "new", tmp_path / "model")
    monkeypatch.setattr(Path, "read_bytes", lambda path: path.name.encode())
    assert take(tmp_path, 2, first, 1).files == {"data": b"always the same", "model": b"model"}


def test_too_large_a_folder_is_an_error_that_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").write_bytes(b"x" * 1_000_001)
    with pytest.raises(StateTooLarge, match=r"holds 1\.0 MB after epoch 2, and EVENKEEL_COMMAND_STATE_MB=1 allows"):
        take(tmp_path, 2, State(), 1)
    monkeypatch.setattr(module, "MOST_FILES", 0)
    with pytest.raises(StateTooLarge, match="holds 1 files after epoch 2, of 0"):
        take(tmp_path, 2, State(), 2)
