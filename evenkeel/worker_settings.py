"""The settings for how a worker trains. `evenkeel.settings` has all others."""

import os
import socket
from typing import Annotated, Literal

from pydantic import Field

from evenkeel.own_settings import OwnSettings


class WorkerSettings(OwnSettings):
    worker_name: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        description="Name of the worker. The default is its host name and process id.",
    )
    device: str = Field(
        "auto",
        pattern="^(auto|cpu|cuda|cuda:[0-9]+(,cuda:[0-9]+)*)$",
        description="Device that a worker trains on. auto uses CUDA if there is one. Several GPUs read cuda:0,cuda:1.",
    )
    slots: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = Field(
        1,
        description="Number of runs that a worker trains at once on each device. auto is one for each core of a CPU, "
        "and one on a GPU, or up to eight if NVIDIA's MPS runs.",
    )
    loader_workers: int = Field(0, ge=0, le=64, description="Number of processes that load batches for one slot.")
    diagnostics: bool = Field(
        True, description="Whether gradients, updates, loss jumps and dead units are measured in every epoch."
    )

    @property
    def devices(self) -> list[str]:
        """The devices that a worker trains on, as torch names them, or 'auto'."""
        return self.device.split(",")
