"""Images in a column of a table, such as a Parquet file: what the columns may hold, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.classification.datasets.decoding import MAX_PIXELS
from trainer.classification.datasets.images import Encoded, Rows, state_of
from trainer.classification.datasets.layouts import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

# What a column of images may hold.
ALLOWED = "the bytes of image files, or a struct with the field 'bytes', as Hugging Face writes it"


class Table(Protocol):
    """Reads the column of images of a table."""

    @property
    def paths(self) -> Sequence[str]:
        """The files that hold it."""
        ...

    def __len__(self) -> int: ...
    def take(self, rows: Rows) -> list[bytes | None]:
        """The contents of the image files in these rows, which are in ascending order."""
        ...


@dataclass(frozen=True)
class InTable:
    """The images in a column of a table. They are read from it a few at a time, by one process."""

    table: Table
    max_pixels: int = MAX_PIXELS

    def __len__(self) -> int:
        return len(self.table)

    def pick(self, rows: Rows) -> Encoded:
        return Encoded(self.table.take(rows), self.max_pixels)

    def name(self, index: int) -> str:
        more = f" and {len(self.table.paths) - 1} more" if len(self.table.paths) > 1 else ""
        return f"row {index} of {self.table.paths[0]}{more}"

    def identity(self) -> Iterator[bytes]:
        return map(state_of, self.table.paths)

    def bounded(self, max_pixels: int) -> InTable:
        return replace(self, max_pixels=max_pixels)


def check_columns(where: str, schema: pa.Schema, image: str, label: str) -> None:
    """Raise SourceError if a column is not there, or the one of images holds something else."""
    import pyarrow as pa

    for column in (image, label):
        if column not in schema.names:
            raise SourceError(f"{where}: there is no column {column!r}; there are: {', '.join(schema.names)}")
    kind = schema.field(image).type
    held = kind.field("bytes").type if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0 else kind
    if not (pa.types.is_binary(held) or pa.types.is_large_binary(held)):
        raise SourceError(f"{where}: the column {image!r} holds {kind}; allowed: {ALLOWED}")


def contents(column: Any) -> list[bytes | None]:
    """The contents of image files, from an Arrow array of a column that `check_columns` allows."""
    return [value["bytes"] if isinstance(value, dict) else value for value in column.to_pylist()]


def labels_of(where: str, column: Any) -> NDArray[Any]:
    """A column of labels, as whole numbers or words (N,). Raises SourceError if a label is missing."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise SourceError(f"{where}: the label of row {row} is missing")
    allowed = (pa.types.is_integer, pa.types.is_boolean, pa.types.is_string, pa.types.is_large_string)
    if not any(fits(column.type) for fits in allowed):
        raise SourceError(f"{where}: the labels are {column.type}; allowed: whole numbers or words")
    return np.array(column.to_pylist(), dtype=None if len(column) else np.int64)
