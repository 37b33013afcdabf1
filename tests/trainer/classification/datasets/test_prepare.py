"""A dataset is prepared as a whole or not at all, and interruptions do not change the result."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from foodlike import make_food101
from services import wait_for

from models.datasets import Dataset
from trainer.classification.datasets import staging
from trainer.classification.datasets.cache import open_prepared
from trainer.classification.datasets.decoding import decode
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.published import torchvision_source
from trainer.classification.datasets.sources import Source, synthetic_source
from trainer.classification.datasets.staging import PrepareError
from trainer.prepared import list_prepared


def source(food: Path) -> Source:
    return torchvision_source(Dataset.FOOD101, food)


@pytest.mark.slow
def test_what_is_prepared_is_each_file_decoded_under_its_label(food: Path, classes: list[str], tmp_path: Path) -> None:
    prepared = prepare(tmp_path, "food101", 32, lambda: source(food))
    assert (prepared.num_train, prepared.num_val, prepared.num_classes) == (27, 9, 3)
    _, arrays = open_prepared(tmp_path, "food101", 32)
    names = json.loads((food / "meta" / "train.json").read_text())
    expected = [(name, label) for label, label_name in enumerate(classes) for name in names[label_name]]
    assert arrays.train_labels.tolist() == [label for _, label in expected]
    for pixels, (name, _) in zip(arrays.train_images, expected, strict=True):
        np.testing.assert_array_equal(pixels, decode(food / "images" / f"{name}.jpg", 32))
    assert list_prepared(tmp_path) == [prepared]


@pytest.mark.slow
def test_the_hash_is_of_the_content(food: Path, classes: list[str], tmp_path: Path) -> None:
    first = prepare(tmp_path / "a", "food101", 32, lambda: source(food))
    assert prepare(tmp_path / "b", "food101", 32, lambda: source(food.parent)).hash == first.hash
    other = make_food101(tmp_path / "other", classes[:2], 12)
    assert prepare(tmp_path / "c", "food101", 32, lambda: source(other)).hash != first.hash


@pytest.mark.slow
def test_broken_images_are_named_and_nothing_is_published_unless_they_may_be_left_out(
    classes: list[str], tmp_path: Path
) -> None:
    folder = make_food101(tmp_path, classes, 8)
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


@pytest.mark.slow
def test_too_small_a_disk_is_said_before_anything_is_written(
    food: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(PrepareError, match="GB are free"):
        prepare(tmp_path, "food101", 32, lambda: source(food))
    assert not list(tmp_path.glob("*/"))


@pytest.mark.slow
def test_a_prepare_killed_twice_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = prepare(tmp_path / "whole", "food101", 64, lambda: synthetic_source(5, 12_000))
    code = (
        "import sys; from pathlib import Path; from trainer.classification.datasets.prepare import prepare;"
        "from trainer.classification.datasets.sources import synthetic_source;"
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
    assert seen[0] >= (done - 1) * staging.CHUNK
    assert again == whole


def test_a_prepare_waits_for_another_and_says_so_once_but_not_for_one_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from trainer.classification.datasets.prepare import prepare\n"
        "def get_source(): print('at work', flush=True); time.sleep(600)\n"
        "prepare(Path(sys.argv[1]), 'synthetic', 16, get_source)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "at work\n"
        waits: list[str] = []

        def kill_it() -> None:
            waits.append("waiting")
            other.kill()

        made = prepare(tmp_path, "synthetic", 16, lambda: synthetic_source(5, 600), waiting=kill_it)
    assert waits == ["waiting"]
    assert list_prepared(tmp_path) == [made]


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
