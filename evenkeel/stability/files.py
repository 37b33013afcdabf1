"""Reads CSV and Parquet files without pandas, which takes longer to load than the whole analysis."""

import csv
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from evenkeel.stability.columns import Columns, read_columns
from evenkeel.stability.errors import FrameError

SEPARATORS = (",", ";", "\t")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})  # of a column of numbers
BOOLEANS = {"true": True, "false": False}


def read(path: str | Path) -> Columns:
    """The columns of a CSV or Parquet file, as `runs` takes them.

    A CSV file is UTF-8 text whose first line names the columns. Its separator is ',', ';' or a tab. A column whose
    values are all numbers, or all true or false, is read as such, and empty values as missing.

    Raises:
        FrameError: The file is neither, holds no row, or its rows have different lengths.
        ModuleNotFoundError: A Parquet file needs pyarrow or duckdb, and neither is installed.
        OSError: The file cannot be read.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from evenkeel import stability
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "runs.csv"
        ...     _ = path.write_text("optimizer,seed,loss\\nsgd,0,1.5\\nadam,0,1.2\\n")
        ...     stability.read(path)
        {'optimizer': ['sgd', 'adam'], 'seed': [0, 0], 'loss': [1.5, 1.2]}
    """
    match Path(path).suffix.lower():
        case ".parquet" | ".pq":
            return _read_parquet(Path(path))
        case ".csv" | ".tsv" | ".txt":
            return _read_csv(Path(path))
    raise FrameError("file", f"{path}: the name must end in .csv, .tsv, .txt, .parquet or .pq")


def _read_csv(path: Path) -> Columns:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            separator = max(SEPARATORS, key=first.count)
            names, *rows = [row for row in csv.reader(file, delimiter=separator) if row] or [[]]
    except UnicodeError as error:
        raise FrameError("file", f"{path}: is not UTF-8 text") from error
    except csv.Error as error:
        raise FrameError("file", f"{path}: is not CSV: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise FrameError("file", f"{path}: row {number} has {len(row)} values, but there are {len(names)} columns")
    for name in names:
        if names.count(name) > 1:
            raise FrameError("file", f"{path}: two columns have the name {name!r}")
    if not rows:
        raise FrameError("file", f"{path}: has no row")
    return {name: _parsed([row[place].strip() for row in rows]) for place, name in enumerate(names)}


def _parsed(texts: Sequence[str]) -> list[Any]:
    """The values of a column, as whole numbers, numbers, true and false, or words: the first that fits all of them."""
    for kind in (_whole_number, _number, lambda text: BOOLEANS[text.lower()]):
        values = _all(kind, texts)
        if values is not None:
            return values
    return [text or None for text in texts]


def _all(kind: Callable[[str], Any], texts: Sequence[str]) -> list[Any] | None:
    """Every text as this kind, with None for a missing one. None if one of them, or none at all, is of this kind."""
    try:
        values = [None if text.lower() in MISSING else kind(text) for text in texts]
    except (ValueError, KeyError):
        return None
    return values if any(value is not None for value in values) else None


def _whole_number(text: str) -> int:
    if "_" in text:  # Python reads 1_000 as a number, but as a level it is a word.
        raise ValueError
    return int(text)


def _number(text: str) -> float:
    if "_" in text:
        raise ValueError
    return float(text)


def _read_parquet(path: Path) -> Columns:
    path.open("rb").close()  # an OSError names the file better than a reader of Parquet
    readers: dict[str, Callable[[Any], Any]] = {
        "pyarrow.parquet": lambda module: module.read_table(path),
        "duckdb": lambda module: module.read_parquet(str(path)).fetchnumpy(),
    }
    for name, reader in readers.items():
        try:
            module = import_module(name)
        except ModuleNotFoundError:
            continue
        try:
            return read_columns(reader(module))
        except FrameError:
            raise
        except Exception as error:
            raise FrameError("file", f"{path}: is not Parquet: {error}") from error
    raise ModuleNotFoundError(
        "a Parquet file needs pyarrow or duckdb, and neither is installed: pip install 'evenkeel[report]'"
    )
