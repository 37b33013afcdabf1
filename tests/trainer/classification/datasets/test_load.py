"""A run's dataset is opened, or made if it is bundled. If it is missing, the error names the command to prepare it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.task import Classification
from trainer.classification.datasets import load
from trainer.classification.datasets.cache import DamagedDataset, NotPrepared, open_prepared
from trainer.classification.datasets.load import load_dataset
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.sources import synthetic_source


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


SMALL = {"dataset": "synthetic", "synthetic_classes": 3, "synthetic_examples": 30, "image_size": 8}


def test_a_dataset_that_changed_since_it_was_prepared_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    load_dataset(parameters(**SMALL), tmp_path)
    load._open.cache_clear()
    path = tmp_path / "synthetic-3x30-8" / "train_images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedDataset, match=r"train_images.npy is not the file that was prepared; run: .* --force"):
        load_dataset(parameters(**SMALL), tmp_path)


def test_a_process_checks_a_dataset_once_and_again_after_it_was_prepared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[str]()

    def seen(root: Path, name: str, image_size: int) -> Any:
        opened.append(name)
        return open_prepared(root, name, image_size)

    monkeypatch.setattr(load, "open_prepared", seen)
    first = load_dataset(parameters(**SMALL), tmp_path)
    assert load_dataset(parameters(**SMALL), tmp_path) is first
    assert len(opened) == 1
    # Another dataset takes its place, under the same name.
    prepare(tmp_path, "synthetic-3x30", 8, lambda: synthetic_source(5, 30), force=True)
    again = load_dataset(parameters(**SMALL), tmp_path)
    assert (first.num_classes, again.num_classes, len(opened)) == (3, 5, 2)
    assert again.hash != first.hash


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
