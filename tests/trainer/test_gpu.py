"""If the machine has a GPU that is not used, the worker notices and says how to use it."""

from pathlib import Path

import pytest

from trainer.gpu import unused_gpu

SMI = """#!/bin/sh
echo 'GPU 0: NVIDIA H100 (UUID: GPU-1)'
"""


def put(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def test_a_machine_without_a_gpu_is_warned_of_nothing(tmp_path: Path) -> None:
    # The first two files belong to the driver. Neither shows that there is a GPU.
    put(tmp_path, "dev/nvidiactl", "proc/driver/nvidia/version", ".dockerenv")
    assert unused_gpu(tmp_path, {"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize(
    ("files", "version", "sign", "remedy"),
    [
        (["dev/nvidia0"], "2.15.0", "there is /dev/nvidia0", "torch 2.15.0 sees no GPU: run nvidia-smi"),
        (["dev/nvidia3"], "2.15.0+cpu", "there is /dev/nvidia3", "torch 2.15.0+cpu is a build without CUDA"),
        (
            ["proc/driver/nvidia/gpus/0000:01:00.0"],
            "2.15.0",
            "0000:01:00.0",
            "run nvidia-smi to see whether the driver",
        ),
        ([".dockerenv", "dev/nvidia0"], "2.15.0", "there is /dev/nvidia0", "run nvidia-smi to see whether the driver"),
    ],
)
def test_a_gpu_that_torch_cannot_use_is_named_with_what_to_look_at(
    tmp_path: Path, files: list[str], version: str, sign: str, remedy: str
) -> None:
    said = unused_gpu(put(tmp_path, *files), {}, version)
    assert said is not None
    assert sign in said
    assert remedy in said
    assert said.endswith("To train on the CPU without this warning, set EVENKEEL_DEVICE=cpu")


@pytest.mark.parametrize("container", [".dockerenv", "run/.containerenv"])
def test_a_container_that_was_given_none_of_its_hosts_gpus_is_told_how_to_give_it_one(
    tmp_path: Path, container: str
) -> None:
    # What a container without the overlay sees of the host's driver.
    said = unused_gpu(put(tmp_path, container, "proc/driver/nvidia/gpus/0000:01:00.0"), {})
    assert said is not None
    assert "set COMPOSE_FILE=compose.yaml:compose.gpu.yaml in .env, and run docker compose up -d" in said


def test_a_gpu_that_only_nvidia_smi_lists_is_a_sign_too(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text(SMI)
    (tmp_path / "nvidia-smi").chmod(0o755)
    said = unused_gpu(tmp_path, {"PATH": str(tmp_path)})
    assert said is not None
    assert "nvidia-smi lists GPU 0: NVIDIA H100" in said
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 'No devices were found'; exit 6\n")
    assert unused_gpu(tmp_path, {"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_gpus_that_the_user_hides_are_not_missed(tmp_path: Path, hidden: str) -> None:
    put(tmp_path, "dev/nvidia0")
    assert unused_gpu(tmp_path, {"CUDA_VISIBLE_DEVICES": hidden}) is None
    assert unused_gpu(tmp_path, {"CUDA_VISIBLE_DEVICES": "0"}) is not None
