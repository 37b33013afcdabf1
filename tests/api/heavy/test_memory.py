"""What an answer has freed goes back to the machine."""

from pathlib import Path

import pytest

from api.heavy.memory import trim

MB = 1_000_000


def held_bytes() -> int:
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    [anonymous] = [line.split()[1] for line in rollup if line.startswith("Anonymous:")]
    return 1024 * int(anonymous)


def test_memory_between_what_is_kept_is_given_back() -> None:
    # One in a hundred stays, so that the heap cannot shrink from its end.
    blocks = [bytes(4000) for _ in range(20_000)]
    kept = blocks[::100]
    blocks.clear()
    before = held_bytes()
    trim()
    assert held_bytes() < before - 40 * MB
    assert len(kept) == 200


def test_another_c_library_keeps_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", not_there)
    trim()
