"""The metrics of an import, and which way each is better."""

import pytest

from evenkeel.importing.metrics import check_metrics, choose_metrics, guess_better, loss_among, parse_metric
from evenkeel.importing.problems import ImportProblem


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("val/acc", "higher"),
        ("ValAccuracy", "higher"),
        ("eval_f1", "higher"),
        ("train_loss", "lower"),
        ("val/topK_error", "lower"),
        ("lossless_score", "higher"),
        ("accuracy_loss", None),
        ("lr", None),
        ("grad_norm", None),
    ],
)
def test_a_name_tells_which_way_a_metric_is_better_or_it_does_not(name: str, better: str | None) -> None:
    assert guess_better(name) == better


def test_the_first_metric_is_one_that_most_runs_have_of_held_out_data() -> None:
    own = [frozenset({"train_loss", "val_loss", "val_acc", "lr", "system/cpu_error"})] * 3
    assert [name for name, _ in choose_metrics([*own, frozenset({"test_acc"})])] == [
        "val_acc",
        "val_loss",
        "train_loss",
        "test_acc",
    ]


def test_without_a_name_that_tells_the_metrics_must_be_named() -> None:
    with pytest.raises(ImportProblem, match=r"metrics: name at least one, as NAME:higher or NAME:lower; .*: lr, norm"):
        choose_metrics([frozenset({"lr", "norm"})])


def test_a_metric_that_no_run_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ImportProblem, match="no run has measured 'val_acc'; the runs have measured: val/acc"):
        check_metrics([("val_acc", "higher")], [frozenset({"val/acc"}), frozenset()])


def test_a_metric_may_have_colons_in_its_name() -> None:
    assert parse_metric("top:5:higher") == ("top:5", "higher")
    for said in ("val_acc", "val_acc:up", ":higher"):
        with pytest.raises(ImportProblem, match=r"metric: .* write it as NAME:higher"):
            parse_metric(said)


def test_spikes_are_of_the_loss_in_training() -> None:
    assert loss_among(["val_acc", "val_loss", "train_loss"]) == "train_loss"
    assert loss_among(["val_acc"]) is None
