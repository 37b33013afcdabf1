"""The losses of the first 20 steps of each architecture, to the last bit.

It runs in its own process, on one thread and with the instructions that every x86-64 machine has. So every machine
gives the same bits. `python tests/trainer/classification/golden.py --write` records the losses again, after a change
of PyTorch's version.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).with_suffix(".json")
PLAIN = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}
LEVELS = {"norm": "batch", "init": "he", "width": 0.125, "image_size": 32}
STEPS, BATCH = 20, 16


def measure() -> dict[str, list[str]]:
    """{arch: [loss of each step, as a hexadecimal float]}."""
    code = "import golden, json; print(json.dumps(golden.losses()))"
    root, here = Path(__file__).parents[3], Path(__file__).parent
    environment = os.environ | PLAIN | {"PYTHONPATH": f"{root}:{here}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    measured: dict[str, list[str]] = json.loads(done.stdout)
    return measured


def losses() -> dict[str, list[str]]:
    import torch

    from models.factors import Arch
    from models.task import Classification
    from trainer.classification.engine import train_step
    from trainer.classification.loop import prepare
    from trainer.classification.sums import Totals
    from trainer.device import configure

    configure(1)
    torch.backends.mkldnn.enabled = False  # oneDNN chooses its kernels by the processor
    device, found = torch.device("cpu"), {}
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (STEPS, BATCH, 3, 32, 32), generator=generator).float() / 127.5 - 1
    labels = torch.randint(10, (STEPS, BATCH), generator=generator)
    for arch in Arch:
        parameters = Classification.model_validate(LEVELS | {"arch": arch})
        training = prepare(parameters, 0, 10, device)
        training.model.train()
        row = []
        for step in range(STEPS):
            totals = Totals(device)
            train_step(training.model, training.optimizer, images[step], labels[step], parameters, totals, None)
            row.append((totals.loss.item() / BATCH).hex())
        found[arch.value] = row
    return found


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    import torch

    GOLDEN.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "losses": measure()}, indent=1) + "\n")
