"""Results are turned into columns for other tools."""

import csv
import io
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest
from summaries import posted_twice, summary_cell

from evenkeel.analysis.compare import Comparisons, compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.reports.tables import Columns, comparisons_table, effects_table, encode, summary_table
from evenkeel.statistics.final import FinalStats
from evenkeel.statistics.noise import Noise
from models.task import CLASSIFICATION

ACCURACY = CLASSIFICATION.metric("train_accuracy")
CELLS = [
    summary_cell("yolo", norm, "he", [[start, 0.5], [0.2, 0.7], [0.3]], {2: 2}, threshold=0.6, width=0.25)
    for norm, start in (("batch", 0.1), ("none", 0.15))
]


def rows(columns: Columns) -> list[dict[str, object]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_cells_have_a_row_each_with_every_level_and_every_number() -> None:
    first, second = rows(summary_table(CLASSIFICATION, CELLS, "cells"))
    assert (first["cell"], second["cell"]) == (CELLS[0].cell, CELLS[1].cell)
    assert (first["experiments"], first["norm"], first["width"], first["epochs"]) == ("exp", "batch", 0.25, 2)
    assert (first["num_runs"], first["num_finished"], first["num_queued"]) == (3, 3, 0)
    assert (first["seeds_finished"], first["evidence"]) == (3, "descriptive")
    assert (first["divergence_diverged"], first["final_n"], first["final_max"]) == (1, 2, 0.7)
    assert (first["reaching_threshold"], first["reaching_reached"], first["reaching_median_epoch"]) == (0.6, 1, None)
    assert first["noise_std_observed"] is None
    assert {f"final_{field.name}" for field in fields(FinalStats)} < set(first)
    assert {field.name for field in fields(Noise) if field.name.startswith("std")} == {
        name.removeprefix("noise_") for name in first if name.startswith("noise_")
    }


def test_the_order_of_columns_is_kept_for_those_who_read_by_it() -> None:
    names = list(summary_table(CLASSIFICATION, CELLS, "cells"))
    start = names.index("final_n")
    assert [name.removeprefix("final_") for name in names[start : start + 14]] == [
        *("n", "mean", "median", "min", "max", "std", "iqm"),
        *("mean_low", "mean_high", "std_low", "std_high", "iqm_low", "iqm_high", "intervals"),
    ]
    assert names[start + 14 :] == [
        *("band_width", "seconds_per_run", "jitter_median", "jitter_worst", "worst_drop_median", "worst_drop_worst"),
        *("max_drawdown_median", "max_drawdown_worst", "spikes_median", "spikes_worst"),
        *("reaching_threshold", "reaching_reached", "reaching_median_epoch"),
        *("noise_std_observed", "noise_std_distribution", "noise_std_test_set", "final_num_trained"),
        *("area_n", "area_mean", "area_low", "area_high", "area_std"),
        *("reaching_epochs_mean", "reaching_epochs_low", "reaching_epochs_high"),
    ]


def test_whole_curves_have_their_area_their_epochs_to_the_threshold_and_the_band_of_their_mean() -> None:
    cells = [summary_cell("yolo", "none", "he", [[0.1, 0.5], [0.2, 0.7], [0.3, 0.9]], threshold=0.6)]
    [row] = rows(summary_table(CLASSIFICATION, cells, "cells"))
    assert (row["area_n"], row["area_mean"], row["reaching_epochs_mean"]) == (3, pytest.approx(0.45), 2)
    assert row["area_low"] < row["area_mean"] < row["area_high"]
    found = summary_table(CLASSIFICATION, cells, "epochs")
    assert found["mean_band_mean"] == pytest.approx([0.2, 0.7])
    assert all(low < 0.7 < high for low, high in zip(found["mean_band_low"], found["mean_band_high"], strict=True))
    empty = [summary_cell("yolo", "none", "he", [[0.1]], {0: 1}, epochs=2)]
    assert summary_table(CLASSIFICATION, empty, "epochs")["mean_band_mean"] == [None, None]


def test_epochs_and_runs_name_the_factors_of_the_task_and_whatever_else_varies() -> None:
    found = summary_table(CLASSIFICATION, CELLS, "epochs")
    assert list(found)[:6] == ["cell", "hash", "arch", "norm", "init", "epoch"]
    assert found["survivors_n"] == [3, 2] * 2
    assert found["all_min"] == [0.1, 0.0, 0.15, 0.0]
    wider = summary_cell("yolo", "none", "he", [[0.1, 0.5]], width=0.5)
    assert "width" in summary_table(CLASSIFICATION, [*CELLS, wider], "epochs")


def test_runs_have_a_row_for_every_epoch_that_they_got_to() -> None:
    found = rows(summary_table(CLASSIFICATION, CELLS[:1], "runs"))
    assert [(row["seed"], row["epoch"], row["value"], row["outcome"]) for row in found] == [
        *((0, 1, 0.1, "converged"), (0, 2, 0.5, "converged")),
        *((1, 1, 0.2, "converged"), (1, 2, 0.7, "converged")),
        (2, 1, 0.3, "diverged"),
    ]


def test_runs_that_do_not_count_are_told_apart() -> None:
    found = summary_table(CLASSIFICATION, [posted_twice(CELLS[0])], "runs")
    assert found["counted"] == [True, True, False, False] * 2 + [True, False]


def test_effects_have_a_row_for_each_contrast() -> None:
    found = rows(effects_table(which_mattered(CLASSIFICATION, CELLS, ACCURACY, None)))
    assert [(row["response"], row["term"], row["level"], row["against"]) for row in found] == [
        (response, "norm", "none", "batch") for response in ("final", "spread", "divergence")
    ]
    assert list(found[0]) == [
        *("response", "term", "order", "df", "f", "p", "p_permutation", "p_holm", "partial_omega_squared", "matters"),
        *("smallest_effect", "level", "against", "estimate", "low", "high", "contrast_p", "p_adjusted"),
    ]


def test_comparisons_have_a_row_each() -> None:
    found = comparisons_table(compare(CLASSIFICATION, CELLS, CELLS[0].cell, [], ACCURACY, None))
    assert (found["a"], found["b"]) == ([CELLS[0].cell], [CELLS[1].cell])
    named = ("probability", "low", "high", "p", "p_holm", "smallest_p", "smallest_p_holm", "method")
    assert list(found)[2:11] == ["says", *(f"improvement_{name}" for name in named)]
    assert comparisons_table(Comparisons("train_accuracy", None, "a", {}, [], [], [])) == {}


def test_the_same_rows_come_as_csv_and_as_parquet(tmp_path: Path) -> None:
    columns = summary_table(CLASSIFICATION, CELLS, "cells")
    read = list(csv.DictReader(io.StringIO(encode(columns, "csv").decode())))
    (tmp_path / "table.parquet").write_bytes(encode(columns, "parquet"))
    found = duckdb.read_parquet(str(tmp_path / "table.parquet"))
    assert list(read[0]) == found.columns == list(columns)
    assert [row["final_iqm"] for row in read] == ["", ""]
    assert found.select("final_iqm, final_mean, evidence").fetchall() == [
        (None, cell.final.mean, "descriptive") for cell in CELLS
    ]
