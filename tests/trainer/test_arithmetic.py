"""What a run computes with is named, and what would change its bits is told apart from what would not."""

import torch

from evenkeel.records.leases import ARITHMETIC, hash_arithmetic
from trainer.arithmetic import arithmetic_of, difference

MINE = {"torch": "2.15.0", "device": "cpu", "driver": "", "cpu_capability": "AVX2", "threads": "1", "numpy": "2.4"}


def test_a_cpu_is_named_with_everything_that_decides_the_bits() -> None:
    found = arithmetic_of(torch.device("cpu"), 3)
    assert set(found) >= {*ARITHMETIC, "cpu", "numpy", "torchvision", "pillow"}
    assert (found["torch"], found["device"], found["threads"]) == (torch.__version__, "cpu", "3")
    assert found["cpu_capability"] == torch.backends.cpu.get_cpu_capability()


def test_a_difference_that_changes_bits_is_told_in_words() -> None:
    assert difference(MINE, MINE) == ""
    assert (
        difference(MINE, MINE | {"torch": "2.1", "threads": "2"})
        == "torch 2.1 instead of 2.15.0, threads 2 instead of 1"
    )
    assert difference(MINE, {}).startswith("torch unknown instead of 2.15.0")


def test_other_packages_are_recorded_but_change_nothing() -> None:
    assert difference(MINE, MINE | {"numpy": "2.0"}) == ""


def test_what_differs_has_another_hash_and_what_does_not_has_the_same() -> None:
    for name in MINE:
        other = MINE | {name: "other"}
        assert bool(difference(MINE, other)) == (hash_arithmetic(MINE) != hash_arithmetic(other))
