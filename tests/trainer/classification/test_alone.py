"""The code that trains needs torch and NumPy, and no other dependency of the lab."""

import subprocess
import sys

import pytest

BLOCKED = ("pydantic", "pydantic_settings", "scipy", "sqlalchemy", "celery", "mlflow")

# It stops after the first epoch, since at the end of a run the outcome is decided by statistics, which need SciPy.
TRAIN = """
import sys
from types import SimpleNamespace

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())

import torch
from models.factors import (
    AdamEpsilon, Arch, Augment, Init, InputScale, Norm, Optimizer, Precision, Schedule, StemNorm, Stop
)
from trainer.classification.data import Splits, whole
from trainer.classification.loop import prepare, train
from trainer.device import configure, pick_device

parameters = SimpleNamespace(
    arch=Arch.YOLO, norm=Norm.BATCH, init=Init.HE, image_size=16, width=0.125, epochs=1, batch_size=16, lr=1e-3,
    beta1=0.9, beta2=0.999, adam_eps=1e-7, batch_eps=1e-3, batch_momentum=0.1, leaky_slope=0.1,
    optimizer=Optimizer.ADAM, weight_decay=0.0, momentum=0.0, schedule=Schedule.COSINE, warmup_epochs=0,
    grad_clip=1.0, label_smoothing=0.1, precision=Precision.FP32, augment=Augment.CROP, label_noise=0.1,
    train_fraction=0.5, adam_epsilon=AdamEpsilon.KERAS, input_scale=InputScale.UNIT, stem_norm=StemNorm.PAPER,
    stop=Stop.NONFINITE,
)
configure(1)
generator = torch.Generator().manual_seed(0)
splits = [
    whole(torch.randint(256, (n, 16, 16, 3), dtype=torch.uint8, generator=generator), torch.arange(n) % 10)
    for n in (64, 20)
]
data = Splits(*splits, num_classes=10)
epoch = next(train(prepare(parameters, 0, 10, pick_device("cpu")), data))
assert epoch.epoch == 1
assert not set(BLOCKED) & set(sys.modules)
print(*epoch.values)
"""


@pytest.mark.slow
def test_an_epoch_is_trained_with_torch_and_numpy_alone() -> None:
    code = f"BLOCKED = {BLOCKED!r}\n{TRAIN}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {"train_loss", "val_accuracy", "grad_norm_max"} < set(done.stdout.split())


@pytest.mark.parametrize("module", BLOCKED)
def test_what_is_blocked_is_there_to_be_imported(module: str) -> None:
    __import__(module)
