"""CSV and Parquet files are read as what they mean."""

from pathlib import Path

import pytest
from frames import grid

from evenkeel import stability
from evenkeel.reports.tables import encode


def read(folder: Path, text: str, name: str = "runs.csv") -> stability.files.Columns:
    (folder / name).write_text(text, encoding="utf-8")
    return stability.read(folder / name)


def test_numbers_truth_and_words_are_told_apart(tmp_path: Path) -> None:
    text = "norm,seed,loss,lost,size\nnone,0,1.5,True,1_0\nbatch,1,,false,2\n,2,nan,TRUE,x\n"
    found = read(tmp_path, text)
    assert found["norm"] == ["none", "batch", None]
    assert found["seed"] == [0, 1, 2]
    assert found["loss"] == [1.5, None, None]
    assert found["lost"] == [True, False, True]
    assert found["size"] == ["1_0", "2", "x"]


def test_the_word_none_stays_a_level_beside_other_words(tmp_path: Path) -> None:
    assert read(tmp_path, "norm,x\nNone,1\nbatch,NA\n") == {"norm": ["None", "batch"], "x": [1, None]}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_other_separators_and_the_mark_of_excel_are_understood(tmp_path: Path, separator: str) -> None:
    text = "\N{BYTE ORDER MARK}" + separator.join("ab") + "\r\n" + separator.join(("1", "x")) + "\r\n\r\n"
    assert read(tmp_path, text) == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("a,b\n1\n", "runs.csv", "row 1 has 1 values, but there are 2 columns"),
        ("a,a\n1,2\n", "runs.csv", "two columns have the name 'a'"),
        ("a,b\n", "runs.csv", "has no row"),
        ("", "runs.csv", "has no row"),
        ("a\n1\n", "runs.json", "the name must end in .csv"),
        ("a\n1\n", "runs.parquet", "is not Parquet"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, name: str, told: str) -> None:
    with pytest.raises(stability.FrameError, match=told):
        read(tmp_path, text, name)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_bytes(b"a\n\xff\n")
    with pytest.raises(stability.FrameError, match="is not UTF-8 text"):
        stability.read(tmp_path / "runs.csv")


@pytest.mark.parametrize("missing", [(), ("pyarrow.parquet",)])
def test_parquet_is_read_by_pyarrow_or_duckdb(
    tmp_path: Path, missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = grid(lost=False)
    (tmp_path / "runs.parquet").write_bytes(encode(frame, "parquet"))
    for name in missing:
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert stability.read(tmp_path / "runs.parquet") == frame


def test_without_a_reader_of_parquet_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs.parquet").write_bytes(b"")
    for name in ("pyarrow.parquet", "duckdb"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ModuleNotFoundError, match="neither is installed"):
        stability.read(tmp_path / "runs.parquet")
