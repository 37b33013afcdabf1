"""A run's dataset is opened, or made if it is bundled. If it is missing, the error names the command to prepare it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.task import Classification
from trainer.classification.datasets.cache import NotPrepared
from trainer.classification.datasets.load import load_dataset


def parameters(**changes: Any) -> Classification:
    return Classification.model_validate({"arch": "yolo", "norm": "none", "init": "he"} | changes)


def test_a_dataset_that_is_not_there_names_the_command_that_prepares_it(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared, match="evenkeel data prepare food101 --size 128"):
        load_dataset(parameters(dataset="food101", image_size=128), tmp_path)


def test_the_bundled_datasets_prepare_themselves(tmp_path: Path) -> None:
    digits = load_dataset(parameters(), tmp_path)
    assert (len(digits.train), len(digits.val), digits.num_classes) == (1437, 360, 10)
    changes = {"dataset": "synthetic", "synthetic_classes": 7, "synthetic_examples": 70, "image_size": 16}
    synthetic = load_dataset(parameters(**changes), tmp_path)
    assert (len(synthetic.train), len(synthetic.val), synthetic.num_classes) == (70, 17, 7)
    assert np.bincount(synthetic.train.labels.numpy()).tolist() == [10] * 7


@pytest.mark.slow
def test_processes_share_one_copy_of_a_dataset(tmp_path: Path) -> None:
    load_dataset(parameters(dataset="synthetic", image_size=128), tmp_path)
    code = (
        "import sys; from pathlib import Path; from trainer.classification.datasets.cache import open_prepared;"
        "_, a = open_prepared(Path(sys.argv[1]), 'synthetic-10x2000', 128); total = int(a.train_images.sum());"
        "text = Path('/proc/self/smaps').read_text().split('train_images.npy')[1].split('VmFlags')[0];"
        "print(*[line.split()[1] for line in text.splitlines() if line.startswith(('Rss', 'Private_Dirty'))])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    resident_kib, private_kib = map(int, out.split())
    assert resident_kib > 90_000
    assert private_kib == 0
