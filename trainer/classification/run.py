"""The training of the built-in task, as `evenkeel.plugins.Training` describes it for all tasks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from evenkeel.plugins import EpochEnd, Finished, StepEnd, Training
from models.task import CLASSIFICATION, Classification
from trainer.classification.data import Splits
from trainer.classification.datasets.load import load_dataset
from trainer.classification.levels import load_levels
from trainer.classification.loop import TrainingState, prepare, steps
from trainer.device import pick_device
from trainer.protocol import SlotOptions


class ClassificationTraining(Training):
    """The training of one run. It yields after each step, so that it can be saved and stopped there.

    The network and the optimizer are created only when the first epoch or a checkpoint asks for them. In a run without
    a checkpoint, the hash of the data is recorded by then, so it is known even if their creation fails.
    """

    Params = Classification
    metrics = CLASSIFICATION.metrics
    # It measures its own, and they are among its metrics.
    diagnostics = ()

    def __init__(self, params: Classification, seed: int, options: SlotOptions, data: Splits) -> None:
        super().__init__(params, seed, options.device)
        self.options, self.data, self.dataset_hash = options, data, data.hash

    @cached_property
    def state(self) -> TrainingState:
        """The network, the optimizer and the progress of the run, created at first use.

        Raises:
            RuntimeError: If the device does not exist.
        """
        options = self.options
        state = prepare(self.params, self.seed, self.data.num_classes, pick_device(options.device))
        state.diagnose, state.loader_workers = options.diagnose, options.loader_workers
        return state

    def __iter__(self) -> Iterator[EpochEnd | StepEnd | Finished]:
        params: Classification = self.params
        try:
            yield from steps(self.state, self.data)
        except torch.cuda.OutOfMemoryError as error:
            held = torch.cuda.get_device_properties(self.state.device).total_memory / 2**30
            error.add_note(
                f"The run has batch_size {params.batch_size} and images of {params.image_size} pixels, and the "
                f"GPU has {held:.0f} GiB. A smaller batch_size or width, or fewer slots on the GPU, needs less"
            )
            raise

    def state_dict(self) -> dict[str, Any]:
        return self.state.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.state.load_state_dict(state)


def start(parameters: Classification, seed: int, options: SlotOptions) -> ClassificationTraining:
    """Load the data of a run, and the code of its levels, and return its training.

    Raises:
        NotPrepared: If this machine does not have the dataset (`trainer.classification.datasets.cache`).
        PluginError: If no package here brings one of its levels.
    """
    load_levels(parameters)
    return ClassificationTraining(parameters, seed, options, load_dataset(parameters, Path(options.datasets_dir)))
