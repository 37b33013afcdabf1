"""The built-in task is trained through the same contract as any other task."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished, StepEnd, Training
from models import read_checkpoint
from models.task import Classification
from trainer.classification import run
from trainer.classification.datasets.cache import NotPrepared
from trainer.classification.loop import TrainingState, prepare
from trainer.classification.run import start
from trainer.prepared import list_prepared
from trainer.protocol import SlotOptions
from trainer.reasons import in_words

OPTIONS = SlotOptions("cpu", 5, 600.0, os.environ["EVENKEEL_DATASETS_DIR"], diagnose=False, loader_workers=0)
LEVELS = {"arch": "yolo", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 1}


@pytest.mark.slow
def test_a_run_yields_its_epochs_and_how_it_came_out_and_saves_the_last() -> None:
    training: Training = start(Classification.model_validate(LEVELS), 3, OPTIONS)
    results = [result for result in training if not isinstance(result, StepEnd)]
    assert [type(result) for result in results] == [EpochEnd, Finished]
    [digits] = [
        one for one in list_prepared(Path(OPTIONS.datasets_dir)) if (one.name, one.image_size) == ("digits", 16)
    ]
    assert training.dataset_hash == digits.hash


@pytest.mark.slow
def test_what_is_saved_is_the_last_yield(tmp_path: Path) -> None:
    training = start(Classification.model_validate(LEVELS | {"epochs": 3}), 3, OPTIONS)
    for result in training:
        if result == StepEnd(2, 3):
            break
    path = tmp_path / "epoch-0002-step-000003.pt"
    torch.save(training.state_dict(), path)
    state = read_checkpoint(path)
    assert (state["epoch"], state["seed"], state["cell"]["arch"]) == (2, 3, "yolo")
    assert (state["underway"]["step"], len(json.loads(state["epochs"]))) == (3, 2)


@pytest.mark.slow
def test_a_gpu_without_memory_is_told_with_what_the_run_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(run, "steps", full)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda device: SimpleNamespace(total_memory=80 * 2**30))
    with pytest.raises(torch.cuda.OutOfMemoryError) as error:
        list(start(Classification.model_validate(LEVELS), 3, OPTIONS))
    assert in_words(error.value).endswith(
        "The run has batch_size 64 and images of 16 pixels, and the GPU has 80 GiB. A smaller batch_size or width, or "
        "fewer slots on the GPU, needs less"
    )


@pytest.mark.slow
def test_options_reach_the_training() -> None:
    told = start(Classification.model_validate(LEVELS), 0, OPTIONS)
    assert (told.state.diagnose, told.state.loader_workers, str(told.state.device)) == (False, 0, "cpu")
    other = SlotOptions("cpu", 5, 600.0, OPTIONS.datasets_dir, diagnose=True, loader_workers=2)
    told = start(Classification.model_validate(LEVELS), 0, other)
    assert (told.state.diagnose, told.state.loader_workers) == (True, 2)


def test_a_dataset_that_is_not_here_is_told_before_anything_is_built(tmp_path: Path) -> None:
    options = SlotOptions("cpu", 5, 600.0, str(tmp_path), diagnose=True, loader_workers=0)
    with pytest.raises(NotPrepared, match="evenkeel data prepare food101 --size 128"):
        start(Classification.model_validate(LEVELS | {"dataset": "food101", "image_size": 128}), 0, options)


@pytest.mark.slow
def test_nothing_is_built_before_the_first_epoch_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[TrainingState] = []

    def prepare_seen(*arguments: Any) -> TrainingState:
        built.append(prepare(*arguments))
        return built[-1]

    monkeypatch.setattr(run, "prepare", prepare_seen)
    training = start(Classification.model_validate(LEVELS), 3, OPTIONS)
    assert (len(training.dataset_hash), built) == (16, [])
    list(training)
    assert built == [training.state]
