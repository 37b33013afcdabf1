"""What a run logged at steps of any kind becomes curves over the epochs 1, 2, 3."""

from collections.abc import Sequence

import pytest

from evenkeel.importing.curves import Point, to_curves

NAN = float("nan")


def logged(values: Sequence[float], steps: Sequence[int] = (), times: Sequence[int] = ()) -> list[Point]:
    return [
        Point(steps[place] if steps else place, value, times[place] if times else None)
        for place, value in enumerate(values)
    ]


def test_an_epoch_ends_wherever_the_first_metric_was_logged() -> None:
    points = {"acc": logged([0.1, 0.2], [468, 937]), "loss": logged([3.0, 2.0, 1.0, 0.5], [100, 468, 600, 1000])}
    curves = to_curves(points, ["acc", "loss"])
    assert curves is not None
    assert curves.values == {"acc": [0.1, 0.2], "loss": [2.0, 1.0]}
    assert (curves.num_epochs, curves.renumbered, curves.diverged_epoch) == (2, True, None)


@pytest.mark.parametrize(("steps", "renumbered"), [([0, 1, 2], False), ([5, 6, 7], False), ([1, 2, 4], True)])
def test_steps_in_a_row_are_epochs_wherever_they_begin(steps: list[int], renumbered: bool) -> None:
    curves = to_curves({"acc": logged([0.1, 0.2, 0.3], steps)}, ["acc"])
    assert curves is not None
    assert (curves.values, curves.renumbered) == ({"acc": [0.1, 0.2, 0.3]}, renumbered)


def test_a_script_that_counts_no_steps_is_put_in_order_by_time() -> None:
    points = {"acc": logged([0.2, 0.1, 0.3], [0, 0, 0], [20, 10, 30]), "loss": logged([5.0, 4.0], [0, 0], [9, 25])}
    curves = to_curves(points, ["acc", "loss"], started_ms=0)
    assert curves is not None
    assert curves.values == {"acc": [0.1, 0.2, 0.3], "loss": [5.0, None, 4.0]}
    assert curves.seconds == [0.01, 0.01, 0.01]


def test_a_step_that_was_logged_again_counts_with_its_last_value() -> None:
    curves = to_curves({"acc": logged([0.1, 0.2, 0.25], [0, 1, 1], [1, 2, 3])}, ["acc"])
    assert curves is not None
    assert curves.values == {"acc": [0.1, 0.25]}


@pytest.mark.parametrize(
    ("acc", "loss", "diverged", "lost"),
    [
        ([0.1, 0.2, 0.1], [1.0, NAN, NAN], 2, "loss"),
        ([0.1, NAN, 0.3], [1.0, 0.9, 0.8], None, ""),
        ([NAN, NAN, NAN], [1.0, 0.9, 0.8], 1, "acc"),
        ([0.1, 0.2, 0.3], [1.0, 1.7976931348623157e308, float("inf")], 2, "loss"),
        ([0.1, 0.2, NAN], [1.0, NAN, NAN], 2, "loss"),
    ],
)
def test_a_run_diverged_where_a_metric_was_last_finite(
    acc: list[float], loss: list[float], diverged: int | None, lost: str
) -> None:
    curves = to_curves({"acc": logged(acc), "loss": logged(loss)}, ["acc", "loss"])
    assert curves is not None
    assert (curves.diverged_epoch, curves.lost) == (diverged, lost)


def test_a_run_that_broke_within_an_epoch_diverged_in_it() -> None:
    points = {"acc": logged([0.1, 0.2], [10, 20]), "loss": logged([1.0, 0.9, NAN], [10, 20, 25])}
    curves = to_curves(points, ["acc", "loss"])
    assert curves is not None
    assert (curves.num_epochs, curves.diverged_epoch) == (2, 3)


def test_a_run_without_the_first_metric_has_no_epochs() -> None:
    assert to_curves({"loss": logged([1.0])}, ["acc", "loss"]) is None


def test_times_are_known_only_if_every_epoch_took_some() -> None:
    for times, seconds in ([1000, 3000], [1.0, 2.0]), ([5, 5], None):
        curves = to_curves({"acc": logged([0.1, 0.2], times=times)}, ["acc"], started_ms=0)
        assert curves is not None
        assert curves.seconds == seconds
