"""What docs/extending.md says to do is done, to a copy of the code, and trains."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATCHES = re.findall(r"```diff\n(.*?)```", (ROOT / "docs" / "extending.md").read_text(), re.DOTALL)

TRAIN = """
import sys, tempfile, torch
from pathlib import Path
from lab.cell import Cell
from models.layout import count_parameters
from trainer.datasets.load import load_dataset
from trainer.loop import EpochMetrics, prepare, train
for levels in ({"norm": "instance"}, {"init": "uniform"}, {"arch": "linear"}):
    base = {"arch": "vgg", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 1}
    cell = Cell.model_validate(base | levels)
    data = load_dataset(cell, Path(tempfile.mkdtemp()))
    training = prepare(cell, 0, data.num_classes, torch.device("cpu"))
    learnable = sum(parameter.numel() for parameter in training.model.parameters())
    assert learnable == cell.num_parameters(10), (levels, learnable)
    [epoch] = train(training, data)
    assert isinstance(epoch, EpochMetrics), epoch
    print(levels, epoch.train_accuracy)
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("extended")
    for room in ("models", "lab", "trainer"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    assert len(PATCHES) == 4
    for patch in PATCHES:
        subprocess.run(["git", "apply", "-p0", "--unidiff-zero", "-"], cwd=copy, input=patch, text=True, check=True)
    return copy


def python(extended: Path, *arguments: str, **settings: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(extended)} | settings
    done = subprocess.run(
        [sys.executable, *arguments], cwd=extended, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_norm_an_init_and_an_arch_of_ones_own_train(extended: Path) -> None:
    out = python(extended, "-c", TRAIN)
    assert [line.split("}")[0] for line in out.splitlines()] == [
        "{'norm': 'instance'", "{'init': 'uniform'", "{'arch': 'linear'",
    ]  # fmt: skip


def test_a_dataset_of_torchvisions_is_prepared(extended: Path, tmp_path: Path) -> None:
    raw = tmp_path / "files" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for split, count in (("train", 20), ("t10k", 10)):
        pixels, labels = os.urandom(count * 28 * 28), bytes(i % 10 for i in range(count))
        (raw / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, count, 28, 28) + pixels)
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, count) + labels)
    arguments = ("-m", "trainer", "data", "prepare", "kmnist", "--size", "32", "--from", str(tmp_path / "files"))
    out = python(extended, *arguments, EVENKEEL_DATASETS_DIR=str(tmp_path / "out"))
    assert "20 to train, 10 to validate, 10 classes" in out
