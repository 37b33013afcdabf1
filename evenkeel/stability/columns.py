"""Reads the columns of any frame: pandas, polars, pyarrow, or a dict of lists. None of these packages is imported."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.stability.errors import FrameError

Columns = dict[str, list[Any]]  # name -> one plain Python value for each row; None for a missing one

# How frames turn a column into a list: pandas and NumPy, polars, pyarrow.
TO_LIST = ("tolist", "to_list", "to_pylist")


def read_columns(frame: Any) -> Columns:
    """The columns of a frame, in their order.

    Args:
        frame: A pandas or polars DataFrame, a pyarrow Table, or a mapping from each column's name to its values.

    Raises:
        FrameError: It is no frame, has no row, or its columns have different lengths or the same name.
    """
    names = list(frame) if isinstance(frame, Mapping) else getattr(frame, "column_names", None)
    if names is None:
        names = list(getattr(frame, "columns", ()))
    if not names or not hasattr(frame, "__getitem__"):
        what = type(frame).__name__
        raise FrameError("frame", f"a {what} is not a frame with columns; give a DataFrame, a Table or a dict of lists")
    for name in names:
        if not isinstance(name, str):
            raise FrameError("frame", f"the column {name!r} has no name; a name is a text")
        if list(names).count(name) > 1:
            raise FrameError(name, "is the name of two columns")
    columns = {name: _values(name, frame[name]) for name in names}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise FrameError("frame", f"the columns have different numbers of rows: {told}")
    if not next(iter(lengths.values())):
        raise FrameError("frame", "has no row")
    return columns


def declared_order(frame: Any, name: str) -> list[Any]:
    """The levels of a column that declares their order (pandas Categorical, polars Enum); else empty."""
    column = frame[name]
    kind = getattr(column, "dtype", None)
    categories = getattr(kind, "categories", None)
    is_ordered = getattr(kind, "ordered", type(kind).__name__ == "Enum")
    return _values(name, categories) if categories is not None and is_ordered else []


def _values(name: str, column: Any) -> list[Any]:
    for method in TO_LIST:
        if hasattr(column, method):
            found = getattr(column, method)()
            if isinstance(found, list):
                return [_plain(value) for value in found]
    if isinstance(column, Sequence) and not isinstance(column, str | bytes):
        return [_plain(value) for value in column]
    raise FrameError(name, f"a {type(column).__name__} is not a column of values")


def _plain(value: Any) -> Any:
    """The value as a Python object. A NumPy number becomes a Python number; NaN stays; pandas' NA becomes None."""
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return value


def is_missing(value: Any) -> bool:
    """Whether the value is None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))
