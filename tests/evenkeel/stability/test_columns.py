"""Frames of every kind give the same columns."""

from collections.abc import Mapping
from typing import Any

import polars
import pytest
from frames import finals

from evenkeel.stability import FrameError
from evenkeel.stability.columns import declared_order, read_columns

LOSSES = finals(batch=[1.0, 1.1], none=[2.0, 2.5])


class Column:
    """A column as polars has it."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def to_list(self) -> list[Any]:
        return self.values


class Frame:
    """A DataFrame as polars has it."""

    def __init__(self, columns: Mapping[str, list[Any]]) -> None:
        self.held, self.columns = columns, list(columns)

    def __getitem__(self, name: str) -> Column:
        return Column(self.held[name])


def test_pandas_pyarrow_polars_and_plain_lists_give_the_same() -> None:
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    for frame in (LOSSES, pandas.DataFrame(LOSSES), pyarrow.table(LOSSES), Frame(LOSSES)):
        assert read_columns(frame) == LOSSES


def test_a_real_polars_frame_gives_the_same() -> None:
    assert read_columns(polars.DataFrame(LOSSES)) == LOSSES


def test_values_are_plain_python_objects() -> None:
    pandas = pytest.importorskip("pandas")
    numpy = pytest.importorskip("numpy")
    frame = pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64"), "b": pandas.Categorical(["x", "y"])})
    assert read_columns(frame) == {"a": [1, None], "b": ["x", "y"]}
    [value] = read_columns({"a": numpy.array([1.5])})["a"]
    assert type(value) is float


def test_only_an_ordered_category_declares_an_order() -> None:
    pandas = pytest.importorskip("pandas")
    for ordered, expected in ((True, ["b", "a"]), (False, [])):
        frame = pandas.DataFrame({"x": pandas.Categorical(["a", "b"], ["b", "a"], ordered=ordered)})
        assert declared_order(frame, "x") == expected
    assert declared_order(LOSSES, "norm") == []


def test_what_is_no_frame_is_refused() -> None:
    pandas = pytest.importorskip("pandas")
    for frame, told in (
        ([1, 2], "frame: a list is not a frame with columns"),
        ({}, "frame: a dict is not a frame with columns"),
        ({"a": []}, "frame: has no row"),
        ({"a": [1], "b": [1, 2]}, "frame: the columns have different numbers of rows: a 1, b 2"),
        ({"a": "text"}, "a: a str is not a column of values"),
        ({1: [1]}, "frame: the column 1 has no name"),
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), "a: is the name of two columns"),
    ):
        with pytest.raises(FrameError) as error:
            read_columns(frame)
        assert str(error.value).startswith(told)
