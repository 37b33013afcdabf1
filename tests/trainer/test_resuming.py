"""A run goes on from its last good checkpoint, or says why it does not."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished, StepEnd, Training
from evenkeel.records.leases import hash_arithmetic
from models.task import CLASSIFICATION
from trainer.checkpoint_files import list_files, write_file
from trainer.protocol import EpochMeasured, TrainRun
from trainer.resuming import Attempt, begin

MINE = {"torch": "2.15.0", "device": "cpu", "driver": "", "cpu_capability": "AVX2", "threads": "1"}
LEVELS = {"arch": "yolo", "norm": "none", "init": "he"}


class Counting(Training):
    """A training whose state is a number. It refuses a negative one, after it has taken it over."""

    def __init__(self, dataset_hash: str) -> None:
        self.count, self.dataset_hash = 0, dataset_hash

    def __iter__(self) -> Any:
        return iter(list[EpochEnd | StepEnd | Finished]())

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count = state["count"]
        if self.count < 0:
            raise ValueError("the count is negative")


def start(
    run_folder: Path, attempt: int, arithmetic: dict[str, str] = MINE, data: str = "data", recorded_with: str = "",
    **changes: Any,
) -> Attempt:  # fmt: skip
    folder = str(run_folder / f"attempt-{attempt}")
    order = {"task": "classification", "levels": LEVELS, "seed": 3, "folder": folder, "recorded": 0, "threads": 1}
    told = TrainRun(**order | {"arithmetic": recorded_with} | changes)  # type: ignore[arg-type]
    return begin(told, CLASSIFICATION, arithmetic, lambda: Counting(data))


def save(attempt: Attempt, epoch: int, step: int = 0, count: int | None = None) -> Path:
    assert isinstance(attempt.training, Counting)
    attempt.training.count = 100 * epoch + step if count is None else count
    while len(attempt.keeper.history) < epoch:
        measured = EpochMeasured(len(attempt.keeper.history) + 1, {"val_accuracy": None}, 0.5)
        attempt.keeper.history.append(measured)
    return Path(attempt.keeper.save(attempt.training, epoch, step).path)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def told(attempt: Attempt) -> tuple[int, int, int, str]:
    assert isinstance(attempt.training, Counting)
    return attempt.began.epoch, attempt.began.step, attempt.training.count, attempt.began.says


def test_a_run_without_a_checkpoint_begins_without_a_word(tmp_path: Path) -> None:
    began = start(tmp_path / "run", 1).began
    assert (began.epoch, began.step, began.says, began.exact, began.arithmetic) == (0, 0, "", True, MINE)


def test_a_run_goes_on_from_the_checkpoint_that_is_the_latest_in_training(tmp_path: Path) -> None:
    first = start(tmp_path, 1)
    save(first, 5)
    save(first, 5, 20)
    again = start(tmp_path, 2)
    assert told(again) == (5, 20, 520, "")
    assert (again.began.exact, len(again.keeper.history)) == (True, 5)


def test_global_generators_go_on_where_they_were(tmp_path: Path) -> None:
    save(start(tmp_path, 1), 5)
    drawn = torch.rand(3)
    torch.manual_seed(77)
    start(tmp_path, 2)
    assert torch.equal(torch.rand(3), drawn)


@pytest.mark.parametrize("attempt_of_newer", [1, 2])
def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path: Path, attempt_of_newer: int) -> None:
    save(start(tmp_path, 1), 5)
    newer = save(start(tmp_path, attempt_of_newer), 10)
    damage(newer)
    attempt = f"attempt-{attempt_of_newer}"
    assert told(start(tmp_path, 3)) == (
        *(5, 0, 500),
        f"{attempt}/epoch-0010.pt: it is damaged: its sha256 is not the one in its manifest: goes on from "
        "attempt-1/epoch-0005.pt",
    )


@pytest.mark.slow
def test_of_200_truncated_and_bit_flipped_checkpoints_200_are_noticed_and_none_is_gone_on_from(tmp_path: Path) -> None:
    first, chance = start(tmp_path, 1), random.Random(0)
    save(first, 5)
    newer = save(first, 10)
    files = {file: file.read_bytes() for file in (newer, newer.with_suffix(".sha256"))}
    begins = []
    for number in range(200):
        # Every fifth time it is the manifest that is damaged.
        file = list(files)[number % 5 == 4]
        content = bytearray(files[file])
        if number % 2:
            place = chance.randrange(8 * len(content))
            content[place // 8] ^= 1 << place % 8
        else:
            del content[chance.randrange(len(content)) :]
        file.write_bytes(content)
        again = start(tmp_path, 2)
        begins.append((*told(again)[:3], "epoch-0010.pt" in again.began.says, again.began.exact))
        file.write_bytes(files[file])
    assert begins == [(5, 0, 500, True, True)] * 200
    assert told(start(tmp_path, 2)) == (10, 0, 1000, "")


def test_a_run_of_which_every_checkpoint_is_damaged_starts_from_epoch_1_and_is_still_exact(tmp_path: Path) -> None:
    first = start(tmp_path, 1)
    for epoch in (5, 10):
        save(first, epoch).with_suffix(".sha256").unlink()
    again = start(tmp_path, 2)
    assert told(again)[:3] == (0, 0, 0)
    assert again.began.says.endswith("it may not be complete: starts from epoch 1")
    assert again.began.exact


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"torch": "2.1"}, "torch 2.15.0 instead of 2.1"),
        (
            {"device": "NVIDIA H100", "driver": "550"},
            "device cpu instead of NVIDIA H100, driver unknown instead of 550",
        ),
        ({"threads": "2"}, "threads 1 instead of 2"),
        ({"cpu_capability": "AVX512"}, "cpu capability AVX2 instead of AVX512"),
    ],
)
def test_a_checkpoint_of_another_arithmetic_is_not_gone_on_from(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    save(start(tmp_path, 1), 5)
    again = start(tmp_path, 2, MINE | change)
    assert told(again) == (
        *(0, 0, 0),
        f"attempt-1/epoch-0005.pt: it was computed with {says}, so the run would not go on with the same bits: starts "
        "from epoch 1",
    )
    assert (again.began.exact, again.keeper.history) == (False, [])


def test_a_checkpoint_that_does_not_fit_the_epochs_on_record_is_not_gone_on_from(tmp_path: Path) -> None:
    save(start(tmp_path, 1), 5)
    others = hash_arithmetic(MINE | {"torch": "2.1"})
    again = start(tmp_path, 3, recorded_with=others)
    assert told(again)[:3] == (0, 0, 0)
    assert "the epochs on record were computed with another arithmetic" in again.began.says
    assert not again.began.exact
    assert told(start(tmp_path, 3, recorded_with=hash_arithmetic(MINE))) == (5, 0, 500, "")


@pytest.mark.parametrize(
    ("change", "what"),
    [({"data": "other"}, "dataset hash"), ({"seed": 4}, "seed"), ({"levels": LEVELS | {"lr": 0.1}}, "levels")],
)
def test_a_checkpoint_of_another_run_or_of_other_data_is_not_gone_on_from(
    tmp_path: Path, change: dict[str, Any], what: str
) -> None:
    save(start(tmp_path, 1), 5)
    again = start(tmp_path, 2, **change)
    assert told(again) == (0, 0, 0, f"attempt-1/epoch-0005.pt: it is of another {what}: starts from epoch 1")
    assert again.began.exact


def test_a_state_that_the_training_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    first = start(tmp_path, 1)
    save(first, 5)
    save(first, 6, count=-1)
    again = start(tmp_path, 2)
    assert told(again)[:3] == (5, 0, 500)
    assert "epoch-0006.pt: it cannot be used: ValueError: the count is negative: goes on from" in again.began.says


def test_one_of_the_first_version_is_named_and_not_used(tmp_path: Path) -> None:
    path = tmp_path / "attempt-1" / "epoch-0004.pt"
    path.parent.mkdir()
    torch.save({"model": {}, "optimizer": {}, "epoch": 4}, path)
    write_file(path, path.read_bytes())
    again = start(tmp_path, 2)
    says = "attempt-1/epoch-0004.pt: another version of this code wrote it: starts from epoch 1"
    assert told(again) == (0, 0, 0, says)


def test_an_attempt_that_went_on_keeps_the_checkpoint_from_which_it_did_and_no_damaged_one(tmp_path: Path) -> None:
    first = start(tmp_path, 1)
    save(first, 5)
    damage(save(first, 10))
    save(start(tmp_path, 2), 6)
    assert [(file.attempt, file.epoch) for file in list_files(tmp_path)] == [(2, 6), (1, 5)]
