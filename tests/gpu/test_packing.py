"""Runs that share a GPU end with the weights that each has when it has the GPU to itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def weights_of(seeds: list[int]) -> list[str]:
    """Train these seeds at once, each in its own process. Returns the hash of each one's weights."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.gpu.one_training", str(seed)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for seed in seeds
    ]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "starts\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
    return [run.communicate()[0].strip() for run in runs]


def test_a_run_beside_others_on_its_gpu_ends_with_the_weights_that_it_has_alone() -> None:
    alone = weights_of([3])[0]
    assert len(alone) == 64
    beside = weights_of([3, 3, 4, 5])
    assert beside[:2] == [alone, alone]
    assert len({*beside}) == 3
