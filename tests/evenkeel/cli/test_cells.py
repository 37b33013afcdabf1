"""Tables of cells: names are whole, levels that differ have columns, and columns that do not fit are named."""

import io
from typing import Any

import pytest
from rich.console import Console

from evenkeel.cli.cells import Column, show_cells

NAMES = ["resnet-none-glorot-3fa9c1", "resnet-none-zero_residual-0016ab"]
MEAN = Column("final\nmean", lambda row: f"{row['mean']:.3f}")
RANGE = Column("final\nrange", lambda row: "0.963-0.984", spare=5)
LEVELS: dict[str, list[Any]] = {"lr": [0.01, 1e-05], "batch_size": [64, 8], "beta1": [0.9, 0.99], "flag": [True, False]}


def table(differing: list[str], columns: list[Column], width: int = 80) -> list[str]:
    rows = [
        {"cell": name, "mean": 0.5 + place / 10, "levels": {factor: LEVELS[factor][place] for factor in differing}}
        for place, name in enumerate(NAMES)
    ]
    written = io.StringIO()
    show_cells(Console(file=written, width=width), "What came out", rows, differing, columns)
    return written.getvalue().splitlines()


def test_a_row_is_a_name_its_levels_of_the_factors_that_differ_and_its_numbers() -> None:
    found = table(["lr", "batch_size"], [MEAN, RANGE])
    assert found[0] == "What came out"
    assert [line.split() for line in found[1:3]] == [
        ["batch_", "final", "final"],
        ["cell", "lr", "size", "mean", "range"],
    ]
    assert [line.split() for line in found[4:]] == [
        [NAMES[0], "0.01", "64", "0.500", "0.963-0.984"],
        [NAMES[1], "1e-05", "8", "0.600", "0.963-0.984"],
    ]


@pytest.mark.parametrize("width", [60, 70, 80, 100])
def test_a_table_keeps_to_the_terminal_and_no_name_is_broken(width: int) -> None:
    found = table(list(LEVELS), [MEAN, RANGE], width)
    assert max(map(len, found)) <= width
    assert all(any(line.startswith(f"{name} ") for line in found) for name in NAMES)


def test_columns_that_do_not_fit_are_left_out_from_the_last_factor_and_named() -> None:
    found = table(list(LEVELS), [MEAN, RANGE], 63)
    said = " ".join(" ".join(found[-2:]).split())
    assert said == "Columns left out, because there is no room: beta1, flag, final range. To see everything: --json."
    assert found[2].split() == ["cell", "lr", "size", "mean"]
    assert "left out" not in "".join(table(list(LEVELS), [MEAN, RANGE], 100))


def test_a_terminal_that_is_narrower_than_a_name_gets_the_name_whole() -> None:
    found = table([], [MEAN], 20)
    assert [line.split() for line in found[-2:]] == [[NAMES[0], "0.500"], [NAMES[1], "0.600"]]
