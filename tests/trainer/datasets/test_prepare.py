"""Preparing a dataset: whole or not at all, the same however often it was interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foodlike import make_food101, photo
from services import wait_for

from lab.cell import Cell
from lab.datasets import Dataset
from trainer.datasets import prepare as preparing
from trainer.datasets.cache import NotPrepared, list_prepared, open_prepared
from trainer.datasets.images import decode
from trainer.datasets.load import load_dataset
from trainer.datasets.prepare import PrepareError, prepare
from trainer.datasets.sources import Source, SourceError, image_folder_source, synthetic_source, torchvision_source

CLASSES = ["apple pie", "crème brûlée", "pho"]


@pytest.fixture(scope="module")
def food(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_food101(tmp_path_factory.mktemp("food"), CLASSES, 12)


def source(food: Path) -> Source:
    return torchvision_source(Dataset.FOOD101, food, download=False)


def data(root: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trainer", "data", *arguments]
    environment = os.environ | {"EVENKEEL_DATASETS_DIR": str(root)} | settings
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_what_is_prepared_is_each_file_decoded_under_its_label(food: Path, tmp_path: Path) -> None:
    prepared = prepare(tmp_path, "food101", 32, lambda: source(food))
    assert (prepared.num_train, prepared.num_val, prepared.num_classes) == (27, 9, 3)
    _, arrays = open_prepared(tmp_path, "food101", 32)
    names = json.loads((food / "meta" / "train.json").read_text())
    expected = [(name, label) for label, label_name in enumerate(CLASSES) for name in names[label_name]]
    assert arrays.train_labels.tolist() == [label for _, label in expected]
    for pixels, (name, _) in zip(arrays.train_images, expected, strict=True):
        np.testing.assert_array_equal(pixels, decode(food / "images" / f"{name}.jpg", 32))
    assert list_prepared(tmp_path) == [prepared]


def test_the_hash_is_of_the_content(food: Path, tmp_path: Path) -> None:
    first = prepare(tmp_path / "a", "food101", 32, lambda: source(food))
    assert prepare(tmp_path / "b", "food101", 32, lambda: source(food.parent)).hash == first.hash
    other = make_food101(tmp_path / "other", CLASSES[:2], 12)
    assert prepare(tmp_path / "c", "food101", 32, lambda: source(other)).hash != first.hash


def test_broken_images_are_named_and_nothing_is_published_unless_they_may_be_left_out(tmp_path: Path) -> None:
    folder = make_food101(tmp_path, CLASSES, 8)
    broken = folder / "images" / "pho" / "3.jpg"
    broken.write_bytes(broken.read_bytes()[:2000])
    with pytest.raises(PrepareError, match=r"1 image cannot be decoded:\n.*pho/3.jpg: .*\n.*--skip-broken"):
        prepare(tmp_path / "out", "food101", 32, lambda: source(folder))
    assert list_prepared(tmp_path / "out") == []
    prepared = prepare(tmp_path / "out", "food101", 32, lambda: source(folder), skip_broken=True)
    assert (prepared.num_train, prepared.num_val) == (17, 6)
    _, arrays = open_prepared(tmp_path / "out", "food101", 32)
    assert arrays.train_labels.tolist() == [0] * 6 + [1] * 6 + [2] * 5
    last = decode(folder / "images" / "pho" / "7.jpg", 32)
    np.testing.assert_array_equal(arrays.train_images[-1], last)
    manifest = json.loads((tmp_path / "out" / "food101-32" / "manifest.json").read_text())
    assert [entry["name"] for entry in manifest["left_out"]] == [str(broken.resolve())]


def test_too_small_a_disk_is_said_before_anything_is_written(
    food: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(preparing.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(PrepareError, match="GB are free"):
        prepare(tmp_path, "food101", 32, lambda: source(food))
    assert not list(tmp_path.glob("*/"))


def test_a_prepare_killed_twice_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = prepare(tmp_path / "whole", "food101", 64, lambda: synthetic_source(5, 12_000))
    code = (
        "import sys; from pathlib import Path; from trainer.datasets.prepare import prepare;"
        "from trainer.datasets.sources import synthetic_source;"
        "prepare(Path(sys.argv[1]), 'food101', 64, lambda: synthetic_source(5, 12_000))"
    )
    log, done = tmp_path / "cut" / "food101-64.partial" / "done.jsonl", 0
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "cut")])
        enough = done + 10
        wait_for(lambda enough=enough: log.exists() and len(log.read_text().splitlines()) > enough, 60, "chunks done")
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        done = len(log.read_text().splitlines())
    assert 10 < done < 118
    seen: list[int] = []
    again = prepare(
        tmp_path / "cut", "food101", 64, lambda: synthetic_source(5, 12_000), lambda now, total: seen.append(now)
    )
    assert seen[0] >= (done - 1) * preparing.CHUNK
    assert again == whole


def test_a_chunk_whose_bytes_were_lost_is_done_again(tmp_path: Path) -> None:
    whole = prepare(tmp_path / "whole", "synthetic", 16, lambda: synthetic_source(5, 600))

    def stop(done: int, total: int) -> None:
        if done >= 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path / "cut", "synthetic", 16, lambda: synthetic_source(5, 600), stop)
    images = np.load(tmp_path / "cut" / "synthetic-16.partial" / "train_images.npy", mmap_mode="r+")
    images[:50] = 0
    images.flush()
    assert prepare(tmp_path / "cut", "synthetic", 16, lambda: synthetic_source(5, 600)) == whole


def test_of_two_at_once_one_waits_and_finds_it_done(food: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trainer", "data", "prepare", "food101", "--size", "32", "--from", str(food)]
    environment = os.environ | {"EVENKEEL_DATASETS_DIR": str(tmp_path)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [list_prepared(tmp_path)[0].hash in output for output in outputs] == [True, True]


def test_the_command_prepares_lists_and_says_what_is_wrong(food: Path, tmp_path: Path) -> None:
    made = data(tmp_path, "prepare", "food101", "--size", "32", "--from", str(food))
    assert made.returncode == 0, made.stderr
    assert "27 to train, 9 to validate, 3 classes" in made.stdout
    assert "food101" in data(tmp_path, "list").stdout
    for arguments, words in [
        (["prepare", "nothing"], "there are: food101, cifar10"),
        (["prepare", "digits"], "needs no preparation"),
        (["prepare", "food101", "--size", "7"], "--size 7: 8 to 512"),
        (["prepare", "svhn", "--from", str(tmp_path / "none")], "is not a folder"),
        (["prepare", "cifar10", "--from", str(food)], "expected: cifar-10-batches-py"),
    ]:
        refused = data(tmp_path, *arguments)
        assert refused.returncode == 1
        assert words in refused.stderr


def image_folder(root: Path, classes: dict[str, int]) -> Path:
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for label, count in classes.items():
            (root / split / label).mkdir(parents=True)
            for i in range(count):
                photo(rng, 64, 48).save(root / split / label / f"{split} {i}.jpg")
    return root


def test_a_folder_of_images_goes_by_the_name_that_the_settings_file_gives_it(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "birds", {"blue tit": 3, "Zaunkönig": 2})
    (tmp_path / "folders.toml").write_text(f"[imagefolder]\nbirds = {json.dumps(str(folder))}\n")
    settings = {"EVENKEEL_IMAGE_FOLDERS_FILE": str(tmp_path / "folders.toml")}
    made = data(tmp_path / "out", "prepare", "birds", "--size", "32", **settings)
    assert made.returncode == 0, made.stderr
    assert "5 to train, 5 to validate, 2 classes" in made.stdout


def test_an_empty_class_and_classes_that_differ_are_refused_by_name(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "a", {"one": 2, "two": 2})
    (folder / "train" / "three").mkdir()
    with pytest.raises(SourceError, match="only: three"):
        image_folder_source("birds", folder)
    (folder / "val" / "three").mkdir()
    with pytest.raises(SourceError, match="no training images of: three"):
        image_folder_source("birds", folder)


def cell(**changes: Any) -> Cell:
    return Cell.model_validate({"arch": "yolo", "norm": "none", "init": "he"} | changes)


def test_a_dataset_that_is_not_there_names_the_command_that_prepares_it(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared, match="evenkeel data prepare food101 --size 128"):
        load_dataset(cell(dataset="food101", image_size=128), tmp_path)


def test_the_bundled_datasets_prepare_themselves(tmp_path: Path) -> None:
    digits = load_dataset(cell(), tmp_path)
    assert (len(digits.train), len(digits.val), digits.num_classes) == (1437, 360, 10)
    changes = {"dataset": "synthetic", "synthetic_classes": 7, "synthetic_examples": 70, "image_size": 16}
    synthetic = load_dataset(cell(**changes), tmp_path)
    assert (len(synthetic.train), len(synthetic.val), synthetic.num_classes) == (70, 17, 7)
    assert np.bincount(synthetic.train.labels.numpy()).tolist() == [10] * 7


def test_processes_share_one_copy_of_a_dataset(tmp_path: Path) -> None:
    load_dataset(cell(dataset="synthetic", image_size=128), tmp_path)
    code = (
        "import sys; from pathlib import Path; from trainer.datasets.cache import open_prepared;"
        "_, a = open_prepared(Path(sys.argv[1]), 'synthetic-10x2000', 128); total = int(a.train_images.sum());"
        "text = Path('/proc/self/smaps').read_text().split('train_images.npy')[1].split('VmFlags')[0];"
        "print(*[line.split()[1] for line in text.splitlines() if line.startswith(('Rss', 'Private_Dirty'))])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    resident_kib, private_kib = map(int, out.split())
    assert resident_kib > 90_000
    assert private_kib == 0
