"""How many slots a device gets with EVENKEEL_SLOTS=auto. No GPU and no MPS are here: both are given."""

import os
from pathlib import Path

import pytest

from evenkeel.settings import Settings
from trainer import slot_count
from trainer.slot_count import mps_runs, slots_on
from trainer.slots import Slots

GIB = 2**30


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def has_gpu(monkeypatch: pytest.MonkeyPatch, gib: int | None, mps: bool) -> None:
    monkeypatch.setattr(slot_count, "gpu_memory", lambda _: None if gib is None else (0, gib * GIB))
    monkeypatch.setattr(slot_count, "mps_runs", lambda: mps)


@pytest.mark.parametrize(
    ("device", "gib", "mps", "expected"),
    [
        ("cpu", 80, True, 16),
        ("auto", None, False, 16),
        ("auto", 80, False, 1),
        ("auto", 80, True, 8),
        ("cuda:1", 24, True, 4),
        ("cuda", 4, True, 1),
        ("cuda", None, False, 1),
    ],
)
def test_a_cpu_gets_a_slot_a_core_and_a_gpu_one_unless_kernels_of_several_processes_run_at_once(
    cores: None, device: str, gib: int | None, mps: bool, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gpu(monkeypatch, gib, mps)
    assert slots_on(device) == expected


def test_mps_runs_while_the_process_that_it_names_does(tmp_path: Path) -> None:
    environment = {"CUDA_MPS_PIPE_DIRECTORY": str(tmp_path)}
    assert not mps_runs(environment)
    (tmp_path / "nvidia-cuda-mps-control.pid").write_text(f"{os.getpid()}\n")
    assert mps_runs(environment)
    (tmp_path / "nvidia-cuda-mps-control.pid").write_text(f"{2**22 + 1}\n")
    assert not mps_runs(environment)


def test_a_worker_with_slots_auto_has_as_many_on_each_device(cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpu(monkeypatch, 80, True)
    assert len(Slots(Settings(slots="auto", device="cuda:0,cuda:1"))) == 16
    assert len(Slots(Settings(slots=3, device="cpu"))) == 3
