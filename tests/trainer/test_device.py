"""Before a GPU is used, everything is set that makes it give the same bits twice, and a slot is ready before all of
torch is loaded."""

import os
import subprocess
import sys

import pytest

ASK = (
    "from trainer.device import configure; configure(); import os, torch; "
    "print(os.environ['CUBLAS_WORKSPACE_CONFIG'], torch.are_deterministic_algorithms_enabled(), "
    "torch.backends.cudnn.benchmark, torch.cuda.is_initialized())"
)


@pytest.mark.slow
@pytest.mark.parametrize(("own", "used"), [(None, ":4096:8"), (":16:8", ":16:8")])
def test_a_training_process_asks_cublas_for_the_same_bits_before_it_uses_a_gpu(own: str | None, used: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CUBLAS_WORKSPACE_CONFIG"}
    environment |= {"CUBLAS_WORKSPACE_CONFIG": own} if own else {}
    asked = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    assert asked.stdout.split() == [used, "True", "False", "False"]


@pytest.mark.slow
def test_a_slot_is_ready_before_it_loads_the_compiler_of_torch_which_then_chooses_deterministic_algorithms() -> None:
    code = (
        "import sys; from trainer.device import configure, load_the_rest; from trainer.trainers import load_trainer; "
        "configure(); load_trainer('classification'); before = 'torch._dynamo' in sys.modules; load_the_rest(); "
        "import torch._inductor.config; "
        "print(before, 'torch._dynamo' in sys.modules, torch._inductor.config.deterministic)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["False", "True", "True"]
