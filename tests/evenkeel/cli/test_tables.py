"""What the tables say about cells, and the lines below the tables."""

import io
from dataclasses import replace
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from summaries import posted_twice, summary_cell

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.compare import compare
from evenkeel.cli.tables import effects_table, evidence_line, show_comparisons, show_runs, show_summary
from evenkeel.grids.levels import differing_beyond_name
from models.task import CLASSIFICATION

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
SAME = summary_cell("resnet", "none", "glorot", CURVES, lr=0.01, batch_size=64)
ONE_DIVERGED = summary_cell("resnet", "none", "glorot", [*CURVES[:2], [0.1]], {2: 2}, lr=0.1, batch_size=64)
CELLS = [SAME, ONE_DIVERGED]


def summary() -> dict[str, Any]:
    return {
        "metric": "train_accuracy",
        "differing": differing_beyond_name(CLASSIFICATION, [cell.levels for cell in CELLS]),
        "fewest_seeds": fewest_seeds(CELLS),
        "cells": to_jsonable_python(CELLS),
    }


def printed(show: Any, *what: Any) -> list[str]:
    written = io.StringIO()
    show(Console(file=written, width=80), *what)
    lines = written.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    return lines


def test_a_summary_tells_cells_apart_by_the_levels_that_their_names_do_not_say() -> None:
    lines = printed(show_summary, summary())
    assert lines[2].split() == ["cell", "lr", "runs", "bad", "mean", "range", "band"]
    assert lines[4].split()[:4] == [SAME.cell, "0.01", "3/3", "-"]
    assert lines[5].split()[:5] == [ONE_DIVERGED.cell, "0.1", "3/3", "1", "div"]


def test_what_is_said_of_the_next_seed_rests_on_the_survivors_where_they_are_fewest() -> None:
    assert [cell.evidence.n for cell in CELLS] == [3, 3]
    assert (
        "At any one epoch, the next seed that survives falls inside a cell's band with probability 33% or more. The "
        "band with the fewest seeds has 2." in evidence_line(summary())
    )
    for too_few in (None, 1):
        assert "next seed" not in evidence_line(summary() | {"fewest_seeds": too_few})


def test_that_cells_mix_arithmetics_is_said() -> None:
    mixed = summary() | {"cells": to_jsonable_python([replace(SAME, arithmetics=["one", "two"])])}
    assert "Some cells mix runs that computed with different devices" in evidence_line(mixed)
    assert "mix" not in evidence_line(summary())


def test_a_cell_that_mostly_breaks_is_called_unstable_and_has_no_band() -> None:
    broken = summary_cell("resnet", "none", "glorot", CURVES, {0: 1, 1: "collapsed"}, lr=0.1, batch_size=64)
    told = summary() | {"cells": to_jsonable_python([SAME, broken])}
    lines = printed(show_summary, told)
    assert [line.split()[-1] for line in lines if line.startswith(broken.cell)] == ["unstable"]
    assert evidence_line(told).startswith("Unstable: half or more of the seeds diverged or collapsed")
    assert "Unstable" not in evidence_line(summary())


def test_seeds_that_have_not_ended_are_said_to_make_no_rate() -> None:
    going = summary_cell("resnet", "none", "glorot", CURVES[:2], {0: 1}, queued=1, lr=0.1, batch_size=64)
    said = "Some seeds have not ended. What is bad so far is no rate"
    assert said in evidence_line(summary() | {"cells": to_jsonable_python([going])})
    assert said not in evidence_line(summary())


def test_a_seed_that_several_experiments_trained_is_said_to_count_once() -> None:
    said = "A seed that was trained several times counts once."
    assert said in evidence_line(summary() | {"cells": to_jsonable_python([posted_twice(ONE_DIVERGED)])})
    assert said not in evidence_line(summary())


def test_a_comparison_names_both_cells_with_the_levels_that_differ() -> None:
    metric = CLASSIFICATION.metric("train_accuracy")
    found = to_jsonable_python(compare(CLASSIFICATION, CELLS, SAME.cell, [], metric, None))
    lines = printed(show_comparisons, found)
    assert lines[0] == f"train_accuracy: {SAME.cell} (lr 0.01) against"
    assert lines[-1].split()[:2] == [ONE_DIVERGED.cell, "0.1"]


def test_runs_stand_a_line_each_and_their_errors_below() -> None:
    run = {
        "id": "0123456789abcdef",
        "cell": SAME.cell,
        "seed": 3,
        "status": "failed",
        "outcome": None,
        "num_epochs": 2,
        "epochs": 50,
        "error": "out of [memory]",
    }
    lines = printed(show_runs, "exp", [run, run | {"id": "fedcba98", "status": "queued", "error": None}])
    assert lines[0] == "exp: 2 runs"
    assert lines[3].split() == [SAME.cell, "01234567", "3", "failed", "2/50"]
    assert lines[5:] == ["01234567: out of [memory]"]


def test_every_contrast_is_told_with_its_levels_in_80_columns() -> None:
    def term(name: str, unit: float) -> dict[str, Any]:
        contrast = {
            "level": "0.01",
            "against": "0.001",
            "estimate": unit,
            "low": 4.67e4,
            "high": 8.12e5,
            "p_adjusted": 1,
        }
        return {"term": name, "order": 1, "matters": True, "p_holm": 0.0008, "contrasts": [contrast]}

    terms = [term("lr", -0.663), term("warmup_epochs", 0.1)]
    responses = {name: {"terms": terms} for name in ("final", "spread", "divergence")}
    console = Console(width=80, file=io.StringIO())
    console.print(effects_table({"metric": "train_accuracy", "level": 0.04, "responses": responses}))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert said.count("0.01 v") == 6
    assert said.count("<0.001 *") == 6
    assert "…" not in said
