"""Makes tables for other tools, in long form, as CSV or Parquet."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from evenkeel.analysis.compare import Comparison, Comparisons
from evenkeel.analysis.effects import Contrast, Effects, Term
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.plugins import Task
from evenkeel.statistics.bands import Band

FINAL = ("n", "mean", "median", "min", "max", "std", "iqm")
FINAL_INTERVALS = ("mean_low", "mean_high", "std_low", "std_high", "iqm_low", "iqm_high", "intervals")
WITHIN_RUN = ("jitter", "worst_drop", "max_drawdown", "spikes")
AREA = ("n", "mean", "low", "high", "std")
REACHING = ("threshold", "reached", "median_epoch")
RESTRICTED = ("mean", "low", "high")
NOISE = ("std_observed", "std_distribution", "std_test_set")
TESTS = ("improvement", "divergence", "spread", "mean", "nearly_as_stable", "nearly_equal")
NESTED = ("contrasts", "simple_effects")  # fields of a term that are lists

Row = dict[str, object]
Columns = dict[str, list[Any]]


def encode(columns: Columns, form: str) -> bytes:
    """The content of a file with these columns. form: 'csv' (RFC 4180; empty for None) or 'parquet'."""
    return _to_csv(columns) if form == "csv" else _to_parquet(columns)


def summary_table(task: Task, cells: Sequence[CellSummary], table: str) -> Columns:
    """The table of a summary.

    Args:
        cells: The cells of the summary.
        table: 'cells' has a row for each cell, 'epochs' for each cell and epoch, and 'runs' for each run and epoch.
    """
    if table == "cells":
        return _to_columns([_cell_row(cell) for cell in cells])
    more = differing_beyond_name(task, [cell.levels for cell in cells])
    shown = [name for name in (cells[0].levels if cells else ()) if name in (*task.panels.factors, *more)]
    make = _epoch_rows if table == "epochs" else _run_rows
    return _to_columns([row for cell in cells for row in make(cell, {name: cell.levels[name] for name in shown})])


def effects_table(effects: Effects) -> Columns:
    """A row for each contrast, and one row for a term without contrasts."""
    found = effects.responses
    responses = {"final": found.final, "spread": found.spread, "divergence": found.divergence}
    return _to_columns(
        [
            {"response": name} | {key: value for key, value in vars(term).items() if key not in NESTED} | contrast
            for name, response in responses.items()
            for term in response.terms
            for contrast in ([_contrast_row(each) for each in term.contrasts] or [{}])
        ],
        # Without a factor there is no row, and a Parquet file needs a column.
        ["response", *(field.name for field in fields(Term) if field.name not in NESTED)],
    )


def _contrast_row(contrast: Contrast) -> Row:
    """The term has a p too, so the contrast's own has a longer name."""
    return {"contrast_p" if name == "p" else name: value for name, value in vars(contrast).items()}


def comparisons_table(comparisons: Comparisons) -> Columns:
    """A row for each comparison."""
    return _to_columns(
        [
            {"a": each.a, "b": each.b, "says": each.says}
            | {f"{test}_{name}": value for test, found in _tests(each) for name, value in vars(found).items()}
            for each in comparisons.comparisons
        ]
    )


def _tests(comparison: Comparison) -> list[tuple[str, object]]:
    """The tests that were made, by name."""
    return [(test, found) for test in TESTS if (found := getattr(comparison, test)) is not None]


def _to_columns(rows: Sequence[Row], names: Sequence[str] = ()) -> Columns:
    """A column for every key of any row, in the order of their first appearance; None if a row lacks the key.

    Args:
        names: Columns that come first, and are there without any row.
    """
    names = list(dict.fromkeys([*names, *(name for row in rows for name in row)]))
    return {name: [row.get(name) for row in rows] for name in names}


def _cell_row(cell: CellSummary) -> Row:
    row: Row = {"cell": cell.cell, "hash": cell.hash, "experiments": ";".join(cell.experiments)} | cell.levels
    row |= {"num_runs": cell.num_runs.total} | {f"num_{status}": n for status, n in cell.num_runs.status.items()}
    row |= {"seeds_finished": cell.evidence.n, "evidence": cell.evidence.level}
    row |= {f"divergence_{name}": value for name, value in vars(cell.divergence).items()}
    row |= {f"final_{name}": getattr(cell.final, name) for name in FINAL + FINAL_INTERVALS}
    row |= {"band_width": cell.band_width, "seconds_per_run": cell.seconds_per_run}
    for name in WITHIN_RUN:
        over_seeds = getattr(cell.within_run, name)
        row |= {f"{name}_median": over_seeds.median, f"{name}_worst": over_seeds.worst}
    row |= {f"reaching_{name}": getattr(cell.reaching, name, None) for name in REACHING}
    row |= {f"noise_{name}": getattr(cell.noise, name, None) for name in NOISE}
    row["final_num_trained"] = cell.final.num_trained
    row |= {f"area_{name}": getattr(cell.area, name) for name in AREA}
    restricted = cell.reaching.restricted if cell.reaching else None
    row |= {f"reaching_epochs_{name}": getattr(restricted, name, None) for name in RESTRICTED}
    return row


def _epoch_rows(cell: CellSummary, levels: Row) -> Iterator[Row]:
    columns = {
        f"{name}_{field.name}": getattr(band, field.name)
        for name, band in (("survivors", cell.bands.survivors), ("all", cell.bands.all))
        for field in fields(Band)
    }
    num_epochs = len(cell.bands.survivors.n)
    whole = cell.mean_band.n > 0  # without a run that trained to its end, there is no such band
    for name in ("mean", "low", "high"):
        columns[f"mean_band_{name}"] = getattr(cell.mean_band, name) if whole else [None] * num_epochs
    for index in range(num_epochs):
        values = {name: column[index] for name, column in columns.items()}
        yield {"cell": cell.cell, "hash": cell.hash, **levels, "epoch": index + 1, **values}


def _run_rows(cell: CellSummary, levels: Row) -> Iterator[Row]:
    for curve in cell.curves:
        run: Row = {name: getattr(curve, name) for name in ("experiment", "seed", "counted", "outcome")}
        for index, value in enumerate(curve.values):
            yield {"cell": cell.cell, "hash": cell.hash, **levels, **run, "epoch": index + 1, "value": value}


def _to_csv(columns: Columns) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _to_parquet(columns: Columns) -> bytes:
    import duckdb

    arrays = {name: _to_array(values) for name, values in columns.items()}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as database:
        path = Path(folder) / "table.parquet"
        database.register("columns", arrays)
        quoted = str(path).replace("'", "''")
        database.execute(f"COPY columns TO '{quoted}' (FORMAT parquet)")
        return path.read_bytes()


def _to_array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Numbers stay numbers, with NaN for None, which DuckDB reads as NULL. Everything else becomes text."""
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
