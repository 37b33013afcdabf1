"""A change of anything that decides a training is noticed."""

import json
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from golden import GOLDEN, STEPS, measure


@pytest.mark.slow
def test_the_first_steps_of_each_architecture_are_the_recorded_ones_to_the_last_bit() -> None:
    recorded = json.loads(GOLDEN.read_text())
    assert torch.__version__.split("+")[0] == recorded["torch"], (
        "record them anew: python tests/trainer/classification/golden.py --write"
    )
    assert {len(row) for row in recorded["losses"].values()} == {STEPS}
    assert measure() == recorded["losses"]
