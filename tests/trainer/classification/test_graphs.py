"""Which runs compute their gradients with CUDA graphs. What the graphs compute is tested on a GPU: tests/gpu."""

import torch
from torch import nn

from models.task import Classification
from trainer.classification.engine import gradients
from trainer.classification.graphs import gradients_on
from trainer.classification.loop import prepare

LEVELS = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125}


def test_a_run_on_a_cpu_has_no_graphs() -> None:
    training = prepare(Classification.model_validate(LEVELS), 0, 10, torch.device("cpu"))
    assert training.gradients is gradients


def test_a_network_with_the_code_of_somebody_else_has_no_graphs_on_a_gpu_since_its_steps_may_differ() -> None:
    parameters = Classification.model_validate(LEVELS)
    for own in ({"arch": "theirs"}, {"norm": "theirs"}):
        theirs = parameters.model_copy(update=own)
        assert gradients_on(torch.device("cuda"), nn.Identity(), theirs) is gradients
