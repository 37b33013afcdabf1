"""A cell's band as a line of a terminal: its curve, and what stands at its last epoch."""

import io
from typing import Any

import pytest
from rich.console import Console

from evenkeel.notebook.sparklines import BLOCKS, PLAIN, BandLines

RISING: list[float | None] = [place / 8 for place in range(8)]


def cell(name: str, mean: list[float | None], **divergence: int) -> dict[str, Any]:
    low, high = ([None if value is None else value + by for value in mean] for by in (-0.1, 0.1))
    band = {"mean": mean, "min": low, "max": high, "n": [3] * len(mean)}
    return {
        "cell": name,
        "bands": {"survivors": band},
        "divergence": {"diverged": 0, "collapsed": 0} | divergence,
    }


def lines(cells: list[dict[str, Any]], width: int = 80, most: int = 10, marks: str = BLOCKS) -> list[str]:
    return list(BandLines({"metric": "val_accuracy", "cells": cells}, 8, most).lines(width, marks))


def test_a_line_has_the_curve_the_last_mean_its_seeds_and_what_was_lost() -> None:
    assert lines([cell("yolo", RISING), cell("resnet-none", [0.0, 0.0], diverged=1, collapsed=2)]) == [
        "val_accuracy: mean of surviving seeds, from 0 to 0.875",
        "yolo         ▁▂▃▄▅▆▇█  0.875      0.775-0.975  n = 3",
        "resnet-none  ▁▁        0.000  -0.100 to 0.100  n = 3  1 div 2 coll",
    ]


def test_an_epoch_without_a_survivor_is_a_gap_and_a_flat_curve_is_in_the_middle() -> None:
    _, gap = lines([cell("a", [0.0, None, None, 1.0])])
    assert gap.startswith("a  ▁  █ ")
    _, flat = lines([cell("a", [0.5] * 8)])
    assert flat.startswith("a  ▅▅▅▅▅▅▅▅  0.500")


@pytest.mark.parametrize(("most", "more"), [(1, "and 3 more cells"), (3, "and 1 more cell")])
def test_cells_without_room_are_counted(most: int, more: str) -> None:
    found = lines([cell("abcd"[place], RISING) for place in range(4)], most=most)
    assert len(found) == 1 + most + 1
    assert found[-1] == more


def test_cells_without_an_epoch_are_counted_and_an_experiment_without_any_says_nothing() -> None:
    assert lines([cell("a", RISING), cell("b", [])])[-1] == "and 1 more cell, 1 of them without an epoch yet"
    assert lines([cell("b", [None])]) == []


@pytest.mark.parametrize("width", [60, 80, 200])
def test_curves_are_as_long_as_there_is_room_and_lines_fit(width: int) -> None:
    cells = [cell("resnet-none-he-47427b", [0.5 + place / 200 for place in range(50)])]
    shown = list(BandLines({"metric": "val_accuracy", "cells": cells}, 50, 10).lines(width, BLOCKS))
    assert max(map(len, shown)) <= width
    beside = len("resnet-none-he-47427b") + len("0.745") + len("0.645-0.845") + len("n = 3") + 5 * 2
    assert sum(mark in BLOCKS for mark in shown[1]) == max(8, min(40, width - beside))


@pytest.mark.parametrize(("encoding", "drawn"), [("utf-8", BLOCKS), ("ascii", PLAIN)])
def test_an_encoding_without_blocks_gets_plain_marks(encoding: str, drawn: str) -> None:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding=encoding)
    console = Console(file=file, width=80)
    console.print(BandLines({"metric": "val_accuracy", "cells": [cell("a", RISING)]}, 8, 5))
    file.flush()
    assert drawn in written.getvalue().decode(encoding)


def test_levels_beyond_the_names_are_told_as_far_as_there_is_room() -> None:
    cells = [
        cell(f"resnet-{place}", RISING) | {"levels": {"lr": lr, "momentum": 0.9}}
        for place, lr in enumerate((0.1, 1e-5))
    ]
    summary = {"metric": "val_accuracy", "cells": cells, "differing": ["lr", "momentum"]}
    for width, name in ((80, "resnet-1  lr 1e-05  momentum 0.9"), (60, "resnet-1  lr 1e-05"), (46, "resnet-1")):
        *_, last = BandLines(summary, 8, 10).lines(width, BLOCKS)
        assert last.startswith(f"{name}  ▁▂▃▄▅▆▇█")
        assert len(last) <= width


def test_a_short_training_has_a_mark_for_each_epoch() -> None:
    _, short = BandLines({"metric": "val_accuracy", "cells": [cell("a", [0.0, 0.5, 1.0])]}, 3, 10).lines(80, BLOCKS)
    assert short.startswith("a  ▁▅█  1.000")


def test_a_cell_of_which_every_seed_diverged_is_shown_without_a_curve() -> None:
    heading, line = lines([cell("yolo", [None], diverged=6)])
    assert heading == "val_accuracy: mean of surviving seeds"
    assert line.split() == ["yolo", "-", "-", "n", "=", "0", "6", "div"]
