"""Images in Parquet files: one column holds the contents of image files, another the labels."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from glob import glob
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer.classification.datasets.images import Rows
from trainer.classification.datasets.labelled import Labelled
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.tables import InTable, check_columns, contents, labels_of

if TYPE_CHECKING:
    import pyarrow as pa

# The rows that are read at once.
BATCH = 64


class ParquetTable:
    """The rows of several Parquet files, one file after the other, read from the first to the last.

    A group of rows may be far larger than the memory, so it is read a few rows at a time. Reading backwards begins the
    group again.
    """

    def __init__(self, paths: Sequence[str], image: str) -> None:
        from pyarrow.parquet import read_metadata

        self.paths, self._image = paths, image
        # The start and the end of each group, its file and its number in the file.
        self._groups: list[tuple[int, int, str, int]] = []
        end = 0
        for path in paths:
            about = read_metadata(path)
            for number in range(about.num_row_groups):
                start, end = end, end + about.row_group(number).num_rows
                self._groups.append((start, end, path, number))
        self._length = end
        self._group, self._start, self._batch = -1, 0, list[bytes | None]()
        self._batches: Iterator[list[bytes | None]] = iter(())

    def __len__(self) -> int:
        return self._length

    def take(self, rows: Rows) -> list[bytes | None]:
        """Raises SourceError if the file turns out to be damaged."""
        import pyarrow as pa

        try:
            return [self._at(int(row)) for row in rows]
        except (OSError, pa.ArrowException) as error:
            path = self._groups[self._group][2]
            raise SourceError(f"{path} cannot be read after row {self._start}: {error}") from error

    def _at(self, row: int) -> bytes | None:
        group = bisect_right(self._groups, row, key=lambda group: group[1])
        if group != self._group or row < self._start:
            self._group, self._start, self._batch = group, self._groups[group][0], []
            self._batches = self._read(*self._groups[group][2:])
        while row >= self._start + len(self._batch):
            self._start, self._batch = self._start + len(self._batch), next(self._batches)
        return self._batch[row - self._start]

    def _read(self, path: str, number: int) -> Iterator[list[bytes | None]]:
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path, memory_map=True) as file:
            for batch in file.iter_batches(BATCH, row_groups=[number], columns=[self._image], use_threads=False):
                yield contents(batch.column(0))


def labelled_parquet(
    where: str, patterns: str | Sequence[str], image: str, label: str
) -> tuple[Labelled, list[str] | None]:
    """The images and labels of Parquet files, and the names of the classes if the files have them.

    Args:
        where: Where they belong, for errors: 'train of moths'.
        patterns: Paths of files, which may hold * and ?. The files of one pattern come in the order of their names.
        image, label: The names of the columns.

    Raises:
        SourceError: If a file cannot be read, or a column is not what it must be.
    """
    import pyarrow as pa
    from pyarrow.parquet import read_schema, read_table

    paths = [path for pattern in _listed(patterns) for path in _found(where, pattern)]
    names, columns = None, []
    for path in paths:
        try:
            schema = read_schema(path)
            check_columns(f"{where}: {path}", schema, image, label)
            names = names or class_names(schema, label)
            columns.append(labels_of(f"{where}: {path}", read_table(path, columns=[label]).column(0)))
        except (OSError, pa.ArrowException) as error:
            raise SourceError(f"{where}: {path} cannot be read: {error}") from error
    return Labelled(InTable(ParquetTable(paths, image)), np.concatenate(columns), where), names


def class_names(schema: pa.Schema, label: str) -> list[str] | None:
    """The names of the classes, if Hugging Face wrote the file and the labels are its ClassLabels."""
    try:
        feature: Any = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][label]
        return list(map(str, feature["names"])) if feature["_type"] == "ClassLabel" else None
    except (KeyError, TypeError, ValueError):
        return None


def _listed(patterns: str | Sequence[str]) -> Sequence[str]:
    return [patterns] if isinstance(patterns, str) else patterns


def _found(where: str, pattern: str) -> list[str]:
    paths = sorted(glob(pattern))
    if not paths:
        raise SourceError(f"{where}: no file is named {pattern}")
    return paths
