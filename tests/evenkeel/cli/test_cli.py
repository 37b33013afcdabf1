"""The command line: the text that people read, and the exit code that scripts read."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from records import TASKS
from servers import LIGHT, api_server
from services import RunningStack, grid
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms

RUNNER = CliRunner()


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "tasks",
        "submit",
        "watch",
        "summary",
        "figure",
        "report",
        "export",
        "effects",
        "compare",
        "seeds-needed",
        "experiments",
        "runs",
        "cancel",
        "retry",
        "share",
        "checkpoint",
        "workers",
        "keys",
        "migrate",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    result = RUNNER.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "--help" in result.output


def test_an_api_that_is_not_there_is_said_in_one_line() -> None:
    result = RUNNER.invoke(app, ["experiments", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "evenkeel up" in result.output
    assert "Traceback" not in result.output


@pytest.mark.stack
def test_workers_lists_what_each_warns_of_in_whole_lines(tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "lab.db")
    url = f"sqlite:///{tmp_path}/lab.db"
    warning = "trains on the CPU, though this machine has an NVIDIA GPU (there is /dev/nvidia0)."
    with closing(Store(url)) as store, api_server(url, tmp_path / "api.log", **LIGHT) as api:
        store.workers.see(Worker("box-7", 2, "cpu", "v", now_ms(), TASKS, warning=warning))
        store.workers.see(Worker("fine-1", 2, "cpu", "v", now_ms(), TASKS))
        result = RUNNER.invoke(app, ["workers", "--url", api])
    assert result.exit_code == 0, result.output
    assert f"box-7: {warning}" in " ".join(result.output.split())
    assert "fine-1:" not in result.output


def test_a_wrong_grid_is_refused_with_its_field(stack: RunningStack, tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(json.dumps(grid("wrong", grid={"arch": ["vit"], "norm": ["none"], "init": ["he"]})))
    result = RUNNER.invoke(app, ["submit", str(path), "--url", stack.url])
    assert result.exit_code == 1
    assert "grid.arch.0" in result.output
    # Other tests may have announced more.
    assert "'yolo', 'resnet', 'plain'" in result.output


def test_a_preset_is_posted_by_its_name_and_an_unknown_one_refused_with_those_that_are(stack: RunningStack) -> None:
    planned = RUNNER.invoke(app, ["submit", "--preset", "stand-in", "--dry-run", "--url", stack.url])
    assert planned.exit_code == 0
    assert "24 runs, 24 of them new. Nothing was created." in planned.output
    refused = RUNNER.invoke(app, ["submit", "--preset", "papers", "--url", stack.url])
    assert refused.exit_code == 1
    assert refused.output == "--preset papers: is not known; allowed: demo, fashion, paper, stand-in\n"


def test_a_grid_and_a_preset_are_not_taken_together(tmp_path: Path) -> None:
    for arguments in ([], [str(tmp_path / "grid.json"), "--preset", "demo"]):
        result = RUNNER.invoke(app, ["submit", *arguments, "--url", "http://127.0.0.1:1"])
        assert result.exit_code == 1
        assert result.output.startswith("name a file with a grid, or --preset NAME")


def test_the_tasks_are_listed_and_one_is_shown_whole(stack: RunningStack) -> None:
    listed = RUNNER.invoke(app, ["tasks", "--url", stack.url])
    shown = RUNNER.invoke(app, ["tasks", "classification", "--url", stack.url])
    for result in (listed, shown):
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= 80
    task, *_ = stack.client.tasks()
    [worker] = task["workers"]
    for word in ("classification", "label_smoothing", "grad_norm_max", worker[:12]):
        assert word in listed.output
    for word in (*task["parameters"]["properties"], *task["presets"], *(metric["name"] for metric in task["metrics"])):
        assert word in shown.output
    assert json.loads(RUNNER.invoke(app, ["tasks", "--json", "--url", stack.url]).output) == stack.client.tasks()


def test_a_factor_narrows_a_summary_and_one_that_no_task_has_is_refused_by_its_name(stack: RunningStack) -> None:
    levels = {"arch": ["yolo"], "norm": ["none"], "init": ["he"], "lr": [0.001, 0.003]}
    stack.client.submit(grid("narrowed", grid=levels))
    stack.finish("narrowed")
    query = ["summary", "narrowed", "--url", stack.url, "--json"]
    found = json.loads(RUNNER.invoke(app, [*query, "--arch", "yolo", "--norm=none", "--lr", "0.003"]).output)
    assert [cell["levels"]["lr"] for cell in found["cells"]] == [0.003]
    assert found["filters"] == {"arch": ["yolo"], "norm": ["none"], "lr": [0.003]}
    same = RUNNER.invoke(app, [*query, "--where", "lr=0.003", "--where", "arch=yolo", "--norm", "none"])
    assert json.loads(same.output) == found
    refused = RUNNER.invoke(app, [*query, "--colour", "blue"])
    assert refused.exit_code == 1
    assert refused.output.startswith("colour: ")


def test_submit_watch_summary_and_figure_do_the_whole_job(stack: RunningStack, tmp_path: Path) -> None:
    path, figure = tmp_path / "grid.json", tmp_path / "out.svg"
    path.write_text(json.dumps(grid("from-cli", seeds=2)))
    url = ["--url", stack.url]
    assert "2 runs" in RUNNER.invoke(app, ["submit", str(path), "--dry-run", *url]).output
    assert "2 runs created" in RUNNER.invoke(app, ["submit", str(path), *url]).output
    watched = RUNNER.invoke(app, ["watch", "from-cli", *url])
    assert watched.exit_code == 0
    assert "2 of 2 runs done" in watched.output
    table = RUNNER.invoke(app, ["summary", "from-cli", *url]).output
    assert "yolo-none-he" in table
    assert "2/2" in table
    assert max(len(line) for line in table.splitlines()) <= 80
    assert RUNNER.invoke(app, ["figure", "from-cli", "-o", str(figure), *url]).exit_code == 0
    assert "<svg" in figure.read_text()


def test_the_questions_are_answered_in_80_columns(stack: RunningStack, tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(
        json.dumps(grid("asked", grid={"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]}, seeds=2))
    )
    url = ["--url", stack.url]
    RUNNER.invoke(app, ["submit", str(path), *url])
    stack.finish("asked")
    effects = RUNNER.invoke(app, ["effects", "asked", *url])
    assert "none v batch" in effects.output
    compared = RUNNER.invoke(app, ["compare", "asked", "yolo-none-he", *url])
    assert "cannot reach" in compared.output
    nearly = RUNNER.invoke(app, ["compare", "asked", "yolo-none-he", "--margin", "2", "--mean-margin", "0.1", *url])
    assert "apart" in nearly.output
    needed = RUNNER.invoke(app, ["seeds-needed", "asked", "yolo-none-he", "--half-width", "0.05", *url])
    assert "Judging by the 2 seeds so far" in " ".join(needed.output.split())
    summary = RUNNER.invoke(app, ["summary", "asked", "--threshold", "0.99", *url])
    assert "never (0/2)" in summary.output
    for result in (effects, compared, needed, summary):
        assert result.exit_code == 0
        assert max(len(line) for line in result.output.splitlines()) <= 80


def test_an_export_writes_every_table_and_a_report_its_figures(stack: RunningStack, tmp_path: Path) -> None:
    url = ["--url", stack.url]
    stack.client.submit(grid("exported", grid={"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]}, seeds=2))
    stack.finish("exported")
    assert RUNNER.invoke(app, ["export", "exported", "-o", str(tmp_path), *url]).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"cells.csv", "epochs.csv", "runs.csv", "effects.csv"}
    assert (tmp_path / "runs.csv").read_text().count("\n") == 1 + 2 * 2 * 2
    report = RUNNER.invoke(app, ["report", "exported", "-o", str(tmp_path / "report"), *url])
    assert report.exit_code == 0
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "Which factor mattered" in page
    assert (tmp_path / "report" / "effects.png").exists()
    files = {path.name for path in (tmp_path / "report").iterdir()}
    assert files == {"report.md", "report.html", "figure1.svg", "figure1.png", "effects.svg", "effects.png"}
    told = stack.client.report("exported")
    lines = [f"{finding['verdict']}: {finding['claim']}" for finding in told["findings"]] + [told["answer"]]
    assert " ".join([*lines, "Wrote"]) in " ".join(report.output.split())
    assert told["findings"] == []  # the claims of the paper are about eight cells


def test_a_cell_that_is_not_there_is_refused_with_those_that_are(stack: RunningStack) -> None:
    stack.client.submit(grid("small"))
    result = RUNNER.invoke(app, ["compare", "small", "resnet-none-he", "--url", stack.url])
    assert result.exit_code == 1
    assert "yolo-none-he" in result.output
