"""Tables for other tools: columns as CSV or Parquet, in long form."""

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
ALWAYS = ("arch", "norm", "init")

Columns = dict[str, list[Any]]


def format_of(asked: str | None, accept: str) -> str:
    """The format that was asked for by name, else by the Accept header, else json."""
    if asked:
        return asked
    wanted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    kinds = {kind.split(";")[0]: form for form, kind in MEDIA_TYPES.items()}
    return next((kinds[kind] for kind in wanted if kind in kinds), "json")


def encode(columns: Columns, form: str) -> bytes:
    """'csv' (RFC 4180; nothing for None) or 'parquet'."""
    return _to_csv(columns) if form == "csv" else _to_parquet(columns)


def rows_to_columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Every key that some row has, in order; None where a row has not."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def summary_table(cells: Sequence[Mapping[str, Any]], table: str) -> Columns:
    """Of the cells of a summary: 'cells' a row a cell, 'epochs' one a cell and epoch, 'runs' one a run and epoch."""
    varying = [
        name
        for name in (cells[0]["levels"] if cells else ())
        if name in ALWAYS or len({str(cell["levels"][name]) for cell in cells}) > 1
    ]
    if table == "cells":
        return rows_to_columns([_cell_row(cell) for cell in cells])
    make = _epoch_rows if table == "epochs" else _run_rows
    return rows_to_columns([row for cell in cells for row in make(cell, {v: cell["levels"][v] for v in varying})])


def _cell_row(cell: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "cell": cell["cell"],
        "hash": cell["hash"],
        "experiments": ";".join(cell["experiments"]),
    } | cell["levels"]
    row |= {"num_runs": cell["num_runs"]["total"]} | {f"num_{k}": v for k, v in cell["num_runs"]["status"].items()}
    row |= {"seeds_finished": cell["evidence"]["n"], "evidence": cell["evidence"]["level"]}
    row |= {f"divergence_{name}": value for name, value in cell["divergence"].items()}
    row |= {f"final_{name}": value for name, value in cell["final"].items()}
    row |= {"band_width": cell["band_width"], "seconds_per_run": cell["seconds_per_run"]}
    row |= {f"{name}_{which}": value for name, over in cell["within_run"].items() for which, value in over.items()}
    reaching, noise = cell["reaching"] or {}, cell["noise"] or {}
    row |= {f"reaching_{name}": reaching.get(name) for name in ("threshold", "reached", "median_epoch")}
    row |= {f"noise_{name}": noise.get(name) for name in ("std_observed", "std_distribution", "std_test_set")}
    return row


def _epoch_rows(cell: Mapping[str, Any], levels: dict[str, Any]) -> Iterator[dict[str, Any]]:
    survivors, everyone = cell["bands"]["survivors"], cell["bands"]["all"]
    for index in range(len(survivors["n"])):
        yield {"cell": cell["cell"], "hash": cell["hash"], **levels, "epoch": index + 1} | {
            f"{band}_{name}": values[index]
            for band, columns in (("survivors", survivors), ("all", everyone))
            for name, values in columns.items()
        }


def _run_rows(cell: Mapping[str, Any], levels: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for curve in cell["curves"]:
        run = {name: curve[name] for name in ("experiment", "seed", "outcome")}
        for index, value in enumerate(curve["values"]):
            yield {"cell": cell["cell"], "hash": cell["hash"], **levels, **run, "epoch": index + 1, "value": value}


def _to_csv(columns: Columns) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _to_parquet(columns: Columns) -> bytes:
    arrays = {name: _to_array(values) for name, values in columns.items()}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as database:
        path = Path(folder) / "table.parquet"
        database.register("columns", arrays)
        database.execute(f"COPY columns TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def _to_array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Numbers as such (None is NaN, which DuckDB reads as NULL), anything else as text."""
    known = [value for value in values if value is not None]
    if (
        known
        and all(isinstance(value, int) and not isinstance(value, bool) for value in known)
        and len(known) == len(values)
    ):
        return np.array(values, np.int64)
    if all(isinstance(value, int | float) for value in known):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array([None if value is None else str(value) for value in values], object)
