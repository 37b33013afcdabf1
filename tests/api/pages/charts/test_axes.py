"""What is along rows, columns and colours, if a reader chooses nothing."""

from typing import Any

import pytest

from api.pages.charts.axes import Axes, choose_axes
from models.task import CLASSIFICATION

ARCH, NORM, INIT = ["yolo", "resnet"], ["batch", "none"], ["he", "glorot"]
RATES = [0.001, 0.01, 0.1]


@pytest.mark.parametrize(
    ("factors", "axes"),
    [
        ({"arch": ARCH, "norm": NORM, "init": INIT}, Axes("arch", "norm", "init")),
        ({"arch": ARCH, "norm": NORM, "lr": RATES}, Axes("arch", "norm", "lr")),
        ({"arch": ARCH, "lr": RATES}, Axes("arch", None, "lr")),
        ({"lr": RATES, "optimizer": ["adam", "sgd"]}, Axes(None, "optimizer", "lr")),
        ({"arch": ARCH, "norm": NORM}, Axes(None, "norm", "arch")),
        ({"arch": ARCH}, Axes(None, None, "arch")),
        ({"norm": NORM}, Axes(None, None, "norm")),
        ({}, Axes(None, None, None)),
    ],
)
def test_the_task_lays_out_the_panels_and_a_place_that_does_not_vary_goes_to_a_factor_that_does(
    factors: dict[str, list[Any]], axes: Axes
) -> None:
    assert choose_axes(CLASSIFICATION, factors) == axes
