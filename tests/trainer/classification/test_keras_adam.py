"""Keras' Adam follows its formula, in a softmax regression with gradients so small that epsilon decides the steps.

The formula is that of `tf.keras.optimizers.Adam` in TensorFlow 2.2 (python/keras/optimizer_v2/adam.py), the one at the
end of section 2 of Kingma and Ba 2014 (arXiv 1412.6980), with t from 1:

    m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
    w = w - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
"""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from models.factors import AdamEpsilon, Optimizer
from models.task import Classification
from trainer.classification.engine import train_step
from trainer.classification.loop import prepare
from trainer.classification.optim import OPTIMIZERS, set_step
from trainer.classification.sums import Totals

Array = NDArray[np.float64]

STEPS, EXAMPLES, CLASSES = 30, 8, 4
LR, BETA1, BETA2, EPSILON = 1e5, 0.9, 0.999, 1e-7
INPUTS = 1e-6 * np.sin(np.arange(24.0).reshape(EXAMPLES, 3))
LABELS = np.arange(EXAMPLES) % CLASSES

# The loss before each step, from weights of zero: `keras_adam` below gives these numbers.
LOSSES = [
    1.386294361120, 1.376402441663, 1.362969389597, 1.347147335543, 1.329587533279, 1.310742242804,
    1.290957535340, 1.270512777954, 1.249640613267, 1.228538260673, 1.207374448845, 1.186293961480,
    1.165420806722, 1.144860565965, 1.124702244609, 1.105019818690, 1.085873595727, 1.067311461476,
    1.049370054446, 1.032075890553, 1.015446447588, 0.999491211111, 0.984212678557, 0.969607315924,
    0.955666460559, 0.942377163952, 0.929722969511, 0.917684621769, 0.906240705185, 0.895368212320,
]  # fmt: skip


def loss_and_gradient(weights: Array) -> tuple[float, Array]:
    """Of softmax regression, weights (3, CLASSES): mean cross-entropy, and X^T (p - y) / N."""
    exponentials = np.exp(INPUTS @ weights)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    loss = float(-np.log(p[np.arange(EXAMPLES), LABELS]).mean())
    return loss, INPUTS.T @ (p - np.eye(CLASSES)[LABELS]) / EXAMPLES


def keras_adam(decay: float = 0.0) -> tuple[list[float], Array]:
    """The losses before each step and the last weights, in float64. decay: AdamW's, a share of lr times the weights."""
    weights, m, v = (np.zeros((3, CLASSES)) for _ in range(3))
    losses = []
    for t in range(1, STEPS + 1):
        loss, gradient = loss_and_gradient(weights)
        losses.append(loss)
        m = BETA1 * m + (1 - BETA1) * gradient
        v = BETA2 * v + (1 - BETA2) * gradient**2
        lr = LR * np.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        weights = weights - LR * decay * weights - lr * m / (np.sqrt(v) + EPSILON)
    return losses, weights


def parameters(**levels: Any) -> Classification:
    base = {"arch": "yolo", "norm": "none", "init": "glorot", "lr": LR, "beta1": BETA1, "beta2": BETA2}
    return Classification.model_validate(base | {"adam_eps": EPSILON, "adam_epsilon": "keras"} | levels)


def trained(cell: Classification) -> list[float]:
    """The losses of the trainer's own steps, in float32."""
    model = torch.nn.Linear(3, CLASSES, bias=False)
    torch.nn.init.zeros_(model.weight)
    optimizer = OPTIMIZERS[cell.optimizer](list(model.parameters()), cell)
    images, labels = torch.from_numpy(INPUTS).float(), torch.from_numpy(LABELS)
    losses = []
    for step in range(STEPS):
        totals = Totals(torch.device("cpu"))
        set_step(optimizer, cell, step, STEPS)
        train_step(model, optimizer, images, labels, cell, totals, None)
        losses.append(totals.mean_loss())
    return losses


def test_the_table_is_what_the_formula_gives() -> None:
    assert keras_adam()[0] == pytest.approx(LOSSES, rel=1e-11)


def test_thirty_steps_with_keras_epsilon_have_the_losses_of_the_table() -> None:
    assert trained(parameters()) == pytest.approx(LOSSES, rel=1e-5)


def test_torchs_epsilon_is_far_from_the_table_where_gradients_are_small() -> None:
    losses = trained(parameters(adam_epsilon="torch"))
    assert losses[0] == pytest.approx(LOSSES[0], rel=1e-5)
    assert losses[10] < 0.75 * LOSSES[10]


@pytest.mark.parametrize(("optimizer", "decay"), [(Optimizer.ADAM, 0.0), (Optimizer.ADAMW, 1e-7)])
@pytest.mark.parametrize("kernel", ["fused", "foreach", "neither"])
def test_in_float64_the_weights_are_those_of_the_formula(optimizer: Optimizer, decay: float, kernel: str) -> None:
    cell = parameters(optimizer=optimizer, weight_decay=decay)
    weights = torch.nn.Parameter(torch.zeros(3, CLASSES, dtype=torch.float64))
    made = OPTIMIZERS[optimizer]([weights], cell)
    made.param_groups[0] |= {"fused": kernel == "fused", "foreach": kernel == "foreach"}
    for step in range(STEPS):
        set_step(made, cell, step, STEPS)
        made.zero_grad()
        loss = F.cross_entropy(torch.from_numpy(INPUTS) @ weights, torch.from_numpy(LABELS))
        loss.backward()  # type: ignore[no-untyped-call]
        made.step()
    np.testing.assert_allclose(weights.detach().numpy(), keras_adam(decay)[1], rtol=1e-10)


def first_update(epsilon: AdamEpsilon) -> torch.Tensor:
    cell = parameters(lr=1e-3, adam_epsilon=epsilon, image_size=32, width=0.25)
    training = prepare(cell, 0, 10, torch.device("cpu"))
    before = all_weights(training.model)
    images = torch.rand(16, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    set_step(training.optimizer, cell, 0, 1)
    totals = Totals(training.device)
    train_step(training.model, training.optimizer, images, torch.arange(16) % 10, cell, totals, None)
    return all_weights(training.model) - before


def all_weights(model: torch.nn.Module) -> torch.Tensor:
    """(num_weights,), a copy."""
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


def test_the_first_update_of_tiny_yolo_without_norm_changes_by_tens_of_percent() -> None:
    torchs, keras = (first_update(epsilon) for epsilon in AdamEpsilon)
    assert 0.1 < ((torchs - keras).norm() / torchs.norm()).item() < 0.9
    assert keras.norm() < torchs.norm()
