"""What a program may write for an epoch, and what each error says."""

import json

import pytest

from evenkeel.plugins import Metric
from trainer.commands.lines import WrongLine, read_line

METRICS = (Metric("loss", "lower"), Metric("score", "higher"), Metric("norm", "lower", diagnostic=True))


def test_a_line_has_the_metrics_of_its_epoch() -> None:
    line = read_line(b'{"epoch": 3, "loss": 1, "score": null, "norm": 0.5}', 3, METRICS)
    assert (line.epoch, line.values, line.diverged) == (3, {"loss": 1.0, "score": None, "norm": 0.5}, False)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400])
def test_a_value_that_is_not_finite_means_that_the_run_diverged(value: str) -> None:
    assert read_line(f'{{"epoch": 1, "loss": {value}, "score": 0}}'.encode(), 1, METRICS).diverged
    assert not read_line(f'{{"epoch": 1, "loss": 1, "score": 0, "norm": {value}}}'.encode(), 1, METRICS).diverged


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"epoch 3: loss 0.5", "the line 'epoch 3: loss 0.5': expected a JSON object such as"),
        (b"\xff\x00", "expected a JSON object"),
        (b"[1]", "expected a JSON object"),
        (b'{"loss": 1, "score": 1}', "epoch: expected 3, not None"),
        (b'{"epoch": 5, "loss": 1, "score": 1}', "epoch: expected 3, not 5"),
        (b'{"epoch": true, "loss": 1, "score": 1}', "epoch: expected 3, not True"),
        (b'{"epoch": 3, "loss": 1, "acc": 1}', "'acc' is not a metric of this command; allowed: loss, score, norm"),
        (b'{"epoch": 3, "loss": "1"}', "loss: expected a number, or null if it was not measured, not '1'"),
        (b'{"epoch": 3, "loss": true}', "loss: expected a number"),
        (b'{"epoch": 3, "loss": 1}', "score is missing; write null if it was not measured"),
    ],
)
def test_any_other_line_is_shown_with_what_is_expected(line: bytes, says: str) -> None:
    with pytest.raises(WrongLine) as wrong:
        read_line(line, 3, METRICS)
    assert says in str(wrong.value)


def test_a_long_line_is_shown_in_part() -> None:
    with pytest.raises(WrongLine) as wrong:
        read_line(json.dumps(["x" * 100_000]).encode(), 1, METRICS)
    assert len(str(wrong.value)) < 400
