"""The training of the built-in task, as `evenkeel.plugins.Training` describes it for all tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenkeel.plugins import EpochEnd, Finished
from trainer.classification.checkpoint import save_checkpoint
from trainer.classification.data import Splits
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import TrainingState, prepare, train
from trainer.device import pick_device
from trainer.protocol import SlotOptions

if TYPE_CHECKING:
    from models.task import Classification


@dataclass(frozen=True)
class ClassificationTraining:
    """The training of one run: see `evenkeel.plugins.Training`.

    The network and the optimizer are created only when the first epoch is asked for. By then the hash of the data is
    recorded, so it is known even if their creation fails.
    """

    parameters: Classification
    seed: int
    options: SlotOptions
    data: Splits

    @cached_property
    def state(self) -> TrainingState:
        """The network, the optimizer and the progress of the run, created at first use.

        Raises:
            RuntimeError: If the device does not exist.
        """
        options = self.options
        state = prepare(self.parameters, self.seed, self.data.num_classes, pick_device(options.device))
        state.diagnose, state.loader_workers = options.diagnose, options.loader_workers
        return state

    def __iter__(self) -> Iterator[EpochEnd | Finished]:
        return train(self.state, self.data)

    @property
    def dataset_hash(self) -> str:
        return self.data.hash

    def save(self, folder: Path) -> tuple[Path, str]:
        return save_checkpoint(folder, self.state)


def start(parameters: Classification, seed: int, options: SlotOptions) -> ClassificationTraining:
    """Load the data of a run, and return its training.

    Raises:
        NotPrepared: If this machine does not have the dataset (`trainer.classification.datasets.cache`).
    """
    return ClassificationTraining(parameters, seed, options, load_dataset(parameters, Path(options.datasets_dir)))
