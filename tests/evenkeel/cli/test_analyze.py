"""`evenkeel analyze` answers from a file, without a lab."""

import csv
import json
import sys
from pathlib import Path

import pytest
from frames import grid
from typer.testing import CliRunner

from evenkeel import stability
from evenkeel.cli import app
from evenkeel.reports.tables import encode

RUNNER = CliRunner()
ASKED = ["--metric", "accuracy", "--better", "higher", "--epoch", "epoch"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trials.csv"
    with path.open("w", newline="") as opened:
        columns = grid()
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


@pytest.mark.slow
def test_it_prints_the_answer_and_writes_the_report(file: Path, tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["analyze", str(file), *ASKED, "-o", str(tmp_path / "report")])
    assert done.exit_code == 0, done.output
    runs = stability.runs(stability.read(file), "accuracy", "higher", epoch="epoch", name="trials")
    expected = stability.report(runs)
    assert " ".join(expected.found.answer.split()) in " ".join(done.stdout.split())
    written = {path.name: path.read_text() for path in (tmp_path / "report").iterdir()}
    assert written == expected.files()
    assert written["report.md"].startswith("# Does it train stably? Experiment `trials`\n")


@pytest.mark.slow
def test_parquet_gives_the_same_answer(file: Path, tmp_path: Path) -> None:
    parquet = tmp_path / "trials.parquet"
    parquet.write_bytes(encode(stability.read(file), "parquet"))
    outputs = [RUNNER.invoke(app, ["analyze", str(path), *ASKED]).stdout for path in (file, parquet)]
    assert outputs[0] == outputs[1] != ""


@pytest.mark.slow
def test_a_program_gets_the_answer_as_json(file: Path) -> None:
    found = json.loads(RUNNER.invoke(app, ["analyze", str(file), *ASKED, "--json"]).stdout)
    runs = stability.runs(stability.read(file), "accuracy", "higher", epoch="epoch", name="trials")
    assert found["effects"]["answer"] == stability.effects(runs).answer
    assert len(found["summary"]["cells"]) == len(stability.summary(runs).cells)


def test_options_say_which_columns_are_what(file: Path) -> None:
    lines = [line.split(",") for line in file.read_text().splitlines()]
    lost = ["lost", *("true" if line[-1] == "nan" else "false" for line in lines[1:])]
    text = "\n".join(
        ",".join([*line[:2], "run", *line[3:], flag]) if line[0] == "augmentation" else ",".join([*line, flag])
        for line, flag in zip(lines, lost, strict=True)
    )
    file.write_text(text)
    more = ["--seed", "run", "--factors", "lr, augmentation", "--diverged", "lost", "--worst", "-1", "--no-share"]
    done = RUNNER.invoke(app, ["analyze", str(file), *ASKED, *more])
    assert done.exit_code == 0, done.output
    assert "Factors: lr (0.1, 0.5);" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--metric", "loss"], "--metric: the frame has no column 'loss'; its columns: augmentation, lr, seed, epoch"),
        (["--better", "up"], "--better: 'up' is not allowed; allowed: higher, lower"),
        (["--factors", "lr,depth"], "--factors: the frame has no column 'depth'"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_option(file: Path, changed: list[str], told: str) -> None:
    done = RUNNER.invoke(app, ["analyze", str(file), *ASKED, *changed])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("no.csv", "no.parquet"):
        done = RUNNER.invoke(app, ["analyze", str(tmp_path / name), *ASKED])
        assert done.exit_code == 1
        assert done.stderr == f"{tmp_path / name}: No such file or directory\n"


def test_without_matplotlib_it_still_answers_and_says_what_a_report_needs(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("evenkeel.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    done = RUNNER.invoke(app, ["analyze", str(file), *ASKED, "-o", str(tmp_path / "report")])
    assert done.exit_code == 1
    assert "Final accuracy:" in done.stdout
    assert done.stderr == "a report needs matplotlib: pip install 'evenkeel[report]'\n"
    assert not (tmp_path / "report").exists()
