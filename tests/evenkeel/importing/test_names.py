"""Params and metrics keep their names in the lab as far as that is possible."""

import pytest

from evenkeel.importing.names import factor_name, metric_name


@pytest.mark.parametrize(
    ("param", "name"),
    [
        ("lr", "lr"),
        ("optimizer.lr", "optimizer.lr"),
        ("model/depth", "model/depth"),
        ("metric", "param_metric"),
        ("copy", "param_copy"),
        ("epoch", "param_epoch"),
        ("_private", "private"),
        ("größe", "gr_e"),
        ("3d", "param_3d"),
        ("taken", "taken_2"),
    ],
)
def test_a_param_gets_another_name_only_if_the_lab_uses_its_own(param: str, name: str) -> None:
    assert factor_name(param, {"taken"}) == name


def test_a_metric_is_an_identifier_and_unlike_the_others() -> None:
    assert metric_name("val/acc", []) == "val_acc"
    assert metric_name("val/acc", ["val_acc"]) == "val_acc_2"
    assert metric_name("epoch", []) == "metric_epoch"
    assert metric_name("5-shot", []) == "metric_5_shot"
